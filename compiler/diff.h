/*
 * The semantic difference of two models: for which queries is the decision
 * another one, grouped by (old action -> new action), counted in name
 * patterns, with one witness each.
 */
#ifndef COMPILER_DIFF_H
#define COMPILER_DIFF_H

#include "diag.h"
#include "model.h"

struct diff_group {
	const char *from, *to;   /* "offload to shop", "reject close", ... */
	size_t names;            /* name patterns (and arms) concerned */
	int weaker;              /* the mode lattice goes down, see --forbid */
	struct witness witness;
	const char *from_file, *to_file; /* deciding clauses */
	uint32_t from_line, to_line;
};

struct diff {
	VEC(struct diff_group) groups; /* most names first */
	VEC(const char *) listeners_added, listeners_removed;
};

struct diff *diff_models(struct arena *a, struct model *old, struct model *new_);

#endif
