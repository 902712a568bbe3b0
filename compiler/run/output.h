/*
 * What a run found, in the formats that were asked for.
 */
#ifndef COMPILER_OUTPUT_H
#define COMPILER_OUTPUT_H

#include <stdio.h>

#include "compiler/cli/cli.h"
#include "compiler/diag/list.h"

/* Prints reports as --format and --report ask.  CLI_OK,
 * CLI_FINDINGS by --fail-on, CLI_USAGE for an unknown format, CLI_IO. */
int output_reports(const struct cli *c, struct diag_report *const *v, size_t n);
/* Are the formats that were asked for known?  Say so before working. */
int output_formats(const struct cli *c);
/* What print writes becomes the file at path, whole or not at all.  CLI_OK or
 * CLI_IO, which has been told. */
int output_file(const char *path, void (*print)(FILE *f, const void *arg),
	const void *arg);
/* Does a machine format go to standard output? */
int output_on_stdout(const struct cli *c);

#endif
