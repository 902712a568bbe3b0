/*
 * NAMEREC and NAMEIDX, written straight into the output: with millions of
 * names this is nearly the whole table and nearly all of emit's time.  The
 * index goes through the records in order and asks for a name's bucket some
 * names before it fills it.
 */
#include "emit_parts.h"

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

/* The bucket in which the name found its slot, counted from its home from 1;
 * 0: none within reach. */
static uint32_t insert(struct tbl_bucket *b, uint32_t buckets, uint64_t hash,
	uint32_t off)
{
	uint32_t at = table_hash_home(hash, buckets), probe;

	for (probe = 1; probe <= TBL_PROBE_MAX; probe++) {
		struct tbl_bucket *k = &b[at];
		unsigned i;

		for (i = 0; i < 8 && !k->tag[7]; i++) {
			if (k->tag[i])
				continue;
			k->tag[i] = table_hash_tag(hash);
			k->off[i] = off;
			return probe;
		}
		if (++at == buckets)
			at = 0;
	}
	return 0;
}

uint32_t emit_names_index(const uint8_t *rec, uint64_t size,
	const uint64_t seed[2], struct tbl_bucket *b, uint32_t buckets)
{
	uint64_t hash[AHEAD], at = 0;
	uint32_t off[AHEAD], longest = 0, probe;
	unsigned n, i;

	while (at < size) {
		for (n = 0; n < AHEAD && at < size; n++) {
			const struct tbl_namerec *r = (const void *)(rec + at);

			hash[n] = table_key_hash(seed, r->frontend,
				table_name_key(r), r->len);
			off[n] = (uint32_t)(at / 4);
			__builtin_prefetch(
				&b[table_hash_home(hash[n], buckets)], 1);
			at += table_name_size(r);
		}
		for (i = 0; i < n; i++) {
			probe = insert(b, buckets, hash[i], off[i]);
			if (!probe)
				return 0;
			if (probe > longest)
				longest = probe;
		}
	}
	return longest;
}
