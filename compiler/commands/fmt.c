/*
 * tlsc fmt FILE...: canonical form to standard output, or with -w into the
 * files, or only what would change (--check, --diff).
 */
#include <string.h>

#include "commands.h"
#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/base/within.h"
#include "compiler/base/write.h"
#include "compiler/compile.h"
#include "compiler/run/output.h"
#include "compiler/syntax/fmt.h"
#include "compiler/table/emit.h"

struct file {
	struct arena *arena;
	struct sources *sources;
	struct diags *diags;
	const char *path;
	const struct source *source;
	const char *text; /* canonical; NULL: it has syntax errors */
	size_t len;
};

static int load(const struct cli *c, const char *path, struct file *f)
{
	const char *err;
	uint32_t n;
	int again;

	*f = (struct file){.arena = arena_new(), .path = path};
	f->sources = source_new(f->arena);
	f->diags = diag_new(f->arena, f->sources);
	diag_apply_rules(f->diags, &c->rules);
	err = within_root(f->arena, path, &c->options);
	n = err ? 0
		: source_read(f->sources, path,
			  strcmp(path, "-") == 0 ? "<stdin>" : path, &again,
			  &err);
	if (!n) {
		cli_io("cannot read %s: %s", path, err);
		arena_free(&f->arena);
		return CLI_IO;
	}
	f->source = source_get(f->sources, n);
	f->text = fmt_text(f->arena, f->sources, n, f->diags, &f->len);
	return CLI_OK;
}

static int write_back(const struct file *f)
{
	const char *err;

	if (write_source(f->path, f->text, f->len, &err))
		return cli_io("%s", err);
	return CLI_OK;
}

static int deliver(const struct cli *c, const struct file *f)
{
	int same = f->len == f->source->len &&
		memcmp(f->text, f->source->text, f->len) == 0;

	if (cli_has(c, OPT_DIFF))
		fmt_diff(stdout, f->arena, f->path, f->source->text,
			f->source->len, f->text, f->len);
	else if (cli_has(c, OPT_CHECK) && !same)
		printf("%s\n", shown_text(f->path));
	else if (cli_has(c, OPT_WRITE))
		return same ? CLI_OK : write_back(f);
	else if (!cli_has(c, OPT_CHECK))
		fwrite(f->text, 1, f->len, stdout);
	return same || !(cli_has(c, OPT_CHECK) || cli_has(c, OPT_DIFF))
		? CLI_OK
		: CLI_FINDINGS;
}

static int format_one(const struct cli *c, const char *path)
{
	struct diag_report *r;
	struct file f;
	int status = load(c, path, &f);

	if (status)
		return status;
	if (f.text) {
		status = deliver(c, &f);
	} else {
		r = diag_finish(f.diags, c->options.now / 86400, 1, 1);
		status = output_reports(c, &r, 1);
		status = status ? status : CLI_FINDINGS;
	}
	arena_free(&f.arena);
	return status;
}

int cmd_fmt(struct cli *c)
{
	static const char *standard_input[] = {"-", NULL};
	const char **paths = c->arg_count ? c->args : standard_input;
	int worst = CLI_OK;

	if (output_formats(c))
		return CLI_USAGE;
	if (cli_has(c, OPT_WRITE) + cli_has(c, OPT_CHECK) +
			cli_has(c, OPT_DIFF) >
		1)
		return cli_usage(c, "only one of -w, --check and --diff");
	if (cli_has(c, OPT_WRITE) && !c->arg_count)
		return cli_usage(c, "-w needs files");
	for (; *paths; paths++) {
		int status = format_one(c, *paths);

		if (status > worst)
			worst = status;
	}
	return worst;
}
