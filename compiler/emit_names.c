/*
 * NAMEREC and NAMEIDX, written straight into the output: with millions of
 * names this is nearly the whole table and nearly all of emit's time.
 */
#include "emit_parts.h"

#include <stdlib.h>
#include <string.h>

#include "../runtime/table.h"

#define AHEAD 32

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

void emit_names_write(const struct emit *e, uint8_t *rec)
{
	const struct model *m = e->m;
	size_t f, i;

	for (f = 0; f < m->frontends.n; f++) {
		const struct m_frontend *g = &m->frontends.v[f];
		const struct m_pattern *p = m->patterns.v + g->pattern_first;

		for (i = 0; i < g->pattern_count; i++, p++) {
			struct tbl_namerec r = { e->list[p->list],
				(uint16_t)f, p->len, 0 };

			memcpy(rec, &r, sizeof(r));
			memcpy(rec + sizeof(r), p->key, p->len);
			rec += record_size(p->len);
		}
	}
}

/* Names in the order of their homes, each in the first slot that is free from
 * its home on: of all fillings the one with the shortest longest way (names
 * wait as in a queue that serves eight a bucket), so that the index can be
 * fuller than with names in any other order.  All of it follows from how many
 * names each bucket is home to: start[b] is made from that, the slot of the
 * first of them. */
struct filling {
	uint32_t *start;
	uint32_t buckets, longest;
};

typedef void each_fn(void *arg, const uint64_t *hash, const uint32_t *off,
	unsigned n);

/* Hashes of all names in batches, whose home is asked for meanwhile. */
static void each_batch(const uint8_t *rec, uint64_t size,
	const uint64_t seed[2], const struct tbl_bucket *b, uint32_t buckets,
	each_fn *fn, void *arg)
{
	uint64_t hash[AHEAD], at = 0;
	uint32_t off[AHEAD];
	unsigned n;

	while (at < size) {
		for (n = 0; n < AHEAD && at < size; n++) {
			const struct tbl_namerec *r = (const void *)(rec + at);

			hash[n] = table_key_hash(seed, r->frontend,
				table_name_key(r), r->len);
			off[n] = (uint32_t)(at / 4);
			if (b)
				__builtin_prefetch(&b[table_hash_home(hash[n],
							   buckets)], 1);
			at += table_name_size(r);
		}
		fn(arg, hash, off, n);
	}
}

static void count(void *arg, const uint64_t *hash, const uint32_t *off,
	unsigned n)
{
	struct filling *f = arg;
	unsigned i;

	for (i = 0; i < n; i++)
		f->start[table_hash_home(hash[i], f->buckets)]++;
}

/* From counts to slots, beginning with those taken by names that the last
 * buckets could not hold; how many that were is returned. */
static uint64_t queue(struct filling *f, uint64_t slot, int settle)
{
	uint32_t b;

	for (b = 0; b < f->buckets; b++) {
		uint64_t home = (uint64_t)b * 8, way;
		uint32_t n = f->start[b];

		if (slot < home)
			slot = home;
		if (settle)
			f->start[b] = (uint32_t)slot;
		slot += n;
		way = n ? (slot - 1 - home) / 8 + 1 : 0;
		if (way > f->longest)
			f->longest = way > UINT32_MAX ? UINT32_MAX
						      : (uint32_t)way;
	}
	return slot > (uint64_t)f->buckets * 8
		? slot - (uint64_t)f->buckets * 8
		: 0;
}

struct placing {
	struct filling *f;
	struct tbl_bucket *b;
};

static void place(void *arg, const uint64_t *hash, const uint32_t *off,
	unsigned n)
{
	struct placing *p = arg;
	unsigned i;

	for (i = 0; i < n; i++) {
		uint32_t home = table_hash_home(hash[i], p->f->buckets);
		uint32_t slot = p->f->start[home]++, at = slot / 8;

		if (at >= p->f->buckets)
			at -= p->f->buckets;
		p->b[at].tag[slot % 8] = table_hash_tag(hash[i]);
		p->b[at].off[slot % 8] = off[i];
	}
}

uint32_t emit_names_index(const uint8_t *rec, uint64_t size,
	const uint64_t seed[2], struct tbl_bucket *b, uint32_t buckets)
{
	struct filling f = { emit_alloc((size_t)buckets * 4), buckets, 0 };
	struct placing p = { &f, b };
	uint64_t over;

	each_batch(rec, size, seed, NULL, buckets, count, &f);
	/* Since there are more slots than names, some bucket is not full;
	 * behind it the first pass is right, so its end is. */
	over = queue(&f, 0, 0);
	f.longest = 0;
	queue(&f, over, 1);
	if (f.longest > TBL_PROBE_MAX)
		f.longest = 0;
	else
		each_batch(rec, size, seed, b, buckets, place, &p);
	free(f.start);
	return f.longest;
}
