/*
 * The parts of actions, as sections: profiles, certificates, limits, backends,
 * actions, inputs, tests.  Only what a frontend reaches goes into the table, so
 * that an unused certificate need not exist when the table is loaded.
 */
#include "emit_parts.h"

#include <stdlib.h>
#include <string.h>

#include "grammar/words.h"

static void mark(uint32_t *used, uint32_t i)
{
	if (i != MODEL_NONE)
		used[i] = 1;
}

static void mark_action(struct emit *e, const struct m_action *a)
{
	size_t i;

	mark(e->limit, a->limit);
	if (a->mode == MODE_REJECT)
		return;
	mark(e->backend, a->backend);
	if (!words_decrypts(a->mode)) {
		mark(e->profile, a->enforce);
		return;
	}
	mark(e->profile, a->profile);
	for (i = 0; i < a->certs.n; i++)
		mark(e->cert, a->certs.v[i]);
}

static void mark_clauses(struct emit *e, uint32_t first, uint32_t count)
{
	uint32_t i;

	for (i = first; i < first + count; i++)
		mark(e->action, e->m->clauses.v[i].action);
}

/* From marks to new numbers, in the old order. */
static void number(uint32_t *map, size_t n)
{
	uint32_t next = 0;
	size_t i;

	for (i = 0; i < n; i++)
		map[i] = map[i] ? next++ : MODEL_NONE;
}

static void reach_lists(struct emit *e)
{
	const struct model *m = e->m;
	size_t i;

	for (i = 0; i < m->frontends.n; i++) {
		const struct m_frontend *f = &m->frontends.v[i];

		mark(e->list, f->no_sni);
		mark(e->list, f->default_);
		mark(e->list, f->malformed);
		mark(e->limit, f->limit);
		mark_clauses(e, f->pre_first, f->pre_count);
	}
	for (i = 0; i < m->patterns.n; i++)
		mark(e->list, m->patterns.v[i].list);
	for (i = 0; i < m->lists.n; i++)
		if (e->list[i])
			mark_clauses(
				e, m->lists.v[i].first, m->lists.v[i].count);
}

void emit_reach(struct emit *e)
{
	const struct model *m = e->m;
	size_t i;

	e->profile = emit_alloc(m->profiles.n * sizeof(uint32_t));
	e->cert = emit_alloc(m->certs.n * sizeof(uint32_t));
	e->limit = emit_alloc(m->limits.n * sizeof(uint32_t));
	e->backend = emit_alloc(m->backends.n * sizeof(uint32_t));
	e->action = emit_alloc(m->actions.n * sizeof(uint32_t));
	e->list = emit_alloc(m->lists.n * sizeof(uint32_t));
	e->site = emit_alloc(m->sites.n * sizeof(uint32_t));
	e->caction = emit_alloc(m->cactions.n * sizeof(uint32_t));
	reach_lists(e);
	for (i = 0; i < m->actions.n; i++)
		if (e->action[i])
			mark_action(e, &m->actions.v[i]);
	emit_reach_sites(e);
	for (i = 0; i < m->backends.n; i++)
		if (e->backend[i] && m->backends.v[i].has_tls)
			mark(e->profile, m->backends.v[i].profile);
	number(e->profile, m->profiles.n);
	number(e->cert, m->certs.n);
	number(e->limit, m->limits.n);
	number(e->backend, m->backends.n);
	number(e->action, m->actions.n);
	number(e->list, m->lists.n);
	number(e->site, m->sites.n);
	number(e->caction, m->cactions.n);
}

static uint32_t renumber(const uint32_t *map, uint32_t i)
{
	return i == MODEL_NONE ? TBL_NONE : map[i];
}

static void alpns(struct emit *e)
{
	size_t i;

	for (i = 0; i < e->m->alpns.n; i++) {
		struct tbl_alpn *p =
			emit_buf_add(&e->section[TBL_ALPN], sizeof(*p));

		p->token_str = emit_str(e, e->m->alpns.v[i]);
		p->len = (uint32_t)strlen(e->m->alpns.v[i]);
	}
}

/* Code points to the end of SUITES; where they begin. */
static uint32_t codes(struct emit *e, const uint16_t *v, size_t n)
{
	struct emit_buf *b = &e->section[TBL_SUITES];
	uint32_t first = (uint32_t)(b->n / sizeof(uint16_t));

	if (n)
		memcpy(emit_buf_add(b, n * sizeof(*v)), v, n * sizeof(*v));
	return first;
}

static void profile(struct emit *e, const struct m_profile *p)
{
	struct tbl_profile *t =
		emit_buf_add(&e->section[TBL_PROFILE], sizeof(*t));

	t->name_str = emit_str(e, p->name.text);
	t->tls_min = p->tls_min;
	t->tls_max = p->tls_max;
	t->suite_first = codes(e, p->suites.v, p->suites.n);
	t->suite_count = (uint32_t)p->suites.n;
	t->group_first = codes(e, p->groups.v, p->groups.n);
	t->group_count = (uint32_t)p->groups.n;
	t->flags = (p->server_preference ? TBL_PROFILE_SERVER_PREFERENCE : 0) |
		(p->tickets ? TBL_PROFILE_TICKETS : 0) |
		(p->early_data ? TBL_PROFILE_EARLY_DATA : 0);
}

static void cert(struct emit *e, const struct m_cert *c)
{
	struct emit_buf *covers = &e->section[TBL_COVERS];
	struct tbl_cert *t = emit_buf_add(&e->section[TBL_CERT], sizeof(*t));
	size_t i;

	t->name_str = emit_str(e, c->name.text);
	t->chain_str = emit_str(e, c->chain);
	t->key_str = emit_str(e, c->key);
	t->staple_str = emit_str(e, c->staple_path);
	t->sct_str = emit_str(e, c->sct_path);
	t->staple = c->staple;
	t->missing = c->missing;
	t->has_pin = c->has_pin != 0;
	if (c->has_pin)
		memcpy(t->pin, c->pin, sizeof(t->pin));
	t->covers_first = (uint32_t)(covers->n / sizeof(uint32_t));
	t->covers_count = (uint32_t)c->covers.n;
	for (i = 0; i < c->covers.n; i++) {
		uint32_t str = emit_str(e, c->covers.v[i]);

		memcpy(emit_buf_add(covers, sizeof(str)), &str, sizeof(str));
	}
}

static void limit(struct emit *e, const struct m_limit *l)
{
	struct tbl_limit *t = emit_buf_add(&e->section[TBL_LIMIT], sizeof(*t));

	t->name_str = emit_str(e, l->name.text);
	t->hello_bytes = l->hello_bytes;
	t->hello_ms = l->hello_ms;
	t->handshake_ms = l->handshake_ms;
	t->idle_ms = l->idle_ms;
	t->connect_ms = l->connect_ms;
	t->drain_ms = l->drain_ms;
	t->conns = l->conns;
	t->conns_source = l->conns_source;
	t->conn_rate = l->conn_rate;
	t->conn_rate_source = l->conn_rate_source;
	t->hs_rate = l->hs_rate;
	t->hs_rate_source = l->hs_rate_source;
	t->hs_flight = l->hs_flight;
	t->bandwidth = l->bandwidth;
	t->bandwidth_source = l->bandwidth_source;
}

static void server(struct emit *e, const struct m_server *s)
{
	struct tbl_server *t =
		emit_buf_add(&e->section[TBL_SERVER], sizeof(*t));

	t->family = s->family;
	t->weight = s->weight;
	t->max_conns = s->max_conns;
	t->port = s->family == TBL_UNIX ? 0 : s->port;
	if (s->family == TBL_HOST || s->family == TBL_UNIX)
		t->host_str = emit_str(e, s->host);
	else
		memcpy(t->addr, s->addr, s->family == TBL_V4 ? 4 : 16);
}

/* Indices, renumbered, to the end of a section of references. */
static uint32_t references(struct emit *e, unsigned section,
	const uint32_t *map, const uint32_t *v, size_t n)
{
	struct emit_buf *b = &e->section[section];
	uint32_t first = (uint32_t)(b->n / sizeof(uint32_t));
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t to = map ? map[v[i]] : v[i];

		memcpy(emit_buf_add(b, sizeof(to)), &to, sizeof(to));
	}
	return first;
}

static void backend_tls(
	struct emit *e, const struct m_backend *b, struct tbl_backend *t)
{
	t->profile = renumber(e->profile, b->profile);
	t->flags = b->system_ca ? TBL_BACKEND_SYSTEM_CA : 0;
	t->ca_str = emit_str(e, b->ca);
	t->verify_name_str = emit_str(e, b->verify_name);
	t->sni_str = emit_str(e, b->sni);
	t->alpn_count = (uint32_t)b->alpn.n;
}

static void backend(struct emit *e, const struct m_backend *b)
{
	struct tbl_backend t = {.profile = TBL_NONE};
	size_t i;

	t.name_str = emit_str(e, b->name.text);
	t.server_first = (uint32_t)(e->section[TBL_SERVER].n /
		sizeof(struct tbl_server));
	t.server_count = (uint32_t)b->servers.n;
	for (i = 0; i < b->servers.n; i++)
		server(e, &b->servers.v[i]);
	t.balance = b->balance;
	t.proxy = b->proxy;
	t.check = b->check;
	if (b->has_tls)
		backend_tls(e, b, &t);
	t.alpn_first =
		references(e, TBL_ALPNREF, NULL, b->alpn.v, t.alpn_count);
	t.check_interval_ms = b->check_interval_ms;
	t.check_timeout_ms = b->check_timeout_ms;
	t.check_fall = b->check_fall;
	t.check_rise = b->check_rise;
	t.check_path_str = emit_str(e, b->check_path);
	t.queue = b->queue;
	t.slow_start_ms = b->slow_start_ms;
	memcpy(emit_buf_add(&e->section[TBL_BACKEND], sizeof(t)), &t,
		sizeof(t));
}

static void action_tls(
	struct emit *e, const struct m_action *a, struct tbl_action *t)
{
	t->profile = renumber(e->profile, a->profile);
	t->cert_count = (uint32_t)a->certs.n;
	t->alpn_count = (uint32_t)a->alpn.n;
	t->client_auth = a->client_auth;
	t->domain = a->domain;
	if (!a->client_auth)
		return;
	t->client_ca_str = emit_str(e, a->client_ca);
	t->client_crl_str = emit_str(e, a->client_crl);
}

static void action(struct emit *e, const struct m_action *a)
{
	struct tbl_action t = {.mode = a->mode,
		.backend = TBL_NONE,
		.profile = TBL_NONE,
		.enforce = TBL_NONE};

	t.limit = renumber(e->limit, a->limit);
	if (a->mode == MODE_REJECT)
		t.reject = a->reject;
	else
		t.backend = renumber(e->backend, a->backend);
	if (a->mode == MODE_PASSTHROUGH)
		t.enforce = renumber(e->profile, a->enforce);
	if (words_decrypts(a->mode))
		action_tls(e, a, &t);
	t.cert_first =
		references(e, TBL_CERTREF, e->cert, a->certs.v, t.cert_count);
	t.alpn_first =
		references(e, TBL_ALPNREF, NULL, a->alpn.v, t.alpn_count);
	memcpy(emit_buf_add(&e->section[TBL_ACTION], sizeof(t)), &t, sizeof(t));
}

static int input_cmp(const void *x, const void *y)
{
	const struct m_input *a = *(const struct m_input *const *)x;
	const struct m_input *b = *(const struct m_input *const *)y;
	int d = (a->kind > b->kind) - (a->kind < b->kind);

	if (!d)
		d = strcmp(a->name, b->name);
	return d ? d
		 : strcmp(a->value ? a->value : "", b->value ? b->value : "");
}

/* Sorted, so that the order in which files were found does not show. */
static void inputs(struct emit *e)
{
	size_t n = e->m->inputs.n, i;
	const struct m_input **v = emit_alloc(n * sizeof(*v));

	for (i = 0; i < n; i++)
		v[i] = &e->m->inputs.v[i];
	qsort(v, n, sizeof(*v), input_cmp);
	for (i = 0; i < n; i++) {
		struct tbl_input *t =
			emit_buf_add(&e->section[TBL_PROVENANCE], sizeof(*t));

		t->kind = v[i]->kind;
		t->name_str = emit_str(e, v[i]->name);
		t->value_str = emit_str(e, v[i]->value);
		memcpy(t->sha256, v[i]->sha256, sizeof(t->sha256));
	}
	free(v);
}

static void texts(struct emit *e)
{
	size_t i;

	for (i = 0; i < e->m->texts.n; i++) {
		const struct m_text *x = &e->m->texts.v[i];
		struct tbl_text *t =
			emit_buf_add(&e->section[TBL_TESTS], sizeof(*t));

		t->kind = x->kind;
		t->text_str = emit_str(e, x->text);
		t->file_str = emit_str(e, x->file);
		t->line = x->line;
	}
}

#define EACH(array, map, function)                                             \
	for (i = 0; i < m->array.n; i++)                                       \
		if (e->map[i] != MODEL_NONE)                                   \
			function(e, &m->array.v[i]);

void emit_parts(struct emit *e)
{
	const struct model *m = e->m;
	size_t i;

	alpns(e);
	EACH(profiles, profile, profile)
	EACH(certs, cert, cert)
	EACH(limits, limit, limit)
	EACH(backends, backend, backend)
	EACH(actions, action, action)
	emit_rules(e);
	inputs(e);
	texts(e);
	emit_extra(e);
	emit_content(e);
}
