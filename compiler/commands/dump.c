/*
 * tlsc dump TABLE|FILE: what a table says, as policy text, JSON, or the
 * inventory of its certificates and keys.
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/base/within.h"
#include "compiler/run/input.h"
#include "compiler/table/dump.h"
#include "compiler/table/undump.h"

/* Paths in a table are below its own directory. */
static const char *directory(const struct cli *c, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return "";
	return arena_strndup(c->arena, path, (size_t)(slash - path) + 1);
}

/* A compiled policy's model still has what nothing uses: the table's own is
 * dumped. */
static int dump(const struct cli *c, const struct input *in)
{
	const char *as = cli_value(c, OPT_AS), *err;
	const struct model *m = in->from_table
		? in->model
		: undump_model(in->x.arena, &in->table);

	if (as && !strcmp(as, "json")) {
		dump_json(stdout, &in->table, m);
	} else if (as && !strcmp(as, "inventory")) {
		dump_inventory(stdout, m, directory(c, in->path),
			c->options.no_credentials
				? NULL
				: within_new(c->arena,
					  source_directory(c->arena, in->path),
					  &c->options));
	} else if (dump_tls(stdout, m, &err)) {
		fprintf(stderr,
			"tlsc: %s: no policy text can express this: %s\n",
			shown_text(in->path), shown_text(err));
		return CLI_FINDINGS;
	}
	return ferror(stdout) || fflush(stdout) ? cli_io("cannot write output")
						: CLI_OK;
}

int cmd_dump(struct cli *c)
{
	const char *as = cli_value(c, OPT_AS);
	struct input in;
	int status = cli_operands(c, 1, 1);

	if (status)
		return status;
	if (as && strcmp(as, "tls") && strcmp(as, "json") &&
		strcmp(as, "inventory"))
		return cli_usage(c, "--as is tls, json or inventory");
	status = input_open(c, c->args[0], &in);
	if (status)
		return status;
	status = dump(c, &in);
	input_close(&in);
	return status;
}
