/*
 * One policy with all values of its enumerations: what check and diff examine
 * unless -D chooses.
 */
#ifndef COMPILER_VARIANTS_H
#define COMPILER_VARIANTS_H

#include "compiler/compile.h"

struct variant {
	const struct define *defines; /* -D's and the values tried */
	size_t define_count;
	const char *text; /* "env=lab, stage=late": those tried */
	struct compilation x;
};

struct variants {
	struct arena *arena;
	struct variant *v; /* the first is the one without choice, if it has
	                    * all its values */
	size_t n, cap;
	int left_out; /* there were too many combinations */
};

/* Runs all of them.  CLI_OK; else what compile_policy returned, and nothing
 * need be freed. */
int variants_run(const struct cli *c, const char *path, struct variants *out);
/* Their findings as one report, once each; those of other values than the
 * policy's own say which. */
struct diag_report *variants_report(
	const struct cli *c, const struct variants *v);
void variants_free(struct variants *v);

#endif
