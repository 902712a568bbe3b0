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

/* l becomes the live table. */
void history_push(struct master *m, struct loaded *l);
/* Frees tables that are not among the last few and that no worker uses.
 * Freeing a million names takes 10 ms, so it is done when nobody waits. */
void history_trim(struct master *m);
/* A worker was offered a generation, or no longer uses it. */
void history_hold(struct loaded *l, const struct child *worker);
void history_release(struct child *worker, uint64_t number);
/* A worker has ended, and uses none any more. */
void history_release_all(struct child *worker);
/* The generation that a rollback to number goes to (0: the previous one), or
 * NULL with *why. */
const struct loaded *history_find(
	struct master *m, uint64_t number, struct refusal *why);
void history_free(struct master *m);

#endif
