/*
 * Who is told the outcome of a swap.
 */
#ifndef RUNTIME_MASTER_SWAP_OUTCOME_H
#define RUNTIME_MASTER_SWAP_OUTCOME_H

struct loaded;
struct master;
struct refusal;

/* An audit line about the current request; l and why may be NULL. */
void swap_outcome_audit(struct master *m, const char *action,
	const struct loaded *l, const struct refusal *why);
/* The current request has succeeded (why NULL) or was refused; l is its table,
 * if there is one.  Ends tlsd if the first table was refused. */
void swap_outcome_tell(
	struct master *m, const struct loaded *l, const struct refusal *why);

#endif
