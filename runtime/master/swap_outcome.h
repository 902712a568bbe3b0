/*
 * The outcome of a swap, told.
 */
#ifndef RUNTIME_MASTER_SWAP_OUTCOME_H
#define RUNTIME_MASTER_SWAP_OUTCOME_H

struct loaded;
struct master;
struct refusal;

/* A line about the request under way; l and why may be NULL. */
void swap_outcome_audit(struct master *m, const char *action,
	const struct loaded *l, const struct refusal *why);
/* The request under way is done (why NULL) or refused; l: its table, if it came
 * to that.  A start that is refused ends tlsd. */
void swap_outcome_tell(
	struct master *m, const struct loaded *l, const struct refusal *why);

#endif
