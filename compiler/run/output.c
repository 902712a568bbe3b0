/*
 * Printing findings: --format to the terminal or standard output, each --report
 * to its file.  Files are written whole or not at all.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/spell.h"
#include "compiler/base/write.h"
#include "compiler/compile.h"
#include "compiler/table/emit.h"
#include "output.h"

static const struct diag_format *find(
	const struct cli *c, const char *option, const char *name)
{
	const struct diag_format *f = diag_format_find(name);
	const char *names[16], *near;
	size_t n = 0;

	if (f)
		return f;
	for (f = diag_formats; f->name; f++)
		names[n++] = f->name;
	near = spell_nearest(name, strlen(name), names, n);
	cli_usage(c, "%s: no format '%s'%s%s%s", option, name,
		near ? ": did you mean " : "", near ? near : "",
		near ? "?"
		     : "; the formats are human, short, json, sarif, github, "
		       "gitlab, checkstyle and junit");
	return NULL;
}

static const struct diag_format *main_format(const struct cli *c)
{
	/* Those of diff and comply are about their own answers. */
	const char *name = c->command == CMD_diff || c->command == CMD_comply
		? NULL
		: cli_value(c, OPT_FORMAT);

	return find(c, "--format", name ? name : "human");
}

/* FILE=FORMAT: the last "=" separates. */
static const struct diag_format *report_format(
	const struct cli *c, const char *value, const char **path)
{
	const char *eq = strrchr(value, '=');

	if (!eq || eq == value) {
		cli_usage(c, "--report needs FILE=FORMAT, not '%s'", value);
		return NULL;
	}
	*path = arena_strndup(c->arena, value, (size_t)(eq - value));
	return find(c, "--report", eq + 1);
}

int output_formats(const struct cli *c)
{
	const char *path;

	if (!main_format(c))
		return CLI_USAGE;
	for (size_t i = 0; i < c->given_count; i++)
		if (c->given[i].id == OPT_REPORT &&
			!report_format(c, c->given[i].value, &path))
			return CLI_USAGE;
	return CLI_OK;
}

int output_on_stdout(const struct cli *c)
{
	return !main_format(c)->for_people;
}

int output_file(const char *path, void (*print)(FILE *f, const void *arg),
	const void *arg)
{
	const char *err = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *m = open_memstream(&text, &len);
	int failed;

	if (!m)
		return cli_io("out of memory");
	print(m, arg);
	if (fclose(m)) {
		free(text);
		return cli_io("out of memory");
	}
	failed = write_atomic(path, text, len, &err);
	free(text);
	return failed ? cli_io("%s", err) : CLI_OK;
}

struct report {
	const struct diag_format *format;
	const struct diag_report *report;
};

static void print_report(FILE *f, const void *arg)
{
	/* A file holds everything, without colour. */
	static const struct diag_style style = {0, 0};
	const struct report *r = arg;

	r->format->print(f, r->report, &style);
}

static int fails(const struct cli *c, const struct diag_report *r)
{
	return r->errors || (c->fail_on <= DIAG_WARNING && r->warnings) ||
		(c->fail_on <= DIAG_NOTE && r->notes);
}

int output_reports(const struct cli *c, struct diag_report *const *v, size_t n)
{
	const struct diag_format *f = main_format(c);
	struct diag_report *r = diag_report_merge(c->arena, v, n);
	int status = fails(c, r) ? CLI_FINDINGS : CLI_OK;
	const char *path;

	fflush(stdout);
	f->print(f->for_people ? stderr : stdout, r, &c->style);
	for (size_t i = 0; i < c->given_count; i++) {
		if (c->given[i].id != OPT_REPORT)
			continue;
		/* output_formats has looked at it. */
		f = report_format(c, c->given[i].value, &path);
		if (!f ||
			output_file(path, print_report, &(struct report){f, r}))
			status = CLI_IO;
	}
	return status;
}
