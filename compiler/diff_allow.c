/*
 * Suppressions: every allow of the new policy that the old one has not, by id
 * and the block in which it stands, and those that hold longer.
 */
#include <string.h>

#include "ast.h"
#include "check.h"
#include "diff_priv.h"

struct allow {
	const char *id, *where, *until, *reason; /* until, reason: or NULL */
	int paired;
};
struct allows { struct allow *v; size_t n, cap; };

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

static const char *inside(struct arena *a, const struct ast *n,
	const char *where)
{
	const char *word = block_word(n->kind), *name = n->text;

	if (!word)
		return where;
	if (n->kind == AST_TLS)
		return arena_printf(a, "tls of %s", where);
	return *where ? arena_printf(a, "%s %s of %s", word, name, where) :
		arena_printf(a, "%s %s", word, name);
}

static const char *text_of(const struct ast *n)
{
	return n ? n->text : NULL;
}

static void collect(struct differ *d, const struct ast *n, const char *where,
	struct allows *out)
{
	for (; n; n = n->next) {
		const struct ast *word = ast_kid(n, AST_WORD);
		enum diag_id id;

		if (n->kind != AST_ALLOW) {
			collect(d, n->kids, inside(d->a, n, where), out);
			continue;
		}
		if (!word)
			continue;
		id = diag_id_find(word->text);
		PUSH(d->a, out) = (struct allow){
			id == DIAG_NONE ? word->text : diag_id_text(id),
			*where ? where : "the whole file",
			text_of(ast_kid(n, AST_DATE)),
			text_of(ast_kid(n, AST_STRING)), 0 };
	}
}

static int same_place(const struct allow *a, const struct allow *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->where, b->where) == 0;
}

static int alike(const struct allow *a, const struct allow *b)
{
	return same_place(a, b) && diff_text_same(a->until, b->until) &&
		diff_text_same(a->reason, b->reason);
}

/* The old one that this one goes on from; the most alike first. */
static struct allow *before(struct allows *old, const struct allow *x)
{
	for (size_t i = 0; i < old->n; i++)
		if (!old->v[i].paired && alike(&old->v[i], x))
			return &old->v[i];
	for (size_t i = 0; i < old->n; i++)
		if (!old->v[i].paired && same_place(&old->v[i], x))
			return &old->v[i];
	return NULL;
}

static const char *text(struct differ *d, const struct allow *x)
{
	return arena_printf(d->a, "%s%s%s%s%s%s", x->id, x->until ? " until " :
		"", x->until ? x->until : "", x->reason ? " reason \"" : "",
		x->reason ? x->reason : "", x->reason ? "\"" : "");
}

/* Dates are written year first, so their order is that of text. */
static int longer(const struct allow *a, const struct allow *b)
{
	return a->until && (!b->until || strcmp(b->until, a->until) > 0);
}

static void compare(struct differ *d, struct allow *a, const struct allow *b)
{
	if (!a) {
		diff_item(d, WEAKEN_ALLOW, b->where, NULL, text(d, b),
			"a finding is passed over");
		return;
	}
	a->paired = 1;
	if (!alike(a, b))
		diff_item(d, WEAKEN_ALLOW, b->where, text(d, a), text(d, b),
			longer(a, b) ? "a finding is passed over for longer" :
			NULL);
}

/* Alike ones first, or they would be taken for the others' successors. */
static void pair(struct differ *d, struct allows *old, struct allows *new_)
{
	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < new_->n; i++) {
			struct allow *b = &new_->v[i], *a = before(old, b);

			if (b->paired || (pass == 0 && !(a && alike(a, b))))
				continue;
			b->paired = 1;
			compare(d, a, b);
		}
	for (size_t i = 0; i < old->n; i++)
		if (!old->v[i].paired)
			diff_item(d, WEAKEN_ALLOW, old->v[i].where,
				text(d, &old->v[i]), NULL, NULL);
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
	struct allows all[2] = { { NULL, 0, 0 }, { NULL, 0, 0 } };

	for (unsigned i = 0; i < 2; i++)
		if (d->m[i]->facts)
			collect(d, d->m[i]->facts->root->kids, "", &all[i]);
	if (!d->m[0]->facts || !d->m[1]->facts)
		unknown(d, &all[1]);
	else
		pair(d, &all[0], &all[1]);
}
