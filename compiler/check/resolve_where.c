/*
 * where NAME is a | b { ... } : chooses statements by an enumeration, before
 * any name is looked up.  Branches that are not chosen are only parsed.
 */
#include "resolve_parts.h"

#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/spell.h"

static const struct ast *find_word(const struct ast *list, const char *text)
{
	while (list && strcmp(list->text, text) != 0)
		list = list->next;
	return list;
}

/* A value that the parameter can never have is a slip, chosen or not. */
static void check_value(
	struct resolver *r, const struct ast *param, const struct ast *value)
{
	const struct ast *type = ast_kid(param, AST_TYPE);
	const char *words[64];
	const char *near;
	size_t n = 0;
	struct diag *g;

	if (find_word(type->kids, value->text))
		return;
	for (const struct ast *k = type->kids; k && n < 64; k = k->next)
		words[n++] = k->text;
	near = spell_nearest(value->text, value->text_len, words, n);
	g = diag_add(r->diags, DIAG_TC0204, value->name_span,
		"parameter '%s' is never '%s'", param->text, value->text);
	diag_label(g, type->span, "these are its values");
	if (near)
		diag_caret(g, "did you mean '%s'?", near);
}

/* 1, 0, or -1 when it cannot be decided. */
static int holds(struct resolver *r, const struct ast *where)
{
	const struct ast *param = resolve_param_find(r, where);
	const struct ast *values = ast_kid(where, AST_VALUES);
	const struct ast *value;
	struct diag *g;

	if (!param)
		return -1;
	if (strcmp(ast_kid(param, AST_TYPE)->text, "enum") != 0) {
		g = diag_add(r->diags, DIAG_TC0204, where->name_span,
			"'where' needs an enumeration, and parameter '%s' is "
			"not one",
			param->text);
		diag_label(g, param->name_span, "declared here");
		return -1;
	}
	for (const struct ast *v = values->kids; v; v = v->next)
		check_value(r, param, v);
	value = resolve_param_value(param);
	if (!value)
		return -1;
	return find_word(values->kids, value->text) != NULL;
}

/* A chosen body at the top level may bring files and parameters. */
static struct ast_seq flatten(struct resolver *r, struct ast *list)
{
	struct ast_seq out = ast_one(NULL);

	for (struct ast *n = list, *next; n; n = next) {
		next = n->next;
		n->next = NULL;
		if (n->kind == AST_PARAM)
			resolve_param_declare(r, n);
		else if (n->kind == AST_INCLUDE)
			out = ast_join(out, resolve_include(r, n));
		else
			out = ast_push(out, n);
	}
	return out;
}

struct ast_seq resolve_where_choose(struct resolver *r, struct ast *list)
{
	struct ast_seq out = ast_one(NULL);

	for (struct ast *n = list, *next; n; n = next) {
		next = n->next;
		n->next = NULL;
		if (n->kind == AST_WHERE) {
			int chosen = holds(r, n);

			if (chosen > 0)
				out = ast_join(out,
					resolve_where_choose(r,
						flatten(r,
							ast_kid(n, AST_BODY)
								->kids)
							.first));
			else if (!chosen)
				r->dropped = ast_push(
					r->dropped, ast_kid(n, AST_BODY));
			else
				out = ast_push(out,
					ast_new(r->arena, AST_ERROR, n->span));
			continue;
		}
		if (n->kind == AST_FRONTEND || n->kind == AST_BACKEND ||
			n->kind == AST_ROUTE || n->kind == AST_SITE)
			n->kids = resolve_where_choose(r, n->kids).first;
		out = ast_push(out, n);
	}
	return out;
}
