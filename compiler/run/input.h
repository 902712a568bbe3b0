/*
 * What match, test, query, diff, dump and verify work on: a policy, compiled in
 * memory, or a table, validated as tlsd does.  In both cases there are a table
 * and a model in the end.
 */
#ifndef COMPILER_INPUT_H
#define COMPILER_INPUT_H

#include "compiler/compile.h"
#include "runtime/table/table.h"

struct input {
	const char *path;
	int from_table;       /* spans are empty, see model.h */
	struct compilation x; /* arena, sources and diags are always there */
	struct model *model;
	const uint8_t *bytes; /* the table's; x's */
	size_t len;
	struct table table; /* points into bytes */
};

/* A policy or a table, by its first octets.  CLI_OK, or the exit code when it
 * cannot be used: then everything is reported and nothing need be closed.  The
 * diagnostics are not finished: commands may add their own. */
int input_open(const struct cli *c, const char *path, struct input *in);
/* The same for a policy that was compiled: x is in's from then on.  tell: also
 * of findings that would keep it from being compiled. */
int input_compiled(const struct cli *c, const char *path,
	const struct compilation *x, int tell, struct input *in);
int input_is_table(const char *path);
/* The same, but only a table will do. */
int input_open_table(const struct cli *c, const char *path, struct input *in);
/* Prints the diagnostics of all (compile_report, output_reports): the exit
 * code. */
int input_report(const struct cli *c, struct input *v, size_t n);
void input_close(struct input *in);

/* A whole file ("-" is standard input), malloc'd; NULL after saying why. */
uint8_t *input_bytes(const char *path, size_t *len);

/* On standard error: a signed table without a serial is none for tlsd. */
void input_warn_serial(const struct input *in);
/* That its signature does not cover whom it trusts, when that is so. */
void input_warn_trust(const char *path, const struct table *t);

#endif
