/*
 * The plan of an index of keys, of names and of paths alike (TABLE.md,
 * tbl_bucket): keys fill it in the order of their homes, each the first slot that
 * is free from its home on.  Called by emit_names.c and emit_paths.c.
 */
#include <stdlib.h>

#include "emit_parts.h"
#include "runtime/table/table.h"

uint32_t emit_index_home(const struct emit_plan *p, uint64_t key)
{
	return table_hash_home(p->hash[key], p->buckets);
}

/* From counts to slots, beginning with those taken by keys that the last
 * buckets could not hold; how many that were is returned. */
static uint64_t queue(
	struct emit_plan *p, uint64_t slot, int settle, uint64_t *longest)
{
	uint32_t b;

	*longest = 0;
	for (b = 0; b < p->buckets; b++) {
		uint64_t own = (uint64_t)b * 8, way;
		uint32_t n = p->start[b];

		if (slot < own)
			slot = own;
		if (settle)
			p->start[b] = (uint32_t)slot;
		slot += n;
		way = n ? (slot - 1 - own) / 8 + 1 : 0;
		if (way > *longest)
			*longest = way;
	}
	return slot > (uint64_t)p->buckets * 8 ? slot - (uint64_t)p->buckets * 8
					       : 0;
}

uint32_t emit_index_plan(struct emit_plan *p, uint64_t n, uint32_t buckets)
{
	uint64_t longest, over, i;

	free(p->start);
	p->start = emit_alloc((size_t)buckets * sizeof(*p->start));
	p->buckets = buckets;
	for (i = 0; i < n; i++)
		p->start[emit_index_home(p, i)]++;
	/* Since there are more slots than keys, some bucket is not full;
	 * behind it the first pass is right, so its end is. */
	over = queue(p, 0, 0, &longest);
	queue(p, over, 1, &longest);
	return longest > TBL_PROBE_MAX ? 0 : (uint32_t)longest;
}

void emit_index_put(
	struct emit_plan *p, struct tbl_bucket *b, uint64_t key, uint32_t off)
{
	uint32_t slot = p->start[emit_index_home(p, key)]++, at = slot / 8;

	if (at >= p->buckets)
		at -= p->buckets;
	b[at].tag[slot % 8] = table_hash_tag(p->hash[key]);
	b[at].off[slot % 8] = off;
}

void emit_index_free(struct emit_plan *p)
{
	free(p->hash);
	free(p->start);
}
