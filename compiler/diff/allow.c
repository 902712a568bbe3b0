/*
 * Suppressions: every allow of the new policy that the old one has not, by id
 * and block, and those that hold longer.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/check/check.h"
#include "compiler/syntax/ast.h"
#include "priv.h"

struct allowance {
	const char *id, *where, *until, *reason; /* until, reason: or NULL */
	const char *file;
	uint32_t line;
};
struct allows {
	struct allowance *v;
	size_t n, cap;
};

static const char *block_word(enum ast_kind kind)
{
	switch (kind) {
	case AST_PROFILE:
		return "profile";
	case AST_LIMITS:
		return "limits";
	case AST_CERTIFICATE:
		return "certificate";
	case AST_BACKEND:
		return "backend";
	case AST_FRONTEND:
		return "frontend";
	case AST_ROUTE:
		return "route";
	case AST_TLS:
		return "tls";
	default:
		return NULL;
	}
}

static const char *inside(
	struct arena *a, const struct ast *n, const char *where)
{
	const char *word = block_word(n->kind), *name = n->text;

	if (!word)
		return where;
	if (n->kind == AST_TLS)
		return arena_printf(a, "tls of %s", where);
	return *where ? arena_printf(a, "%s %s of %s", word, name, where)
		      : arena_printf(a, "%s %s", word, name);
}

static const char *text_of(const struct ast *n)
{
	return n ? n->text : NULL;
}

/* At the top an allow holds for its file. */
static const char *whole_file(
	struct differ *d, const struct facts *f, uint32_t file)
{
	const struct source *s = source_get(f->sources, file);

	return file == f->root_file || !s
		? "the policy's file"
		: arena_printf(d->a, "file %s", s->path);
}

static void place(
	const struct facts *f, const struct ast *n, struct allowance *x)
{
	uint32_t column;

	x->file = source_get(f->sources, n->span.file)->path;
	source_locate(
		f->sources, n->span.file, n->span.begin, &x->line, &column);
}

static void collect(struct differ *d, const struct facts *f,
	const struct ast *n, const char *where, struct allows *out)
{
	for (; n; n = n->next) {
		const struct ast *word = ast_kid(n, AST_WORD);
		struct allowance *x;
		enum diag_id id;

		if (n->kind != AST_ALLOW) {
			collect(d, f, n->kids, inside(d->a, n, where), out);
			continue;
		}
		if (!word)
			continue;
		id = diag_id_find(word->text);
		x = &PUSH(d->a, out);
		*x = (struct allowance){
			id == DIAG_NONE ? word->text : diag_id_text(id),
			*where ? where : whole_file(d, f, n->span.file),
			text_of(ast_kid(n, AST_DATE)),
			text_of(ast_kid(n, AST_STRING)), NULL, 0};
		place(f, n, x);
	}
}

static int same_place(const struct allowance *a, const struct allowance *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->where, b->where) == 0;
}

static int text_order(const char *a, const char *b)
{
	return !a || !b ? !!a - !!b : strcmp(a, b);
}

/* By place, then by what they say. */
static int order(const void *x, const void *y)
{
	const struct allowance *a = x, *b = y;
	int c = strcmp(a->id, b->id);

	if (!c)
		c = strcmp(a->where, b->where);
	if (!c)
		c = text_order(a->until, b->until);
	return c ? c : text_order(a->reason, b->reason);
}

static const char *text(struct differ *d, const struct allowance *x)
{
	return arena_printf(d->a, "%s%s%s%s%s%s", x->id,
		x->until ? " until " : "", x->until ? x->until : "",
		x->reason ? " reason \"" : "", x->reason ? x->reason : "",
		x->reason ? "\"" : "");
}

/* Dates are written year first, so their order is that of text. */
static int longer(const struct allowance *a, const struct allowance *b)
{
	return a->until && (!b->until || strcmp(b->until, a->until) > 0);
}

/* Its place in the new policy or, when b is NULL, in the old one. */
static void tell(struct differ *d, const struct allowance *a,
	const struct allowance *b, const char *why)
{
	const struct allowance *x = b ? b : a;
	struct diff_item *i = diff_item(d, WEAKEN_ALLOW, x->where,
		a ? text(d, a) : NULL, b ? text(d, b) : NULL, why);

	i->file = x->file;
	i->line = x->line;
}

static void added(struct differ *d, const struct allowance *x)
{
	tell(d, NULL, x, "a finding is allowed");
}

static void removed(struct differ *d, const struct allowance *x)
{
	tell(d, x, NULL, NULL);
}

static void replaced(
	struct differ *d, const struct allowance *a, const struct allowance *b)
{
	tell(d, a, b, longer(a, b) ? "a finding is allowed for longer" : NULL);
}

/* Walks both in order and leaves out what is alike. */
static void without_twins(struct allows all[2])
{
	size_t i = 0, k = 0, n[2] = {0, 0};

	while (i < all[0].n || k < all[1].n) {
		int c = i == all[0].n   ? 1
			: k == all[1].n ? -1
					: order(&all[0].v[i], &all[1].v[k]);

		if (c < 0) {
			all[0].v[n[0]++] = all[0].v[i++];
		} else if (c > 0) {
			all[1].v[n[1]++] = all[1].v[k++];
		} else {
			i++;
			k++;
		}
	}
	all[0].n = n[0];
	all[1].n = n[1];
}

static void pair(struct differ *d, struct allows all[2])
{
	size_t i = 0, k = 0;

	for (unsigned s = 0; s < 2; s++)
		if (all[s].n)
			qsort(all[s].v, all[s].n, sizeof(*all[s].v), order);
	without_twins(all);
	while (i < all[0].n && k < all[1].n) {
		const struct allowance *a = &all[0].v[i], *b = &all[1].v[k];

		if (same_place(a, b)) {
			replaced(d, a, b);
			i++;
			k++;
		} else if (order(a, b) < 0) {
			removed(d, a);
			i++;
		} else {
			added(d, b);
			k++;
		}
	}
	while (i < all[0].n)
		removed(d, &all[0].v[i++]);
	while (k < all[1].n)
		added(d, &all[1].v[k++]);
}

/* A table does not hold what its policy allowed. */
static void unknown(struct differ *d, struct allows *new_)
{
	if (!d->m[1]->facts)
		diff_unjudged(d, WEAKEN_ALLOW, "the new table",
			"a table does not say what was allowed");
	else if (new_->n)
		diff_unjudged(d, WEAKEN_ALLOW, text(d, &new_->v[0]),
			"a table does not say what was allowed before");
}

void diff_allows(struct differ *d)
{
	struct allows all[2] = {{NULL, 0, 0}, {NULL, 0, 0}};

	for (unsigned i = 0; i < 2; i++)
		if (d->m[i]->facts)
			collect(d, d->m[i]->facts, d->m[i]->facts->root->kids,
				"", &all[i]);
	if (!d->m[0]->facts || !d->m[1]->facts)
		unknown(d, &all[1]);
	else
		pair(d, all);
}
