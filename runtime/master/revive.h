/*
 * Listening sockets that a child has stopped.
 */
#ifndef RUNTIME_MASTER_REVIVE_H
#define RUNTIME_MASTER_REVIVE_H

struct master;

/* The kernel takes the smaller of this and somaxconn. */
#define LISTEN_BACKLOG 65535

void revive_start(struct master *m);
/* Watches a listening socket; revive_drop ends that, before it is closed. */
void revive_add(int fd);
void revive_drop(int fd);
/* Checks that worker's sockets. revive_look_on checks those of the next one. */
void revive_look(struct master *m, unsigned worker);
void revive_look_on(struct master *m);
void revive_stop(struct master *m);

#endif
