/*
 * Between verify_space.c, which collects a bucket's clauses, and
 * verify_sweep.c, which solves it.
 */
#ifndef COMPILER_VERIFY_SWEEP_H
#define COMPILER_VERIFY_SWEEP_H

#include "verify_space.h"

#define MARKER 0x80000000u /* a code that is a marker: bit << 24 | guard */

struct space_entry {
	vaddr lo;
	uint32_t group;
	uint8_t family, len;
};

struct space_code {
	uint32_t code, next;
};

struct space_group {
	const struct m_prefix *key; /* the prefixes: equal pointer, one group */
	uint32_t first, last;       /* of codes */
	uint8_t holes;              /* holds everywhere but in its prefixes */
	uint8_t inside;             /* the sweep is in one of them */
};

/* Addresses behind the first of a prefix of this length. */
vaddr sweep_span(uint8_t family, unsigned len);
/* Fill regions and outcomes; classes are made. */
void sweep_run(struct space *s);

#endif
