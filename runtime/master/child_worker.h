/*
 * What the master tells its workers.
 */
#ifndef RUNTIME_MASTER_CHILD_WORKER_H
#define RUNTIME_MASTER_CHILD_WORKER_H

#include <stdint.h>

#include "proc.h"

struct listen_sockets;
struct loaded;

extern const struct proc_kind child_worker;

void child_worker_offer(struct child *c, struct loaded *l);
void child_worker_listen(struct child *c, const struct listen_sockets *l);
void child_worker_unlisten(struct child *c, const struct ipc_listener *addr);
void child_worker_commit(struct child *c, uint64_t number);
void child_worker_abandon(struct child *c, uint64_t number);
void child_worker_retire(struct child *c, uint64_t number);
void child_worker_shadow(struct child *c, const struct loaded *l);

#endif
