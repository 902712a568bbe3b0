/*
 * The paths of sites: PATHREC walked, and looked up through PATHIDX, which is
 * made as the index of names is.  Called for every reading of a request's path
 * (runtime/content) and by the validator.
 */
#include "table.h"

#include <string.h>

static int is_key(const struct tbl_pathrec *r, uint32_t site, const char *path,
	size_t len)
{
	return r->len == len && r->site == site &&
		!memcmp(table_path_key(r), path, len);
}

/* As table_find: a bucket with a free slot ends the search, and the whole path
 * is compared. */
const struct tbl_pathrec *table_path_find(
	const struct table *t, uint32_t site, const char *path, size_t len)
{
	uint64_t hash;
	uint32_t tag, b, probe;

	if (!t->pathidx_count)
		return NULL;
	hash = table_key_hash(t->header->hash_seed, (uint16_t)site, path, len);
	tag = table_hash_tag(hash);
	b = table_hash_home(hash, t->pathidx_count);
	for (probe = 0; probe < TBL_PROBE_MAX; probe++) {
		const struct tbl_bucket *k = &t->pathidx[b];
		unsigned i;

		for (i = 0; i < 8; i++) {
			const struct tbl_pathrec *r =
				(const void *)(t->pathrec +
					(uint64_t)k->off[i] * 4);

			if (k->tag[i] == tag && is_key(r, site, path, len))
				return r;
		}
		if (!k->tag[7])
			return NULL;
		if (++b == t->pathidx_count)
			b = 0;
	}
	return NULL;
}

const struct tbl_pathrec *table_path_next(const struct table *t, uint32_t *off)
{
	const struct tbl_pathrec *r;

	if (*off >= t->pathrec_size)
		return NULL;
	r = (const void *)(t->pathrec + *off);
	*off += table_path_size(r);
	return r;
}
