/* The elements of a model that rules refer to; see undump_priv.h. */
#include <string.h>

#include "undump_priv.h"

static void alpns(struct undump *u)
{
	uint32_t i;

	UNDUMP_ARRAY(u->a, u->m->alpns, u->t->alpn_count);
	for (i = 0; i < u->t->alpn_count; i++)
		u->m->alpns.v[i] = table_str(u->t, u->t->alpn[i].token_str);
}

static void profiles(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	UNDUMP_ARRAY(u->a, u->m->profiles, t->profile_count);
	for (i = 0; i < t->profile_count; i++) {
		const struct tbl_profile *p = &t->profile[i];
		struct m_profile *m = &u->m->profiles.v[i];

		m->name = undump_name(t, p->name_str);
		m->tls_min = p->tls_min;
		m->tls_max = p->tls_max;
		UNDUMP_ARRAY(u->a, m->suites, p->suite_count);
		memcpy(m->suites.v, t->suite + p->suite_first,
			p->suite_count * sizeof(uint16_t));
		UNDUMP_ARRAY(u->a, m->groups, p->group_count);
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

	UNDUMP_ARRAY(u->a, u->m->certs, t->cert_count);
	for (i = 0; i < t->cert_count; i++) {
		const struct tbl_cert *c = &t->cert[i];
		struct m_cert *m = &u->m->certs.v[i];

		m->name = undump_name(t, c->name_str);
		m->chain = m->chain_open = table_str(t, c->chain_str);
		m->key = m->key_open = table_str(t, c->key_str);
		m->staple = c->staple;
		m->missing = c->missing;
		m->staple_path = undump_text(t, c->staple_str);
		m->sct_path = undump_text(t, c->sct_str);
		m->has_pin = c->has_pin;
		memcpy(m->pin, c->pin, sizeof(m->pin));
		UNDUMP_ARRAY(u->a, m->covers, c->covers_count);
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
			.name = undump_name(u->t, x->value), .link = x->family};
		return;
	}
	s = &m->segments.v[x->of];
	if (x->kind == TBL_EXTRA_NOTE) {
		s->note = undump_text(u->t, x->value);
		return;
	}
	arena_grow(u->a, &s->prefixes.v, s->prefixes.n, &s->prefixes.cap,
		sizeof(*p));
	p = &s->prefixes.v[s->prefixes.n++];
	p->family = x->family;
	p->len = (uint8_t)x->value;
	memcpy(p->addr, x->addr, sizeof(p->addr));
}

/* What the table keeps apart from the elements that have it. */
void undump_extras(struct undump *u)
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
			b->check_sni = undump_text(t, x->value);
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

	UNDUMP_ARRAY(u->a, u->m->limits, t->limit_count);
	for (i = 0; i < t->limit_count; i++) {
		const struct tbl_limit *l = &t->limit[i];

		u->m->limits.v[i] = (struct m_limit){
			.name = undump_name(t, l->name_str),
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
			.head_bytes = TBL_HTTP_HEAD_BYTES,
			.head_ms = TBL_HTTP_HEAD_MS,
			.keep_alive_ms = TBL_HTTP_KEEP_ALIVE_MS,
			.response_ms = TBL_HTTP_RESPONSE_MS,
			.used = 1,
		};
	}
}

static void servers(
	struct undump *u, const struct tbl_backend *b, struct m_backend *m)
{
	const struct table *t = u->t;
	uint32_t i;

	UNDUMP_ARRAY(u->a, m->servers, b->server_count);
	for (i = 0; i < b->server_count; i++) {
		const struct tbl_server *s = &t->server[b->server_first + i];
		struct m_server *o = &m->servers.v[i];

		o->family = s->family;
		o->port = s->port;
		o->weight = s->weight;
		o->max_conns = s->max_conns;
		memcpy(o->addr, s->addr, sizeof(o->addr));
		o->host = undump_text(t, s->host_str);
	}
}

/* Both kinds of index lists. */
#define REFERENCES(u, vec, from, first, count)                                 \
	do {                                                                   \
		UNDUMP_ARRAY((u)->a, vec, count);                              \
		memcpy((vec).v, (u)->t->from + (first),                        \
			(count) * sizeof(uint32_t));                           \
	} while (0)

static void backends(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	UNDUMP_ARRAY(u->a, u->m->backends, t->backend_count);
	for (i = 0; i < t->backend_count; i++) {
		const struct tbl_backend *b = &t->backend[i];
		struct m_backend *m = &u->m->backends.v[i];

		m->name = undump_name(t, b->name_str);
		servers(u, b, m);
		m->balance = b->balance;
		m->proxy = b->proxy;
		m->check = b->check;
		m->has_tls = b->profile != TBL_NONE;
		m->profile = b->profile;
		m->system_ca = !!(b->flags & TBL_BACKEND_SYSTEM_CA);
		m->ca = m->ca_open = undump_text(t, b->ca_str);
		m->verify_name = undump_text(t, b->verify_name_str);
		m->sni = undump_text(t, b->sni_str);
		REFERENCES(u, m->alpn, alpnref, b->alpn_first, b->alpn_count);
		m->check_interval_ms = b->check_interval_ms;
		m->check_timeout_ms = b->check_timeout_ms;
		m->check_fall = b->check_fall;
		m->check_rise = b->check_rise;
		m->check_path = undump_text(t, b->check_path_str);
		m->queue = b->queue;
		m->slow_start_ms = b->slow_start_ms;
		m->used = 1;
	}
}

static void actions(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	UNDUMP_ARRAY(u->a, u->m->actions, t->action_count);
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
		m->site = t->site_count ? t->content[i] : MODEL_NONE;
		REFERENCES(u, m->certs, certref, a->cert_first, a->cert_count);
		REFERENCES(u, m->alpn, alpnref, a->alpn_first, a->alpn_count);
		m->client_ca = m->client_ca_open =
			undump_text(t, a->client_ca_str);
		m->client_crl = undump_text(t, a->client_crl_str);
		m->domain = a->domain;
	}
}

void undump_parts(struct undump *u)
{
	alpns(u);
	profiles(u);
	certs(u);
	limits(u);
	backends(u);
	actions(u);
}
