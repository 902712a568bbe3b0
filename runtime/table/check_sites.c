/*
 * The validator's passes over sites: their paths and the index of these, whose
 * each clause list is, and which action or frontend has which site (invariants
 * 68 to 76).  See check.h.
 *
 * Sites, their paths and the clause lists of these stand in the same order, so
 * that one walk sees that each list is one path's of one site, whose terms are
 * what its clauses may ask for.
 */
#include "check.h"

#include <string.h>

#include "grammar/words.h"

/* What the walk of one site goes through. */
struct site_walk {
	const struct tbl_site *site;
	uint32_t number;
	uint32_t list;  /* the next that nobody has had */
	uint32_t off;   /* of the next record in PATHREC */
	uint32_t terms; /* its terms end here */
	uint64_t bits;  /* of its terms */
	/* What it says of itself is compared with these. */
	uint64_t depth;
	uint32_t paths, longest;
	int clear, tls; /* has backends without, with TLS */
};

/* Length, padding, and that something is decided; left is what the section
 * still has. */
static int record_fits(const struct tbl_pathrec *r, uint32_t left)
{
	const uint8_t *p = (const uint8_t *)r;
	uint32_t i;

	if (left < sizeof(*r) || !r->len || r->len > TBL_PATH_MAX ||
		table_path_size(r) > left)
		return 0;
	for (i = (uint32_t)sizeof(*r) + r->len; i < table_path_size(r); i++)
		if (p[i])
			return 0;
	return r->is != TBL_NONE || r->under != TBL_NONE;
}

/* unreserved, sub-delims, ":" and "@" (RFC 3986 3.3), but `;`, and capitals,
 * which a reading turns into small ones. */
static int is_path_octet(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || (c && strchr("-._~!$&'()*+,=:@", c));
}

static int is_dots(const char *s, size_t n)
{
	return n && n <= 2 && !memcmp(s, "..", n);
}

/* The normal form: `/`, or segments, none of them empty or of dots only; a
 * slash at the end only for `is`.  *depth is the number of slashes. */
static int path_fits(const struct tbl_pathrec *r, unsigned *depth)
{
	const char *p = table_path_key(r);
	unsigned i, start = 1;

	*depth = 1;
	if (p[0] != '/')
		return 0;
	if (r->under != TBL_NONE && p[r->len - 1] == '/')
		return 0;
	for (i = 1; i < r->len; i++) {
		if (p[i] != '/') {
			if (!is_path_octet(p[i]))
				return 0;
			continue;
		}
		if (i == start || is_dots(p + start, i - start))
			return 0;
		start = i + 1;
		++*depth;
	}
	return !is_dots(p + start, r->len - start) && *depth <= TBL_PATH_DEPTH;
}

static int ascends(const struct tbl_pathrec *a, const struct tbl_pathrec *b)
{
	unsigned n = a->len < b->len ? a->len : b->len;
	int d;

	if (a->site != b->site)
		return a->site < b->site;
	d = memcmp(table_path_key(a), table_path_key(b), n);
	return d ? d < 0 : a->len < b->len;
}

static void see_backends(
	const struct table *t, struct site_walk *w, const struct tbl_caction *a)
{
	uint32_t i;

	for (i = a->split_first; i < a->split_first + a->split_count; i++) {
		if (t->backend[t->split[i].backend].profile == TBL_NONE)
			w->clear = 1;
		else
			w->tls = 1;
	}
}

/* The list must be the next one; then its clauses are of this site. */
static enum table_error take_list(struct check *c, struct site_walk *w,
	uint32_t list, unsigned section, const void *at)
{
	const struct table *t = c->t;
	const struct tbl_clist *l;
	uint32_t i;

	if (list >= t->clist_count)
		return check_fail(c, TABLE_REFERENCE, section, at);
	if (list != w->list++)
		return check_fail(c, TABLE_CLIST_OWNER, section, at);
	l = &t->clist[list];
	for (i = l->first; i < l->first + l->count; i++) {
		const struct tbl_cclause *p = &t->cclause[i];

		if ((p->need | p->deny) & ~w->bits)
			return check_fail(c, TABLE_CCLAUSE, TBL_CCLAUSE, p);
		see_backends(t, w, &t->caction[p->action]);
	}
	return TABLE_OK;
}

static enum table_error record(
	struct check *c, struct site_walk *w, const struct tbl_pathrec *r)
{
	enum table_error e = TABLE_OK;
	unsigned depth;

	if (!path_fits(r, &depth))
		return check_fail(c, TABLE_PATH, TBL_PATHREC, r);
	w->depth |= 1ull << depth;
	w->paths++;
	if (r->len > w->longest)
		w->longest = r->len;
	if (r->is != TBL_NONE)
		e = take_list(c, w, r->is, TBL_PATHREC, &r->is);
	if (!e && r->under != TBL_NONE)
		e = take_list(c, w, r->under, TBL_PATHREC, &r->under);
	return e;
}

/* The records of the walk's site. */
static enum table_error records(struct check *c, struct site_walk *w)
{
	const struct table *t = c->t;
	const struct tbl_pathrec *before = NULL, *r;
	enum table_error e;

	for (; w->off < t->pathrec_size; w->off += table_path_size(r)) {
		r = (const void *)(t->pathrec + w->off);
		if (!record_fits(r, t->pathrec_size - w->off))
			return check_fail(c, TABLE_PATH_RECORD, TBL_PATHREC, r);
		if (r->site >= t->site_count)
			return check_fail(
				c, TABLE_REFERENCE, TBL_PATHREC, &r->site);
		if (r->site > w->number)
			break;
		if (r->site < w->number || (before && !ascends(before, r)))
			return check_fail(c, TABLE_PATH_ORDER, TBL_PATHREC, r);
		e = record(c, w, r);
		if (e)
			return e;
		before = r;
	}
	return TABLE_OK;
}

/* Bits ascend from 0 by one, several rows may have one. */
static enum table_error site_terms(struct check *c, struct site_walk *w)
{
	const struct table *t = c->t;
	uint32_t i, end = w->site->term_first + w->site->term_count;
	int bit = -1;

	for (i = w->site->term_first; i < end; i++) {
		const struct tbl_term *p = &t->term[i];

		if (p->bit != bit && p->bit != ++bit)
			return check_fail(c, TABLE_TERM, TBL_TERM, &p->bit);
		if (bit >= TBL_TERMS_MAX)
			return check_fail(c, TABLE_TERM, TBL_TERM, &p->bit);
		w->bits |= 1ull << bit;
	}
	return TABLE_OK;
}

/* A site that forwards says to which of the two kinds of servers. */
static int says_so(const struct site_walk *w)
{
	const struct tbl_site *s = w->site;
	int mode = w->tls ? MODE_BRIDGE : w->clear ? MODE_OFFLOAD : 0;

	return s->mode == mode && !(w->clear && w->tls) &&
		s->path_count == w->paths && s->longest == w->longest &&
		s->depth == w->depth;
}

static enum table_error site(struct check *c, struct site_walk *w)
{
	const struct table *t = c->t;
	const struct tbl_site *s = w->site;
	enum table_error e;

	if (!check_str(c, s->name_str))
		return check_fail(c, TABLE_STRING, TBL_SITE, s);
	if (!s->name_str)
		return check_fail(c, TABLE_STRING_EMPTY, TBL_SITE, s);
	if (!check_name_text(c, s->name_str))
		return check_fail(c, TABLE_NAME_TEXT, TBL_SITE, s);
	if (s->zero)
		return check_fail(c, TABLE_RESERVED, TBL_SITE, s);
	if (!check_run(
		    &w->terms, s->term_first, s->term_count, t->term_count) ||
		!check_run(
			&c->edit, s->edit_first, s->edit_count, t->edit_count))
		return check_fail(c, TABLE_RUN, TBL_SITE, s);
	if (s->edit_count > TBL_EDITS_MAX)
		return check_fail(c, TABLE_EDIT, TBL_SITE, s);
	e = site_terms(c, w);
	if (!e)
		e = take_list(c, w, s->root, TBL_SITE, &s->root);
	if (!e)
		e = records(c, w);
	if (!e && !says_so(w))
		e = check_fail(c, TABLE_SITE, TBL_SITE, s);
	return e;
}

static enum table_error sites(struct check *c)
{
	const struct table *t = c->t;
	struct site_walk w = {0};
	enum table_error e;
	uint32_t i;

	if (t->site_count > 65536)
		return check_fail(c, TABLE_ELEM_COUNT, TBL_SITE, t->site);
	for (i = 0; i < t->site_count; i++) {
		w = (struct site_walk){.site = &t->site[i],
			.number = i,
			.list = w.list,
			.off = w.off,
			.terms = w.terms};
		e = site(c, &w);
		if (e)
			return e;
	}
	if (w.list != t->clist_count)
		return check_fail(
			c, TABLE_CLIST_OWNER, TBL_CLIST, &t->clist[w.list]);
	if (w.terms != t->term_count)
		return check_fail(c, TABLE_RUN, TBL_TERM, &t->term[w.terms]);
	if (c->edit != t->edit_count)
		return check_fail(c, TABLE_RUN, TBL_EDIT, &t->edit[c->edit]);
	return TABLE_OK;
}

/* Free slots last and zero, none leads out of PATHREC; *occupied: the others. */
static enum table_error buckets(struct check *c, uint64_t *occupied)
{
	const struct table *t = c->t;
	uint32_t b;
	unsigned i;

	for (b = 0; b < t->pathidx_count; b++) {
		const struct tbl_bucket *k = &t->pathidx[b];

		for (i = 0; i < 8; i++) {
			if (!k->tag[i] &&
				(k->off[i] || (i < 7 && k->tag[i + 1])))
				return check_fail(
					c, TABLE_INDEX_PACK, TBL_PATHIDX, k);
			*occupied += k->tag[i] != 0;
		}
	}
	return TABLE_OK;
}

/* The slot of this very record, on the way that table_path_find goes? */
static int is_found(const struct table *t, const struct tbl_pathrec *r)
{
	uint32_t off = (uint32_t)(((const uint8_t *)r - t->pathrec) / 4);
	uint64_t hash = table_key_hash(
		t->header->hash_seed, r->site, table_path_key(r), r->len);
	uint32_t tag = table_hash_tag(hash), probe, b;
	unsigned i;

	if (!t->pathidx_count)
		return 0;
	b = table_hash_home(hash, t->pathidx_count);
	for (probe = 0; probe < TBL_PROBE_MAX; probe++) {
		const struct tbl_bucket *k = &t->pathidx[b];

		for (i = 0; i < 8; i++)
			if (k->tag[i] == tag && k->off[i] == off)
				return 1;
		if (!k->tag[7])
			return 0;
		if (++b == t->pathidx_count)
			b = 0;
	}
	return 0;
}

/* As many slots as records, and each record at its own: so each slot is of a
 * record, and no path stands twice, as they strictly ascend. */
static enum table_error path_index(struct check *c)
{
	const struct table *t = c->t;
	const struct tbl_dirent *d = (const void *)(t->header + 1);
	const struct tbl_pathrec *r;
	uint64_t occupied = 0;
	uint32_t off = 0, count = 0;
	enum table_error e = buckets(c, &occupied);

	while (!e && (r = table_path_next(t, &off))) {
		count++;
		if (!is_found(t, r))
			e = check_fail(c, TABLE_PATH_INDEX, TBL_PATHREC, r);
	}
	while (d->type != TBL_PATHREC)
		d++;
	if (!e && (occupied != count || d->count != count))
		e = check_fail(c, TABLE_PATH_INDEX, TBL_PATHIDX, t->pathidx);
	return e;
}

/* target_fits (check_parts.c) has seen that backend and site go together. */
static enum table_error contents(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	if (t->content_count != t->action_count)
		return check_fail(c, TABLE_CONTENT, TBL_CONTENT, t->content);
	for (i = 0; i < t->content_count; i++) {
		uint32_t s = t->content[i];

		if (s == TBL_NONE)
			continue;
		if (s >= t->site_count)
			return check_fail(c, TABLE_REFERENCE, TBL_CONTENT,
				&t->content[i]);
		if (t->site[s].mode && t->site[s].mode != t->action[i].mode)
			return check_fail(
				c, TABLE_CONTENT, TBL_CONTENT, &t->content[i]);
	}
	return TABLE_OK;
}

/* What comes without TLS is answered or sent elsewhere, and goes nowhere. */
static enum table_error clears(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	if (t->clear_count != t->frontend_count)
		return check_fail(c, TABLE_CLEAR, TBL_CLEAR, t->clear);
	for (i = 0; i < t->clear_count; i++) {
		const struct tbl_frontend *f = &t->frontend[i];
		uint32_t s = t->clear[i];

		if (s == TBL_NONE)
			continue;
		if (s >= t->site_count)
			return check_fail(
				c, TABLE_REFERENCE, TBL_CLEAR, &t->clear[i]);
		if (t->site[s].mode || f->name_count || f->pre_count)
			return check_fail(
				c, TABLE_CLEAR, TBL_CLEAR, &t->clear[i]);
	}
	for (i = 0; i < t->listener_count; i++) {
		const struct tbl_listener *l = &t->listener[i];

		if ((l->flags != 0) != (t->clear[l->frontend] != TBL_NONE))
			return check_fail(c, TABLE_CLEAR, TBL_LISTENER, l);
	}
	return TABLE_OK;
}

static enum table_error climits(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	if (t->climit_count != t->limit_count)
		return check_fail(c, TABLE_CLIMIT, TBL_CLIMIT, t->climit);
	for (i = 0; i < t->climit_count; i++) {
		const struct tbl_climit *l = &t->climit[i];

		if (l->head_bytes < TBL_HTTP_HEAD_MIN ||
			l->head_bytes > TBL_HTTP_HEAD_MAX || !l->head_ms ||
			!l->keep_alive_ms || !l->response_ms)
			return check_fail(c, TABLE_CLIMIT, TBL_CLIMIT, l);
	}
	return TABLE_OK;
}

enum table_error check_content_sites(struct check *c)
{
	static enum table_error (*const passes[])(struct check *) = {
		sites, path_index, contents, clears, climits};
	enum table_error e = TABLE_OK;
	size_t i;

	for (i = 0; !e && i < sizeof(passes) / sizeof(passes[0]); i++)
		e = passes[i](c);
	return e;
}
