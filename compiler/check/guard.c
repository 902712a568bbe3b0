/*
 * Guards: a conjunction of terms becomes one source test, two ALPN masks and
 * one set of version classes.  Source terms are combined by set algebra:
 * positives intersect, negatives unite.
 */
#include <string.h>

#include "compiler/base/literal.h"
#include "compiler/base/prefix.h"
#include "priv.h"

struct source_tests {
	struct prefix_vec in, out;
	int has_in, has_out, unknown;
	uint32_t only; /* the set, when one plain named term is all there is */
};

static void source_term(
	struct check *c, const struct ast *t, struct source_tests *s)
{
	struct source_terms terms;

	check_sources(c, t, &terms);
	struct prefix_vec v = {
		terms.prefixes.v, terms.prefixes.n, terms.prefixes.n};
	s->unknown |= terms.unknown;
	s->only = !s->has_in && !s->has_out ? terms.only : MODEL_NONE;
	if (t->flags & F_NOT) {
		s->out = s->has_out ? prefix_union(c->a, &s->out, &v) : v;
		s->has_out = 1;
	} else {
		s->in = s->has_in ? prefix_intersect(c->a, &s->in, &v) : v;
		s->has_in = 1;
	}
}

static void sources_done(
	struct check *c, struct source_tests *s, struct guard_draft *g)
{
	struct prefix_vec v = s->has_in ? s->in : s->out;

	g->set = MODEL_NONE;
	g->src_test = TBL_SRC_ANY;
	if (!s->has_in && !s->has_out)
		return;
	if (s->has_in && s->has_out)
		v = prefix_minus(c->a, &s->in, &s->out);
	g->src_test = s->has_in ? TBL_SRC_IN : TBL_SRC_NOT_IN;
	if (!v.n && s->has_in) {
		g->never = 1;
		return;
	}
	if (!v.n) { /* not in nothing: anywhere */
		g->src_test = TBL_SRC_ANY;
		return;
	}
	g->set = s->only != MODEL_NONE ? s->only
				       : check_inline_set(c, v.v, v.n, g->span);
}

static void alpn_term(
	struct check *c, const struct ast *t, struct guard_draft *g)
{
	const struct ast *token = t->kids;
	uint32_t i = token ? check_alpn(c, token) : MODEL_NONE;

	if (i == MODEL_NONE) {
		g->unsure = 1;
		return;
	}
	if (t->flags & F_NOT)
		g->alpn_deny |= (uint64_t)1 << i;
	else
		g->alpn_need |= (uint64_t)1 << i;
}

static void tls_term(
	struct check *c, const struct ast *t, struct guard_draft *g)
{
	static const uint8_t classes[] = {
		TLSV_LE_1_0, TLSV_1_1, TLSV_1_2, TLSV_1_3};
	const struct ast *n = t->kids;
	struct literal_why w = {{0}, {0}};
	uint16_t wire;
	uint8_t mask = 0;

	g->unsure |= !n;
	if (!n)
		return;
	if (!strcmp(n->text, "unknown") && t->op == OP_IS) {
		mask = TLSV_UNKNOWN;
	} else if (literal_version(n->text, &wire, &w) < 0) {
		struct diag *d =
			diag_add(c->d, DIAG_TC0103, check_span(n), "%s", w.why);
		diag_help(d, "%s", w.help);
		g->unsure = 1;
		return;
	}
	for (unsigned i = 0; !(mask & TLSV_UNKNOWN) && i < 4; i++) {
		unsigned v = wire - 0x0301u;
		if (t->op == OP_GE ? i >= v : t->op == OP_LE ? i <= v : i == v)
			mask |= classes[i];
	}
	g->tls_mask &= t->flags & F_NOT ? TLSV_ALL & ~mask : mask;
}

/* Why nobody can satisfy it; the clause then has no place in the table. */
static void contradiction(struct check *c, struct guard_draft *g, int unknown)
{
	const char *why = NULL;

	if (g->alpn_need & g->alpn_deny)
		why = "it both requires and excludes an ALPN protocol";
	else if (!g->tls_mask)
		why = "no TLS version satisfies all of its conditions";
	else if (g->never && !unknown)
		why = "no source address satisfies all of its conditions";
	if (!why)
		return;
	struct diag *d = diag_add(
		c->d, DIAG_TC0301, g->span, "this clause can never apply");
	diag_caret(d, "%s", why);
	g->never = 1;
}

static unsigned ones(uint64_t v)
{
	return (unsigned)__builtin_popcountll(v);
}

void check_guard(struct check *c, const struct ast *guard,
	struct guard_draft *g, uint64_t *mentioned)
{
	struct source_tests s = {.only = MODEL_NONE};
	uint64_t before = *mentioned;

	memset(g, 0, sizeof(*g));
	g->tls_mask = TLSV_ALL;
	g->set = MODEL_NONE;
	if (!guard)
		return;
	g->span = guard->span;
	for (const struct ast *t = ast_kid(guard, AST_TERM); t;
		t = ast_next(t, AST_TERM)) {
		if (!strcmp(t->text, "source"))
			source_term(c, t, &s);
		else if (!strcmp(t->text, "alpn"))
			alpn_term(c, t, g);
		else
			tls_term(c, t, g);
	}
	sources_done(c, &s, g);
	g->unsure |= s.unknown;
	contradiction(c, g, g->unsure);
	*mentioned |= g->alpn_need | g->alpn_deny;
	if (ones(before) <= ALPN_MENTIONED_MAX &&
		ones(*mentioned) > ALPN_MENTIONED_MAX)
		diag_add(c->d, DIAG_TC0103, g->span,
			"the guards of a frontend can test at most %d "
			"different ALPN protocols",
			ALPN_MENTIONED_MAX);
}
