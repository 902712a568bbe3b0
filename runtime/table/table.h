/*
 * Reading a binary table: validation and access.  Pure: no malloc, no I/O,
 * libc only.  Linked into tlsc, tlsd and the fuzzer.  The layout is
 * grammar/table.h, the numbered invariants are grammar/TABLE.md's.
 *
 * Contract: when table_check returns TABLE_OK, no route_decide (route.h) with
 * any query reads outside the table, loops, or finds no action.
 */
#ifndef RUNTIME_TABLE_H
#define RUNTIME_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "grammar/table.h"

/* One error per defect class; faults.def has id, word and sentence. */
enum table_error {
	TABLE_OK = 0,
#define TABLE_FAULT(id, invariant, word, text) TABLE_##id,
#include "faults.def"
	TABLE_ERROR_COUNT
};

/* Where and what: section type (0 = header or directory), absolute offset. */
struct table_fault {
	enum table_error error;
	unsigned section;
	uint64_t offset;
};

/* Typed view of a checked table.  Points into the caller's bytes; owns
 * nothing. */
struct table {
	const uint8_t *base;
	size_t size;
	const struct tbl_header *header;
	const char *str;
	uint32_t str_size;
	const struct tbl_alpn *alpn;
	uint32_t alpn_count;
	const uint16_t *suite;
	uint32_t suite_count;
	const struct tbl_profile *profile;
	uint32_t profile_count;
	const uint32_t *covers;
	uint32_t covers_count;
	const struct tbl_cert *cert;
	uint32_t cert_count;
	const uint32_t *certref;
	uint32_t certref_count;
	const uint32_t *alpnref;
	uint32_t alpnref_count;
	const struct tbl_limit *limit;
	uint32_t limit_count;
	const struct tbl_server *server;
	uint32_t server_count;
	const struct tbl_backend *backend;
	uint32_t backend_count;
	const struct tbl_action *action;
	uint32_t action_count;
	const struct tbl_prefix *src;
	uint32_t src_count;
	const struct tbl_clause *clause;
	uint32_t clause_count;
	const struct tbl_list *list;
	uint32_t list_count;
	const uint8_t *namerec;
	uint32_t namerec_size;
	const struct tbl_bucket *bucket;
	uint32_t bucket_count;
	const struct tbl_frontend *frontend;
	uint32_t frontend_count;
	const struct tbl_listener *listener;
	uint32_t listener_count;
	const struct tbl_srcmap *srcmap;
	uint32_t srcmap_count;
	const struct tbl_input *input;
	uint32_t input_count;
	const struct tbl_text *text;
	uint32_t text_count;
	const struct tbl_extra *extra;
	uint32_t extra_count;
	const struct tbl_trust *trust;
	uint32_t trust_count;
	/* Content; all NULL and 0 in a table without sites. */
	const struct tbl_term *term;
	uint32_t term_count;
	const struct tbl_edit *edit;
	uint32_t edit_count;
	const struct tbl_split *split;
	uint32_t split_count;
	const struct tbl_caction *caction;
	uint32_t caction_count;
	const struct tbl_cclause *cclause;
	uint32_t cclause_count;
	const struct tbl_clist *clist;
	uint32_t clist_count;
	const uint8_t *pathrec;
	uint32_t pathrec_size;
	const struct tbl_bucket *pathidx;
	uint32_t pathidx_count;
	const struct tbl_site *site;
	uint32_t site_count;
	const uint32_t *content;
	uint32_t content_count;
	const uint32_t *clear;
	uint32_t clear_count;
	const struct tbl_climit *climit;
	uint32_t climit_count;
};

/* Structure: everything except the hashes.  base must be 8-aligned.  On
 * TABLE_OK *t is filled; else *why says where.  O(size). */
enum table_error table_check(const void *base, size_t size, struct table *t,
	struct table_fault *why);

/* The view alone, of bytes that table_check has found good and nobody can
 * have changed since: header and directory are looked at, O(1). */
enum table_error table_view(const void *base, size_t size, struct table *t,
	struct table_fault *why);

/* The row of the source map for a clause, NULL in a table without one. */
static inline const struct tbl_srcmap *table_source(
	const struct table *t, uint32_t clause)
{
	return clause < t->srcmap_count ? &t->srcmap[clause] : NULL;
}

/* The place of a clause, for people: "edge.tls:57", or "clause 12" (its index)
 * of a table without a source map. */
void table_place(const struct table *t, uint32_t clause, char *out, size_t n);

/* Root and section hashes (seal/hash.c, SHA-256 of libgnutls): with these,
 * every single-bit flip is refused.  Call after table_check. */
enum table_error table_check_hashes(
	const struct table *t, struct table_fault *why);
/* The same of a table that is still being put there, for a thread beside the
 * one that does so: wait returns when there are n octets, with 0, or with -1:
 * there never will be.  Nothing needs to be known of it yet; the answer counts
 * only for what table_check finds good. */
struct table_growth {
	int (*wait)(void *arg, size_t n);
	void *arg;
};
enum table_error table_hash_grown(const void *base, size_t size,
	const struct table_growth *g, struct table_fault *why);
/* Fill in section hashes and root of bytes being written. */
void table_seal_hashes(void *base, size_t size);

const char *table_error_word(enum table_error e);   /* "bad-magic" */
unsigned table_error_invariant(enum table_error e); /* TABLE.md's number */
const char *table_error_text(enum table_error e);   /* a sentence */
const char *table_section_name(unsigned section);   /* "NAMEIDX"; "header" */

/* What may be in the directory for a section (0 elements: type unknown). */
size_t table_elem_size(unsigned section); /* 0: variable */

/* The string at a *_str offset.  Never NULL on a checked table. */
static inline const char *table_str(const struct table *t, uint32_t off)
{
	return t->str + off;
}

/* The hash under which a key lives (also the compiler's when it builds), and
 * its two uses. */
static inline uint32_t table_hash_home(uint64_t hash, uint32_t buckets)
{
	return (uint32_t)(((hash & 0xffffffffu) * buckets) >> 32);
}
static inline uint32_t table_hash_tag(uint64_t hash)
{
	uint32_t tag = (uint32_t)(hash >> 32);

	return tag ? tag : 1;
}
uint64_t table_key_hash(
	const uint64_t seed[2], uint16_t frontend, const char *key, size_t len);

/* The record of exactly this path of a site, or NULL. */
const struct tbl_pathrec *table_path_find(
	const struct table *t, uint32_t site, const char *path, size_t len);
/* Walk of PATHREC, as table_name_next. */
const struct tbl_pathrec *table_path_next(const struct table *t, uint32_t *off);
static inline uint32_t table_path_size(const struct tbl_pathrec *r)
{
	return ((uint32_t)sizeof(*r) + r->len + 3) & ~3u;
}
static inline const char *table_path_key(const struct tbl_pathrec *r)
{
	return (const char *)(r + 1);
}

/* Exact key of a frontend ("x", "*.x" or "**.x") or NULL. */
const struct tbl_namerec *table_find(
	const struct table *t, uint16_t frontend, const char *key, size_t len);

/* Walk of NAMEREC: start with off 0; returns NULL at the end. */
const struct tbl_namerec *table_name_next(const struct table *t, uint32_t *off);
static inline uint32_t table_name_size(const struct tbl_namerec *r)
{
	return ((uint32_t)sizeof(*r) + r->len + 3) & ~3u;
}
static inline const char *table_name_key(const struct tbl_namerec *r)
{
	return (const char *)(r + 1);
}

/* The rows of EXTRA of that kind for an element, *count of them; NULL: none,
 * the default holds. */
const struct tbl_extra *table_extra(
	const struct table *t, uint32_t kind, uint32_t of, uint32_t *count);
/* Of a LIMIT: seconds without a word after which TCP asks whether the peer is
 * there; 0: never. */
uint32_t table_keepalive(const struct table *t, uint32_t limit);

/* The rows of TRUST for a file of CAs, *count of them; NULL: nothing is known of
 * what it holds. */
const struct tbl_trust *table_trust(
	const struct table *t, const char *path, uint32_t *count);

/* Index of an ALPN token, or -1. */
int table_alpn_index(const struct table *t, const char *token, size_t len);

#endif
