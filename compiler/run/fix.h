/*
 * --fix: applies the fixes that diagnostics have.
 */
#ifndef COMPILER_FIX_H
#define COMPILER_FIX_H

#include "compiler/cli/cli.h"
#include "compiler/compile.h"

/* Compiles a policy and finishes its diagnostics; with --fix again until
 * nothing is left to repair.  CLI_OK, or what went wrong (reported). */
int fix_run(const struct cli *c, const char *path, struct compilation *out,
	struct diag_report **report);

#endif
