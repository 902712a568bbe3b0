/*
 * Listening sockets that a child has ended.
 */
#ifndef RUNTIME_MASTER_REVIVE_H
#define RUNTIME_MASTER_REVIVE_H

struct master;

/* The kernel takes the smaller of this and somaxconn. */
#define LISTEN_BACKLOG 65535

void revive_start(struct master *m);
/* From now on it is seen when such a socket listens no more; before it is
 * closed: no longer. */
void revive_add(int fd);
void revive_drop(int fd);
/* Are that worker's sockets all listening?  Those of the next one? */
void revive_look(struct master *m, unsigned worker);
void revive_look_on(struct master *m);
void revive_stop(struct master *m);

#endif
