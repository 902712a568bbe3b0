/*
 * What a run found, in the formats that were asked for.
 */
#ifndef COMPILER_OUTPUT_H
#define COMPILER_OUTPUT_H

#include "compiler/cli/cli.h"
#include "compiler/diag/list.h"

/* Prints reports as --format and --report ask.  CLI_OK,
 * CLI_FINDINGS by --fail-on, CLI_USAGE for an unknown format, CLI_IO. */
int output_reports(const struct cli *c, struct diag_report *const *v, size_t n);
/* Are the formats that were asked for known?  Say so before working. */
int output_formats(const struct cli *c);
/* Does a machine format go to standard output? */
int output_on_stdout(const struct cli *c);

#endif
