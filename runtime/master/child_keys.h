/*
 * What the master tells the keys process, which alone holds private keys.
 */
#ifndef RUNTIME_MASTER_CHILD_KEYS_H
#define RUNTIME_MASTER_CHILD_KEYS_H

#include <stdint.h>

#include "proc.h"

struct loaded;
struct master;
struct refusal;

extern const struct proc_kind child_keys;

/* Tokens need modules and their files, so the keys process is started without
 * confinement if there are any.  0, or -1 with *why. */
int child_keys_allow_tokens(
	struct master *m, const struct loaded *l, struct refusal *why);
void child_keys_offer(struct master *m, const struct loaded *l);
void child_keys_forget(struct master *m, uint64_t number);
/* Connects a worker to the keys process by a socket pair. */
void child_keys_connect(struct child *worker);

#endif
