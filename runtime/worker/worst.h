/*
 * What a policy's limits allow at worst: how many connections at once, and what
 * they may cost.  Pure; for what the master reports at start and in --check.
 */
#ifndef RUNTIME_WORST_H
#define RUNTIME_WORST_H

#include "runtime/table/table.h"

struct worst {
	uint64_t
		connections; /* in all workers; 0: some limits block has no bound */
	uint64_t descriptors;  /* of one worker, if it has them all */
	uint64_t memory;       /* octets of all workers, without the kernel's */
	const char *unlimited; /* the limits block that has no "connections" */
};

void worst_case(const struct table *t, struct worst *w);

#endif
