/*
 * The decision about a request (content.h): its bucket, the first clause of
 * that, and whether all readings of the request agree.  The work is bounded by
 * the readings times the depths at which the site has paths, and its clauses.
 */
#include "runtime/content/content.h"

#include <stdio.h>
#include <string.h>

/* One reading's answer. */
struct met {
	uint32_t list, clause, action;
	const struct tbl_pathrec *bucket;
	uint8_t is_exact;
};

static int has_depth(const struct tbl_site *s, unsigned depth, size_t len)
{
	return depth <= TBL_PATH_DEPTH && len <= s->longest &&
		s->depth >> depth & 1;
}

static unsigned slashes(const char *at, size_t n)
{
	unsigned count = 0;

	while (n)
		count += at[--n] == '/';
	return count;
}

/* From the whole path to its first segment: the deepest that is known. */
uint32_t content_list(const struct table *t, uint32_t site,
	struct http_slice path, const struct tbl_pathrec **bucket,
	uint8_t *is_exact)
{
	const struct tbl_site *s = &t->site[site];
	unsigned depth = slashes(path.at, path.n);
	const struct tbl_pathrec *r = NULL;
	size_t n = path.n;

	*is_exact = 0;
	if (has_depth(s, depth, n))
		r = table_path_find(t, site, path.at, n);
	if (r && r->is != TBL_NONE) {
		*is_exact = 1;
		*bucket = r;
		return r->is;
	}
	while (!r || r->under == TBL_NONE) {
		while (n && path.at[--n] != '/')
			;
		depth--;
		if (!n) {
			*bucket = NULL;
			return s->root;
		}
		r = has_depth(s, depth, n)
			? table_path_find(t, site, path.at, n)
			: NULL;
	}
	*bucket = r;
	return r->under;
}

uint32_t content_clause(const struct table *t, uint32_t list, uint64_t terms)
{
	const struct tbl_clist *l = &t->clist[list];
	uint32_t i;

	for (i = l->first; i < l->first + l->count - 1; i++) {
		const struct tbl_cclause *c = &t->cclause[i];

		if ((terms & c->need) == c->need && !(terms & c->deny))
			break;
	}
	return i; /* the last applies always (invariant 67) */
}

int content_same_edits(const struct table *t, uint32_t a, uint32_t b)
{
	const struct tbl_clist *x = &t->clist[a], *y = &t->clist[b];

	return x->edit_count == y->edit_count &&
		(a == b || !x->edit_count ||
			!memcmp(t->edit + x->edit_first,
				t->edit + y->edit_first,
				x->edit_count * sizeof(*t->edit)));
}

static int same(const struct table *t, const struct met *a, const struct met *b)
{
	return a->action == b->action &&
		content_same_edits(t, a->list, b->list);
}

static void meet(const struct table *t, uint32_t site, struct http_slice path,
	uint64_t terms, struct met *m)
{
	/* OPTIONS * is about the server as a whole (RFC 9110 9.3.7). */
	if (path.n == 1 && *path.at == '*') {
		m->list = t->site[site].root;
		m->bucket = NULL;
		m->is_exact = 0;
	} else {
		m->list = content_list(t, site, path, &m->bucket, &m->is_exact);
	}
	m->clause = content_clause(t, m->list, terms);
	m->action = t->cclause[m->clause].action;
}

/* The readings of the query, as the terms that hold in each; the first is as it
 * was sent, and only those that differ from it follow.  Their number. */
static unsigned query_ways(const struct table *t, const struct content_query *q,
	uint64_t terms[CONTENT_QUERY_WAYS])
{
	struct http_slice s = http_slice(q->head, q->head->query);
	unsigned way, n = 1, possible = 0;

	terms[0] = content_terms(t, q, 0);
	if (!q->head->has_query || !s.n)
		return 1;
	if (memchr(s.at, '%', s.n) || memchr(s.at, '+', s.n))
		possible |= 1;
	if (memchr(s.at, ';', s.n))
		possible |= 2;
	for (way = 1; way < CONTENT_QUERY_WAYS; way++) {
		if (way & ~possible)
			continue;
		terms[n] = content_terms(t, q, way);
		n += terms[n] != terms[0];
	}
	return n;
}

/* Does reading i of the path meet what the first did, whatever the query? */
static int agrees(const struct table *t, const struct content_query *q,
	struct http_slice path, unsigned i, const struct met *first,
	const uint64_t *terms, unsigned ways, struct content_answer *a)
{
	struct met m;
	unsigned way;

	for (way = 0; way < ways; way++) {
		meet(t, q->site, path, terms[way], &m);
		if (same(t, first, &m))
			continue;
		a->verdict =
			i ? CONTENT_PATH_AMBIGUOUS : CONTENT_QUERY_AMBIGUOUS;
		a->other = m.clause;
		a->reading = i;
		return 0;
	}
	return 1;
}

void content_decide(const struct table *t, const struct content_query *q,
	struct http_readings *scratch, struct content_answer *a)
{
	struct http_slice path = http_head_path(q->head);
	uint64_t terms[CONTENT_QUERY_WAYS];
	unsigned ways, i;
	struct met first;

	memset(a, 0, sizeof(*a));
	scratch->count = 1;
	scratch->of[0] = path;
	if (q->head->form != HTTP_FORM_ASTERISK)
		a->reason = http_path_read(scratch, path);
	if (a->reason != HTTP_FINE) {
		a->verdict = CONTENT_REFUSED;
		return;
	}
	ways = query_ways(t, q, terms);
	meet(t, q->site, path, terms[0], &first);
	a->clause = first.clause;
	a->action = first.action;
	a->list = first.list;
	a->bucket = first.bucket;
	a->is_exact = first.is_exact;
	a->terms = terms[0];
	for (i = 0; i < scratch->count; i++)
		if (!agrees(t, q, scratch->of[i], i, &first, terms, ways, a))
			return;
}

const struct tbl_edit *content_edit_next(const struct table *t, uint32_t site,
	uint32_t list, enum tbl_editside side, uint32_t *at)
{
	const struct tbl_site *s = &t->site[site];
	const struct tbl_clist *l = &t->clist[list];

	while (*at < s->edit_count + l->edit_count) {
		uint32_t i = (*at)++;
		const struct tbl_edit *e = i < s->edit_count
			? &t->edit[s->edit_first + i]
			: &t->edit[l->edit_first + i - s->edit_count];

		if (e->side == side)
			return e;
	}
	return NULL;
}

const struct tbl_srcmap *content_source(const struct table *t, uint32_t clause)
{
	return t->srcmap_count ? &t->srcmap[t->clause_count + clause] : NULL;
}

void content_place(const struct table *t, uint32_t clause, char *out, size_t n)
{
	const struct tbl_srcmap *s = content_source(t, clause);

	if (s)
		snprintf(out, n, "%s:%u", table_str(t, s->file_str), s->line);
	else
		snprintf(out, n, "content clause %u", clause);
}

struct http_slice content_bucket_path(const struct content_answer *a)
{
	if (!a->bucket)
		return (struct http_slice){"/", 1};
	return (struct http_slice){table_path_key(a->bucket), a->bucket->len};
}
