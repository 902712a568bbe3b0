/*
 * The model as table bytes.  Three steps: which parts a frontend reaches, all
 * sections but the names into buffers, then the layout is known and the names
 * and their index are written into place.  Called by tlsc's compile; owns
 * nothing but its result.  Nothing here depends on time, place or addresses:
 * the same model gives the same bytes.
 */
#include "emit.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "emit_parts.h"

#define LOAD_PERCENT 85 /* slots in use, at first */
#define SEEDS 4         /* tried before the index grows */
#define TRIES 64

static uint64_t align(uint64_t n)
{
	return (n + TBL_ALIGN - 1) & ~(uint64_t)(TBL_ALIGN - 1);
}

static uint64_t section_size(
	const struct emit *e, unsigned type, uint32_t buckets)
{
	if (type == TBL_NAMEREC)
		return e->name_size;
	if (type == TBL_NAMEIDX)
		return (uint64_t)buckets * sizeof(struct tbl_bucket);
	if (type == TBL_PATHIDX)
		return (uint64_t)e->paths.buckets * sizeof(struct tbl_bucket);
	return e->section[type].n;
}

static void dirent(const struct emit *e, struct tbl_dirent *d, unsigned type,
	uint64_t off, uint64_t size)
{
	d->type = type;
	d->flags =
		type <= TBL_LISTENER || type >= TBL_EXTRA ? TBL_F_CRITICAL : 0;
	d->off = off;
	d->size = size;
	d->elem_size = (uint32_t)table_elem_size(type);
	if (d->elem_size)
		d->count = (uint32_t)(size / d->elem_size);
	else if (type == TBL_NAMEREC)
		d->count = (uint32_t)e->name_count;
	else if (type == TBL_PATHREC)
		d->count = (uint32_t)e->path_count;
}

/* Content is whole or absent, EXTRA and TRUST are there when they are needed: an
 * older tlsd then still reads the others. */
static int is_there(const struct emit *e, unsigned type)
{
	if (type >= TBL_TERM)
		return e->section[TBL_SITE].n != 0;
	return type <= TBL_TESTS || e->section[type].n;
}

/* The type after this one, 0 at the end. */
static unsigned after(const struct emit *e, unsigned type)
{
	while (++type <= TBL_CLIMIT)
		if (is_there(e, type))
			return type;
	return 0;
}

static unsigned sections(const struct emit *e)
{
	unsigned type, n = 0;

	for (type = TBL_STR; type; type = after(e, type))
		n++;
	return n;
}

/* Directory and sections; the header is still zero. */
static uint8_t *assemble(struct emit *e, uint32_t buckets, size_t *len)
{
	const uint64_t start =
		TBL_HEADER_SIZE + sections(e) * (uint64_t)TBL_DIRENT_SIZE;
	struct tbl_dirent *d;
	uint64_t end = start;
	uint8_t *out;
	unsigned type;

	for (type = TBL_STR; type; type = after(e, type))
		end = align(end) + section_size(e, type, buckets);
	*len = end;
	out = emit_alloc(end);
	d = (void *)(out + TBL_HEADER_SIZE);
	for (type = TBL_STR, end = start; type; type = after(e, type), d++) {
		dirent(e, d, type, align(end), section_size(e, type, buckets));
		end = d->off + d->size;
		if (e->section[type].n)
			memcpy(out + d->off, e->section[type].p, d->size);
		if (type == TBL_PATHIDX)
			emit_paths_write(e, (void *)(out + d->off));
	}
	d = (void *)(out + TBL_HEADER_SIZE);
	if (e->name_count)
		emit_names_write(e, out + d[TBL_NAMEREC - 1].off,
			(void *)(out + d[TBL_NAMEIDX - 1].off));
	return out;
}

/* From the content, so that equal policies give equal bytes; from the
 * attempt, so that an unlucky one can be left. */
static void choose_seed(
	const struct emit *e, unsigned attempt, uint64_t seed[2])
{
	memcpy(seed, e->m->semantic, 2 * sizeof(*seed));
	seed[0] += attempt * 0x9e3779b97f4a7c15u;
}

static uint32_t first_buckets(uint64_t names)
{
	return (uint32_t)((names * 100 + 8 * LOAD_PERCENT - 1) /
		(8 * LOAD_PERCENT));
}

/* Do both indices fit under this seed?  *longest is of the names. */
static int fits(struct emit *e, const uint64_t seed[2], uint32_t names,
	uint32_t paths, uint32_t *longest)
{
	*longest = 0;
	if (e->name_count && !(*longest = emit_names_plan(e, seed, names)))
		return 0;
	return !e->path_count || emit_paths_plan(e, seed, paths);
}

static uint32_t larger(uint32_t buckets)
{
	return buckets + buckets / 16 + 1;
}

/* Try seeds, then larger indices, until every key is near its home.  The
 * number of buckets for names, which may be 0. */
static uint32_t plan(struct emit *e, uint64_t seed[2], uint32_t *longest)
{
	uint32_t names = first_buckets(e->name_count);
	uint32_t paths = first_buckets(e->path_count);
	unsigned i;

	for (i = 0; i < TRIES; i++) {
		choose_seed(e, i, seed);
		if (fits(e, seed, names, paths, longest))
			return names;
		if (i % SEEDS == SEEDS - 1) {
			names = e->name_count ? larger(names) : 0;
			paths = larger(paths);
		}
	}
	e->err = "cannot build an index for these names: is one repeated very "
		 "often?";
	return 0;
}

static uint8_t *with_names(struct emit *e, size_t *len)
{
	uint32_t buckets = 0, longest = 0;
	uint64_t seed[2] = {0, 0};
	struct tbl_header *h;

	if (e->name_count || e->path_count)
		buckets = plan(e, seed, &longest);
	if (e->err)
		return NULL;
	h = (void *)assemble(e, buckets, len);
	h->max_probe = longest;
	memcpy(h->hash_seed, seed, sizeof(seed));
	return (uint8_t *)h;
}

static void hash_text(gnutls_hash_hd_t h, const char *s)
{
	gnutls_hash(h, s, strlen(s) + 1);
}

/* Over PROVENANCE, which is sorted and has no time in it. */
static void source_id(const struct emit *e, uint8_t out[32])
{
	const struct emit_buf *b = &e->section[TBL_PROVENANCE];
	const struct tbl_input *p = (const void *)b->p;
	const char *str = (const char *)e->section[TBL_STR].p;
	size_t i, n = b->n / sizeof(*p);
	gnutls_hash_hd_t h;

	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) < 0)
		return;
	for (i = 0; i < n; i++) {
		gnutls_hash(h, &p[i].kind, sizeof(p[i].kind));
		hash_text(h, str + p[i].name_str);
		hash_text(h, str + p[i].value_str);
		gnutls_hash(h, p[i].sha256, sizeof(p[i].sha256));
	}
	gnutls_hash_deinit(h, out);
}

static void header(const struct emit *e, struct tbl_header *h, size_t len)
{
	memcpy(h->magic, TBL_MAGIC, sizeof(h->magic));
	h->endian = TBL_ENDIAN;
	h->major = TBL_MAJOR;
	h->minor = TBL_MINOR;
	h->file_size = len;
	h->header_size = TBL_HEADER_SIZE;
	h->section_count = sections(e);
	h->dirent_size = TBL_DIRENT_SIZE;
	h->serial = e->m->serial;
	memcpy(h->semantic, e->m->semantic, sizeof(h->semantic));
	source_id(e, h->source);
	h->name_count = (uint32_t)e->name_count;
}

/* The reader's own validator has the last word. */
static const char *refuse(const struct model *m, const uint8_t *out, size_t len)
{
	struct table_fault why;
	struct table t;

	if (!table_check(out, len, &t, &why))
		return NULL;
	return arena_printf(m->arena, "%s in %s at %llu: %s",
		table_error_word(why.error), table_section_name(why.section),
		(unsigned long long)why.offset, table_error_text(why.error));
}

uint8_t *emit_table(const struct model *m, size_t *len, const char **err)
{
	struct emit e = {.m = m};
	uint8_t *out = NULL;

	*err = NULL;
	emit_str(&e, NULL);
	emit_reach(&e);
	emit_parts(&e);
	emit_names_measure(&e);
	if (!e.err)
		out = with_names(&e, len);
	if (out) {
		header(&e, (void *)out, *len);
		*err = refuse(m, out, *len);
		table_seal_hashes(out, *len);
	} else {
		*err = e.err;
	}
	emit_free(&e);
	if (*err) {
		free(out);
		return NULL;
	}
	return out;
}
