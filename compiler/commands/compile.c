/*
 * tlsc FILE -o TABLE: the table is written atomically, and only when there is
 * no error; on any failure the old file stays.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <gnutls/gnutls.h>

#include "commands.h"
#include "compiler/base/arena.h"
#include "compiler/base/write.h"
#include "compiler/compile.h"
#include "compiler/run/deps.h"
#include "compiler/run/fix.h"
#include "compiler/run/input.h"
#include "compiler/run/output.h"
#include "compiler/run/sign.h"
#include "compiler/table/emit.h"

/* A running tlsd looks when the table is replaced: the signature must lie
 * there by then. */
static int write_signature(
	const struct cli *c, const struct compilation *x, const char *path)
{
	const char *key = cli_value(c, OPT_SIGN);
	struct table_fault why;
	struct secret s;
	struct table t;
	char err[512];
	int bad;

	if (!key)
		return CLI_OK;
	bad = sign_read_secret(key, &s, err, sizeof(err)) ||
		sign_write(path, &s, x->bytes, x->len, err, sizeof(err));
	gnutls_memset(&s, 0, sizeof(s));
	if (bad)
		return cli_io("%s", err);
	if (table_view(x->bytes, x->len, &t, &why) == TABLE_OK)
		input_warn_trust(path, &t);
	return CLI_OK;
}

static int write_table(
	const struct cli *c, struct compilation *x, const char *path)
{
	const char *err = NULL;
	int status = CLI_OK;

	if (!compile_table(c, x, &status))
		return status;
	status = write_signature(c, x, path);
	if (status)
		return status;
	if (write_atomic(path, x->bytes, x->len, &err))
		return cli_io("%s", err);
	return CLI_OK;
}

/* A slip of the command line must not replace a policy by its table. */
static int is_source(const struct compilation *x, const char *out)
{
	struct stat a, b;

	if (stat(out, &a))
		return 0;
	for (uint32_t i = 1; i <= source_count(x->sources); i++) {
		const char *path = source_get(x->sources, i)->open_path;

		if (path && strcmp(path, "-") != 0 && stat(path, &b) == 0 &&
			a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return 1;
	}
	return 0;
}

static int compile_one(struct cli *c, const char *path, const char *out)
{
	struct compilation x;
	struct diag_report *r;
	int status = fix_run(c, path, &x, &r);

	if (status)
		return status;
	status = output_reports(c, &r, 1);
	if (status == CLI_OK)
		status = deps_write(c, &x, 1);
	if (status == CLI_OK && is_source(&x, out))
		status = cli_usage(c,
			"%s is a file that this policy reads: write the table "
			"to another file",
			out);
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
		return cli_usage(c,
			"no output file: use 'tlsc %s -o TABLE', or 'tlsc "
			"check %s' to see only its faults",
			c->args[0], c->args[0]);
	if (output_formats(c))
		return CLI_USAGE;
	if (strcmp(out, "-") == 0 && cli_value(c, OPT_SIGN))
		return cli_usage(c,
			"--sign writes the signature beside the table, so -o "
			"must be a file");
	if (strcmp(out, "-") == 0 && output_on_stdout(c))
		return cli_usage(c,
			"the table and --format %s cannot both go to standard "
			"output",
			cli_value(c, OPT_FORMAT));
	return compile_one(c, c->args[0], out);
}
