/*
 * Listening sockets of workers that do not accept are lent to other workers.
 */
#ifndef RUNTIME_MASTER_LEND_H
#define RUNTIME_MASTER_LEND_H

struct listen_sockets;
struct master;

/* A worker ended, fell silent, or accepts again. */
void lend_update(struct master *m);
/* A new listener: it is lent like the others. */
void lend_listen(struct master *m, const struct listen_sockets *l);

#endif
