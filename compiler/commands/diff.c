/*
 * tlsc diff OLD NEW: for which connections do two policies, as text or as
 * tables, decide differently?
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "compiler/base/arena.h"
#include "compiler/base/within.h"
#include "compiler/diff/accept.h"
#include "compiler/diff/shows.h"
#include "compiler/run/defines.h"
#include "compiler/run/sides.h"

/* What --forbid looks for: a difference, or a row that is weaker, and with it
 * what cannot be judged unless that is taken as it is. */
static int forbidden(const struct cli *c, const struct diff *d)
{
	const char *forbid = cli_value(c, OPT_FORBID);

	if (!forbid)
		return 0;
	if (*forbid == 'a')
		return !diff_same(d);
	return diff_weaker(d) ||
		(d->unjudged.n > d->elsewhere && !cli_has(c, OPT_UNJUDGED));
}

/* --no-allow: what the new policy may not have, whatever it allows itself. */
static int objections(const struct cli *c, const struct side *new_)
{
	struct diag_report *r;

	if (!cli_has(c, OPT_NO_ALLOW) || !new_->runs.n)
		return 0;
	r = variants_report(c, &new_->runs);
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

	*out = (struct accepts){.path = path};
	if (!path)
		return CLI_OK;
	err = within_root(c->arena, path, &c->options);
	if (err)
		return cli_io("%s: %s", path, err);
	bytes = input_bytes(path, &len);
	if (!bytes)
		return CLI_IO;
	bad = accept_parse(c->arena, path, (const char *)bytes, len,
		c->options.now / 86400, out, &err);
	free(bytes);
	return bad ? cli_usage(c, "%s", err) : CLI_OK;
}

/* Names are kept in case all of them are asked for. */
static int wants_names(const struct cli *c)
{
	const char *format = cli_value(c, OPT_FORMAT);

	return cli_has(c, OPT_ALL) || cli_has(c, OPT_ACCEPT) ||
		(format && strcmp(format, "accept") == 0);
}

/* How the two of a pair were chosen. */
struct pairing {
	const char *with;
	int left_out; /* some other pair was not */
};

/* One pair; what it says goes to out. */
static int compare(const struct cli *c, const struct input *old,
	const struct input *new_, struct accepts *accepts, struct shows *out,
	const struct pairing *p)
{
	struct diff_options o = {.no_fs = c->options.no_fs,
		.names = wants_names(c),
		.left_out = p->left_out};
	struct diff *d = diff_models(c->arena, old->model, new_->model, &o);

	if (accepts->path)
		accept_apply(c->arena, accepts, d, new_->model);
	if (shows_add(out, d, old->path, new_->path, p->with))
		return cli_usage(c,
			"diff: --format is human, json, markdown or accept, "
			"not '%s'",
			cli_value(c, OPT_FORMAT));
	if (forbidden(c, d))
		return CLI_FINDINGS;
	return cli_has(c, OPT_EXIT_CODE) && !diff_same(d) ? CLI_FINDINGS
							  : CLI_OK;
}

/* All pairs that have the same values of enumerations, and first what is in
 * force by itself: a default may be what changed. */
static int compare_all(const struct cli *c, const struct side *old,
	const struct side *new_, struct accepts *accepts)
{
	struct shows out;
	int status = CLI_OK;

	shows_begin(&out, c);
	for (size_t i = 0; i < old->n && status != CLI_USAGE; i++)
		for (size_t k = 0; k < new_->n && status != CLI_USAGE; k++) {
			struct pairing p = {
				sides_text(c->arena, old, i, new_, k),
				sides_left_out(old, new_)};
			int one = CLI_OK;

			if (sides_paired(old, i, new_, k))
				one = compare(c, &old->v[i], &new_->v[k],
					accepts, &out, &p);
			status = one > status ? one : status;
		}
	if (status == CLI_USAGE)
		return status;
	shows_end(&out, stdout);
	if (accepts->path)
		accept_stale(stderr, accepts);
	return objections(c, new_) ? CLI_FINDINGS : status;
}

int cmd_diff(struct cli *c)
{
	struct side old, new_;
	struct accepts accepts;
	struct cli each[2];
	int status = cli_operands(c, 2, 2);

	if (!status)
		status = read_accepts(c, &accepts);
	if (status)
		return status;
	defines_split(c, (const char *const[]){c->args[0], c->args[1]}, each);
	status = sides_open(&each[0], c->args[0], &old);
	if (status)
		return status;
	status = sides_open(&each[1], c->args[1], &new_);
	if (!status) {
		status = compare_all(c, &old, &new_, &accepts);
		sides_close(&new_);
	}
	sides_close(&old);
	return status;
}
