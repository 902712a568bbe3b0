/*
 * What servers get in clear text: TC0505 over foreign networks, TC0317 where
 * the author configured TLS, TC0313 HTTP/2 that nobody asked for.
 */
#include <string.h>

#include "compiler/base/endpoint.h"
#include "compiler/base/segment.h"
#include "priv.h"

void lint_cleartext(struct lint_run *r)
{
	const struct model *m = r->m;
	const struct m_clause **uses = lint_first_uses(r, MODE_OFFLOAD);

	for (size_t i = 0; i < m->backends.n; i++) {
		const struct m_backend *b = &m->backends.v[i];
		for (size_t k = 0; uses[i] && k < b->servers.n; k++) {
			const struct m_server *v = &b->servers.v[k];
			const struct m_segment *s = segment_of(m, v);
			if (endpoint_inside(v) || (s && segment_encrypts(s)))
				continue;
			struct diag *g = diag_add(r->d, r->id, v->span,
				"decrypted traffic is sent to %s in clear text",
				lint_server(r, v));
			diag_label(g, uses[i]->action_span,
				"used by offload here");
			lint_name_here(r, g, uses[i]);
			if (s)
				diag_label(g, s->link_span,
					"segment '%s' is "
					"not encrypted",
					s->name.text);
			diag_help(g,
				"bridge to it instead, with a tls block that "
				"verifies it; or, if the network on the way "
				"encrypts, declare that as a segment");
		}
	}
}

void lint_idle_tls(struct lint_run *r)
{
	const struct model *m = r->m;
	const struct m_clause **clear = lint_first_uses(r, MODE_OFFLOAD);

	for (size_t i = 0; i < m->backends.n; i++) {
		const struct m_backend *b = &m->backends.v[i];
		if (!b->tls_span.file || !clear[i])
			continue;
		struct diag *g = diag_add(r->d, r->id, b->tls_span,
			"backend '%s' has a tls block but gets clear text",
			b->name.text);
		diag_label(
			g, clear[i]->action_span, "offload sends clear text");
		lint_name_here(r, g, clear[i]);
		diag_help(g,
			"write 'bridge to %s', or for clear text use a backend "
			"without the block",
			b->name.text);
	}
}

static uint64_t token_bit(const struct model *m, const char *token)
{
	for (size_t i = 0; i < m->alpns.n; i++)
		if (!strcmp(m->alpns.v[i], token))
			return (uint64_t)1 << i;
	return 0;
}

/* Does one of the clauses take every client that offers the token? */
static int taken(
	const struct model *m, uint32_t first, uint32_t count, uint64_t bit)
{
	for (uint32_t i = first; i < first + count; i++) {
		const struct m_clause *t = &m->clauses.v[i];
		if (t->src_test == TBL_SRC_ANY && !(t->alpn_need & ~bit) &&
			!t->alpn_deny && t->tls_mask == TLSV_ALL)
			return 1;
	}
	return 0;
}

static int agrees_on(
	const struct model *m, const struct m_action *a, uint64_t bit)
{
	for (size_t i = 0; i < a->alpn.n; i++)
		if ((uint64_t)1 << a->alpn.v[i] & bit)
			return 1;
	return 0;
}

/* The first clause of a scope that agrees on HTTP/2 with clients which it does
 * not tell from others, and hands what they say to servers as it is. */
static const struct m_clause *unasked(
	const struct model *m, const struct fact_scope *f, uint64_t bit)
{
	const struct m_frontend *fe = &m->frontends.v[f->frontend];

	if (taken(m, fe->pre_first, fe->pre_count, bit))
		return NULL;
	for (uint32_t i = 0; i < f->clause_count; i++) {
		const struct m_clause *t = &m->clauses.v[f->clause_first + i];
		const struct m_action *a = &m->actions.v[t->action];
		if (lint_offloads(a) && a->site == MODEL_NONE &&
			!((t->alpn_need | t->alpn_deny) & bit) &&
			agrees_on(m, a, bit) &&
			!taken(m, f->clause_first, i, bit))
			return t;
	}
	return NULL;
}

/* The place of the scope's list: its own, or the frontend's. */
static struct span alpn_span(const struct facts *f, const struct fact_scope *s)
{
	if (s->alpn)
		return s->alpn->span;
	for (size_t i = 0; i < f->scopes.n; i++) {
		const struct fact_scope *up = &f->scopes.v[i];
		if (up->frontend == s->frontend && up->alpn &&
			up->node->kind == AST_FRONTEND)
			return up->alpn->span;
	}
	return s->name_span;
}

void lint_clear_h2(struct lint_run *r)
{
	const struct model *m = r->m;
	uint64_t bit = token_bit(m, "h2");
	uint32_t inherited = MODEL_NONE; /* the last frontend told of */

	for (size_t i = 0; bit && i < r->f->scopes.n; i++) {
		const struct fact_scope *f = &r->f->scopes.v[i];
		const struct m_clause *t = unasked(m, f, bit);
		if (!t || (!f->alpn && f->frontend == inherited))
			continue;
		if (!f->alpn)
			inherited = f->frontend;
		const char *name =
			m->backends.v[m->actions.v[t->action].backend]
				.name.text;
		struct diag *g = diag_add(r->d, r->id, alpn_span(r->f, f),
			"clients may negotiate 'h2', and then backend '%s' "
			"gets HTTP/2 in clear text",
			name);
		diag_label(g, t->action_span,
			"servers that speak only HTTP/1.1 will not answer");
		diag_help(g,
			"remove h2, or send clients that offer it to servers "
			"that speak it: 'when alpn has \"h2\" offload to "
			"...;'");
	}
}
