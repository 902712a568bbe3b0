/*
 * Loading and pairing what is compared (sides.h).  Variants and tables are
 * identified by the parameter values that their model has among its inputs.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "grammar/table.h"
#include "sides.h"

static int open_runs(const struct cli *c, const char *path, struct side *out)
{
	int status = variants_run(c, path, &out->runs);

	if (status)
		return status;
	out->v = arena_alloc(c->arena, out->runs.n * sizeof(*out->v));
	while (out->n < out->runs.n) {
		const struct variant *a = &out->runs.v[out->n];

		if (out->n && diag_unsound(a->x.diags))
			fprintf(stderr, "tlsc: %s with %s:\n", shown_text(path),
				a->text);
		status = input_compiled(
			c, path, &a->x, out->n == 0, &out->v[out->n]);
		if (status)
			break;
		out->n++;
	}
	/* The failed one is closed; those after it have not been opened. */
	for (size_t i = out->n + 1; status && i < out->runs.n; i++)
		compile_free(&out->runs.v[i].x);
	if (status)
		sides_close(out);
	return status;
}

int sides_open(const struct cli *c, const char *path, struct side *out)
{
	int status;

	*out = (struct side){.n = 0};
	if (!input_is_table(path))
		return open_runs(c, path, out);
	out->v = arena_alloc(c->arena, sizeof(*out->v));
	status = input_open_table(c, path, out->v);
	out->n = !status;
	return status;
}

void sides_close(struct side *s)
{
	for (size_t i = 0; i < s->n; i++)
		input_close(&s->v[i]);
	s->n = 0;
}

/* A parameter's value in force, or NULL. */
static const char *value(const struct side *s, size_t i, const char *name)
{
	const struct model *m = s->v[i].model;

	for (size_t k = 0; k < m->inputs.n; k++)
		if (m->inputs.v[k].kind == TBL_INPUT_PARAM &&
			strcmp(m->inputs.v[k].name, name) == 0)
			return m->inputs.v[k].value;
	return NULL;
}

/* The names that a side's variants set, one after the other, repeated ones
 * too; NULL at the end. */
static const char *tried(const struct side *s, size_t *run, size_t *define)
{
	for (; *run < s->runs.n; ++*run, *define = 0) {
		const struct variant *a = &s->runs.v[*run];

		if (*define < a->define_count)
			return a->defines[(*define)++].name;
	}
	return NULL;
}

/* Has some variant of the side that value?  A table is one of a policy of
 * which nothing else is known. */
static int has_value(const struct side *s, const char *name, const char *text)
{
	for (size_t i = 0; i < s->n; i++) {
		const char *v = value(s, i, name);

		if (v && strcmp(v, text) == 0)
			return 1;
	}
	return 0;
}

/* A value that the old policy has not is compared with all that it has: any of
 * them may be what it takes the place of.  So is an old table's that the new
 * policy has not. */
static int comparable(const struct side *old, const struct side *new_,
	const char *name, const char *a, const char *b)
{
	return (old->runs.n && !has_value(old, name, b)) ||
		(!old->runs.n && new_->runs.n && !has_value(new_, name, a));
}

static int agree(const struct side *by, const struct side *old, size_t i,
	const struct side *new_, size_t k)
{
	size_t run = 0, define = 0;
	const char *name;

	while ((name = tried(by, &run, &define))) {
		const char *a = value(old, i, name), *b = value(new_, k, name);

		if (a && b && strcmp(a, b) != 0 &&
			!comparable(old, new_, name, a, b))
			return 0;
	}
	return 1;
}

static int both_agree(
	const struct side *old, size_t i, const struct side *new_, size_t k)
{
	return agree(old, old, i, new_, k) && agree(new_, old, i, new_, k);
}

/* A table, or a policy whose parameters all have a value by themselves. */
static int by_itself(const struct side *s)
{
	return !s->runs.n || !*s->runs.v[0].text;
}

/* Has the old side nothing that agrees with this variant of the new one?  A
 * table is of one variant only, and of others nothing is known. */
static int alone(const struct side *old, const struct side *new_, size_t k)
{
	if (!old->runs.n)
		return 0;
	for (size_t i = 0; i < old->n; i++)
		if (both_agree(old, i, new_, k))
			return 0;
	return 1;
}

int sides_paired(
	const struct side *old, size_t i, const struct side *new_, size_t k)
{
	if (both_agree(old, i, new_, k))
		return 1;
	if (i)
		return 0;
	return (!k && by_itself(old) && by_itself(new_)) || alone(old, new_, k);
}

const char *sides_text(struct arena *a, const struct side *old, size_t i,
	const struct side *new_, size_t k)
{
	const char *x = old->runs.n ? old->runs.v[i].text : "";
	const char *y = new_->runs.n ? new_->runs.v[k].text : "";

	if (strcmp(x, y) == 0 || !*x)
		return *y ? y : "their own values";
	if (!*y)
		return x;
	return arena_printf(a, "%s; new: %s", x, y);
}
