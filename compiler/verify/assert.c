/*
 * Assertions: every / never / some PREMISE : CONCLUSION over all queries, with
 * a query that shows the answer.  The premise's and the conclusion's tests on
 * source, ALPN and version become two markers in each bucket's space; tests on
 * names are in assert_names.c.  Bytes that are not a ClientHello are queries,
 * too: they have a source, no name, no ALPN and an unknown version.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/site.h"
#include "grammar/words.h"
#include "assert_priv.h"
#include "runtime/table/table.h"
#include "text.h"
#include "verify.h"

static const char *name_of(struct proof *p, const struct assert_place *at)
{
	char buf[256];

	if (at->no_name)
		return NULL;
	if (!at->arrays)
		return verify_witness_name(
			p->m, p->frontend, at->list, at->pattern);
	return arena_printf(p->m->arena, "%s",
		names_fresh(at->arrays, at->count, at->entry, buf));
}

static void settle(struct proof *p, const struct assert_place *at,
	const struct region *g, const struct cell *cell)
{
	struct m_clause *c;

	p->found = 1;
	p->witness = (struct witness){
		.listener = p->m->frontends.v[p->frontend].name.text};
	verify_witness(p->m, p->s, g, cell, &p->witness);
	p->witness.sni = name_of(p, at);
	p->clause = p->s->clauses.v[cell->first].model;
	c = &p->m->clauses.v[p->clause];
	p->action = c->action;
	if (at->malformed)
		p->witness.tls = NULL;
	p->witness.leads_to = arena_printf(p->m->arena, "%s%s%s%s%s",
		at->malformed ? "(no ClientHello) " : "",
		verify_action_text(p->m, c->action), c->line ? ", " : "",
		c->line ? verify_place(p->m, c, c) : "",
		cell->tls & verify_let_in(p->m, c->action)
			? ""
			: ", then refused with protocol-version");
}

static void load(struct proof *p, const struct assert_place *at)
{
	struct model *m = p->m;
	const struct m_frontend *f = &m->frontends.v[p->frontend];
	const struct m_list *l = &m->lists.v[at->list];

	space_begin(p->s, 1);
	if (!at->malformed)
		space_add(p->s, m, 0, f->pre_first, f->pre_count);
	space_add(p->s, m, 0, l->first, l->count);
	for (unsigned i = 0; i < 2; i++) {
		const struct pred *q = i ? &p->then : &p->if_;
		static const struct m_prefix nowhere;

		space_mark(p->s,
			q->any_source          ? NULL
				: q->sources.n ? q->sources.v
					       : &nowhere,
			q->any_source ? 0 : q->sources.n, q->tokens.v,
			q->tokens.n, q->tls);
	}
}

/* The same for requests that go to one backend, or to none. */
static int judge_backend(struct proof *p, const struct assert_place *at,
	uint32_t action, uint32_t backend, int then_holds)
{
	if (!pred_decision(p->m, &p->if_, at->list, action, backend))
		return 0;
	p->premise = 1;
	then_holds = then_holds &&
		pred_decision(p->m, &p->then, at->list, action, backend);
	return p->kind == EVERY ? !then_holds : then_holds;
}

/* A site sends some requests here and some there, and answers some itself: these
 * count where it is asked which backend it is, or where there are no others. */
static int judge_action(struct proof *p, const struct assert_place *at,
	uint32_t action, int then_holds)
{
	const struct m_action *a = &p->m->actions.v[action];
	size_t n;
	const uint32_t *v = site_backends(p->m, a, &n);

	for (size_t i = 0; i < n; i++)
		if (judge_backend(p, at, action, v[i], then_holds))
			return 1;
	if (n &&
		!(a->site != MODEL_NONE && p->m->sites.v[a->site].answers &&
			(pred_asks_backend(&p->if_) ||
				pred_asks_backend(&p->then))))
		return 0;
	return judge_backend(p, at, action, MODEL_NONE, then_holds);
}

/* 1 when these queries settle the assertion. */
static int judge(struct proof *p, const struct assert_place *at,
	const struct cell *c, int then_holds)
{
	uint32_t action;

	if (!(c->marks & 1) || c->first == SPACE_NONE)
		return 0;
	action = p->m->clauses.v[p->s->clauses.v[c->first].model].action;
	return judge_action(p, at, action, then_holds && (c->marks & 2));
}

/* The first cell of a region that settles it, or NULL.  Bytes that are not a
 * ClientHello offer nothing, at an unknown version: *lone is their cell. */
static const struct cell *judge_region(struct proof *p,
	const struct assert_place *at, const struct region *g, int then_holds,
	struct cell *lone)
{
	const struct outcome *o = space_outcome(p->s, g);

	if (at->malformed) {
		*lone = (struct cell){.tls = TLSV_UNKNOWN};
		lone->first = space_at(p->s, o, 0, TLSV_UNKNOWN, &lone->marks);
		return judge(p, at, lone, then_holds) ? lone : NULL;
	}
	for (uint32_t i = 0; i < o->count; i++) {
		const struct cell *c = space_cell(p->s, o, i);

		if (judge(p, at, c, then_holds))
			return c;
	}
	return NULL;
}

void assert_bucket(
	struct proof *p, const struct assert_place *at, int then_holds)
{
	struct space *s = p->s;
	struct cell lone;

	then_holds = then_holds && pred_listener(p->m, &p->then, p->frontend);
	load(p, at);
	if (space_solve(s) < 0) {
		p->overflow = 1;
		return;
	}
	for (size_t i = 0; i < s->regions.n; i++) {
		const struct region *g = &s->regions.v[i];
		const struct cell *c = g->outcome == SPACE_IMPOSSIBLE
			? NULL
			: judge_region(p, at, g, then_holds, &lone);

		if (c) {
			settle(p, at, g, c);
			return;
		}
	}
}

int assert_settled(const struct proof *p)
{
	return p->found || p->overflow;
}

int assert_once(struct proof *p, uint32_t list, int then_holds)
{
	uint8_t bit = then_holds ? 1 : 2;

	if (p->done[list] & bit)
		return 0;
	p->done[list] |= bit;
	return 1;
}

/* Do the predicate's name tests hold where no name is? */
static int names_without(const struct pred *p, int no_sni)
{
	for (size_t i = 0; i < p->names.n; i++) {
		const struct pred_names *n = &p->names.v[i];

		if ((n->no_sni && no_sni) == n->negated)
			return 0;
	}
	return 1;
}

static void arms(struct proof *p)
{
	const struct m_frontend *f = &p->m->frontends.v[p->frontend];
	struct assert_place none = {.list = f->no_sni, .no_name = 1};
	struct assert_place bad = {
		.list = f->malformed, .no_name = 1, .malformed = 1};

	if (names_without(&p->if_, 1))
		assert_bucket(p, &none, names_without(&p->then, 1));
	if (!assert_settled(p) && names_without(&p->if_, 0))
		assert_bucket(p, &bad, names_without(&p->then, 0));
}

/* No predicate tests names: one query of every list will do. */
static void lists_only(struct proof *p)
{
	struct model *m = p->m;
	const struct m_frontend *f = &m->frontends.v[p->frontend];
	struct assert_place at = {.list = f->default_, .pattern = MODEL_NONE};

	for (uint32_t i = 0; i < f->pattern_count && !assert_settled(p); i++) {
		at.pattern = f->pattern_first + i;
		at.list = m->patterns.v[at.pattern].list;
		if (assert_once(p, at.list, 1))
			assert_bucket(p, &at, 1);
	}
	at.list = f->default_;
	at.pattern = MODEL_NONE;
	if (!assert_settled(p))
		assert_bucket(p, &at, 1);
}

static void prove(struct proof *p)
{
	for (p->frontend = 0;
		p->frontend < p->m->frontends.n && !assert_settled(p);
		p->frontend++) {
		/* Without TLS there is no query. */
		if (p->m->frontends.v[p->frontend].clear_site != MODEL_NONE ||
			!pred_listener(p->m, &p->if_, p->frontend))
			continue;
		memset(p->done, 0, p->m->lists.n + 1);
		if (p->if_.names.n + p->then.names.n == 0)
			lists_only(p);
		else
			assert_names(p);
		if (!assert_settled(p))
			arms(p);
		if (assert_settled(p))
			return;
	}
}

static enum kind kind_of(const struct ast *a)
{
	return strcmp(a->text, "every") == 0    ? EVERY
		: strcmp(a->text, "never") == 0 ? NEVER
						: SOME;
}

static enum verdict verdict(const struct proof *p)
{
	if (p->overflow)
		return VERDICT_ERROR;
	if (p->kind == SOME)
		return p->found ? VERDICT_HOLDS : VERDICT_FAILS;
	if (p->found)
		return VERDICT_FAILS;
	return p->premise ? VERDICT_HOLDS : VERDICT_VACUOUS;
}

static struct answer answer(struct proof *p)
{
	struct answer a = {.verdict = verdict(p)};
	const struct m_clause *c;

	a.premise_empty = !p->premise;
	if (p->overflow)
		a.error = "too many ALPN protocols are tested at one place";
	if (!p->found)
		return a;
	c = &p->m->clauses.v[p->clause];
	a.witness = p->witness;
	a.has_witness = 1;
	a.clause = p->clause;
	a.decides = verify_action_text(p->m, p->action);
	a.file = c->file;
	a.line = c->line;
	a.column = c->column;
	a.shares_line = c->line && verify_shares_line(p->m, c);
	return a;
}

struct answer verify_assertion(
	struct model *m, const struct ast *assertion, struct diags *d)
{
	struct answer bad = {.verdict = VERDICT_ERROR};
	const struct ast *if_ = ast_kid(assertion, AST_PRED);
	const struct ast *then = if_ ? ast_next(if_, AST_PRED) : NULL;
	struct proof p = {.m = m};
	struct answer a;
	size_t cap = 0;

	if (!then ||
		pred_read(m, d, if_, &p.if_) | pred_read(m, d, then, &p.then))
		return bad;
	if (p.if_.unknown || p.then.unknown) {
		bad.error = "a list file was not read (--no-fs)";
		return bad;
	}
	p.kind = kind_of(assertion);
	p.s = space_new(m->arena);
	p.done = space_room(NULL, &cap, m->lists.n + 1, 1);
	prove(&p);
	a = answer(&p);
	space_free(&p.s);
	free(p.done);
	return a;
}

static void failed(struct model *m, struct diags *d, const struct ast *n,
	const struct answer *a)
{
	const struct ast *if_ = ast_kid(n, AST_PRED);
	const struct ast *then = ast_next(if_, AST_PRED);
	struct diag *g = diag_add(
		d, DIAG_TC0801, then->span, "this assertion does not hold");

	if (!a->has_witness) {
		diag_caret(g, "no connection is like this");
		if (a->premise_empty)
			diag_note(g,
				"no connection satisfies the premise either");
		return;
	}
	diag_caret(
		g, strcmp(n->text, "every") == 0 ? "not always" : "it happens");
	if (m->clauses.v[a->clause].span.file)
		diag_label(g, m->clauses.v[a->clause].span, "decides: %s",
			a->decides);
	diag_witness(g, &a->witness);
}

void verify_assertions(struct model *m, struct diags *d)
{
	for (size_t i = 0; i < m->texts.n; i++) {
		const struct ast *n = m->texts.v[i].node;
		struct answer a;

		if (!n || n->kind != AST_ASSERT)
			continue;
		a = verify_assertion(m, n, d);
		if (a.verdict == VERDICT_FAILS)
			failed(m, d, n, &a);
		else if (a.verdict == VERDICT_VACUOUS)
			diag_add(d, DIAG_TC0802, ast_kid(n, AST_PRED)->span,
				"the premise matches no connection, so the "
				"assertion proves nothing");
		else if (a.verdict == VERDICT_ERROR && a.error &&
			strstr(a.error, "ALPN"))
			diag_add(d, DIAG_TC0103, n->span, "%s", a.error);
	}
}
