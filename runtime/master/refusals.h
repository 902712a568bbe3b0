/*
 * Counts of refusals, and what is refused at present.
 */
#ifndef RUNTIME_MASTER_REFUSALS_H
#define RUNTIME_MASTER_REFUSALS_H

struct master;
struct refusal;
struct swap_request;

/* A swap has ended. why: NULL if it was not refused. */
void refusals_note(struct master *m, const struct swap_request *r,
	const struct refusal *why);
/* Copies the counts for the metrics. */
void refusals_count(struct master *m);

#endif
