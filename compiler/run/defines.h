/*
 * -D for two policies of which one does not have that value.
 */
#ifndef COMPILER_DEFINES_H
#define COMPILER_DEFINES_H

#include "compiler/cli/cli.h"

/* The command line as it is for each of the two policies: a -D that only one of
 * them can take is left out for the other, which is then compared with all of
 * its own values.  One that neither can take stays, for it is a fault. */
void defines_split(
	const struct cli *c, const char *const path[2], struct cli out[2]);

#endif
