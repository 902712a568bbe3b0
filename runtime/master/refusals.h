/*
 * What was refused, and what is.
 */
#ifndef RUNTIME_MASTER_REFUSALS_H
#define RUNTIME_MASTER_REFUSALS_H

struct master;
struct refusal;
struct swap_request;

/* The end of a swap: why, or NULL when it was not refused. */
void refusals_note(struct master *m, const struct swap_request *r,
	const struct refusal *why);
/* For the metrics. */
void refusals_count(struct master *m);

#endif
