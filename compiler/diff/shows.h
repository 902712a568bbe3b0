/*
 * Several differences as one answer: of each pair of variants, what the others
 * have not shown already.
 */
#ifndef COMPILER_DIFF_SHOWS_H
#define COMPILER_DIFF_SHOWS_H

#include "compiler/cli/cli.h"
#include "diff.h"

struct show {
	const char *with; /* "env=lab" */
	const char *text;
	int same; /* nothing differs */
};

struct shows {
	const struct cli *c;
	const char *format;
	char today[32];
	struct {
		struct show *v;
		size_t n, cap;
	} v;
};

void shows_begin(struct shows *s, const struct cli *c);
/* The first is the comparison that was asked for.  -1: no such format. */
int shows_add(struct shows *s, const struct diff *d, const char *old,
	const char *new_, const char *with);
void shows_end(const struct shows *s, FILE *out);

#endif
