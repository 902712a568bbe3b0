/*
 * Connections whose policy has been replaced for good: each may go on for the
 * drain limit of its own limits block, then it is ended.
 */
#ifndef RUNTIME_RETIRE_H
#define RUNTIME_RETIRE_H

struct generation;
struct worker;

/* From now on; a second call changes nothing. */
void retire_begin(struct worker *w, struct generation *g);
/* Its last connection has ended, or the worker ends. */
void retire_end(struct worker *w, const struct generation *g);

#endif
