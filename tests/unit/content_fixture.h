/* The small policy of table_fixture.h with a site that has something of
 * everything, and a frontend without TLS. */
#ifndef TESTS_CONTENT_FIXTURE_H
#define TESTS_CONTENT_FIXTURE_H

#include "table_fixture.h"

/* Bits of the site's terms. */
enum {
	BIT_POST,   /* method POST or PUT */
	BIT_BETA,   /* header x-beta is 1 */
	BIT_TRACE,  /* header x-trace */
	BIT_DEBUG,  /* query debug is on */
	BIT_PAGE,   /* query page */
	BIT_CANARY, /* cookie canary is yes */
	BIT_USER,   /* cookie user */
	BIT_OFFICE  /* source in office */
};
/* Answers. */
enum { DO_WEB, DO_OK, DO_REFUSE, DO_SPLIT, DO_HTTPS, DO_MOVED };

static inline void fix_term(struct model *m, struct m_site *s, unsigned bit,
	unsigned kind, const char *name, const char *value)
{
	struct m_term *t = ADD(m->arena, s->terms);

	t->bit = (uint8_t)bit;
	t->kind = (uint8_t)kind;
	t->name = name;
	t->value = value;
	t->set = kind == TBL_TERM_SOURCE ? FIX_OFFICE : MODEL_NONE;
}

static inline void fix_terms(struct model *m, struct m_site *s)
{
	fix_term(m, s, BIT_POST, TBL_TERM_METHOD, NULL, "POST");
	fix_term(m, s, BIT_POST, TBL_TERM_METHOD, NULL, "PUT");
	fix_term(m, s, BIT_BETA, TBL_TERM_HEADER_IS, "x-beta", "1");
	fix_term(m, s, BIT_TRACE, TBL_TERM_HEADER, "x-trace", NULL);
	fix_term(m, s, BIT_DEBUG, TBL_TERM_QUERY_IS, "debug", "on");
	fix_term(m, s, BIT_PAGE, TBL_TERM_QUERY, "page", NULL);
	fix_term(m, s, BIT_CANARY, TBL_TERM_COOKIE_IS, "canary", "yes");
	fix_term(m, s, BIT_USER, TBL_TERM_COOKIE, "user", NULL);
	fix_term(m, s, BIT_OFFICE, TBL_TERM_SOURCE, NULL, NULL);
}

static inline struct m_caction *fix_do(
	struct model *m, unsigned kind, unsigned status, const char *text)
{
	struct m_caction *a = ADD(m->arena, m->cactions);

	a->kind = (uint8_t)kind;
	a->status = (uint16_t)status;
	a->text = text;
	return a;
}

static inline void fix_to(
	struct model *m, struct m_caction *a, uint32_t backend, uint32_t weight)
{
	*ADD(m->arena, a->splits) = (struct m_split){backend, weight};
}

static inline struct m_path *fix_path(
	struct model *m, struct m_site *s, const char *text, int is_exact)
{
	struct m_path *p = ADD(m->arena, s->paths);

	p->text = text;
	p->len = (uint32_t)strlen(text);
	p->is_exact = (uint8_t)is_exact;
	p->first = (uint32_t)m->cclauses.n;
	return p;
}

static inline void fix_cclause(struct model *m, struct m_path *p, uint64_t need,
	uint64_t deny, uint32_t action)
{
	struct m_cclause *c = ADD(m->arena, m->cclauses);

	c->need = need;
	c->deny = deny;
	c->action = action;
	c->file = "edge.tls";
	c->line = 100 + (uint32_t)m->cclauses.n;
	c->column = 5;
	c->end_column = 20;
	p->count++;
}

static inline struct m_edit fix_edit(unsigned side, unsigned op, unsigned value,
	const char *name, const char *text)
{
	return (struct m_edit){.side = (uint8_t)side,
		.op = (uint8_t)op,
		.value = (uint8_t)value,
		.name = name,
		.text = text};
}

static inline void fix_shop_paths(struct model *m, struct m_site *s)
{
	const uint64_t one = 1;
	struct m_path *p = fix_path(m, s, "/", 1);

	fix_cclause(m, p, one << BIT_USER, 0, DO_WEB);
	fix_cclause(m, p, 0, 0, DO_OK);
	p = fix_path(m, s, "/", 0);
	fix_cclause(m, p, one << BIT_DEBUG, 0, DO_REFUSE);
	fix_cclause(m, p, 0, 0, DO_WEB);
	p = fix_path(m, s, "/admin", 0);
	fix_cclause(m, p, one << BIT_OFFICE, 0, DO_WEB);
	fix_cclause(m, p, 0, 0, DO_REFUSE);
	*ADD(m->arena, p->edits) = fix_edit(TBL_EDIT_RESPONSE, TBL_EDIT_SET, 0,
		"cache-control", "no-store");
	p = fix_path(m, s, "/api", 0);
	fix_cclause(m, p, one << BIT_POST | one << BIT_BETA, one << BIT_TRACE,
		DO_WEB);
	fix_cclause(m, p, one << BIT_CANARY, one << BIT_PAGE, DO_MOVED);
	fix_cclause(m, p, 0, 0, DO_SPLIT);
	p = fix_path(m, s, "/api/v1", 1);
	fix_cclause(m, p, 0, 0, DO_OK);
	p = fix_path(m, s, "/healthz", 1);
	fix_cclause(m, p, 0, 0, DO_OK);
}

static inline void fix_sites(struct model *m)
{
	struct m_caction *a = fix_do(m, TBL_CACTION_TO, 0, NULL);
	struct m_site *s;
	struct m_path *p;

	fix_to(m, a, 0, 1);
	fix_do(m, TBL_CACTION_ANSWER, 200, NULL);
	fix_do(m, TBL_CACTION_ANSWER, 403, "not from here");
	a = fix_do(m, TBL_CACTION_TO, 0, NULL);
	fix_to(m, a, 0, 95);
	fix_to(m, a, 2, 5);
	a->sticky = "ab";
	fix_do(m, TBL_CACTION_REDIRECT, 308, NULL);
	fix_do(m, TBL_CACTION_REDIRECT, 302, "https://next.example.com/");

	s = ADD(m->arena, m->sites);
	s->name.text = "shop";
	s->mode = OFFLOAD;
	fix_terms(m, s);
	*ADD(m->arena, s->edits) = fix_edit(TBL_EDIT_REQUEST, TBL_EDIT_SET, 0,
		"x-forwarded-proto", "https");
	*ADD(m->arena, s->edits) = fix_edit(
		TBL_EDIT_REQUEST, TBL_EDIT_REMOVE, 0, "x-real-ip", NULL);
	*ADD(m->arena, s->edits) = fix_edit(
		TBL_EDIT_REQUEST, TBL_EDIT_SET, 1, "x-forwarded-for", NULL);
	fix_shop_paths(m, s);

	s = ADD(m->arena, m->sites);
	s->name.text = "plain";
	s->is_frontends = 1;
	p = fix_path(m, s, "/", 0);
	fix_cclause(m, p, 0, 0, DO_HTTPS);
	fix_cclause(m, p, 0, 0, DO_HTTPS);
}

/* "shop" answers for the route shop; "plain" listens on 80. */
static inline struct model *fix_content_model(struct arena *a)
{
	struct model *m = fix_model(a);
	struct m_limit *l = &m->limits.v[0];
	struct m_frontend *f;

	fix_backend(m, "next", 0);
	fix_sites(m);
	m->actions.v[FIX_OFFLOAD].backend = MODEL_NONE;
	m->actions.v[FIX_OFFLOAD].site = 0;
	fix_frontend(m, "plain", 80);
	f = &m->frontends.v[m->frontends.n - 1];
	f->pattern_first = (uint32_t)m->patterns.n;
	f->clear_site = 1;
	l->head_bytes = TBL_HTTP_HEAD_BYTES;
	l->head_ms = TBL_HTTP_HEAD_MS;
	l->body_bytes = 1 << 20;
	l->requests = 5000;
	l->requests_source = 50;
	l->keep_alive_ms = TBL_HTTP_KEEP_ALIVE_MS;
	l->response_ms = TBL_HTTP_RESPONSE_MS;
	return m;
}

#endif
