/* A small policy with something of everything, as a model and as a table, for
 * the tests of table, route, emit, undump and dump. */
#ifndef TESTS_TABLE_FIXTURE_H
#define TESTS_TABLE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/table/emit.h"

/* The values of words.def. */
enum { PASSTHROUGH = 1, OFFLOAD, BRIDGE, REJECT };
enum { TLS_ANY = 0x1f, TLS_13 = 0x08 };
enum { FIX_H2, FIX_HTTP11 };                                     /* ALPN */
enum { FIX_CLOSE, FIX_PASS, FIX_OFFLOAD, FIX_BRIDGE, FIX_DENY }; /* actions */
enum {
	FIX_NO_SNI,
	FIX_DEFAULT,
	FIX_MALFORMED,
	FIX_SHOP,
	FIX_API,
	FIX_WILD,
	FIX_DEEP
};                                          /* lists */
enum { FIX_OFFICE, FIX_BOTS, FIX_PROXIES }; /* sets */

#define ADD(a, vec)                                                            \
	(arena_grow(a, &(vec).v, (vec).n, &(vec).cap, sizeof(*(vec).v)),       \
		memset(&(vec).v[(vec).n], 0, sizeof(*(vec).v)),                \
		&(vec).v[(vec).n++])

static inline struct m_prefix fix_v4(
	unsigned a, unsigned b, unsigned c, unsigned d, unsigned len)
{
	struct m_prefix p = {TBL_V4, (uint8_t)len,
		{(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d}};

	return p;
}

static inline void fix_set(
	struct model *m, const char *name, const struct m_prefix *v, size_t n)
{
	struct m_set *s = ADD(m->arena, m->sets);
	size_t i;

	s->name.text = name;
	for (i = 0; i < n; i++)
		*ADD(m->arena, s->prefixes) = v[i];
}

static inline void fix_profile(struct model *m, const char *name, unsigned min)
{
	struct m_profile *p = ADD(m->arena, m->profiles);

	p->name.text = name;
	p->tls_min = (uint16_t)min;
	p->tls_max = 0x0304;
	*ADD(m->arena, p->suites) = 0x1301;
	*ADD(m->arena, p->suites) = 0x1302;
	*ADD(m->arena, p->groups) = 29;
	*ADD(m->arena, p->groups) = 23;
	p->server_preference = p->tickets = 1;
}

static inline void fix_cert(
	struct model *m, const char *name, const char *chain)
{
	struct m_cert *c = ADD(m->arena, m->certs);

	c->name.text = name;
	c->chain = chain;
	c->key = "certs/key.pem";
	*ADD(m->arena, c->covers) = "shop.example.com";
}

static inline void fix_backend(struct model *m, const char *name, int tls)
{
	struct m_backend *b = ADD(m->arena, m->backends);
	struct m_server *s;

	b->name.text = name;
	b->profile = MODEL_NONE;
	s = ADD(m->arena, b->servers);
	s->family = TBL_V4;
	s->port = 8080;
	s->weight = 1;
	s->addr[0] = 127;
	s->addr[3] = 1;
	s = ADD(m->arena, b->servers);
	s->family = tls ? TBL_HOST : TBL_UNIX;
	s->port = tls ? 8443 : 0;
	s->weight = 2;
	s->host = tls ? "api.internal" : "/run/web.sock";
	if (!tls)
		return;
	b->has_tls = 1;
	b->profile = 1;
	b->ca = "certs/ca.pem";
	b->verify_name = "api.internal";
	*ADD(m->arena, b->alpn) = FIX_HTTP11;
	b->check = 2;
	b->check_interval_ms = 2000;
	b->check_timeout_ms = 500;
	b->check_fall = 3;
	b->check_rise = 2;
}

static inline struct m_action *fix_action(struct model *m, unsigned mode)
{
	struct m_action *a = ADD(m->arena, m->actions);

	a->mode = (uint8_t)mode;
	a->backend = a->profile = a->enforce = a->site = MODEL_NONE;
	return a;
}

static inline void fix_actions(struct model *m)
{
	struct m_action *a = fix_action(m, REJECT);

	a = fix_action(m, PASSTHROUGH);
	a->backend = 0;
	a->enforce = 0;
	a = fix_action(m, OFFLOAD);
	a->backend = 0;
	a->profile = 0;
	*ADD(m->arena, a->certs) = 1;
	*ADD(m->arena, a->certs) = 0;
	*ADD(m->arena, a->alpn) = FIX_H2;
	*ADD(m->arena, a->alpn) = FIX_HTTP11;
	a->domain = 1;
	a = fix_action(m, BRIDGE);
	a->backend = 1;
	a->profile = 1;
	*ADD(m->arena, a->certs) = 0;
	a->client_auth = 2;
	a->client_ca = "certs/clients.pem";
	a->domain = 2;
	a = fix_action(m, REJECT);
	a->reject = 3;
}

static inline struct m_clause *fix_clause(
	struct model *m, unsigned action, unsigned set, unsigned test)
{
	struct m_clause *c = ADD(m->arena, m->clauses);

	c->set = test ? set : MODEL_NONE;
	c->src_test = (uint8_t)test;
	c->tls_mask = TLS_ANY;
	c->action = action;
	c->file = "edge.tls";
	c->line = (uint32_t)m->clauses.n + 10;
	c->column = 3;
	c->end_column = 40;
	return c;
}

/* The list takes the last `count` clauses. */
static inline void fix_list(
	struct model *m, const char *route, unsigned count, int arm)
{
	struct m_list *l = ADD(m->arena, m->lists);

	l->route.text = route;
	l->first = (uint32_t)m->clauses.n - count;
	l->count = count;
	l->is_arm = (uint8_t)arm;
}

static inline void fix_lists(struct model *m)
{
	fix_clause(m, FIX_DENY, 0, 0);
	fix_list(m, "no-sni", 1, 1);
	fix_clause(m, FIX_PASS, FIX_OFFICE, TBL_SRC_NOT_IN);
	fix_clause(m, FIX_CLOSE, 0, 0);
	fix_list(m, "default", 2, 1);
	fix_clause(m, FIX_CLOSE, 0, 0);
	fix_list(m, "malformed", 1, 1);
	fix_clause(m, FIX_OFFLOAD, 0, 0);
	fix_list(m, "shop", 1, 0);
	fix_clause(m, FIX_BRIDGE, FIX_OFFICE, TBL_SRC_IN)->tls_mask = TLS_13;
	fix_clause(m, FIX_PASS, 0, 0)->alpn_need = 1 << FIX_H2;
	fix_clause(m, FIX_OFFLOAD, 0, 0);
	fix_list(m, "api", 3, 0);
	fix_clause(m, FIX_PASS, 0, 0);
	fix_list(m, "wild", 1, 0);
	fix_clause(m, FIX_DENY, 0, 0);
	fix_list(m, "deep", 1, 0);
}

static inline void fix_pattern(
	struct model *m, unsigned frontend, const char *key, unsigned list)
{
	struct m_pattern *p = ADD(m->arena, m->patterns);

	p->key = key;
	p->len = (uint8_t)strlen(key);
	p->list = list;
	p->frontend = (uint16_t)frontend;
	m->frontends.v[frontend].pattern_count++;
}

static inline void fix_frontend(
	struct model *m, const char *name, unsigned port)
{
	struct m_frontend *f = ADD(m->arena, m->frontends);
	struct m_listener *l = ADD(m->arena, f->listeners);

	f->name.text = name;
	f->no_sni = FIX_NO_SNI;
	f->default_ = FIX_DEFAULT;
	f->malformed = FIX_MALFORMED;
	f->profile = MODEL_NONE;
	f->proxy_set = MODEL_NONE;
	f->clear_site = MODEL_NONE;
	f->pattern_first = (uint32_t)m->patterns.n;
	l->family = TBL_V4;
	l->port = (uint16_t)port;
	l = ADD(m->arena, f->listeners);
	l->family = TBL_V6;
	l->port = (uint16_t)port;
}

static inline void fix_frontends(struct model *m)
{
	struct m_frontend *f;

	fix_frontend(m, "edge", 443);
	f = &m->frontends.v[0];
	f->proxy_set = FIX_PROXIES;
	fix_clause(m, FIX_CLOSE, FIX_BOTS, TBL_SRC_IN);
	f->pre_first = (uint32_t)m->clauses.n - 1;
	f->pre_count = 1;
	fix_pattern(m, 0, "shop.example.com", FIX_SHOP);
	fix_pattern(m, 0, "api.example.com", FIX_API);
	fix_pattern(m, 0, "*.example.com", FIX_WILD);
	fix_pattern(m, 0, "**.example.com", FIX_DEEP);
	fix_pattern(m, 0, "**.deep.example.com", FIX_SHOP);
	fix_pattern(m, 0, "x", FIX_SHOP);
	fix_frontend(m, "inner", 8443);
	fix_pattern(m, 1, "shop.example.com", FIX_API);
}

static inline void fix_rest(struct model *m)
{
	struct m_limit *l = ADD(m->arena, m->limits);
	struct m_input *i;
	struct m_text *t;

	l->name.text = "default";
	l->keepalive_s = TBL_KEEPALIVE;
	l->hello_bytes = 65536;
	l->hello_ms = l->handshake_ms = 10000;
	l->idle_ms = 300000;
	l->connect_ms = 5000;
	l->drain_ms = 30000;
	i = ADD(m->arena, m->inputs);
	i->kind = TBL_INPUT_PARAM;
	i->name = "env";
	i->value = "prod";
	i = ADD(m->arena, m->inputs);
	i->kind = TBL_INPUT_FILE;
	i->name = "edge.tls";
	memset(i->sha256, 7, sizeof(i->sha256));
	t = ADD(m->arena, m->texts);
	t->kind = 1;
	t->text = "test \"a\" { sni \"shop.example.com\"; } expect offload;";
	t->file = "edge.tls";
	t->line = 60;
}

static inline struct model *fix_model(struct arena *a)
{
	struct model *m = arena_alloc(a, sizeof(*m));
	struct m_prefix office[] = {fix_v4(10, 20, 0, 0, 16),
		{TBL_V6, 48, {0x20, 0x01, 0x0d, 0xb8, 0, 0x20}}};
	struct m_prefix bots[] = {
		fix_v4(192, 0, 2, 0, 25), fix_v4(198, 51, 100, 7, 32)};
	struct m_prefix proxies[] = {fix_v4(127, 0, 0, 0, 8)};

	m->arena = a;
	*ADD(a, m->alpns) = "h2";
	*ADD(a, m->alpns) = "http/1.1";
	fix_profile(m, "intermediate", 0x0303);
	fix_profile(m, "modern", 0x0304);
	fix_cert(m, "shop", "certs/shop.pem");
	fix_cert(m, "wild", "certs/wild.pem");
	fix_rest(m);
	fix_backend(m, "web", 0);
	fix_backend(m, "api", 1);
	fix_actions(m);
	fix_set(m, "office", office, 2);
	fix_set(m, "bots", bots, 2);
	fix_set(m, "proxies", proxies, 1);
	fix_lists(m);
	fix_frontends(m);
	memset(m->semantic, 0x5a, sizeof(m->semantic));
	m->serial = 3;
	return m;
}

static inline struct m_trust *fix_trust(struct model *m, const char *path)
{
	struct m_trust *f = ADD(m->arena, m->trusts);

	f->path = path;
	return f;
}

static inline void fix_trusted(
	struct model *m, struct m_trust *f, uint8_t octet, const char *subject)
{
	struct m_trusted *c = ADD(m->arena, f->certs);

	memset(c->sha256, octet, sizeof(c->sha256));
	c->subject = subject;
}

/* What its files of CAs hold: one is live, the other has two. */
static inline struct model *fix_trusts(struct model *m)
{
	struct m_trust *f;

	fix_trust(m, "certs/clients.pem")->live = 1;
	f = fix_trust(m, "certs/ca.pem");
	fix_trusted(m, f, 0x11, "CN=one");
	fix_trusted(m, f, 0x22, "CN=two");
	m->backends.v[1].ca_trust = 1;
	m->actions.v[3].client_trust = 0;
	return m;
}

/* The model's table, checked; malloc'd. */
static inline uint8_t *fix_table(
	const struct model *m, size_t *len, struct table *t)
{
	struct table_fault why;
	const char *err;
	uint8_t *bytes = emit_table(m, len, &err);

	if (!bytes || table_check(bytes, *len, t, &why)) {
		fprintf(stderr, "fixture: %s\n",
			bytes ? table_error_word(why.error) : err);
		abort();
	}
	return bytes;
}

#endif
