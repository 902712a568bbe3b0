/*
 * Between space.c, which collects a bucket's clauses, space_cells.c,
 * which finds the first match among clients, and sweep*.c, which walk the
 * addresses.
 */
#ifndef COMPILER_VERIFY_SWEEP_H
#define COMPILER_VERIFY_SWEEP_H

#include "space.h"

#define MARKER 0x80000000u /* a code that is a marker's number */

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
	uint32_t list, length;      /* of those that can matter, once reduced */
	uint8_t holes;              /* holds everywhere but in its prefixes */
	uint8_t inside;             /* the sweep is in one of them */
};

/* A list that has been seen: lists[list .. list + length). */
struct space_known {
	uint32_t list, length, hash, outcome;
};

/* Addresses after the first of a prefix of this length. */
vaddr space_span(uint8_t family, unsigned len);
/* Fill regions and outcomes. */
void sweep_run(struct space *s);

/* sweep_list.c.  space.raw is a register: the list that is being built.  Every
 * call below works on it, and nothing else may between begin and the call that
 * uses the list. */
void sweep_list_begin(struct space *s);
void sweep_list_code(struct space *s, uint32_t code);
/* lists[list .. list + length) */
void sweep_list_append(struct space *s, uint32_t list, uint32_t length);
/* Sorts the list, drops what cannot matter, and gives its outcome. */
uint32_t sweep_list_outcome(struct space *s);
/* The same without an outcome: the group has the list from now on. */
void sweep_list_keep(struct space *s, struct space_group *g);

/* The cells of a list (markers before clauses, each ascending) among all
 * clients, or among a guard's, at the end of out. */
void space_cells_make(struct space *s, const uint32_t *list, size_t n,
	const struct guard *within, struct cells *out);

#endif
