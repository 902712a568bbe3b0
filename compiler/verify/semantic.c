/*
 * The semantic id.  A frontend becomes its limits and arms, then its name
 * patterns in order of reversed labels, without those that decide as the next
 * less specific pattern: by freshness (verify.c) every pattern's own region has
 * names, so the rest is determined by the function alone.  A policy becomes its
 * listeners with what their clients meet.  Names of routes, backends, profiles,
 * certificates and frontends are not part of it.
 */
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "canon.h"
#include "names.h"
#include "verify.h"

/* Hashes of buckets by list, made when first asked for. */
struct policy {
	struct model *m;
	struct shape *h;
	uint32_t frontend;
	uint8_t (*bucket)[32];
	uint8_t *known;
	uint32_t *number;   /* per list: of its hash in the stream, from 1 */
	VEC(uint32_t) seen; /* lists whose hash has a number, by hash */
	uint32_t next;
	struct canon out;
	gnutls_hash_hd_t hash;
};

static const uint8_t *bucket(struct policy *p, uint32_t list)
{
	if (!p->known[list]) {
		canon_bucket(p->h, p->frontend, list, p->bucket[list]);
		p->known[list] = 1;
	}
	return p->bucket[list];
}

static int row_cmp(const void *a, const void *b)
{
	return memcmp(a, b, 64);
}

/* Rows of (listener, what its clients meet): how listeners are spread over
 * frontends that do the same makes no difference. */
struct rows {
	uint8_t (*v)[64];
	size_t n, cap;
};

static void put_listeners(struct rows *rows, const struct m_frontend *f,
	const uint8_t function[32])
{
	for (size_t i = 0; i < f->listeners.n; i++) {
		const struct m_listener *l = &f->listeners.v[i];
		struct canon one = {0};

		canon_u32(&one, (uint32_t)l->family << 16 | l->port);
		canon_put(&one, l->addr, 16);
		canon_text(&one, l->path);
		SPACE_ROOM(*rows, rows->n + 1);
		canon_hash(&one, rows->v[rows->n]);
		memcpy(rows->v[rows->n++] + 32, function, 32);
		canon_free(&one);
	}
}

static void put_settings(struct policy *p, const struct m_frontend *f)
{
	struct model *m = p->m;
	uint8_t h[32];

	canon_limit(m, f->limit, h);
	canon_put(&p->out, h, 32);
	if (f->clear_site != MODEL_NONE) {
		canon_site(m, f->clear_site, h);
		canon_put(&p->out, h, 32);
	}
	canon_u32(&p->out, f->proxy_set != MODEL_NONE);
	for (size_t i = 0; f->proxy_set != MODEL_NONE &&
		i < m->sets.v[f->proxy_set].prefixes.n;
		i++) {
		const struct m_prefix *x =
			&m->sets.v[f->proxy_set].prefixes.v[i];

		canon_u32(&p->out, (uint32_t)x->family << 8 | x->len);
		canon_put(&p->out, x->addr, 16);
	}
	canon_put(&p->out, bucket(p, f->no_sni), 32);
	canon_put(&p->out, bucket(p, f->default_), 32);
	canon_put(&p->out, bucket(p, f->malformed), 32);
}

static void flush(struct policy *p)
{
	gnutls_hash(p->hash, p->out.v, p->out.n);
	p->out.n = 0;
}

static void remember(struct policy *p, uint32_t list);

static void grow_seen(struct policy *p)
{
	size_t n = p->seen.n;
	uint32_t *old = p->seen.v;

	p->seen.v = NULL;
	p->seen.cap = 0;
	p->seen.n = n ? 2 * n : 64;
	SPACE_ROOM(p->seen, p->seen.n);
	memset(p->seen.v, 0xff, p->seen.n * sizeof(*old));
	for (size_t i = 0; i < n; i++)
		if (old[i] != SPACE_NONE)
			remember(p, old[i]);
	free(old);
}

static size_t seen_at(const struct policy *p, const uint8_t *hash)
{
	uint32_t x;
	size_t at;

	memcpy(&x, hash, 4);
	for (at = x & (p->seen.n - 1); p->seen.v[at] != SPACE_NONE &&
		memcmp(p->bucket[p->seen.v[at]], hash, 32) != 0;
		at = (at + 1) & (p->seen.n - 1))
		;
	return at;
}

static void remember(struct policy *p, uint32_t list)
{
	p->seen.v[seen_at(p, p->bucket[list])] = list;
}

/* Lists that do the same have one number; a new one brings its hash. */
static uint32_t number(struct policy *p, uint32_t list)
{
	const uint8_t *hash = bucket(p, list);
	uint32_t other;

	if (p->number[list])
		return p->number[list];
	if (p->seen.n < 2 * ((size_t)p->next + 1))
		grow_seen(p);
	other = p->seen.v[seen_at(p, hash)];
	if (other != SPACE_NONE)
		return p->number[list] = p->number[other];
	remember(p, list);
	canon_put(&p->out, hash, 32);
	return p->number[list] = ++p->next;
}

static void put_name(
	struct policy *p, const struct name_entry *e, uint32_t list)
{
	uint8_t head[2] = {e->kind, e->len};

	canon_put(&p->out, head, 2);
	canon_put(&p->out, e->base, e->len);
	canon_u32(&p->out, number(p, list));
	if (p->out.n > 65536)
		flush(p);
}

static void put_names(struct policy *p, uint32_t default_)
{
	struct name_walk w;
	struct name_walk *const walks[1] = {&w};
	const struct name_entry *e;

	names_walk(&w, names_of(p->m, p->frontend));
	while ((e = names_next(walks, 1))) {
		uint32_t less, list = names_at(&w, e, &less);

		if (less == NAMES_NONE)
			less = default_;
		if (list != less &&
			memcmp(bucket(p, list), bucket(p, less), 32) != 0)
			put_name(p, e, list);
	}
}

static void hash_frontend(struct policy *p, uint8_t out[32])
{
	struct model *m = p->m;
	const struct m_frontend *f = &m->frontends.v[p->frontend];

	memset(p->known, 0, m->lists.n + 1);
	memset(p->number, 0, (m->lists.n + 1) * sizeof(*p->number));
	p->next = 0;
	p->seen.n = 0;
	p->out.n = 0;
	gnutls_hash_init(&p->hash, GNUTLS_DIG_SHA256);
	put_settings(p, f);
	put_names(p, f->default_);
	flush(p);
	gnutls_hash_deinit(p->hash, out);
}

void verify_semantic(struct model *m)
{
	struct policy p = {.m = m, .h = canon_shape(m)};
	struct canon all = {0};
	struct rows rows = {NULL, 0, 0};
	size_t c[3] = {0};
	uint8_t h[32];

	p.bucket = space_room(NULL, &c[0], m->lists.n + 1, 32);
	p.known = space_room(NULL, &c[1], m->lists.n + 1, 1);
	p.number = space_room(NULL, &c[2], m->lists.n + 1, sizeof(*p.number));
	for (p.frontend = 0; p.frontend < m->frontends.n; p.frontend++) {
		hash_frontend(&p, h);
		put_listeners(&rows, &m->frontends.v[p.frontend], h);
	}
	if (rows.n)
		qsort(rows.v, rows.n, sizeof(*rows.v), row_cmp);
	canon_text(&all, "tlsp semantic 1");
	canon_put(&all, rows.v, rows.n * sizeof(*rows.v));
	canon_hash(&all, m->semantic);
	canon_free(&all);
	canon_free(&p.out);
	canon_shape_free(&p.h);
	free(p.seen.v);
	free(rows.v);
	free(p.number);
	free(p.known);
	free(p.bucket);
}
