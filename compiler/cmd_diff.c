/*
 * tlsc diff OLD NEW: for which connections do two policies, as text or as
 * tables, decide differently?
 */
#include <string.h>

#include "arena.h"
#include "commands.h"
#include "diff.h"
#include "input.h"

static int compare(const struct cli *c, struct input *old, struct input *new)
{
	const char *format = cli_value(c, OPT_FORMAT);
	const char *forbid = cli_value(c, OPT_FORBID);
	struct diff *d = diff_models(c->arena, old->model, new->model);

	if (diff_render(stdout, d, format ? format : "human", old->path,
			new->path))
		return cli_usage(c, "diff: --format is human, json or "
			"markdown, not \"%s\"", format);
	if (forbid && diff_forbidden(d, *forbid == 'a'))
		return CLI_FINDINGS;
	return cli_has(c, OPT_EXIT_CODE) && !diff_empty(d) ? CLI_FINDINGS
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
