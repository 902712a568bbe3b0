/*
 * The pipeline: one policy through all phases.  What compile, check, test,
 * match, query, diff and dump share.
 */
#ifndef COMPILER_COMPILE_H
#define COMPILER_COMPILE_H

#include "cli.h"
#include "model.h"
#include "resolve.h"

struct compilation {
	const char *path;
	struct arena *arena;
	struct sources *sources;
	struct diags *diags;
	struct resolved resolved;
	struct model *model;  /* NULL when the root could not be read */
	int incomplete;       /* errors kept later phases from running */
	uint8_t *bytes;       /* the table's, when a phase needed it; malloc'd */
	size_t len;
};

/* Runs every phase up to a verified model.  Faults of the policy are in
 * out->diags; CLI_IO (said already) when the root could not be read. */
int compile_policy(const struct cli *c, const char *path,
	struct compilation *out);
void compile_free(struct compilation *x);

/* The table's bytes, checked by the validator that tlsd uses; they are x's.
 * NULL after saying why: a limit of the format, or a defect of ours. */
const uint8_t *compile_table(const struct cli *c, struct compilation *x,
	int *status);

/* The finished diagnostics of one run. */
struct diag_report *compile_report(const struct cli *c,
	const struct compilation *x);
/* Both, and with --fix again until nothing is left to repair. */
int compile_run(const struct cli *c, const char *path, struct compilation *out,
	struct diag_report **report);

/* output.c: prints reports as --format and --report ask.  CLI_OK,
 * CLI_FINDINGS by --fail-on, CLI_USAGE for an unknown format, CLI_IO. */
int output_reports(const struct cli *c, struct diag_report *const *v, size_t n);
/* Are the formats that were asked for known?  Say so before working. */
int output_formats(const struct cli *c);
/* Does a machine format go to standard output? */
int output_on_stdout(const struct cli *c);

/* fix.c: applies the fixes of a finished run to their files.  The number of
 * findings repaired, or -1 (said). */
int fix_apply(const struct diag_report *r);

/* deps.c: the make rule of -M.  0, or CLI_IO. */
int deps_write(const struct cli *c, const struct compilation *v, size_t n);

#endif
