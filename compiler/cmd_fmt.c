/*
 * tlsc fmt [-w|--check|--diff] FILE...: canonical form to standard output, in
 * place, or only compared.  Each file is read by itself: includes are not
 * followed.
 */
#include <string.h>

#include "arena.h"
#include "compile.h"
#include "emit.h"
#include "fmt.h"

struct formatted {
	const struct source *source;
	char *text; /* NULL: syntax errors */
	size_t len;
};

static int
differs(const struct formatted *f)
{
	return f->source->len != f->len ||
		memcmp(f->source->text, f->text, f->len) != 0;
}

/* Writes what was asked for.  --check and --diff find, the others do. */
static int
deliver(struct cli *c, const char *path, const struct formatted *f)
{
	int found = CLI_OK;
	const char *err;

	if (cli_has(c, OPT_DIFF))
		fmt_diff(stdout, c->arena, path, f->source->text,
			f->source->len, f->text, f->len);
	if (cli_has(c, OPT_CHECK) || cli_has(c, OPT_DIFF)) {
		found = differs(f) ? CLI_FINDINGS : CLI_OK;
		if (found && cli_has(c, OPT_CHECK) && !cli_has(c, OPT_DIFF))
			printf("%s\n", path);
	}
	if (cli_has(c, OPT_WRITE) && strcmp(path, "-") != 0) {
		if (differs(f) && write_atomic(path, f->text, f->len, &err))
			return cli_io("%s", err);
		return found;
	}
	if (!cli_has(c, OPT_CHECK) && !cli_has(c, OPT_DIFF))
		fwrite(f->text, 1, f->len, stdout);
	return found;
}

static int
format_one(struct cli *c, const char *path)
{
	struct sources *s = sources_new(c->arena);
	struct diags *d = diags_new(c->arena, s);
	struct formatted f = { NULL, NULL, 0 };
	struct diag_report *report;
	const char *why;
	uint32_t file;
	int again, status;

	diags_rules(d, &c->rules);
	file = sources_read(s, path, path, &again, &why);
	if (!file)
		return cli_io("cannot read %s: %s", path, why);
	f.source = source_get(s, file);
	f.text = fmt_text(c->arena, s, file, d, &f.len);
	report = diags_finish(d, c->options.now / 86400, 1, 1);
	status = output_reports(c, &report, 1);
	if (!f.text)
		return status ? status : CLI_FINDINGS;
	status = deliver(c, path, &f);
	return status;
}

int
cmd_fmt(struct cli *c)
{
	static const char *standard_input[] = { "-" };
	const char **paths = c->arg_count ? c->args : standard_input;
	size_t n = c->arg_count ? c->arg_count : 1;
	int worst = CLI_OK;

	if (output_formats(c))
		return CLI_USAGE;
	for (size_t i = 0; i < n; i++) {
		int status = format_one(c, paths[i]);

		if (status > worst)
			worst = status;
	}
	return worst;
}
