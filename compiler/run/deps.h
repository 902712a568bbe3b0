/*
 * For build systems: the files that a table was made from.
 */
#ifndef COMPILER_DEPS_H
#define COMPILER_DEPS_H

#include "compiler/cli/cli.h"
#include "compiler/compile.h"

/* The make rule of -M.  0, or CLI_IO. */
int deps_write(const struct cli *c, const struct compilation *v, size_t n);

#endif
