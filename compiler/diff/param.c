/*
 * Parameters: the values that are in force without -D.
 */
#include <string.h>

#include "compiler/check/check.h"
#include "compiler/syntax/ast.h"
#include "priv.h"

static const struct ast *default_of(const struct ast *param)
{
	const struct ast *type = ast_kid(param, AST_TYPE);

	return type ? type->next : NULL;
}

static const struct ast *find(const struct ast *list, const char *name)
{
	while (list && strcmp(list->text, name) != 0)
		list = list->next;
	return list;
}

static const char *value_text(const struct ast *value)
{
	return value ? value->text : NULL;
}

/* "prod | staging", "duration". */
static const char *type_text(struct differ *d, const struct ast *param)
{
	const struct ast *type = ast_kid(param, AST_TYPE);
	const char *text = NULL;

	for (const struct ast *k = type ? type->kids : NULL; k; k = k->next)
		text = text ? arena_printf(d->a, "%s | %s", text, k->text)
			    : k->text;
	return text ? text : type ? type->text : "";
}

static void param(struct differ *d, const struct ast *a, const struct ast *b)
{
	const char *old = value_text(default_of(a));
	const char *new_ = value_text(default_of(b));
	const char *was = type_text(d, a), *is = type_text(d, b);

	if (!diff_text_same(old, new_))
		diff_item(d, WEAKEN_PARAM, a->text, old, new_,
			new_ ? "without -D the policy is a different one"
			     : NULL);
	if (strcmp(was, is) != 0)
		diff_item(d, WEAKEN_PARAM, a->text, was, is, NULL);
}

static void declared(struct differ *d)
{
	const struct ast *a = d->m[0]->facts->params;
	const struct ast *b = d->m[1]->facts->params;

	for (const struct ast *p = a; p; p = p->next)
		if (find(b, p->text))
			param(d, p, find(b, p->text));
		else
			diff_item(d, WEAKEN_PARAM, p->text, type_text(d, p),
				NULL, NULL);
	for (const struct ast *p = b; p; p = p->next)
		if (!find(a, p->text))
			diff_item(d, WEAKEN_PARAM, p->text, NULL,
				type_text(d, p), NULL);
}

static const struct m_input *input(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->inputs.n; i++)
		if (m->inputs.v[i].kind == TBL_INPUT_PARAM &&
			strcmp(m->inputs.v[i].name, name) == 0)
			return &m->inputs.v[i];
	return NULL;
}

/* A table holds the values that it was made with. */
static void in_force(struct differ *d)
{
	for (size_t i = 0; i < d->m[0]->inputs.n; i++) {
		const struct m_input *a = &d->m[0]->inputs.v[i], *b;

		if (a->kind != TBL_INPUT_PARAM)
			continue;
		b = input(d->m[1], a->name);
		if (b && !diff_text_same(a->value, b->value))
			diff_item(d, WEAKEN_PARAM, a->name, a->value, b->value,
				"compiled with another value");
	}
}

void diff_params(struct differ *d)
{
	if (d->o->left_out)
		diff_unjudged(d, WEAKEN_PARAM, "enumerations",
			"there are too many combinations of their values: "
			"choose some with -D");
	if (d->m[0]->facts && d->m[1]->facts)
		declared(d);
	else
		in_force(d);
}
