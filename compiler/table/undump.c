/*
 * A model of a checked table, for the verifier, diff and dump of binaries.
 * The reverse of emit: emit_table(undump_model(t)) gives t's bytes again.
 * Strings stay in the table; spans are empty, places come from SRCMAP.
 */
#include "emit.h"

#include <string.h>

#include "compiler/base/arena.h"

/* An array of exactly n elements; n may be 0. */
#define ROOM(a, vec, count)                                                    \
	((vec).v = arena_alloc(a, (count) * sizeof(*(vec).v) + 1),             \
		(vec).n = (vec).cap = (count))

struct undump {
	struct arena *a;
	const struct table *t;
	struct model *m;
	uint32_t set_count; /* and behind them the empty set */
};

static const char *text(const struct table *t, uint32_t off)
{
	return off ? table_str(t, off) : NULL;
}

static struct m_name name(const struct table *t, uint32_t off)
{
	return (struct m_name){.text = table_str(t, off)};
}

static void alpns(struct undump *u)
{
	uint32_t i;

	ROOM(u->a, u->m->alpns, u->t->alpn_count);
	for (i = 0; i < u->t->alpn_count; i++)
		u->m->alpns.v[i] = table_str(u->t, u->t->alpn[i].token_str);
}

static void profiles(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	ROOM(u->a, u->m->profiles, t->profile_count);
	for (i = 0; i < t->profile_count; i++) {
		const struct tbl_profile *p = &t->profile[i];
		struct m_profile *m = &u->m->profiles.v[i];

		m->name = name(t, p->name_str);
		m->tls_min = p->tls_min;
		m->tls_max = p->tls_max;
		ROOM(u->a, m->suites, p->suite_count);
		memcpy(m->suites.v, t->suite + p->suite_first,
			p->suite_count * sizeof(uint16_t));
		ROOM(u->a, m->groups, p->group_count);
		memcpy(m->groups.v, t->suite + p->group_first,
			p->group_count * sizeof(uint16_t));
		m->server_preference =
			!!(p->flags & TBL_PROFILE_SERVER_PREFERENCE);
		m->tickets = !!(p->flags & TBL_PROFILE_TICKETS);
		m->early_data = !!(p->flags & TBL_PROFILE_EARLY_DATA);
		m->used = 1;
	}
}

static void certs(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i, j;

	ROOM(u->a, u->m->certs, t->cert_count);
	for (i = 0; i < t->cert_count; i++) {
		const struct tbl_cert *c = &t->cert[i];
		struct m_cert *m = &u->m->certs.v[i];

		m->name = name(t, c->name_str);
		m->chain = m->chain_open = table_str(t, c->chain_str);
		m->key = m->key_open = table_str(t, c->key_str);
		m->staple = c->staple;
		m->staple_path = text(t, c->staple_str);
		m->sct_path = text(t, c->sct_str);
		m->has_pin = c->has_pin;
		memcpy(m->pin, c->pin, sizeof(m->pin));
		ROOM(u->a, m->covers, c->covers_count);
		for (j = 0; j < c->covers_count; j++)
			m->covers.v[j] =
				table_str(t, t->covers[c->covers_first + j]);
		m->used = 1;
	}
}

/* A row of one; its own comes first. */
static void segment(struct undump *u, const struct tbl_extra *x)
{
	struct model *m = u->m;
	struct m_segment *s;
	struct m_prefix *p;

	if (x->kind == TBL_EXTRA_SEGMENT) {
		arena_grow(u->a, &m->segments.v, m->segments.n,
			&m->segments.cap, sizeof(*s));
		m->segments.v[m->segments.n++] = (struct m_segment){
			.name = name(u->t, x->value), .link = x->family};
		return;
	}
	s = &m->segments.v[x->of];
	if (x->kind == TBL_EXTRA_NOTE) {
		s->note = text(u->t, x->value);
		return;
	}
	arena_grow(u->a, &s->prefixes.v, s->prefixes.n, &s->prefixes.cap,
		sizeof(*p));
	p = &s->prefixes.v[s->prefixes.n++];
	p->family = x->family;
	p->len = (uint8_t)x->value;
	memcpy(p->addr, x->addr, sizeof(p->addr));
}

/* What stands apart from the elements that it is of. */
static void extras(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	for (i = 0; i < t->extra_count; i++) {
		const struct tbl_extra *x = &t->extra[i];
		struct m_backend *b;
		struct m_source *s;

		if (x->kind == TBL_EXTRA_KEEPALIVE) {
			u->m->limits.v[x->of].keepalive_s = x->value;
			continue;
		}
		if (x->kind >= TBL_EXTRA_SEGMENT) {
			segment(u, x);
			continue;
		}
		b = &u->m->backends.v[x->of];
		if (x->kind == TBL_EXTRA_CHECK_SNI) {
			b->check_sni = text(t, x->value);
			continue;
		}
		arena_grow(u->a, &b->sources.v, b->sources.n, &b->sources.cap,
			sizeof(*s));
		s = &b->sources.v[b->sources.n++];
		s->family = x->family;
		memcpy(s->addr, x->addr, sizeof(s->addr));
	}
}

static void limits(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	ROOM(u->a, u->m->limits, t->limit_count);
	for (i = 0; i < t->limit_count; i++) {
		const struct tbl_limit *l = &t->limit[i];

		u->m->limits.v[i] = (struct m_limit){
			.name = name(t, l->name_str),
			.hello_bytes = l->hello_bytes,
			.hello_ms = l->hello_ms,
			.handshake_ms = l->handshake_ms,
			.idle_ms = l->idle_ms,
			.connect_ms = l->connect_ms,
			.drain_ms = l->drain_ms,
			.conns = l->conns,
			.conns_source = l->conns_source,
			.conn_rate = l->conn_rate,
			.conn_rate_source = l->conn_rate_source,
			.hs_rate = l->hs_rate,
			.hs_rate_source = l->hs_rate_source,
			.hs_flight = l->hs_flight,
			.bandwidth = l->bandwidth,
			.bandwidth_source = l->bandwidth_source,
			.keepalive_s = TBL_KEEPALIVE,
			.used = 1,
		};
	}
}

static void servers(
	struct undump *u, const struct tbl_backend *b, struct m_backend *m)
{
	const struct table *t = u->t;
	uint32_t i;

	ROOM(u->a, m->servers, b->server_count);
	for (i = 0; i < b->server_count; i++) {
		const struct tbl_server *s = &t->server[b->server_first + i];
		struct m_server *o = &m->servers.v[i];

		o->family = s->family;
		o->port = s->port;
		o->weight = s->weight;
		o->max_conns = s->max_conns;
		memcpy(o->addr, s->addr, sizeof(o->addr));
		o->host = text(t, s->host_str);
	}
}

/* Both kinds of index lists. */
#define REFERENCES(u, vec, from, first, count)                                 \
	do {                                                                   \
		ROOM((u)->a, vec, count);                                      \
		memcpy((vec).v, (u)->t->from + (first),                        \
			(count) * sizeof(uint32_t));                           \
	} while (0)

static void backends(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	ROOM(u->a, u->m->backends, t->backend_count);
	for (i = 0; i < t->backend_count; i++) {
		const struct tbl_backend *b = &t->backend[i];
		struct m_backend *m = &u->m->backends.v[i];

		m->name = name(t, b->name_str);
		servers(u, b, m);
		m->balance = b->balance;
		m->proxy = b->proxy;
		m->check = b->check;
		m->has_tls = b->profile != TBL_NONE;
		m->profile = b->profile;
		m->system_ca = !!(b->flags & TBL_BACKEND_SYSTEM_CA);
		m->ca = m->ca_open = text(t, b->ca_str);
		m->verify_name = text(t, b->verify_name_str);
		m->sni = text(t, b->sni_str);
		REFERENCES(u, m->alpn, alpnref, b->alpn_first, b->alpn_count);
		m->check_interval_ms = b->check_interval_ms;
		m->check_timeout_ms = b->check_timeout_ms;
		m->check_fall = b->check_fall;
		m->check_rise = b->check_rise;
		m->check_path = text(t, b->check_path_str);
		m->queue = b->queue;
		m->slow_start_ms = b->slow_start_ms;
		m->used = 1;
	}
}

static void actions(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	ROOM(u->a, u->m->actions, t->action_count);
	for (i = 0; i < t->action_count; i++) {
		const struct tbl_action *a = &t->action[i];
		struct m_action *m = &u->m->actions.v[i];

		m->mode = a->mode;
		m->reject = a->reject;
		m->client_auth = a->client_auth;
		m->backend = a->backend;
		m->profile = a->profile;
		m->enforce = a->enforce;
		m->limit = a->limit;
		REFERENCES(u, m->certs, certref, a->cert_first, a->cert_count);
		REFERENCES(u, m->alpn, alpnref, a->alpn_first, a->alpn_count);
		m->client_ca = m->client_ca_open = text(t, a->client_ca_str);
		m->client_crl = text(t, a->client_crl_str);
		m->domain = a->domain;
	}
}

/* One set for each number, and behind them the empty one. */
static void sets(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i, n = t->src_count ? t->src[t->src_count - 1].set + 1 : 0;
	struct m_prefix *all =
		arena_alloc(u->a, t->src_count * sizeof(*all) + 1);

	u->set_count = n;
	ROOM(u->a, u->m->sets, n + 1);
	for (i = 0; i < t->src_count; i++) {
		struct m_set *s = &u->m->sets.v[t->src[i].set];

		if (!s->prefixes.v)
			s->prefixes.v = all + i;
		s->prefixes.n++;
		s->prefixes.cap++;
		s->used = 1;
		all[i].family = t->src[i].family;
		all[i].len = t->src[i].len;
		memcpy(all[i].addr, t->src[i].addr, sizeof(all[i].addr));
	}
}

static uint32_t set_of(const struct undump *u, uint32_t first, uint32_t count)
{
	return count ? u->t->src[first].set : u->set_count;
}

static void clauses(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	ROOM(u->a, u->m->clauses, t->clause_count);
	for (i = 0; i < t->clause_count; i++) {
		const struct tbl_clause *c = &t->clause[i];
		struct m_clause *m = &u->m->clauses.v[i];

		m->set = c->src_test == TBL_SRC_ANY
			? MODEL_NONE
			: set_of(u, c->src_first, c->src_count);
		m->src_test = c->src_test;
		m->tls_mask = c->tls_mask;
		m->alpn_need = c->alpn_need;
		m->alpn_deny = c->alpn_deny;
		m->action = c->action;
		if (!t->srcmap_count)
			continue;
		m->file = text(t, t->srcmap[i].file_str);
		m->line = t->srcmap[i].line;
		m->column = t->srcmap[i].column;
		m->end_column = t->srcmap[i].end_column;
	}
}

static void lists(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	ROOM(u->a, u->m->lists, t->list_count);
	for (i = 0; i < t->list_count; i++) {
		struct m_list *m = &u->m->lists.v[i];

		m->route = name(t, t->list[i].route_str);
		m->first = t->list[i].first;
		m->count = t->list[i].count;
	}
}

static void mention(
	struct undump *u, uint32_t frontend, uint32_t first, uint32_t count)
{
	uint32_t i;

	for (i = first; i < first + count; i++)
		u->m->frontends.v[frontend].alpn_mentioned |=
			u->t->clause[i].alpn_need | u->t->clause[i].alpn_deny;
}

static void arm(struct undump *u, uint32_t frontend, uint32_t list)
{
	struct m_list *l = &u->m->lists.v[list];

	l->is_arm = 1;
	l->frontend = frontend;
	mention(u, frontend, l->first, l->count);
}

static void listeners(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i, j, n;

	for (i = 0; i < t->listener_count; i += n) {
		uint32_t frontend = t->listener[i].frontend;
		struct m_frontend *f = &u->m->frontends.v[frontend];

		for (n = 1; i + n < t->listener_count; n++)
			if (t->listener[i + n].frontend != frontend)
				break;
		ROOM(u->a, f->listeners, n);
		for (j = 0; j < n; j++) {
			const struct tbl_listener *l = &t->listener[i + j];
			struct m_listener *m = &f->listeners.v[j];

			m->family = l->family;
			m->port = l->port;
			memcpy(m->addr, l->addr, sizeof(m->addr));
			m->path = text(t, l->path_str);
		}
	}
}

static void frontends(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i, patterns = 0;

	ROOM(u->a, u->m->frontends, t->frontend_count);
	for (i = 0; i < t->frontend_count; i++) {
		const struct tbl_frontend *f = &t->frontend[i];
		struct m_frontend *m = &u->m->frontends.v[i];

		m->name = name(t, f->name_str);
		m->pre_first = f->pre_first;
		m->pre_count = f->pre_count;
		m->no_sni = f->no_sni;
		m->default_ = f->default_;
		m->malformed = f->malformed;
		m->limit = f->limit;
		m->profile = MODEL_NONE;
		m->proxy_set = f->proxy_count
			? set_of(u, f->proxy_first, f->proxy_count)
			: MODEL_NONE;
		m->pattern_first = patterns;
		m->pattern_count = f->name_count;
		patterns += f->name_count;
		mention(u, i, f->pre_first, f->pre_count);
		arm(u, i, f->no_sni);
		arm(u, i, f->default_);
		arm(u, i, f->malformed);
	}
	listeners(u);
}

/* A list's clauses are looked at once for a run of its names. */
static void patterns(struct undump *u)
{
	const struct table *t = u->t;
	const struct tbl_namerec *r;
	uint32_t off = 0, at = 0, i = 0, last = MODEL_NONE;
	struct m_list *l;

	ROOM(u->a, u->m->patterns, t->header->name_count);
	while ((r = table_name_next(t, &off))) {
		struct m_pattern *p = &u->m->patterns.v[i++];

		p->key = table_name_key(r);
		p->list = r->list;
		p->off = at;
		p->frontend = r->frontend;
		p->len = r->len;
		at = off;
		if (r->list == last)
			continue;
		last = r->list;
		l = &u->m->lists.v[last];
		l->frontend = r->frontend;
		mention(u, r->frontend, l->first, l->count);
	}
}

static void provenance(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	ROOM(u->a, u->m->inputs, t->input_count);
	for (i = 0; i < t->input_count; i++) {
		struct m_input *m = &u->m->inputs.v[i];

		m->kind = t->input[i].kind;
		m->name = table_str(t, t->input[i].name_str);
		m->value = text(t, t->input[i].value_str);
		memcpy(m->sha256, t->input[i].sha256, sizeof(m->sha256));
	}
	ROOM(u->a, u->m->texts, t->text_count);
	for (i = 0; i < t->text_count; i++)
		u->m->texts.v[i] = (struct m_text){
			.kind = t->text[i].kind,
			.text = table_str(t, t->text[i].text_str),
			.file = text(t, t->text[i].file_str),
			.line = t->text[i].line,
		};
}

struct model *undump_model(struct arena *a, const struct table *t)
{
	struct undump u = {a, t, arena_alloc(a, sizeof(struct model)), 0};

	u.m->arena = a;
	alpns(&u);
	profiles(&u);
	certs(&u);
	limits(&u);
	backends(&u);
	actions(&u);
	sets(&u);
	clauses(&u);
	lists(&u);
	frontends(&u);
	patterns(&u);
	provenance(&u);
	extras(&u);
	memcpy(u.m->semantic, t->header->semantic, sizeof(u.m->semantic));
	u.m->serial = t->header->serial;
	return u.m;
}
