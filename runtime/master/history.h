/*
 * Tables that were live.
 */
#ifndef RUNTIME_MASTER_HISTORY_H
#define RUNTIME_MASTER_HISTORY_H

#include <stdint.h>

struct child;
struct loaded;
struct master;
struct refusal;

/* l is live from now on. */
void history_push(struct master *m, struct loaded *l);
/* What falls out of the last few goes when no worker uses it any more.  Giving
 * back the memory of a million names takes 10 ms: not while someone waits. */
void history_trim(struct master *m);
/* A worker was offered a generation, or is done with it. */
void history_hold(struct loaded *l, const struct child *worker);
void history_release(struct child *worker, uint64_t number);
/* A worker is gone, and all it held. */
void history_release_all(struct child *worker);
/* The generation a rollback to number (0: the one before) goes to, or NULL
 * with *why. */
const struct loaded *history_find(
	struct master *m, uint64_t number, struct refusal *why);
void history_free(struct master *m);

#endif
