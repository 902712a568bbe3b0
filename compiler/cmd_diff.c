/*
 * tlsc diff OLD NEW: for which connections do two policies, as text or as
 * tables, decide differently?
 */
#include <string.h>

#include "arena.h"
#include "commands.h"
#include "diff.h"
#include "input.h"

/* What --forbid looks for: a difference, or a row that is weaker, and with it
 * what cannot be judged unless that is taken as it is. */
static int forbidden(const struct cli *c, const struct diff *d)
{
	const char *forbid = cli_value(c, OPT_FORBID);

	if (!forbid)
		return 0;
	if (*forbid == 'a')
		return !diff_same(d);
	return diff_weaker(d) || (d->unjudged.n && !cli_has(c, OPT_UNJUDGED));
}

/* --no-allow: what the new policy may not have, whatever it allows itself. */
static int objections(const struct cli *c, const struct input *new)
{
	struct diag_report *r;

	if (!cli_has(c, OPT_NO_ALLOW) || new->from_table)
		return 0;
	r = compile_report(c, &new->x);
	if (r->errors)
		diag_human(stderr, r, &c->style);
	return r->errors > 0;
}

static int compare(const struct cli *c, struct input *old, struct input *new)
{
	const char *format = cli_value(c, OPT_FORMAT);
	struct diff_options o = { .no_fs = c->options.no_fs,
		.names = cli_has(c, OPT_ALL) };
	struct diff *d = diff_models(c->arena, old->model, new->model, &o);

	if (diff_render(stdout, d, format ? format : "human", old->path,
			new->path, cli_has(c, OPT_ALL)))
		return cli_usage(c, "diff: --format is human, json or "
			"markdown, not \"%s\"", format);
	if (objections(c, new) || forbidden(c, d))
		return CLI_FINDINGS;
	return cli_has(c, OPT_EXIT_CODE) && !diff_same(d) ? CLI_FINDINGS
		: CLI_OK;
}

int cmd_diff(struct cli *c)
{
	struct input old, new;
	int status = cli_operands(c, 2, 2);

	if (status)
		return status;
	status = input_open(c, c->args[0], &old);
	if (status)
		return status;
	status = input_open(c, c->args[1], &new);
	if (!status) {
		status = compare(c, &old, &new);
		input_close(&new);
	}
	input_close(&old);
	return status;
}
