/*
 * tlsc diff OLD NEW: for which connections do two policies, as text or as
 * tables, decide differently?
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arena.h"
#include "commands.h"
#include "diff_accept.h"
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

static int read_accepts(const struct cli *c, struct accepts *out)
{
	const char *path = cli_value(c, OPT_ACCEPT), *err;
	uint8_t *bytes;
	size_t len;
	int bad;

	*out = (struct accepts){ .path = path };
	if (!path)
		return CLI_OK;
	bytes = input_bytes(path, &len);
	if (!bytes)
		return CLI_IO;
	bad = accepts_parse(c->arena, path, (const char *)bytes, len,
		c->options.now / 86400, out, &err);
	free(bytes);
	return bad ? cli_usage(c, "%s", err) : CLI_OK;
}

static int show(const struct cli *c, const struct diff *d, const char *old,
	const char *new_)
{
	const char *format = cli_value(c, OPT_FORMAT);
	time_t now = (time_t)c->options.now;
	struct tm t;
	char today[32];
	struct diff_view v = { format ? format : "human", old, new_, today,
		cli_has(c, OPT_ALL) };

	gmtime_r(&now, &t);
	strftime(today, sizeof(today), "%Y-%m-%d", &t);
	if (diff_render(stdout, d, &v))
		return cli_usage(c, "diff: --format is human, json, markdown "
			"or accept, not \"%s\"", format);
	return CLI_OK;
}

/* Names are kept for whoever asks about all of them. */
static int wants_names(const struct cli *c)
{
	const char *format = cli_value(c, OPT_FORMAT);

	return cli_has(c, OPT_ALL) || cli_has(c, OPT_ACCEPT) ||
		(format && strcmp(format, "accept") == 0);
}

static int compare(const struct cli *c, struct input *old, struct input *new,
	struct accepts *accepts)
{
	struct diff_options o = { .no_fs = c->options.no_fs,
		.names = wants_names(c) };
	struct diff *d = diff_models(c->arena, old->model, new->model, &o);
	int status;

	if (accepts->path) {
		accepts_apply(c->arena, accepts, d);
		accepts_stale(stderr, accepts);
	}
	status = show(c, d, old->path, new->path);
	if (status)
		return status;
	if (objections(c, new) || forbidden(c, d))
		return CLI_FINDINGS;
	return cli_has(c, OPT_EXIT_CODE) && !diff_same(d) ? CLI_FINDINGS
		: CLI_OK;
}

int cmd_diff(struct cli *c)
{
	struct input old, new;
	struct accepts accepts;
	int status = cli_operands(c, 2, 2);

	if (!status)
		status = read_accepts(c, &accepts);
	if (status)
		return status;
	status = input_open(c, c->args[0], &old);
	if (status)
		return status;
	status = input_open(c, c->args[1], &new);
	if (!status) {
		status = compare(c, &old, &new, &accepts);
		input_close(&new);
	}
	input_close(&old);
	return status;
}
