/*
 * Solving a bucket by one sweep over the addresses.  CIDRs are nested or
 * disjoint, so the prefixes sorted by (address, length) are a walk of their
 * tree, and the groups that hold at an address are those on the path to it.
 * The sweep keeps, per level of the path and per class of atoms, the first
 * clause (and the second, which tells what would decide without it), and
 * writes a region wherever a stretch of addresses has no deeper prefix.
 * Groups of holes, few if any, are put on top when a region is written.
 * Cost: merging the sets' prefixes, then steps = prefixes x classes.
 */
#include "verify_sweep.h"

#include <stdlib.h>
#include <string.h>

#include "../runtime/table.h"

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
			to[out++] = before(&from[a], &from[b]) ? from[a++] :
				from[b++];
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
		if (i == n || !before(&s->entries.v[i - 1],
			&s->entries.v[i])) {
			ends = space_room(ends, &cap, runs + 1,
				sizeof(*ends));
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

/* What a code brings to an outcome, in the classes of its guard. */
static void apply_class(struct space *s, uint32_t *o, uint32_t code,
	unsigned c)
{
	uint32_t *first = &o[c], *second = &o[s->classes + c];

	if (code & MARKER) {
		o[2 * s->classes + c] |= 1u << (code >> 24 & 0x1f);
	} else if (s->layers == 2) {
		uint32_t *mine = s->clauses.v[code].layer ? second : first;

		if (code < *mine)
			*mine = code;
	} else if (code < *first) {
		*second = *first;
		*first = code;
	} else if (code < *second) {
		*second = code;
	}
}

static void apply(struct space *s, uint32_t *outcome, uint32_t code)
{
	uint32_t guard = code & MARKER ? code & 0xffffff :
		s->clauses.v[code].guard;
	const uint64_t *mask = s->masks.v + (size_t)guard * s->words;

	for (unsigned w = 0; w < s->words; w++)
		for (uint64_t bits = mask[w]; bits; bits &= bits - 1)
			apply_class(s, outcome, code,
				w * 64 + (unsigned)__builtin_ctzll(bits));
}

static void apply_group(struct space *s, uint32_t *outcome, uint32_t group)
{
	for (uint32_t i = s->groups.v[group].first; i != SPACE_NONE;
	     i = s->codes.v[i].next)
		apply(s, outcome, s->codes.v[i].code);
}

static uint32_t outcome_hash(const uint32_t *o, size_t n)
{
	uint64_t h = 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ o[i]) * 0xff51afd7ed558ccdu, h ^= h >> 32;
	return (uint32_t)(h ^ h >> 32);
}

static void leaf_rehash(struct space *s, size_t size)
{
	size_t stride = 3 * (size_t)s->classes;

	SPACE_ROOM(s->leaf_table, size);
	s->leaf_table.n = size;
	memset(s->leaf_table.v, 0xff, size * sizeof(uint32_t));
	for (uint32_t i = 0; i < s->leaf_count; i++) {
		size_t at = outcome_hash(s->outcomes.v + i * stride, stride);

		for (at &= size - 1; s->leaf_table.v[at] != SPACE_NONE;)
			at = (at + 1) & (size - 1);
		s->leaf_table.v[at] = i;
	}
}

static uint32_t leaf(struct space *s, const uint32_t *o)
{
	size_t stride = 3 * (size_t)s->classes, at, mask;
	uint32_t i;

	if (s->leaf_table.n < 2 * ((size_t)s->leaf_count + 1))
		leaf_rehash(s, s->leaf_table.n ? 2 * s->leaf_table.n : 16);
	mask = s->leaf_table.n - 1;
	for (at = outcome_hash(o, stride) & mask;
	     (i = s->leaf_table.v[at]) != SPACE_NONE; at = (at + 1) & mask)
		if (memcmp(s->outcomes.v + i * stride, o,
			stride * sizeof(*o)) == 0)
			return i;
	SPACE_ROOM(s->outcomes, ((size_t)s->leaf_count + 1) * stride);
	memcpy(s->outcomes.v + s->leaf_count * stride, o, stride * sizeof(*o));
	s->leaf_table.v[at] = s->leaf_count;
	return s->leaf_count++;
}

static void region(struct space *s, uint8_t family, vaddr lo, vaddr hi,
	uint32_t l)
{
	struct region *last = s->regions.n ? &s->regions.v[s->regions.n - 1] :
		NULL;

	if (last && last->family == family && last->leaf == l) {
		last->hi = hi;
		return;
	}
	SPACE_ROOM(s->regions, s->regions.n + 1);
	s->regions.v[s->regions.n++] = (struct region){ .lo = lo, .hi = hi,
		.leaf = l, .family = family };
}

/* A stretch with this outcome, less the block of v4-mapped addresses. */
static void stretch(struct space *s, uint8_t family, vaddr lo, vaddr hi,
	const uint32_t *outcome)
{
	const vaddr from = (vaddr)0xffff << 32, to = from | 0xffffffffu;
	uint32_t l;

	if (family == TBL_V6 && lo >= from && hi <= to) {
		region(s, family, lo, hi, SPACE_IMPOSSIBLE);
		return;
	}
	l = leaf(s, outcome);
	if (family == TBL_V4 || hi < from || lo > to) {
		region(s, family, lo, hi, l);
		return;
	}
	if (lo < from)
		region(s, family, lo, from - 1, l);
	region(s, family, lo > from ? lo : from, hi < to ? hi : to,
		SPACE_IMPOSSIBLE);
	if (hi > to)
		region(s, family, to + 1, hi, l);
}

#define LEVELS 131 /* one above /0, /0 .. /128, one to work in */

struct level {
	vaddr last;
	size_t first; /* entries [first, end) are of this prefix */
	size_t end;
	uint8_t len;
};

struct sweep {
	struct space *s;
	struct level path[LEVELS];
	unsigned depth;
	vaddr next; /* the first address not yet in a region */
	int full;   /* next ran over the end of the family */
	uint8_t family;
};

static uint32_t *outcome_at(struct sweep *w, unsigned depth)
{
	return w->s->levels.v + (size_t)depth * 3 * w->s->classes;
}

/* The level's outcome and the groups of holes that it is in none of. */
static uint32_t *with_holes(struct sweep *w)
{
	struct space *s = w->s;
	uint32_t *o = outcome_at(w, LEVELS - 1);

	memcpy(o, outcome_at(w, w->depth),
		3 * (size_t)s->classes * sizeof(*o));
	for (uint32_t i = 0; i < s->groups.n; i++)
		if (s->groups.v[i].holes && !s->groups.v[i].inside)
			apply_group(s, o, i);
	return o;
}

static void until(struct sweep *w, vaddr last)
{
	if (w->full || w->next > last)
		return;
	stretch(w->s, w->family, w->next, last, w->s->holed ?
		with_holes(w) : outcome_at(w, w->depth));
	w->next = last + 1;
	w->full = w->next == 0;
}

static void down(struct sweep *w, size_t i)
{
	const struct space_entry *e = &w->s->entries.v[i];
	size_t size = 3 * (size_t)w->s->classes;

	if (e->lo > 0 && e->lo > w->next)
		until(w, e->lo - 1);
	w->depth++;
	w->path[w->depth].last = e->lo | sweep_span(e->family, e->len);
	w->path[w->depth].len = e->len;
	w->path[w->depth].first = i;
	memcpy(outcome_at(w, w->depth), outcome_at(w, w->depth - 1),
		size * sizeof(uint32_t));
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
	uint32_t group = w->s->entries.v[i].group;

	w->path[w->depth].end = i + 1;
	if (w->s->groups.v[group].holes)
		w->s->groups.v[group].inside = 1;
	else
		apply_group(w->s, outcome_at(w, w->depth), group);
}

/* Entries [i, ...) of one family; returns the first that is not. */
static size_t sweep_family(struct space *s, uint8_t family, size_t i)
{
	struct sweep w = { .s = s, .family = family };

	w.path[0].last = sweep_span(family, 0);
	w.path[0].len = 0;
	for (; i < s->entries.n && s->entries.v[i].family == family; i++) {
		const struct space_entry *e = &s->entries.v[i];
		struct level *top = &w.path[w.depth];

		while (e->lo > top->last)
			up(&w), top = &w.path[w.depth];
		if (w.depth == 0 || e->len > top->len)
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
	size_t third = s->classes, next;

	SPACE_ROOM(s->levels, 3 * third * LEVELS);
	memset(s->levels.v, 0xff, 2 * third * sizeof(uint32_t));
	memset(s->levels.v + 2 * third, 0, third * sizeof(uint32_t));
	apply_group(s, s->levels.v, s->everywhere);
	sort_entries(s);
	next = sweep_family(s, TBL_V4, 0);
	sweep_family(s, TBL_V6, next);
}
