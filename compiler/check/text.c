/*
 * Tests and assertions: the names they use are resolved here; verify/ and
 * testrun.c judge them.  Their text goes into the table.
 */
#include <string.h>

#include "compiler/base/prefix.h"
#include "compiler/syntax/fmt.h"
#include "priv.h"

/* A table has no named sets: the text it carries says what is in them. */

static struct ast *literal(
	struct check *c, enum ast_kind kind, const char *text, size_t len)
{
	struct ast *n = ast_new(c->a, kind, (struct span){0, 0, 0});
	n->text = arena_strndup(c->a, text, len);
	n->text_len = (uint32_t)len;
	return n;
}

static const struct set_decl *named_set(
	const struct check *c, const struct ast *w)
{
	uint32_t i = w->kind != AST_WORD
		? SYMBOL_NONE
		: symbols_find(c->sym, SPACE_SET, w->text, w->text_len);
	return i == SYMBOL_NONE ? NULL : &c->sets.v[i];
}

/* source in SET or { SET, ... } -> source in { CIDR, ... } */
static void inline_sources(struct check *c, struct ast *t)
{
	struct ast *values = ast_new(c->a, AST_VALUES, t->span);
	struct source_terms s;
	struct ast_seq all = ast_one(NULL);
	char buf[64];

	for (const struct ast *k = t->kids; k; k = k->next)
		if (k->kind == AST_WORD && !named_set(c, k))
			return;
	check_sources(c, t, &s);
	if (s.unknown)
		return;
	for (size_t i = 0; i < s.prefixes.n; i++) {
		prefix_text(&s.prefixes.v[i], buf);
		all = ast_push(all, literal(c, AST_ADDR, buf, strlen(buf)));
	}
	if (!s.prefixes.n) { /* nothing: whatever is not everything */
		t->flags ^= F_NOT;
		all = ast_push(all, literal(c, AST_ADDR, "0.0.0.0/0", 9));
		all = ast_push(all, literal(c, AST_ADDR, "::/0", 4));
	}
	t->kids = ast_fill(values, all);
}

/* sni in SET -> sni "a", "b" */
static void inline_names(struct check *c, struct ast *t)
{
	const struct set_decl *d = named_set(c, t->kids);
	struct ast_seq all = ast_one(NULL);

	if (!d || !d->is_names || !d->names.n)
		return;
	for (size_t i = 0; i < d->names.n; i++)
		all = ast_push(all,
			literal(c, AST_STRING, d->names.v[i].key,
				d->names.v[i].len));
	t->op = OP_IS;
	t->kids = NULL;
	ast_fill(t, all);
}

static struct ast *inlined(struct check *c, const struct ast *n)
{
	struct ast *copy = arena_alloc(c->a, sizeof(*copy)),
		   **link = &copy->kids;

	*copy = *n;
	if (n->kind == AST_PTERM) {
		if (n->op == OP_IN && !strcmp(n->text, "source"))
			inline_sources(c, copy);
		else if (n->op == OP_IN && !strcmp(n->text, "sni") && n->kids)
			inline_names(c, copy);
		return copy;
	}
	for (const struct ast *k = n->kids; k; k = k->next) {
		*link = inlined(c, k);
		(*link)->next = NULL;
		link = &(*link)->next;
	}
	return copy;
}

static int route_known(const struct check *c, const struct ast *w)
{
	for (uint32_t f = 0; f < c->m->frontends.n; f++)
		if (symbols_find(c->sym, SPACE_ROUTE + f, w->text,
			    w->text_len) != SYMBOL_NONE)
			return 1;
	return !strcmp(w->text, "no-sni") || !strcmp(w->text, "default") ||
		!strcmp(w->text, "malformed");
}

static void fact_names(struct check *c, const struct ast *t)
{
	for (const struct ast *w = t->kids; w; w = w->next) {
		if (w->kind != AST_WORD)
			continue;
		if (!strcmp(t->text, "backend") && t->op == OP_IN) {
			check_ref(c, SPACE_SEGMENT, w, "segment");
		} else if (!strcmp(t->text, "link")) {
			check_word(c, w, words_link);
		} else if (!strcmp(t->text, "client-auth")) {
			check_word(c, w, words_client_auth);
		} else if (!strcmp(t->text, "backend")) {
			check_ref(c, SPACE_BACKEND, w, "backend");
		} else if (!strcmp(t->text, "listener")) {
			check_ref(c, SPACE_FRONTEND, w, "frontend");
		} else if (!strcmp(t->text, "certificate")) {
			check_ref(c, SPACE_CERTIFICATE, w, "certificate");
		} else if (!strcmp(t->text, "route") && !route_known(c, w)) {
			diag_add(c->d, DIAG_TC0201, check_span(w),
				"no route is named '%s'", w->text);
		} else if (!strcmp(t->text, "source") ||
			!strcmp(t->text, "sni")) {
			uint32_t i = check_ref(c, SPACE_SET, w, "set");
			if (i == SYMBOL_NONE)
				continue;
			const struct set_decl *d = &c->sets.v[i];
			if (d->is_names)
				c->f->names.v[d->index].used = 1;
			else
				c->m->sets.v[d->index].used = 1;
		}
	}
	for (const struct ast *k = t->kids; k; k = k->next)
		if (k->kind == AST_VALUES) {
			struct ast list = *t;
			list.kids = k->kids;
			fact_names(c, &list);
		}
}

static void assertion(struct check *c, const struct ast *n)
{
	for (const struct ast *p = ast_kid(n, AST_PRED); p;
		p = ast_next(p, AST_PRED))
		for (const struct ast *t = ast_kid(p, AST_PTERM); t;
			t = ast_next(t, AST_PTERM))
			fact_names(c, t);
}

/* The backends of an expected answer. */
static void answer(struct check *c, const struct ast *n)
{
	for (const struct ast *k = n ? ast_kid(n, AST_SPLIT) : NULL; k;
		k = ast_next(k, AST_SPLIT))
		check_ref(c, SPACE_BACKEND, k, "backend");
}

static void test(struct check *c, const struct ast *n)
{
	const struct ast *listener = ast_setting(n, "listener");
	const struct ast *expect = ast_kid(n, AST_EXPECT);
	const struct ast *act = expect ? ast_kid(expect, AST_ACTION) : NULL;
	const struct ast *target = act ? ast_kid(act, AST_TARGET) : NULL;

	answer(c, expect ? ast_kid(expect, AST_ANSWER) : NULL);
	if (listener)
		check_ref(c, SPACE_FRONTEND, listener->kids, "frontend");
	if (target && target->flags & F_SITE)
		check_ref(c, SPACE_SITE, target, "site");
	else if (target && strcmp(act->text, "reject") != 0)
		check_ref(c, SPACE_BACKEND, target, "backend");
}

void check_texts(struct check *c)
{
	for (size_t i = 0; i < c->texts.n; i++) {
		const struct ast *n = c->texts.v[i];
		const struct source *src = source_get(c->s, n->span.file);
		uint32_t line = 0, column = 0;

		if (src)
			source_locate(c->s, n->span.file, n->span.begin, &line,
				&column);
		if (n->kind == AST_TEST)
			test(c, n);
		else
			assertion(c, n);
		PUSH(c->a, &c->m->texts) =
			(struct m_text){n->kind == AST_TEST ? 1 : 2,
				fmt_node(c->a, inlined(c, n)),
				src ? src->path : "", line, (struct ast *)n};
	}
}
