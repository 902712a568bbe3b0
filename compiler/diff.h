/*
 * The semantic difference of two models: for which queries is the decision
 * another one, grouped by (old action -> new action), counted in name
 * patterns, with one witness each.
 */
#ifndef COMPILER_DIFF_H
#define COMPILER_DIFF_H

#include <stdio.h>

#include "diag.h"
#include "model.h"

struct diff_group {
	const char *from, *to;   /* "offload to shop", "reject close", ... */
	const char *changed;     /* "certificates, limits" of one mode, or NULL */
	size_t names;            /* name patterns (and arms) concerned */
	int weaker;              /* the client's protection goes down: by mode
	                          * (passthrough, bridge, offload; leaving
	                          * reject), or within one mode, see weakened */
	const char *weakened;    /* why, of weaker */
	const char *arm;         /* "no-sni", "malformed": the witness's, when
	                          * it has no name; else NULL */
	struct witness witness;
	const char *from_file, *to_file; /* deciding clauses */
	uint32_t from_line, to_line;
};

struct diff {
	VEC(struct diff_group) groups; /* most names first */
	VEC(const char *) listeners_added, listeners_removed;
	VEC(const char *) settings;    /* "edge: limits before a route" */
	size_t settings_weaker;        /* how many of them */
};

/* The arena and both models must outlive the result. */
struct diff *diff_models(struct arena *a, struct model *old, struct model *new_);
int diff_empty(const struct diff *d);
/* How many findings --forbid weaken (any == 0) or any counts. */
size_t diff_forbidden(const struct diff *d, int any);

/* format: "human", "json" (format version 1.0) or "markdown"; 0, or -1 for
 * another.  old and new_ are the names of the two sides. */
int diff_render(FILE *out, const struct diff *d, const char *format,
	const char *old, const char *new_);

#endif
