/*
 * Access to a checked table: names of errors and sections, keys, ALPN tokens.
 * Called by both programs; owns nothing.  check*.c make it safe to follow an
 * index here.
 */
#include "table.h"

#include <stdio.h>
#include <string.h>

#include "siphash.h"

static const char *const words[TABLE_ERROR_COUNT] = {
	[TABLE_OK] = "ok",
#define TABLE_FAULT(id, invariant, word, text) [TABLE_##id] = word,
#include "faults.def"
};

static const char *const texts[TABLE_ERROR_COUNT] = {
	[TABLE_OK] = "the table is sound",
#define TABLE_FAULT(id, invariant, word, text) [TABLE_##id] = text,
#include "faults.def"
};

static const uint8_t invariants[TABLE_ERROR_COUNT] = {
#define TABLE_FAULT(id, invariant, word, text) [TABLE_##id] = invariant,
#include "faults.def"
};

static const struct {
	const char *name;
	size_t elem;
} sections[] = {
	[0] = {"header", 0},
	[TBL_STR] = {"STR", 0},
	[TBL_ALPN] = {"ALPN", sizeof(struct tbl_alpn)},
	[TBL_SUITES] = {"SUITES", sizeof(uint16_t)},
	[TBL_PROFILE] = {"PROFILE", sizeof(struct tbl_profile)},
	[TBL_COVERS] = {"COVERS", sizeof(uint32_t)},
	[TBL_CERT] = {"CERT", sizeof(struct tbl_cert)},
	[TBL_CERTREF] = {"CERTREF", sizeof(uint32_t)},
	[TBL_ALPNREF] = {"ALPNREF", sizeof(uint32_t)},
	[TBL_LIMIT] = {"LIMIT", sizeof(struct tbl_limit)},
	[TBL_SERVER] = {"SERVER", sizeof(struct tbl_server)},
	[TBL_BACKEND] = {"BACKEND", sizeof(struct tbl_backend)},
	[TBL_ACTION] = {"ACTION", sizeof(struct tbl_action)},
	[TBL_SRC] = {"SRC", sizeof(struct tbl_prefix)},
	[TBL_CLAUSE] = {"CLAUSE", sizeof(struct tbl_clause)},
	[TBL_LIST] = {"LIST", sizeof(struct tbl_list)},
	[TBL_NAMEREC] = {"NAMEREC", 0},
	[TBL_NAMEIDX] = {"NAMEIDX", sizeof(struct tbl_bucket)},
	[TBL_FRONTEND] = {"FRONTEND", sizeof(struct tbl_frontend)},
	[TBL_LISTENER] = {"LISTENER", sizeof(struct tbl_listener)},
	[TBL_SRCMAP] = {"SRCMAP", sizeof(struct tbl_srcmap)},
	[TBL_PROVENANCE] = {"PROVENANCE", sizeof(struct tbl_input)},
	[TBL_TESTS] = {"TESTS", sizeof(struct tbl_text)},
	[TBL_EXTRA] = {"EXTRA", sizeof(struct tbl_extra)},
	[TBL_TRUST] = {"TRUST", sizeof(struct tbl_trust)},
	[TBL_TERM] = {"TERM", sizeof(struct tbl_term)},
	[TBL_EDIT] = {"EDIT", sizeof(struct tbl_edit)},
	[TBL_SPLIT] = {"SPLIT", sizeof(struct tbl_split)},
	[TBL_CACTION] = {"CACTION", sizeof(struct tbl_caction)},
	[TBL_CCLAUSE] = {"CCLAUSE", sizeof(struct tbl_cclause)},
	[TBL_CLIST] = {"CLIST", sizeof(struct tbl_clist)},
	[TBL_PATHREC] = {"PATHREC", 0},
	[TBL_PATHIDX] = {"PATHIDX", sizeof(struct tbl_bucket)},
	[TBL_SITE] = {"SITE", sizeof(struct tbl_site)},
	[TBL_CONTENT] = {"CONTENT", sizeof(uint32_t)},
	[TBL_CLEAR] = {"CLEAR", sizeof(uint32_t)},
	[TBL_CLIMIT] = {"CLIMIT", sizeof(struct tbl_climit)},
};

const char *table_error_word(enum table_error e)
{
	return (unsigned)e < TABLE_ERROR_COUNT ? words[e] : "unknown";
}

const char *table_error_text(enum table_error e)
{
	return (unsigned)e < TABLE_ERROR_COUNT ? texts[e] : "unknown fault";
}

unsigned table_error_invariant(enum table_error e)
{
	return (unsigned)e < TABLE_ERROR_COUNT ? invariants[e] : 0;
}

const char *table_section_name(unsigned section)
{
	if (section >= sizeof(sections) / sizeof(sections[0]) ||
		!sections[section].name)
		return "unknown";
	return sections[section].name;
}

size_t table_elem_size(unsigned section)
{
	if (section >= sizeof(sections) / sizeof(sections[0]))
		return 0;
	return sections[section].elem;
}

uint64_t table_key_hash(
	const uint64_t seed[2], uint16_t frontend, const char *key, size_t len)
{
	return siphash13_u16(seed, frontend, key, len);
}

static const struct tbl_namerec *record(const struct table *t, uint32_t off)
{
	return (const void *)(t->namerec + (uint64_t)off * 4);
}

static int is_key(const struct tbl_namerec *r, uint16_t frontend,
	const char *key, size_t len)
{
	return r->len == len && r->frontend == frontend &&
		!memcmp(table_name_key(r), key, len);
}

/* At most max_probe buckets; a bucket with a free slot ends the search, since
 * an insertion would have used it.  The whole name is compared: a tag alone
 * would let a client choose a route by collision. */
const struct tbl_namerec *table_find(
	const struct table *t, uint16_t frontend, const char *key, size_t len)
{
	uint64_t hash;
	uint32_t tag, b, probe;

	if (!t->bucket_count)
		return NULL;
	hash = table_key_hash(t->header->hash_seed, frontend, key, len);
	tag = table_hash_tag(hash);
	b = table_hash_home(hash, t->bucket_count);
	for (probe = 0; probe < t->header->max_probe; probe++) {
		const struct tbl_bucket *k = &t->bucket[b];
		unsigned i;

		for (i = 0; i < 8; i++)
			if (k->tag[i] == tag &&
				is_key(record(t, k->off[i]), frontend, key,
					len))
				return record(t, k->off[i]);
		if (!k->tag[7])
			return NULL;
		if (++b == t->bucket_count)
			b = 0;
	}
	return NULL;
}

const struct tbl_namerec *table_name_next(const struct table *t, uint32_t *off)
{
	const struct tbl_namerec *r;

	if (*off >= t->namerec_size)
		return NULL;
	r = (const void *)(t->namerec + *off);
	*off += table_name_size(r);
	return r;
}

int table_alpn_index(const struct table *t, const char *token, size_t len)
{
	uint32_t i;

	for (i = 0; i < t->alpn_count; i++)
		if (t->alpn[i].len == len &&
			!memcmp(table_str(t, t->alpn[i].token_str), token, len))
			return (int)i;
	return -1;
}

static int extra_before(const struct tbl_extra *x, uint32_t kind, uint32_t of)
{
	return x->kind < kind || (x->kind == kind && x->of < of);
}

const struct tbl_extra *table_extra(
	const struct table *t, uint32_t kind, uint32_t of, uint32_t *count)
{
	uint32_t low = 0, high = t->extra_count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (extra_before(&t->extra[mid], kind, of))
			low = mid + 1;
		else
			high = mid;
	}
	for (mid = low; mid < t->extra_count; mid++)
		if (t->extra[mid].kind != kind || t->extra[mid].of != of)
			break;
	*count = mid - low;
	return mid > low ? &t->extra[low] : NULL;
}

/* The first row whose path is not below, with `past` not at it either. */
static uint32_t trust_from(const struct table *t, const char *path, int past)
{
	uint32_t low = 0, high = t->trust_count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int c = strcmp(table_str(t, t->trust[mid].file_str), path);

		if (c < 0 || (past && c == 0))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct tbl_trust *table_trust(
	const struct table *t, const char *path, uint32_t *count)
{
	uint32_t from = trust_from(t, path, 0);

	*count = trust_from(t, path, 1) - from;
	return *count ? &t->trust[from] : NULL;
}

uint32_t table_keepalive(const struct table *t, uint32_t limit)
{
	uint32_t count;
	const struct tbl_extra *x =
		table_extra(t, TBL_EXTRA_KEEPALIVE, limit, &count);

	return x ? x->value : TBL_KEEPALIVE;
}

void table_place(const struct table *t, uint32_t clause, char *out, size_t n)
{
	const struct tbl_srcmap *s = table_source(t, clause);

	if (s)
		snprintf(out, n, "%s:%u", table_str(t, s->file_str), s->line);
	else
		snprintf(out, n, "clause %u", clause);
}
