/*
 * tlsc check FILE...: all diagnostics of each policy, nothing is written.
 */
#include "arena.h"
#include "commands.h"
#include "compile.h"
#include "deps.h"
#include "fix.h"
#include "output.h"

static int check_all(struct cli *c, const char **paths, size_t n)
{
	struct compilation *x = arena_alloc(c->arena, n * sizeof(*x));
	struct diag_report **r = arena_alloc(c->arena, n * sizeof(*r));
	int status = CLI_OK, unread = CLI_OK;
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		if (fix_run(c, paths[i], &x[done], &r[done]))
			unread = CLI_IO;
		else
			done++;
	}
	if (done)
		status = output_reports(c, r, done);
	if (done && !status)
		status = deps_write(c, x, done);
	for (size_t i = 0; i < done; i++)
		compile_free(&x[i]);
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
