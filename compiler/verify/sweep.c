/*
 * Solving a bucket by one sweep over the addresses.  CIDRs are nested or
 * disjoint, so the prefixes sorted by (address, length) are a walk of their
 * tree, and the clauses that hold at an address are those on the path to it.
 * Each level of the path has the list of clauses that can matter so far and its
 * outcome; equal lists have one outcome.  A region is written wherever a
 * stretch of addresses has no deeper prefix.  Groups of holes, of which there
 * are few, are added last.
 */
#include "sweep.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/table/table.h"

static int before(const struct space_entry *a, const struct space_entry *b)
{
	if (a->family != b->family)
		return a->family == TBL_V4;
	return a->lo != b->lo ? a->lo < b->lo : a->len <= b->len;
}

/* Entries come as sorted runs, one per set: merge them pairwise.  ends[] are
 * the runs' ends; returns how many are left. */
static size_t merge_pass(struct space *s, size_t *ends, size_t runs)
{
	struct space_entry *from = s->entries.v, *to = s->merged.v;
	size_t a = 0, out = 0, left = 0;

	for (size_t r = 0; r < runs; r += 2) {
		size_t mid = ends[r], end = r + 1 < runs ? ends[r + 1] : mid;
		size_t b = mid;

		while (a < mid && b < end)
			to[out++] = before(&from[a], &from[b]) ? from[a++]
							       : from[b++];
		while (a < mid)
			to[out++] = from[a++];
		while (b < end)
			to[out++] = from[b++];
		a = end;
		ends[left++] = end;
	}
	return left;
}

static void sort_entries(struct space *s)
{
	size_t n = s->entries.n, runs = 0, cap = 0, *ends = NULL;

	for (size_t i = 1; i <= n; i++)
		if (i == n || !before(&s->entries.v[i - 1], &s->entries.v[i])) {
			ends = space_room(ends, &cap, runs + 1, sizeof(*ends));
			ends[runs++] = i;
		}
	SPACE_ROOM(s->merged, n);
	while (runs > 1) {
		struct space_entry *v = s->entries.v;
		size_t c = s->entries.cap;

		runs = merge_pass(s, ends, runs);
		s->entries.v = s->merged.v;
		s->entries.cap = s->merged.cap;
		s->merged.v = v;
		s->merged.cap = c;
	}
	free(ends);
}

static void region(
	struct space *s, uint8_t family, vaddr lo, vaddr hi, uint32_t o)
{
	struct region *last =
		s->regions.n ? &s->regions.v[s->regions.n - 1] : NULL;

	if (last && last->family == family && last->outcome == o) {
		last->hi = hi;
		return;
	}
	if (o != SPACE_IMPOSSIBLE)
		s->outcomes.v[o].used = 1;
	SPACE_ROOM(s->regions, s->regions.n + 1);
	s->regions.v[s->regions.n++] = (struct region){
		.lo = lo, .hi = hi, .outcome = o, .family = family};
}

/* A stretch with this outcome, less the block of v4-mapped addresses. */
static void stretch(
	struct space *s, uint8_t family, vaddr lo, vaddr hi, uint32_t o)
{
	const vaddr from = (vaddr)0xffff << 32, to = from | 0xffffffffu;

	if (family == TBL_V4 || hi < from || lo > to) {
		region(s, family, lo, hi, o);
		return;
	}
	if (lo < from)
		region(s, family, lo, from - 1, o);
	region(s, family, lo > from ? lo : from, hi < to ? hi : to,
		SPACE_IMPOSSIBLE);
	if (hi > to)
		region(s, family, to + 1, hi, o);
}

#define LEVELS 130 /* one above /0, then /0 .. /128 */

struct level {
	vaddr last;
	size_t first, end; /* the entries of this prefix */
	uint32_t outcome;
	uint8_t len;
	uint8_t known; /* outcome takes all of them into account */
};

struct sweep {
	struct space *s;
	struct level path[LEVELS];
	unsigned depth;
	vaddr next; /* the first address not yet in a region */
	int full;   /* next ran over the end of the family */
	uint8_t family;
};

static void append_outcome(struct space *s, uint32_t o)
{
	sweep_list_append(s, s->outcomes.v[o].list, s->outcomes.v[o].length);
}

static void append_group(struct space *s, uint32_t group)
{
	sweep_list_append(
		s, s->groups.v[group].list, s->groups.v[group].length);
}

/* A group's clauses that can matter among themselves. */
static void reduce_group(struct space *s, struct space_group *g)
{
	sweep_list_begin(s);
	for (uint32_t i = g->first; i != SPACE_NONE; i = s->codes.v[i].next)
		sweep_list_code(s, s->codes.v[i].code);
	sweep_list_keep(s, g);
}

/* The outcome of the level that is open: the level's above and its groups. */
static uint32_t level_outcome(struct sweep *w)
{
	struct level *l = &w->path[w->depth];
	struct space *s = w->s;

	if (l->known)
		return l->outcome;
	sweep_list_begin(s);
	append_outcome(s, l[-1].outcome);
	for (size_t i = l->first; i < l->end; i++)
		if (!s->groups.v[s->entries.v[i].group].holes)
			append_group(s, s->entries.v[i].group);
	l->outcome = sweep_list_outcome(s);
	l->known = 1;
	return l->outcome;
}

/* The same and the groups of holes that the level is in none of. */
static uint32_t with_holes(struct sweep *w)
{
	uint32_t o = level_outcome(w);
	struct space *s = w->s;

	sweep_list_begin(s);
	append_outcome(s, o);
	for (uint32_t i = 0; i < s->groups.n; i++)
		if (s->groups.v[i].holes && !s->groups.v[i].inside)
			append_group(s, i);
	return sweep_list_outcome(s);
}

static void until(struct sweep *w, vaddr last)
{
	if (w->full || w->next > last)
		return;
	stretch(w->s, w->family, w->next, last,
		w->s->holed ? with_holes(w) : level_outcome(w));
	w->next = last + 1;
	w->full = w->next == 0;
}

static void down(struct sweep *w, size_t i)
{
	const struct space_entry *e = &w->s->entries.v[i];

	if (e->lo > 0 && e->lo > w->next)
		until(w, e->lo - 1);
	level_outcome(w);
	w->path[++w->depth] =
		(struct level){.last = e->lo | space_span(e->family, e->len),
			.len = e->len,
			.first = i,
			.end = i};
}

static void up(struct sweep *w)
{
	struct level *l = &w->path[w->depth];

	until(w, l->last);
	for (size_t i = l->first; w->s->holed && i < l->end; i++)
		w->s->groups.v[w->s->entries.v[i].group].inside = 0;
	w->depth--;
}

/* Entry i is of the level that is open. */
static void take(struct sweep *w, size_t i)
{
	struct space_group *g = &w->s->groups.v[w->s->entries.v[i].group];

	w->path[w->depth].end = i + 1;
	w->path[w->depth].known = 0;
	if (g->holes)
		g->inside = 1;
}

/* Entries [i, ...) of one family; returns the first that is not. */
static size_t sweep_family(
	struct space *s, uint8_t family, size_t i, uint32_t base)
{
	struct sweep w = {.s = s, .family = family};

	w.path[0] = (struct level){
		.last = space_span(family, 0), .outcome = base, .known = 1};
	for (; i < s->entries.n && s->entries.v[i].family == family; i++) {
		const struct space_entry *e = &s->entries.v[i];

		while (e->lo > w.path[w.depth].last)
			up(&w);
		if (w.depth == 0 || e->len > w.path[w.depth].len)
			down(&w, i);
		take(&w, i);
	}
	while (w.depth > 0)
		up(&w);
	until(&w, w.path[0].last);
	return i;
}

void sweep_run(struct space *s)
{
	uint32_t base;
	size_t next;

	for (size_t i = 0; i < s->groups.n; i++)
		reduce_group(s, &s->groups.v[i]);
	sweep_list_begin(s);
	append_group(s, s->everywhere);
	base = sweep_list_outcome(s);
	sort_entries(s);
	next = sweep_family(s, TBL_V4, 0, base);
	sweep_family(s, TBL_V6, next, base);
}
