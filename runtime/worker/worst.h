/*
 * What a policy's limits allow at the worst: how many connections at once, and
 * what they can cost.  Pure; for the master's word at start and --check.
 */
#ifndef RUNTIME_WORST_H
#define RUNTIME_WORST_H

#include "runtime/table/table.h"

struct worst {
	uint64_t connections;  /* in all workers; 0: some limit says nothing */
	uint64_t descriptors;  /* of one worker that has them all */
	uint64_t memory;       /* octets of all workers, kernel's not counted */
	const char *unlimited; /* the limits block that has no "connections" */
};

void worst_case(const struct table *t, struct worst *w);

#endif
