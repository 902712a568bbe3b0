/*
 * tlsc check FILE...: all diagnostics of each policy, nothing is written.
 */
#include <string.h>

#include "commands.h"
#include "compiler/base/arena.h"
#include "compiler/compile.h"
#include "compiler/run/deps.h"
#include "compiler/run/fix.h"
#include "compiler/run/output.h"
#include "compiler/run/variants.h"

/* --fix: by the policy's own values of its parameters. */
static int repair(const struct cli *c, const char *path)
{
	struct diag_report *r;
	struct compilation x;
	int status;

	/* Standard input is nothing to write to, and read but once. */
	if (!cli_has(c, OPT_FIX) || strcmp(path, "-") == 0)
		return CLI_OK;
	status = fix_run(c, path, &x, &r);
	if (!status)
		compile_free(&x);
	return status;
}

/* Of all variants: any file that one of them reads. */
static int write_deps(const struct cli *c, const struct variants *v, size_t n)
{
	struct compilation *x;
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += v[i].n;
	x = arena_alloc(c->arena, all * sizeof(*x));
	all = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < v[i].n; k++)
			x[all++] = v[i].v[k].x;
	return deps_write(c, x, all);
}

/* Who asks for no allow wants a verdict, which no one has of combinations that
 * were not looked at. */
static int incomplete(const struct cli *c, const struct variants *v, size_t n)
{
	for (size_t i = 0; i < n && cli_has(c, OPT_NO_ALLOW); i++)
		if (v[i].left_out)
			return 1;
	return 0;
}

static int check_all(struct cli *c, const char **paths, size_t n)
{
	struct variants *v = arena_alloc(c->arena, n * sizeof(*v));
	struct diag_report **r = arena_alloc(c->arena, n * sizeof(*r));
	int status = CLI_OK, unread = CLI_OK;
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		if (repair(c, paths[i]) || variants_run(c, paths[i], &v[done]))
			unread = CLI_IO;
		else
			r[done] = variants_report(c, &v[done]), done++;
	}
	if (done)
		status = output_reports(c, r, done);
	if (done && !status)
		status = write_deps(c, v, done);
	if (!status && incomplete(c, v, done))
		status = CLI_FINDINGS;
	for (size_t i = 0; i < done; i++)
		variants_free(&v[i]);
	return unread ? unread : status;
}

int cmd_check(struct cli *c)
{
	static const char *standard_input[] = {"-"};

	if (output_formats(c))
		return CLI_USAGE;
	if (!c->arg_count)
		return check_all(c, standard_input, 1);
	return check_all(c, c->args, c->arg_count);
}
