/*
 * tlsc FILE -o TABLE: the table is written only when nothing at all speaks
 * against it, atomically; on any failure the old file stays as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "compile.h"
#include "emit.h"

static int write_table(const struct cli *c, struct compilation *x,
	const char *path)
{
	const char *err = NULL;
	int status = CLI_OK;

	if (!compile_table(c, x, &status))
		return status;
	if (write_atomic(path, x->bytes, x->len, &err))
		return cli_io("%s", err);
	return CLI_OK;
}

static int compile_one(struct cli *c, const char *path, const char *out)
{
	struct compilation x;
	struct diag_report *r;
	int status = compile_run(c, path, &x, &r);

	if (status)
		return status;
	status = output_reports(c, &r, 1);
	if (status == CLI_OK)
		status = deps_write(c, &x, 1);
	if (status == CLI_OK)
		status = write_table(c, &x, out);
	compile_free(&x);
	return status;
}

int cmd_compile(struct cli *c)
{
	const char *out = cli_value(c, OPT_OUTPUT);
	int status = cli_operands(c, 1, 1);

	if (status)
		return status;
	if (!out)
		return cli_usage(c, "where to? tlsc %s -o TABLE; to see its "
			"faults only: tlsc check %s", c->args[0], c->args[0]);
	if (output_formats(c))
		return CLI_USAGE;
	if (strcmp(out, "-") == 0 && output_on_stdout(c))
		return cli_usage(c, "both the table and --format %s go to "
			"standard output", cli_value(c, OPT_FORMAT));
	return compile_one(c, c->args[0], out);
}
