/*
 * The hashes of a table: each section's is in its directory entry, and the root
 * covers header and directory.  Together with zero gaps (invariant 15) they
 * cover every bit of the file.  SHA-256 by GnuTLS.
 */
#include "runtime/table/table.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#define HASH 32
#define STEP (128u << 10) /* stays in the cache */

/* GnuTLS fails here only without memory; then the hash differs, and the table
 * is refused. */
static void sha256(const void *data, size_t len, uint8_t out[HASH])
{
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, data, len, out) < 0)
		memset(out, 0, HASH);
}

/* The header with an empty root, and the directory unchanged. */
static void root(const struct tbl_header *h, uint8_t out[HASH])
{
	struct tbl_header copy = *h;
	gnutls_hash_hd_t hash;

	memset(out, 0, HASH);
	memset(copy.root, 0, sizeof(copy.root));
	if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) < 0)
		return;
	if (gnutls_hash(hash, &copy, sizeof(copy)) < 0 ||
		gnutls_hash(hash, h + 1,
			(size_t)h->section_count * TBL_DIRENT_SIZE) < 0) {
		gnutls_hash_deinit(hash, NULL);
		return;
	}
	gnutls_hash_deinit(hash, out);
}

static enum table_error differs(struct table_fault *why, enum table_error e,
	unsigned section, uint64_t offset)
{
	why->error = e;
	why->section = section;
	why->offset = offset;
	return e;
}

static int there(const struct table_growth *g, size_t n)
{
	return !g || g->wait(g->arg, n) == 0;
}

/* The hash of a section while it is still being copied.  0, or -1: the copy
 * failed. */
static int section(const uint8_t *base, const struct tbl_dirent *d,
	const struct table_growth *g, uint8_t out[HASH])
{
	gnutls_hash_hd_t hash;
	uint64_t off, end = d->off + d->size, step;
	int r = 0;

	memset(out, 0, HASH);
	if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) < 0)
		return 0;
	for (off = d->off; r == 0 && off < end; off += step) {
		step = end - off < STEP ? end - off : STEP;
		if (there(g, off + step))
			r = gnutls_hash(hash, base + off, step);
		else
			r = -1;
	}
	gnutls_hash_deinit(hash, out);
	return r;
}

/* Positions in the directory are followed only within the table.  It may turn
 * out not to be a table; its structure is checked before it is used. */
enum table_error table_hash_grown(const void *base, size_t size,
	const struct table_growth *g, struct table_fault *why)
{
	const struct tbl_header *h = base;
	const struct tbl_dirent *d = (const void *)(h + 1);
	uint8_t hash[HASH];
	uint32_t i;

	if (size < TBL_HEADER_SIZE || !there(g, TBL_HEADER_SIZE) ||
		h->section_count > (size - TBL_HEADER_SIZE) / TBL_DIRENT_SIZE ||
		!there(g,
			TBL_HEADER_SIZE +
				(size_t)h->section_count * TBL_DIRENT_SIZE))
		return differs(why, TABLE_DIRECTORY, 0, 0);
	root(h, hash);
	if (memcmp(hash, h->root, HASH))
		return differs(why, TABLE_ROOT_HASH, 0,
			offsetof(struct tbl_header, root));
	for (i = 0; i < h->section_count; i++) {
		if (d[i].off > size || d[i].size > size - d[i].off)
			return differs(why, TABLE_SECTION_BOUNDS, 0, 0);
		if (section(base, &d[i], g, hash) < 0 ||
			memcmp(hash, d[i].sha256, HASH))
			return differs(
				why, TABLE_SECTION_HASH, d[i].type, d[i].off);
	}
	return TABLE_OK;
}

enum table_error table_check_hashes(
	const struct table *t, struct table_fault *why)
{
	return table_hash_grown(t->base, t->size, NULL, why);
}

void table_seal_hashes(void *base, size_t size)
{
	struct tbl_header *h = base;
	struct tbl_dirent *d = (void *)(h + 1);
	uint32_t i;

	for (i = 0; i < h->section_count; i++)
		sha256((uint8_t *)base + d[i].off, d[i].size, d[i].sha256);
	root(h, h->root);
}
