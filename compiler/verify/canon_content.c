/*
 * Actions and what they refer to, as octets to hash.  Only what changes how a
 * connection is treated is hashed: no names of objects, no order among the
 * servers of a backend, nothing that the mode ignores (emit drops it too).
 */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "grammar/table.h"
#include "grammar/words.h"
#include "cache.h"
#include "canon.h"

void canon_put(struct canon *c, const void *data, size_t n)
{
	if (n == 0)
		return;
	SPACE_ROOM(*c, c->n + n);
	memcpy(c->v + c->n, data, n);
	c->n += n;
}

void canon_u32(struct canon *c, uint32_t v)
{
	uint8_t le[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
		(uint8_t)(v >> 24)};

	canon_put(c, le, 4);
}

static void put_u64(struct canon *c, uint64_t v)
{
	canon_u32(c, (uint32_t)v);
	canon_u32(c, (uint32_t)(v >> 32));
}

void canon_text(struct canon *c, const char *s)
{
	size_t n = s ? strlen(s) : 0;

	canon_u32(c, (uint32_t)n);
	canon_put(c, s, n);
}

void canon_hash(const struct canon *c, uint8_t out[32])
{
	gnutls_hash_fast(
		GNUTLS_DIG_SHA256, c->v ? c->v : (uint8_t *)"", c->n, out);
}

void canon_free(struct canon *c)
{
	free(c->v);
	*c = (struct canon){0};
}

static void put_tokens(
	struct canon *c, const struct model *m, const uint32_t *v, size_t n)
{
	canon_u32(c, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		canon_text(c, m->alpns.v[v[i]]);
}

static void finish(struct canon *c, uint8_t out[32])
{
	canon_hash(c, out);
	canon_free(c);
}

static void profile_hash(
	const struct model *m, uint32_t profile, uint8_t out[32])
{
	const struct m_profile *p;
	struct canon c = {0};

	memset(out, 0, 32);
	if (profile == MODEL_NONE)
		return;
	p = &m->profiles.v[profile];
	canon_u32(&c, (uint32_t)p->tls_min << 16 | p->tls_max);
	canon_u32(&c, (uint32_t)p->suites.n);
	for (size_t i = 0; i < p->suites.n; i++)
		canon_u32(&c, p->suites.v[i]);
	canon_u32(&c, (uint32_t)p->groups.n);
	for (size_t i = 0; i < p->groups.n; i++)
		canon_u32(&c, p->groups.v[i]);
	canon_u32(&c, p->server_preference ? 1 : 0);
	canon_u32(&c, p->tickets ? 1 : 0);
	canon_u32(&c, p->early_data ? 1 : 0);
	finish(&c, out);
}

/* Nothing where all is as it is without a word: ids of before stay. */
static void put_requests(struct canon *c, const struct m_limit *l)
{
	if (l->head_bytes == TBL_HTTP_HEAD_BYTES &&
		l->head_ms == TBL_HTTP_HEAD_MS && !l->body_bytes &&
		!l->requests && !l->requests_source &&
		l->keep_alive_ms == TBL_HTTP_KEEP_ALIVE_MS &&
		l->response_ms == TBL_HTTP_RESPONSE_MS)
		return;
	canon_text(c, "requests");
	canon_u32(c, l->head_bytes);
	canon_u32(c, l->head_ms);
	put_u64(c, l->body_bytes);
	canon_u32(c, l->requests);
	canon_u32(c, l->requests_source);
	canon_u32(c, l->keep_alive_ms);
	canon_u32(c, l->response_ms);
}

void canon_limit(const struct model *m, uint32_t limit, uint8_t out[32])
{
	const struct m_limit *l;
	struct canon c = {0};

	memset(out, 0, 32);
	if (limit == MODEL_NONE)
		return;
	l = &m->limits.v[limit];
	for (const uint32_t *v = (const uint32_t[]){l->hello_bytes, l->hello_ms,
				    l->handshake_ms, l->idle_ms, l->connect_ms,
				    l->drain_ms},
			    *end = v + 6;
		v < end; v++)
		canon_u32(&c, *v);
	for (const uint32_t *
			v = (const uint32_t[]){l->conns, l->conns_source,
			       l->conn_rate, l->conn_rate_source, l->hs_rate,
			       l->hs_rate_source, l->hs_flight},
		       *end = v + 7;
		v < end; v++)
		canon_u32(&c, *v);
	put_u64(&c, l->bandwidth);
	put_u64(&c, l->bandwidth_source);
	if (l->keepalive_s != TBL_KEEPALIVE) /* ids of before stay */
		canon_u32(&c, l->keepalive_s);
	put_requests(&c, l);
	finish(&c, out);
}

static int hash_cmp(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static void put_servers(struct canon *c, const struct m_backend *b)
{
	uint8_t(*h)[32] = NULL;
	size_t cap = 0;

	h = space_room(NULL, &cap, b->servers.n + 1, sizeof(*h));
	for (size_t i = 0; i < b->servers.n; i++) {
		const struct m_server *s = &b->servers.v[i];
		struct canon one = {0};

		canon_u32(&one, (uint32_t)s->family << 16 | s->port);
		canon_u32(&one, s->weight);
		canon_u32(&one, s->max_conns);
		canon_put(&one, s->addr, 16);
		canon_text(&one, s->host);
		finish(&one, h[i]);
	}
	qsort(h, b->servers.n, sizeof(*h), hash_cmp);
	canon_u32(c, (uint32_t)b->servers.n);
	canon_put(c, h, b->servers.n * sizeof(*h));
	free(h);
}

/* Nothing where nothing is set: ids of before stay. */
static void put_extras(struct canon *c, const struct m_backend *b)
{
	if (b->check && b->check_sni) {
		canon_u32(c, TBL_EXTRA_CHECK_SNI);
		canon_text(c, b->check_sni);
	}
	for (size_t i = 0; i < b->sources.n; i++) {
		canon_u32(c,
			(uint32_t)TBL_EXTRA_SOURCE << 8 |
				b->sources.v[i].family);
		canon_put(c, b->sources.v[i].addr, 16);
	}
}

/* What a file of CAs holds, when that is known: ids of before stay. */
static void put_trust(struct canon *c, const struct model *m, uint32_t trust,
	const char *whose)
{
	const struct m_trust *f =
		trust < m->trusts.n ? &m->trusts.v[trust] : NULL;

	if (!f || (!f->live && !f->certs.n))
		return;
	canon_text(c, whose);
	canon_u32(c, !!f->live);
	canon_u32(c, (uint32_t)f->certs.n);
	for (size_t i = 0; i < f->certs.n; i++)
		canon_put(c, f->certs.v[i].sha256, 32);
}

static void put_backend_tls(
	struct canon *c, const struct model *m, const struct m_backend *b)
{
	uint8_t h[32];

	profile_hash(m, b->profile, h);
	canon_put(c, h, 32);
	canon_u32(c, !!b->system_ca);
	canon_text(c, b->ca);
	canon_text(c, b->verify_name);
	canon_text(c, b->sni);
	put_tokens(c, m, b->alpn.v, b->alpn.n);
}

void canon_backend(const struct model *m, uint32_t backend, uint8_t out[32])
{
	const struct m_backend *b;
	struct canon c = {0};

	memset(out, 0, 32);
	if (backend == MODEL_NONE)
		return;
	b = &m->backends.v[backend];
	put_servers(&c, b);
	canon_u32(&c,
		(uint32_t)b->balance << 16 | (uint32_t)b->proxy << 8 |
			b->check);
	canon_u32(&c, !!b->has_tls);
	if (b->has_tls)
		put_backend_tls(&c, m, b);
	if (b->check) {
		canon_u32(&c, b->check_interval_ms);
		canon_u32(&c, b->check_timeout_ms);
		canon_u32(&c, (uint32_t)b->check_fall << 16 | b->check_rise);
		canon_text(&c, b->check_path);
	}
	canon_u32(&c, b->queue);
	canon_u32(&c, b->slow_start_ms);
	put_extras(&c, b);
	finish(&c, out);
}

static void certs_hash(
	const struct model *m, const uint32_t *v, size_t n, uint8_t out[32])
{
	struct canon c = {0};

	for (size_t i = 0; i < n; i++) {
		const struct m_cert *t = &m->certs.v[v[i]];

		canon_text(&c, t->chain);
		canon_text(&c, t->key);
		/* 0 is what was always so: ids of older policies stay. */
		canon_u32(&c,
			(uint32_t)t->missing << 8 | (uint32_t)t->staple << 1 |
				!!t->has_pin);
		canon_text(&c, t->staple_path);
		canon_text(&c, t->sct_path);
		canon_put(&c, t->pin, t->has_pin ? 32 : 0);
	}
	finish(&c, out);
}

static void put_decryption(
	struct canon *c, const struct model *m, const struct m_action *a)
{
	uint8_t h[32];

	profile_hash(m, a->profile, h);
	canon_put(c, h, 32);
	certs_hash(m, a->certs.v, a->certs.n, h);
	canon_put(c, h, 32);
	put_tokens(c, m, a->alpn.v, a->alpn.n);
	canon_u32(c, a->client_auth);
	if (a->client_auth) {
		canon_text(c, a->client_ca);
		canon_text(c, a->client_crl);
	}
}

static void put_contents(
	struct canon *c, const struct model *m, const struct m_action *a)
{
	const struct m_backend *b =
		a->backend < m->backends.n ? &m->backends.v[a->backend] : NULL;

	if (b && b->has_tls && b->ca)
		put_trust(c, m, b->ca_trust, "servers");
	if (a->client_auth)
		put_trust(c, m, a->client_trust, "clients");
}

/* Of its form alone, or with what the files of CAs hold. */
static void hash_action(const struct model *m, const struct m_action *a,
	const uint8_t backend[32], int contents, uint8_t out[32])
{
	struct canon c = {0};
	uint8_t h[32];

	canon_u32(&c,
		(uint32_t)a->mode << 8 |
			(a->mode == MODE_REJECT ? a->reject : 0));
	canon_limit(m, a->limit, h);
	canon_put(&c, h, 32);
	if (a->mode != MODE_REJECT)
		canon_put(&c, backend, 32);
	if (a->site != MODEL_NONE) {
		canon_site(m, a->site, h);
		canon_put(&c, h, 32);
	}
	if (a->mode == MODE_PASSTHROUGH) {
		profile_hash(m, a->enforce, h);
		canon_put(&c, h, 32);
	}
	if (a->mode == MODE_OFFLOAD || a->mode == MODE_BRIDGE)
		put_decryption(&c, m, a);
	if (contents && a->mode != MODE_REJECT)
		put_contents(&c, m, a);
	finish(&c, out);
}

static uint8_t (*hash_actions(struct model *m, int contents))[32]
{
	static const uint8_t none[32];
	uint8_t(*out)[32] = arena_alloc(m->arena, (m->actions.n + 1) * 32);
	uint8_t(*backends)[32];
	size_t cap = 0;

	backends = space_room(NULL, &cap, m->backends.n + 1, 32);
	for (uint32_t i = 0; i < m->backends.n; i++)
		canon_backend(m, i, backends[i]);
	for (uint32_t i = 0; i < m->actions.n; i++) {
		const struct m_action *a = &m->actions.v[i];

		hash_action(m, a,
			a->backend < m->backends.n ? backends[a->backend]
						   : none,
			contents, out[i]);
	}
	free(backends);
	return out;
}

const uint8_t *canon_action(struct model *m, uint32_t action)
{
	struct verify_cache *k = verify_cache(m);

	if (!k->action_hash)
		k->action_hash = hash_actions(m, 1);
	return k->action_hash[action];
}

const uint8_t *canon_form(struct model *m, uint32_t action)
{
	struct verify_cache *k = verify_cache(m);

	if (!k->action_form)
		k->action_form = hash_actions(m, 0);
	return k->action_form[action];
}
