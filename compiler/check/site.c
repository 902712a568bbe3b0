/*
 * Sites, and the paths of frontends without TLS: each path's clauses, and what
 * they need to be whole.  Which routes have a site is action.c's.
 */
#include "site.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/base/site.h"

static void tear(struct m_site *s, uint8_t how)
{
	if (s->torn < how)
		s->torn = how;
}

/* 0, or -1 when it has no place in the model. */
static int clause(struct check *c, struct m_site *s, const struct ast *n)
{
	const struct ast *act =
		n->kind == AST_ANSWER ? n : ast_kid(n, AST_ANSWER);
	struct m_cclause t;
	struct site_guard g;

	check_site_guard(c, s, ast_kid(n, AST_GUARD), &g);
	t = (struct m_cclause){.need = g.need,
		.deny = g.deny,
		.span = n->span,
		.guard_span = g.span};
	t.action = act ? check_answer(c, act) : MODEL_NONE;
	if (t.action == MODEL_NONE || g.unsure || check_slipped(c, n->span)) {
		tear(s, MODEL_LACKS);
		return -1;
	}
	if (g.never)
		return -1;
	t.action_span = act->span;
	check_place(c, t.span, &t.file, &t.line, &t.column, &t.end_column);
	PUSH(c->a, &c->m->cclauses) = t;
	return 0;
}

static int is_open(const struct model *m, const struct m_path *p)
{
	const struct m_cclause *last =
		p->count ? &m->cclauses.v[p->first + p->count - 1] : NULL;

	return !last || last->need || last->deny;
}

/* A list that does not end for everyone is told and closed, so that what comes
 * after has something to work on. */
static void gap(struct check *c, struct m_site *s, const struct ast *n,
	struct m_path *p)
{
	struct diag *g;

	if (!is_open(c->m, p))
		return;
	if (s->torn == MODEL_WHOLE) {
		g = diag_add(c->d, DIAG_TC0304, p->span,
			p->count ? "not every request for this path meets a "
				   "clause"
				 : "nothing is said about this path");
		diag_help(g, "end with 'otherwise ...;', for example '%s'",
			p->count ? "otherwise answer 404;" : "answer 404;");
	}
	tear(s, MODEL_LACKS);
}

static void path(struct check *c, struct m_site *s, const struct ast *n)
{
	const struct ast *text = ast_kid(n, AST_STRING);
	struct edit_vec edits = {NULL, 0, 0};
	struct m_path p = {.is_exact = n->op == OP_IS,
		.first = (uint32_t)c->m->cclauses.n};

	if (!text || check_path_text(c, text, p.is_exact) < 0) {
		tear(s, MODEL_DISORDER);
		return;
	}
	p.text = text->text;
	p.len = text->text_len;
	p.span = check_span(text);
	for (const struct ast *k = n->kids; k; k = k->next) {
		if (k->kind == AST_ERROR)
			tear(s, MODEL_LACKS);
		if (k->kind != AST_WHEN && k->kind != AST_OTHERWISE &&
			k->kind != AST_ANSWER)
			continue;
		p.count += !clause(c, s, k);
	}
	check_edits(c, n, &edits);
	p.edits.v = edits.v;
	p.edits.n = edits.n;
	check_allow(c, n, n->span);
	gap(c, s, n, &p);
	PUSH(c->a, &s->paths) = p;
}

static int by_text(const void *a, const void *b)
{
	return site_path_cmp(a, b);
}

/* Sorted; of two that are the same the first stays. */
static void sort(struct check *c, struct m_site *s)
{
	size_t n = 0;

	if (!s->paths.n)
		return;
	qsort(s->paths.v, s->paths.n, sizeof(*s->paths.v), by_text);
	for (size_t i = 0; i < s->paths.n; i++) {
		struct m_path *p = &s->paths.v[i];
		struct m_path *before = n ? &s->paths.v[n - 1] : NULL;
		struct diag *g;

		if (!before || site_path_cmp(before, p)) {
			s->paths.v[n++] = *p;
			continue;
		}
		if (p->span.file == before->span.file &&
			p->span.begin < before->span.begin) {
			struct m_path other = *before;

			*before = *p;
			*p = other;
		}
		g = diag_add(c->d, DIAG_TC0202, p->span,
			"'path %s \"%s\"' stands twice",
			p->is_exact ? "is" : "under", p->text);
		diag_label(g, before->span, "it stands here");
	}
	s->paths.n = n;
}

static int same_answers(
	const struct model *m, const struct m_path *a, const struct m_path *b)
{
	if (a->count != b->count || a->edits.n != b->edits.n)
		return 0;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct m_cclause *x = &m->cclauses.v[a->first + i];
		const struct m_cclause *y = &m->cclauses.v[b->first + i];

		if (x->need != y->need || x->deny != y->deny ||
			x->action != y->action)
			return 0;
	}
	return 1;
}

/* A server that ignores case takes /Admin for /admin.  So a request for the one
 * is only served if the other has the same answer. */
static void capitals(struct check *c, struct m_site *s, const struct m_path *p)
{
	char *low = arena_strndup(c->a, p->text, p->len);
	const struct m_path *other;
	struct diag *g;

	for (char *q = low; *q; q++)
		if (*q >= 'A' && *q <= 'Z')
			*q |= 0x20;
	if (!strcmp(low, p->text))
		return;
	other = site_path(s, low, p->len);
	if (!other || same_answers(c->m, p, other))
		return;
	g = diag_add(c->d, DIAG_TC0323, p->span,
		"no request for this path can be served");
	diag_caret(g, "\"%s\" has another answer", low);
	diag_label(g, other->span, "this one");
	diag_help(g,
		"servers that ignore case take one for the other, so both need "
		"the same clauses: add 'path %s \"%s\"' with them",
		p->is_exact ? "is" : "under", low);
}

static void whole(struct check *c, const struct ast *n, struct m_site *s)
{
	struct diag *g;

	if (!site_root(s) && s->torn == MODEL_WHOLE) {
		g = diag_add(c->d, DIAG_TC0304, s->name.span,
			"'%s' does not say what happens to other paths",
			s->name.text);
		diag_help(g, "add: path under \"/\" { answer 404; }");
	}
	if (!site_root(s))
		tear(s, MODEL_DISORDER);
	if (s->torn == MODEL_WHOLE)
		for (size_t i = 0; i < s->paths.n; i++)
			capitals(c, s, &s->paths.v[i]);
}

/* All servers of a site are spoken to in the same way. */
static void mixed(struct check *c, const struct m_site *s)
{
	const struct m_backend *first =
		s->backends.n ? &c->m->backends.v[s->backends.v[0]] : NULL;
	struct diag *g;

	for (size_t i = 1; i < s->backends.n; i++) {
		const struct m_backend *b = &c->m->backends.v[s->backends.v[i]];

		if (!b->has_tls == !first->has_tls)
			continue;
		g = diag_add(c->d, DIAG_TC0322, s->name.span,
			"site '%s' has backends with TLS and without",
			s->name.text);
		diag_label(g, (b->has_tls ? b : first)->name.span,
			"with a tls block");
		diag_label(g, (b->has_tls ? first : b)->name.span, "without");
		diag_help(g,
			"one site is for offload or for bridge: make two, or "
			"give all backends a tls block");
		return;
	}
}

/* A server that is offered h2 may choose it, and gets HTTP/1.1 all the same. */
static void spoken(struct check *c, const struct m_site *s)
{
	for (size_t i = 0; i < s->backends.n; i++) {
		const struct m_backend *b = &c->m->backends.v[s->backends.v[i]];

		for (size_t k = 0; k < b->alpn.n; k++) {
			struct diag *g;

			if (!strcmp(c->m->alpns.v[b->alpn.v[k]], "http/1.1"))
				continue;
			g = diag_add(c->d, DIAG_TC0324, s->name.span,
				"backend '%s' would be offered \"%s\", which "
				"no "
				"site speaks",
				b->name.text, c->m->alpns.v[b->alpn.v[k]]);
			diag_label(g, b->tls_span, "in this tls block");
			diag_help(g, "write 'alpn = \"http/1.1\";' there");
			break;
		}
	}
}

void check_site_body(struct check *c, const struct ast *n, struct m_site *s)
{
	struct edit_vec edits = {NULL, 0, 0};

	if (ast_kid(n, AST_ERROR) || check_slipped(c, n->span))
		s->torn = MODEL_DISORDER;
	for (const struct ast *k = ast_kid(n, AST_PATH); k;
		k = ast_next(k, AST_PATH))
		path(c, s, k);
	check_edits(c, n, &edits);
	s->edits.v = edits.v;
	s->edits.n = edits.n;
	sort(c, s);
	whole(c, n, s);
	site_settle(c->m, s);
	mixed(c, s);
	spoken(c, s);
}

void check_sites(struct check *c)
{
	for (size_t i = 0; i < c->decls[SPACE_SITE].n; i++) {
		const struct ast *n = c->decls[SPACE_SITE].v[i];
		struct m_site s = {
			.name = {n->text, check_span(n)}, .span = n->span};

		check_site_body(c, n, &s);
		check_allow(c, n, n->span);
		PUSH(c->a, &c->m->sites) = s;
	}
}

/* A bridge elsewhere may have made a backend without tls block one with TLS. */
void check_sites_settle(struct check *c)
{
	for (size_t i = 0; i < c->m->sites.n; i++) {
		struct m_site *s = &c->m->sites.v[i];
		uint8_t before = s->mode;

		site_settle(c->m, s);
		if (before == MODE_OFFLOAD)
			mixed(c, s);
		if (before != MODE_OFFLOAD || s->mode == before || !s->used)
			continue;
		diag_add(c->d, DIAG_TC0322, s->name.span,
			"a route bridges to a backend of site '%s', whose "
			"servers get clear text",
			s->name.text);
	}
}
