/*
 * The pipeline: one policy through all phases.  What compile, check, test,
 * match, query, diff and dump share.
 */
#ifndef COMPILER_COMPILE_H
#define COMPILER_COMPILE_H

#include "compiler/base/model.h"
#include "compiler/check/resolve.h"
#include "compiler/cli/cli.h"

struct compilation {
	const char *path;
	struct arena *arena;
	struct sources *sources;
	struct diags *diags;
	struct resolved resolved;
	struct model *model; /* NULL when the root could not be read */
	int incomplete;      /* errors kept later phases from running */
	uint8_t *bytes;      /* the table's, when a phase needed it; malloc'd */
	size_t len;
};

/* Runs every phase up to a verified model.  Faults of the policy are in
 * out->diags; CLI_IO (already reported) when the root could not be read. */
int compile_policy(
	const struct cli *c, const char *path, struct compilation *out);
void compile_free(struct compilation *x);

/* The table's bytes, checked by the validator that tlsd uses; they are x's.
 * NULL after saying why: a limit of the format, or a defect of ours. */
const uint8_t *compile_table(
	const struct cli *c, struct compilation *x, int *status);

/* The finished diagnostics of one run. */
struct diag_report *compile_report(
	const struct cli *c, const struct compilation *x);

#endif
