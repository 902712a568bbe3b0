/*
 * From a path to one tree.  Order of work: files and their includes first (each
 * declares its parameters), then `where` (a chosen body may include more
 * files), then $references; so the order of files does not matter.
 */
#include "resolve_parts.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/within.h"

static struct span file_start(uint32_t file)
{
	return (struct span){file, 0, 0};
}

static int is_edition(const struct ast *policy)
{
	return policy->kids && strcmp(policy->kids->text, POLICY_EDITION) == 0;
}

static void edition_unknown(struct resolver *r, const struct ast *policy)
{
	struct span at = policy->kids ? policy->kids->span : policy->span;
	struct diag *g;

	g = diag_add(r->diags, DIAG_TC0102, at,
		"edition %s of the policy language is not supported",
		policy->kids ? policy->kids->text : "?");
	diag_help(g, "this tlsc supports edition " POLICY_EDITION);
}

static void edition_missing(struct resolver *r, uint32_t file)
{
	struct diag *g;

	g = diag_add(r->diags, DIAG_TC0102, file_start(file),
		"the policy does not say its language edition");
	diag_help(g, "add 'policy " POLICY_EDITION ";' as the first statement");
	diag_fix(g, file_start(file), "policy " POLICY_EDITION ";\n");
}

static int has_edition(const struct ast *items)
{
	while (items && items->kind != AST_POLICY)
		items = items->next;
	return items != NULL;
}

/* The edition is the first statement of the root; elsewhere it is optional, but
 * must be first as well.  Returns 0 when the file is of another edition. */
static int check_edition(
	struct resolver *r, struct ast *items, uint32_t file, int is_root)
{
	if (items && items->kind == AST_POLICY) {
		if (!is_edition(items)) {
			edition_unknown(r, items);
			return 0;
		}
		items = items->next;
	} else if (is_root && !has_edition(items) &&
		!(items && items->kind == AST_ERROR)) {
		edition_missing(r, file);
	}
	for (; items; items = items->next)
		if (items->kind == AST_POLICY)
			diag_add(r->diags, DIAG_TC0102, items->span,
				"the edition must be the first statement");
	return 1;
}

struct ast_seq resolve_file(struct resolver *r, uint32_t file, struct span by)
{
	const struct source *src = source_get(r->sources, file);
	struct ast_seq flat = ast_one(NULL);
	struct parsed parsed;
	struct ast *n, *next;

	policy_parse(r->arena, r->sources, file, r->diags, &parsed);
	r->any_reference |= memchr(src->text, '$', src->len) != NULL;
	if (!check_edition(r, parsed.file->kids, file, r->depth == 0))
		return ast_one(ast_new(r->arena, AST_ERROR, file_start(file)));
	r->stack[r->depth] = file;
	r->stack_at[r->depth++] = by;
	for (n = parsed.file->kids; n; n = next) {
		next = n->next;
		n->next = NULL;
		if (n->kind == AST_PARAM)
			resolve_param_declare(r, n);
		else if (n->kind == AST_INCLUDE)
			flat = ast_join(flat, resolve_include(r, n));
		else if (n->kind != AST_POLICY)
			flat = ast_push(flat, n);
	}
	r->depth--;
	return flat;
}

static const char *shown_root(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void resolve_source(struct arena *a, struct sources *s, struct diags *d,
	const struct options *o, uint32_t file, struct resolved *out)
{
	struct resolver r = {
		.arena = a, .sources = s, .diags = d, .options = o};
	const struct source *src = source_get(s, file);
	struct ast_seq items;

	out->reach = within_new(a, src->dir, o);
	r.reach = out->reach;
	out->root_file = file;
	out->root = ast_new(
		a, AST_FILE, (struct span){file, 0, (uint32_t)src->len});
	items = resolve_file(&r, file, file_start(0));
	items = resolve_where_choose(&r, items.first);
	out->root->kids = items.first;
	resolve_param_unknown_defines(&r);
	if (r.any_reference)
		resolve_param_substitute(&r, out->root);
	out->params = r.params.first;
	out->dropped = r.dropped.first;
	if (r.any_reference || out->dropped)
		diag_varies(d, resolve_param_values(&r));
}

int resolve_policy(struct arena *a, struct sources *s, struct diags *d,
	const struct options *o, const char *path, struct resolved *out,
	const char **err)
{
	const char *why;
	uint32_t file;
	int again;

	why = within_root(a, path, o);
	file = why ? 0 : source_read(s, path, shown_root(path), &again, &why);
	if (!file) {
		*err = arena_printf(a, "cannot read %s: %s", path, why);
		return -1;
	}
	resolve_source(a, s, d, o, file, out);
	return 0;
}
