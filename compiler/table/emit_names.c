/*
 * NAMEREC and NAMEIDX, written straight into the output: with millions of
 * names this is nearly the whole table and nearly all of emit's time.
 *
 * The index is filled by Robin Hood placement, with linear probing over slots:
 * names go in in the order of their home buckets, each into the first slot
 * that is free from its home on.  Of all orders this one gives the shortest
 * longest probe, so the index can be fuller.  All of it follows from how many
 * names each bucket is home to; whether a seed fits is known before anything
 * is written.  Each frontend's records are in the same order, so that the
 * validator reads both sections from front to back.
 */
#include "emit_parts.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/table/table.h"

#define AHEAD 8 /* names between the request for one and its use */

static uint32_t record_size(uint32_t len)
{
	return ((uint32_t)sizeof(struct tbl_namerec) + len + 3) & ~3u;
}

static void count_key(struct tbl_frontend *f, const struct m_pattern *p)
{
	const char *key = p->key, *end = key + p->len;
	uint64_t *mask = f->exact_depth;
	unsigned depth = 1;

	if (p->len > 2 && key[0] == '*') {
		mask = key[1] == '*' ? f->any_depth : f->one_depth;
		key += key[1] == '*' ? 3 : 2;
	}
	for (; key < end; key++)
		depth += *key == '.';
	mask[depth / 64 % 2] |= 1ull << (depth % 64);
	f->name_count++;
}

void emit_names_measure(struct emit *e)
{
	struct tbl_frontend *t = (void *)e->section[TBL_FRONTEND].p;
	const struct model *m = e->m;
	size_t f, i;

	for (f = 0; f < m->frontends.n; f++) {
		const struct m_frontend *g = &m->frontends.v[f];
		const struct m_pattern *p = m->patterns.v + g->pattern_first;

		for (i = 0; i < g->pattern_count; i++) {
			e->name_size += record_size(p[i].len);
			count_key(&t[f], &p[i]);
		}
		e->name_count += g->pattern_count;
	}
	if (e->name_size > UINT32_MAX - 64)
		e->err = "more than 4 GiB of names";
}

static void hash_names(
	const struct emit *e, struct emit_plan *p, const uint64_t seed[2])
{
	const struct model *m = e->m;
	size_t f, i, n = 0;

	for (f = 0; f < m->frontends.n; f++) {
		const struct m_frontend *g = &m->frontends.v[f];
		const struct m_pattern *v = m->patterns.v + g->pattern_first;

		for (i = 0; i < g->pattern_count; i++)
			p->hash[n++] = table_key_hash(
				seed, (uint16_t)f, v[i].key, v[i].len);
	}
}

uint32_t emit_names_plan(
	struct emit *e, const uint64_t seed[2], uint32_t buckets)
{
	struct emit_plan *p = e->plan;

	if (!p) {
		p = e->plan = emit_alloc(sizeof(*p));
		p->hash = emit_alloc(e->name_count * sizeof(*p->hash));
	}
	hash_names(e, p, seed);
	return emit_index_plan(p, e->name_count, buckets);
}

void emit_names_unplan(struct emit *e)
{
	if (!e->plan)
		return;
	emit_index_free(e->plan);
	free(e->plan);
	e->plan = NULL;
}

/* Numbers of names by home, the earlier first among equals. */
static uint32_t *by_home(const struct emit *e)
{
	const struct emit_plan *p = e->plan;
	uint32_t *order = emit_alloc(e->name_count * sizeof(*order));
	uint32_t *at = emit_alloc(((size_t)p->buckets + 1) * sizeof(*at));
	uint32_t b;
	size_t i;

	for (i = 0; i < e->name_count; i++)
		at[emit_index_home(p, i) + 1]++;
	for (b = 0; b < p->buckets; b++)
		at[b + 1] += at[b];
	for (i = 0; i < e->name_count; i++)
		order[at[emit_index_home(p, i)]++] = (uint32_t)i;
	free(at);
	return order;
}

/* The same, frontend by frontend. */
static uint32_t *by_frontend(const struct emit *e, uint32_t *order)
{
	const struct model *m = e->m;
	uint32_t *sorted, *at, *owner;
	size_t f, i, n = 0;

	if (m->frontends.n < 2)
		return order;
	sorted = emit_alloc(e->name_count * sizeof(*sorted));
	owner = emit_alloc(e->name_count * sizeof(*owner));
	at = emit_alloc(m->frontends.n * sizeof(*at));
	for (f = 0; f < m->frontends.n; f++) {
		at[f] = (uint32_t)n;
		for (i = 0; i < m->frontends.v[f].pattern_count; i++)
			owner[n++] = (uint32_t)f;
	}
	for (i = 0; i < n; i++)
		sorted[at[owner[order[i]]]++] = order[i];
	free(at);
	free(owner);
	free(order);
	return sorted;
}

/* The state of an output: the next record, and the whole index. */
struct output {
	uint8_t *rec, *next;
	struct tbl_bucket *b;
};

static void put(const struct emit *e, struct output *o, uint16_t frontend,
	const struct m_pattern *pattern, uint32_t name)
{
	struct tbl_namerec r = {
		e->list[pattern->list], frontend, pattern->len, 0};

	emit_index_put(e->plan, o->b, name, (uint32_t)((o->next - o->rec) / 4));
	memcpy(o->next, &r, sizeof(r));
	memcpy(o->next + sizeof(r), pattern->key, pattern->len);
	o->next += record_size(pattern->len);
}

void emit_names_write(const struct emit *e, uint8_t *rec, struct tbl_bucket *b)
{
	const struct model *m = e->m;
	uint32_t *order = by_frontend(e, by_home(e));
	struct output o = {rec, rec, b};
	size_t f, i, base = 0;

	for (f = 0; f < m->frontends.n; f++) {
		const struct m_frontend *g = &m->frontends.v[f];
		const struct m_pattern *v = m->patterns.v + g->pattern_first;
		const uint32_t *k = order + base;

		for (i = 0; i < g->pattern_count; i++) {
			if (i + 2 * AHEAD < g->pattern_count)
				__builtin_prefetch(&v[k[i + 2 * AHEAD] - base]);
			if (i + AHEAD < g->pattern_count)
				__builtin_prefetch(v[k[i + AHEAD] - base].key);
			put(e, &o, (uint16_t)f, &v[k[i] - base], k[i]);
		}
		base += i;
	}
	free(order);
}
