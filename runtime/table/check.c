/*
 * table_check: is this a table?  This file checks the header and the directory,
 * which give every section its place (invariants 1 to 19), and then calls the
 * passes of the other files over the sections in rank order.
 */
#include "check.h"

#include <string.h>

#define NEEDED_LAST TBL_LISTENER /* later known sections are optional */

/* Types that have a name here. */
static int is_known(uint32_t type)
{
	return (type >= TBL_STR && type <= TBL_TRUST) ||
		(type >= TBL_TERM && type <= TBL_CLIMIT);
}

static enum table_error header(struct check *c)
{
	const struct tbl_header *h = c->t->header;
	size_t size = c->t->size, i;

	if (memcmp(h->magic, TBL_MAGIC, sizeof(h->magic)))
		return check_fail(c, TABLE_MAGIC, 0, h->magic);
	if (h->endian != TBL_ENDIAN)
		return check_fail(c, TABLE_ENDIAN, 0, &h->endian);
	if (h->major != TBL_MAJOR)
		return check_fail(c, TABLE_MAJOR, 0, &h->major);
	if (h->header_size != TBL_HEADER_SIZE)
		return check_fail(c, TABLE_HEADER_SIZE, 0, &h->header_size);
	if (h->dirent_size != TBL_DIRENT_SIZE)
		return check_fail(c, TABLE_HEADER_SIZE, 0, &h->dirent_size);
	if (h->file_size != size)
		return check_fail(c, TABLE_FILE_SIZE, 0, &h->file_size);
	if (!h->section_count || h->section_count > TBL_SECTIONS_MAX ||
		h->section_count > (size - TBL_HEADER_SIZE) / TBL_DIRENT_SIZE)
		return check_fail(c, TABLE_DIRECTORY, 0, &h->section_count);
	if (h->flags)
		return check_fail(c, TABLE_RESERVED, 0, &h->flags);
	for (i = 0; i < sizeof(h->zero); i++)
		if (h->zero[i])
			return check_fail(c, TABLE_RESERVED, 0, &h->zero[i]);
	return TABLE_OK;
}

static enum table_error zero(
	struct check *c, uint64_t from, uint64_t to, unsigned section)
{
	for (; from < to; from++)
		if (c->t->base[from])
			return check_fail(
				c, TABLE_GAP, section, c->t->base + from);
	return TABLE_OK;
}

/* *end is the end of what comes before; sections follow in the directory's
 * order, each at the next multiple of 64. */
static enum table_error place(
	struct check *c, const struct tbl_dirent *d, uint64_t *end)
{
	uint64_t size = c->t->size,
		 off = (*end + TBL_ALIGN - 1) & ~(uint64_t)(TBL_ALIGN - 1);
	enum table_error e;

	if (d->off != off)
		return check_fail(c, TABLE_SECTION_PLACE, 0, &d->off);
	if (off > size || d->size > size - off || d->size > UINT32_MAX - 64)
		return check_fail(c, TABLE_SECTION_BOUNDS, 0, &d->size);
	e = zero(c, *end, off, is_known(d->type) ? d->type : 0);
	*end = off + d->size;
	return e;
}

/* A section of a known type: its flags and its elements. */
static enum table_error known(struct check *c, const struct tbl_dirent *d)
{
	uint32_t flags = d->type <= NEEDED_LAST || d->type >= TBL_EXTRA
		? TBL_F_CRITICAL
		: 0;

	if (d->flags != flags)
		return check_fail(c, TABLE_SECTION_FLAGS, 0, &d->flags);
	if (d->elem_size != table_elem_size(d->type))
		return check_fail(c, TABLE_ELEM_SIZE, 0, &d->elem_size);
	if (d->elem_size && (uint64_t)d->elem_size * d->count != d->size)
		return check_fail(c, TABLE_ELEM_COUNT, 0, &d->count);
	if (d->type == TBL_STR && d->count)
		return check_fail(c, TABLE_ELEM_COUNT, 0, &d->count);
	return TABLE_OK;
}

#define VIEW(section, field, n)                                                \
	case section:                                                          \
		t->field = (const void *)(t->base + d->off);                   \
		t->n = count;                                                  \
		break;

static void view(struct table *t, const struct tbl_dirent *d)
{
	uint32_t count = d->elem_size ? d->count : (uint32_t)d->size;

	switch (d->type) {
		VIEW(TBL_STR, str, str_size)
		VIEW(TBL_ALPN, alpn, alpn_count)
		VIEW(TBL_SUITES, suite, suite_count)
		VIEW(TBL_PROFILE, profile, profile_count)
		VIEW(TBL_COVERS, covers, covers_count)
		VIEW(TBL_CERT, cert, cert_count)
		VIEW(TBL_CERTREF, certref, certref_count)
		VIEW(TBL_ALPNREF, alpnref, alpnref_count)
		VIEW(TBL_LIMIT, limit, limit_count)
		VIEW(TBL_SERVER, server, server_count)
		VIEW(TBL_BACKEND, backend, backend_count)
		VIEW(TBL_ACTION, action, action_count)
		VIEW(TBL_SRC, src, src_count)
		VIEW(TBL_CLAUSE, clause, clause_count)
		VIEW(TBL_LIST, list, list_count)
		VIEW(TBL_NAMEREC, namerec, namerec_size)
		VIEW(TBL_NAMEIDX, bucket, bucket_count)
		VIEW(TBL_FRONTEND, frontend, frontend_count)
		VIEW(TBL_LISTENER, listener, listener_count)
		VIEW(TBL_SRCMAP, srcmap, srcmap_count)
		VIEW(TBL_PROVENANCE, input, input_count)
		VIEW(TBL_TESTS, text, text_count)
		VIEW(TBL_EXTRA, extra, extra_count)
		VIEW(TBL_TRUST, trust, trust_count)
		VIEW(TBL_TERM, term, term_count)
		VIEW(TBL_EDIT, edit, edit_count)
		VIEW(TBL_SPLIT, split, split_count)
		VIEW(TBL_CACTION, caction, caction_count)
		VIEW(TBL_CCLAUSE, cclause, cclause_count)
		VIEW(TBL_CLIST, clist, clist_count)
		VIEW(TBL_PATHREC, pathrec, pathrec_size)
		VIEW(TBL_PATHIDX, pathidx, pathidx_count)
		VIEW(TBL_SITE, site, site_count)
		VIEW(TBL_CONTENT, content, content_count)
		VIEW(TBL_CLEAR, clear, clear_count)
		VIEW(TBL_CLIMIT, climit, climit_count)
	}
}

static enum table_error dirent(struct check *c, const struct tbl_dirent *d,
	uint32_t before, uint64_t *end)
{
	enum table_error e;

	if (d->type <= before)
		return check_fail(c, TABLE_SECTION_ORDER, 0, &d->type);
	if (!is_known(d->type) && d->flags & TBL_F_CRITICAL)
		return check_fail(c, TABLE_SECTION_UNKNOWN, 0, &d->type);
	if (d->flags & ~TBL_F_CRITICAL)
		return check_fail(c, TABLE_RESERVED, 0, &d->flags);
	e = place(c, d, end);
	if (e || !is_known(d->type))
		return e;
	e = known(c, d);
	if (!e)
		view(c->t, d);
	return e;
}

static enum table_error directory(struct check *c)
{
	const struct tbl_header *h = c->t->header;
	const struct tbl_dirent *d = (const void *)(h + 1);
	uint64_t end =
		TBL_HEADER_SIZE + (uint64_t)h->section_count * TBL_DIRENT_SIZE;
	uint32_t i, seen = 0, content = 0, before = 0;
	enum table_error e;

	for (i = 0; i < h->section_count; i++) {
		e = dirent(c, &d[i], before, &end);
		if (e)
			return e;
		before = d[i].type;
		seen += before <= NEEDED_LAST;
		content += before >= TBL_TERM && before <= TBL_CLIMIT;
	}
	/* Types ascend, so that none is counted twice. */
	if (seen != NEEDED_LAST)
		return check_fail(c, TABLE_SECTION_MISSING, 0, d);
	/* All or none, and then there is a site: so who asks for the number of
	 * sites knows of every section whether it is there. */
	if (content &&
		(content != TBL_CLIMIT - TBL_TERM + 1 || !c->t->site_count))
		return check_fail(c, TABLE_CONTENT_SECTIONS, 0, d);
	if (end != c->t->size)
		return check_fail(c, TABLE_TRAILING, 0, c->t->base + end);
	return TABLE_OK;
}

enum table_error table_view(
	const void *base, size_t size, struct table *t, struct table_fault *why)
{
	struct check c = {t, why, 0};
	enum table_error e;

	memset(t, 0, sizeof(*t));
	memset(why, 0, sizeof(*why));
	t->base = base;
	t->size = size;
	t->header = base;
	if ((uintptr_t)base % 8)
		return check_fail(&c, TABLE_BASE, 0, base);
	if (size < TBL_HEADER_SIZE)
		return check_fail(&c, TABLE_SHORT, 0, t->base + size);
	e = header(&c);
	return e ? e : directory(&c);
}

enum table_error table_check(
	const void *base, size_t size, struct table *t, struct table_fault *why)
{
	struct check c = {t, why, 0};
	enum table_error e = table_view(base, size, t, why);

	if (!e)
		e = check_parts(&c);
	if (!e)
		e = check_rules(&c);
	if (!e)
		e = check_names(&c);
	if (!e)
		e = check_extra(&c);
	if (!e)
		e = check_trust(&c);
	if (!e && t->site_count)
		e = check_content(&c);
	if (!e && t->site_count)
		e = check_content_sites(&c);
	return e;
}
