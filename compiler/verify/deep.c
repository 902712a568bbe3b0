/*
 * Every name pattern, names beside it and fresh ones under it, are looked up
 * and must lead to the list that the model has for them; every clause list of
 * every frontend is decided at every boundary of the addresses it tests, for
 * the subsets of the ALPN protocols it tests and all TLS version classes, and
 * must give the clause that reading them in order gives.
 *
 * The model's side uses its own table (symbols.h) and prefix arithmetic; it
 * shares nothing with route.c.
 */
#include "deep.h"

#include <stdio.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/plain.h"
#include "compiler/base/prefix.h"
#include "compiler/base/symbols.h"
#include "runtime/table/route.h"

#define NAME_ROOM 512

struct deep {
	const struct table *t;
	const struct model *m;
	struct deep_report *r;
	struct symbols *keys; /* space: frontend; key: pattern; value: list */
	uint32_t frontend;
	/* Addresses at which the list under test may change its mind. */
	struct {
		struct m_prefix *v;
		size_t n, cap;
	} edges;
};

/* The plain reading. */

static uint32_t find(const struct deep *d, const char *key, size_t len)
{
	return symbols_find(d->keys, d->frontend, key, len);
}

/* exact, then "*." of the parent, then "**." of each ancestor upwards. */
static uint32_t plain_list(const struct deep *d, const char *name)
{
	char key[NAME_ROOM + 4];
	const char *dot = strchr(name, '.');
	uint32_t list = find(d, name, strlen(name));
	int n;

	if (list == SYMBOL_NONE && dot) {
		n = snprintf(key, sizeof(key), "*%s", dot);
		list = find(d, key, (size_t)n);
	}
	for (; list == SYMBOL_NONE && dot; dot = strchr(dot + 1, '.')) {
		n = snprintf(key, sizeof(key), "**%s", dot);
		list = find(d, key, (size_t)n);
	}
	return list == SYMBOL_NONE ? d->m->frontends.v[d->frontend].default_
				   : list;
}

/* Names. */

static int look_up(struct deep *d, const char *name)
{
	struct route_query q = {.frontend = d->frontend, .sni = name};
	uint32_t got, want;
	size_t len = strlen(name);

	if (len > 253)
		return 0;
	q.sni_len = (uint8_t)len;
	d->r->lookups++;
	got = route_list(d->t, &q, NULL);
	want = plain_list(d, name);
	if (got == want)
		return 0;
	d->r->fault = arena_printf(d->m->arena,
		"frontend %s, sni '%s': the lookup gives route %s, its "
		"patterns say %s",
		d->m->frontends.v[d->frontend].name.text, name,
		d->m->lists.v[got].route.text, d->m->lists.v[want].route.text);
	return -1;
}

static int with_prefix(struct deep *d, const char *before, const char *name)
{
	char text[NAME_ROOM];

	snprintf(text, sizeof(text), "%s%s", before, name);
	return look_up(d, text);
}

/* The name or the region of a pattern, and its neighbours: one label more,
 * one less, another first label. */
static int look_around(struct deep *d, const struct m_pattern *p)
{
	char name[256];
	const char *parent;
	size_t skip = 0;

	while (skip < p->len &&
		(p->key[skip] == '*' ||
			(skip && p->key[skip] == '.' &&
				p->key[skip - 1] == '*')))
		skip++;
	snprintf(name, sizeof(name), "%.*s", (int)(p->len - skip),
		p->key + skip);
	if (look_up(d, name) || with_prefix(d, "x-0.", name) ||
		with_prefix(d, "x-0.x-1.", name) || with_prefix(d, "x", name))
		return -1;
	parent = strchr(name, '.');
	if (parent && (look_up(d, parent + 1) || with_prefix(d, "x-0", parent)))
		return -1;
	return 0;
}

/* Clauses. */

static void edge(struct deep *d, struct m_prefix p)
{
	arena_grow(
		d->m->arena, &d->edges.v, d->edges.n, &d->edges.cap, sizeof(p));
	d->edges.v[d->edges.n++] = p;
}

/* One address up or down, unless there is none. */
static int step(struct m_prefix *p, int up)
{
	int i = p->family == TBL_V4 ? 4 : 16;

	while (i--) {
		p->addr[i] = (uint8_t)(p->addr[i] + (up ? 1 : -1));
		if (p->addr[i] != (up ? 0 : 255))
			return 1;
	}
	return 0;
}

/* First and last address of a prefix, and those just outside. */
static void edges_of(struct deep *d, const struct m_prefix *prefix)
{
	struct m_prefix p = *prefix;
	unsigned width = p.family == TBL_V4 ? 32 : 128, i;

	p.len = (uint8_t)width;
	edge(d, p);
	if (step(&p, 0))
		edge(d, p);
	p = *prefix;
	p.len = (uint8_t)width;
	for (i = prefix->len; i < width; i++)
		p.addr[i / 8] |= (uint8_t)(0x80 >> i % 8);
	edge(d, p);
	if (step(&p, 1))
		edge(d, p);
}

static void edges(struct deep *d, uint32_t first, uint32_t count)
{
	uint32_t i, k;

	for (i = first; i < first + count; i++) {
		const struct m_clause *c = &d->m->clauses.v[i];

		if (c->src_test == TBL_SRC_ANY)
			continue;
		for (k = first; k < i; k++)
			if (d->m->clauses.v[k].src_test != TBL_SRC_ANY &&
				d->m->clauses.v[k].set == c->set)
				break;
		for (size_t p = 0;
			k == i && p < d->m->sets.v[c->set].prefixes.n; p++)
			edges_of(d, &d->m->sets.v[c->set].prefixes.v[p]);
	}
}

static uint64_t mentioned(const struct deep *d, uint32_t first, uint32_t count)
{
	uint64_t mask = 0;
	uint32_t i;

	for (i = first; i < first + count; i++)
		mask |= d->m->clauses.v[i].alpn_need |
			d->m->clauses.v[i].alpn_deny;
	return mask;
}

/* The n-th subset of a mask: all of them, or, when there are too many, the
 * empty one, the single tokens, and all but one.  0 at the end. */
static int subset(uint64_t mask, unsigned n, uint64_t *out)
{
	unsigned bits = (unsigned)__builtin_popcountll(mask), i, k = 0;
	int all = bits <= 8;

	if (n >= (all ? 1u << bits : 2 * bits + 1))
		return 0;
	*out = !all && n > bits ? mask : 0;
	for (i = 0; i < 64; i++) {
		if (!(mask >> i & 1))
			continue;
		if (all ? n >> k & 1 : n && (n - 1) % bits == k)
			*out ^= UINT64_C(1) << i;
		k++;
	}
	return 1;
}

static int differ(struct deep *d, const struct m_prefix *at, uint64_t alpn,
	uint8_t tls, uint32_t got, uint32_t want)
{
	char buf[64];

	d->r->fault = arena_printf(d->m->arena,
		"frontend %s, source %s, alpn 0x%llx, tls class 0x%x: the "
		"lookup gives clause %u, reading gives %u",
		d->m->frontends.v[d->frontend].name.text, prefix_text(at, buf),
		(unsigned long long)alpn, tls, got, want);
	return -1;
}

/* q leads to list l. */
static int decide_at(struct deep *d, struct route_query *q,
	const struct m_list *l, const struct m_prefix *at, uint64_t alpn)
{
	const struct m_frontend *fe = &d->m->frontends.v[d->frontend];
	struct route_decision got;
	uint32_t want;
	uint8_t tls;

	q->family = at->family;
	memcpy(q->addr, at->addr, sizeof(q->addr));
	q->alpn = alpn;
	for (tls = 1; tls < 0x20; tls = (uint8_t)(tls << 1)) {
		want = MODEL_NONE;
		if (q->sni_kind != ROUTE_SNI_MALFORMED)
			want = plain_first(d->m, fe->pre_first, fe->pre_count,
				at, alpn, tls);
		if (want == MODEL_NONE)
			want = plain_first(
				d->m, l->first, l->count, at, alpn, tls);
		q->tls_bit = tls;
		route_decide(d->t, q, &got, NULL, NULL);
		d->r->decisions++;
		if (got.clause != want ||
			got.action != d->m->clauses.v[want].action)
			return differ(d, at, alpn, tls, got.clause, want);
	}
	return 0;
}

static int decide_list(struct deep *d, struct route_query *q, uint32_t list)
{
	const struct m_frontend *fe = &d->m->frontends.v[d->frontend];
	const struct m_list *l = &d->m->lists.v[list];
	struct m_prefix v4 = {TBL_V4, 32, {192, 0, 2, 1}};
	struct m_prefix v6 = {TBL_V6, 128, {0x20, 1, 0xd, 0xb8}};
	uint64_t mask, alpn;
	unsigned n;
	size_t i;

	d->edges.n = 0;
	edge(d, v4);
	edge(d, v6);
	edges(d, l->first, l->count);
	edges(d, fe->pre_first, fe->pre_count);
	mask = mentioned(d, l->first, l->count) |
		mentioned(d, fe->pre_first, fe->pre_count);
	for (i = 0; i < d->edges.n; i++)
		for (n = 0; subset(mask, n, &alpn); n++)
			if (decide_at(d, q, l, &d->edges.v[i], alpn))
				return -1;
	return 0;
}

/* 1 when the list could be decided through this pattern: its fresh name may be
 * another's. */
static int decide_pattern(struct deep *d, const struct m_pattern *p)
{
	struct route_query q = {.frontend = d->frontend};
	char name[NAME_ROOM];
	const char *key = p->key;
	int skip = 0;

	if (*key == '*')
		skip = key[1] == '*' ? 3 : 2;
	snprintf(name, sizeof(name), "%s%.*s",
		skip == 3      ? "x-0.x-1."
			: skip ? "x-0."
			       : "",
		p->len - skip, key + skip);
	if (strlen(name) > 253 || plain_list(d, name) != p->list)
		return 0;
	q.sni = name;
	q.sni_len = (uint8_t)strlen(name);
	return decide_list(d, &q, p->list) ? -1 : 1;
}

static int arms(struct deep *d)
{
	const struct m_frontend *fe = &d->m->frontends.v[d->frontend];
	/* Under a top-level name that cannot be: 63 hyphens. */
	static const char nobody[] =
		"-------------------------------------------------------------"
		"--";
	struct route_query q = {
		.frontend = d->frontend, .sni_kind = ROUTE_SNI_NONE};

	if (decide_list(d, &q, fe->no_sni))
		return -1;
	q.sni_kind = ROUTE_SNI_MALFORMED;
	if (decide_list(d, &q, fe->malformed))
		return -1;
	q.sni_kind = ROUTE_SNI_NAME;
	q.sni = nobody;
	q.sni_len = sizeof(nobody) - 1;
	return plain_list(d, nobody) == fe->default_
		? decide_list(d, &q, fe->default_)
		: 0;
}

static int frontend(struct deep *d, uint32_t *decided)
{
	const struct m_frontend *fe = &d->m->frontends.v[d->frontend];
	const struct m_pattern *p = d->m->patterns.v + fe->pattern_first;
	uint32_t i;
	int done;

	for (i = 0; i < fe->pattern_count; i++)
		symbols_add(
			d->keys, d->frontend, p[i].key, p[i].len, p[i].list);
	if (arms(d))
		return -1;
	for (i = 0; i < fe->pattern_count; i++) {
		d->r->names++;
		if (look_around(d, &p[i]))
			return -1;
		if (decided[p[i].list] == d->frontend + 1)
			continue;
		done = decide_pattern(d, &p[i]);
		if (done < 0)
			return -1;
		if (done)
			decided[p[i].list] = d->frontend + 1;
	}
	return 0;
}

int deep_check(const struct table *t, struct model *m, struct deep_report *r)
{
	struct deep d = {.t = t, .m = m, .r = r};
	uint32_t *decided;

	memset(r, 0, sizeof(*r));
	d.keys = symbols_new(m->arena);
	decided = arena_alloc(m->arena, m->lists.n * sizeof(*decided) + 1);
	for (d.frontend = 0; d.frontend < m->frontends.n; d.frontend++)
		if (frontend(&d, decided))
			return -1;
	return 0;
}
