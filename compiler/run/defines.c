/*
 * Which -D a policy can take is seen by what it has in force when all are given
 * (defines.h).  Tables and standard input take what they always took.
 */
#include "defines.h"

#include <stdio.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/check/resolve.h"
#include "compiler/syntax/ast.h"
#include "input.h"

/* Of several, the last counts. */
static const char *value_given(const struct options *o, const char *name)
{
	for (size_t i = o->define_count; i-- > 0;)
		if (strcmp(o->defines[i].name, name) == 0)
			return o->defines[i].value;
	return NULL;
}

static const struct ast *value_in_force(const struct ast *param)
{
	const struct ast *value = NULL;

	for (const struct ast *k = param->kids; k; k = k->next)
		if (k->kind != AST_TYPE)
			value = k;
	return value;
}

static int takes(
	const struct ast *params, const struct options *o, const char *name)
{
	const char *given = value_given(o, name);

	for (const struct ast *p = params; p; p = p->next) {
		const struct ast *v =
			p->kind == AST_PARAM && strcmp(p->text, name) == 0
			? value_in_force(p)
			: NULL;

		if (v && strcmp(v->text, given) == 0)
			return 1;
	}
	return 0;
}

/* Per -D: does the policy take it?  0: nothing can be said. */
static int look(const struct cli *c, const char *path, uint8_t *fits)
{
	struct sources *s = source_new(c->arena);
	struct resolved r;
	const char *err;

	if (strcmp(path, "-") == 0 || input_is_table(path) ||
		resolve_policy(c->arena, s, diag_new(c->arena, s), &c->options,
			path, &r, &err))
		return 0;
	for (size_t i = 0; i < c->options.define_count; i++)
		fits[i] = (uint8_t)takes(
			r.params, &c->options, c->options.defines[i].name);
	return 1;
}

static void leave_out(const struct cli *c, const char *path,
	const uint8_t *fits, const uint8_t *other, struct cli *out)
{
	const struct options *o = &c->options;
	struct define *left =
		arena_alloc(c->arena, (o->define_count + 1) * sizeof(*left));
	size_t n = 0;

	for (size_t i = 0; i < o->define_count; i++)
		if (fits[i] || !other[i])
			left[n++] = o->defines[i];
		else
			fprintf(stderr,
				"tlsc: %s has no %s=%s: all its values are "
				"compared\n",
				shown_text(path),
				shown_text(o->defines[i].name),
				shown_text(o->defines[i].value));
	out->options.defines = left;
	out->options.define_count = n;
}

void defines_split(
	const struct cli *c, const char *const path[2], struct cli out[2])
{
	uint8_t *fits[2];

	for (unsigned i = 0; i < 2; i++) {
		out[i] = *c;
		fits[i] = arena_alloc(c->arena, c->options.define_count + 1);
	}
	if (!c->options.define_count || !look(c, path[0], fits[0]) ||
		!look(c, path[1], fits[1]))
		return;
	for (unsigned i = 0; i < 2; i++)
		leave_out(c, path[i], fits[i], fits[!i], &out[i]);
}
