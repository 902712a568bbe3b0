/*
 * Solving a bucket by one sweep over the addresses.  CIDRs are nested or
 * disjoint, so the prefixes sorted by (address, length) are a walk of their
 * tree, and the clauses that hold at an address are those on the path to it.
 * The sweep keeps, per level of the path and per class of atoms, the first
 * clause (and the second, which tells what would decide without it), and
 * writes a region wherever a stretch of addresses has no deeper prefix.
 * Cost: sorting the prefixes, then steps = prefixes x classes.
 */
#include "verify_space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime/table.h"
#include "arena.h"
#include "prefix.h"

#define MARKER 0x80000000u /* a code that is a marker: bit << 24 | guard */
#define HOLES 64 /* `not in` more prefixes than this: see space_group */

struct space_entry {
	vaddr lo;
	uint32_t group;
	uint8_t family, len;
};

struct space_code {
	uint32_t code, next;
};

struct space_group {
	const struct m_prefix *key; /* the prefixes: equal pointer, one group */
	uint32_t first, last;       /* of codes */
	uint8_t holes;              /* holds everywhere but in its prefixes */
	uint8_t inside;             /* the sweep is in one of them */
};

void *space_room(void *v, size_t *cap, size_t want, size_t elem)
{
	size_t n = *cap ? *cap : 16;

	if (v && want <= *cap)
		return v;
	while (n < want)
		n *= 2;
	v = realloc(v, n * elem);
	if (!v) {
		fprintf(stderr, "tlsc: out of memory\n");
		exit(4);
	}
	*cap = n;
	return v;
}

struct space *space_new(struct arena *a)
{
	size_t cap = 0;
	struct space *s = space_room(NULL, &cap, 1, sizeof(*s));

	memset(s, 0, sizeof(*s));
	s->arena = a;
	return s;
}

void space_free(struct space **s)
{
	if (!*s)
		return;
	free((*s)->clauses.v);
	free((*s)->guards.v);
	free((*s)->guard_table.v);
	free((*s)->reps.v);
	free((*s)->masks.v);
	free((*s)->class_of.v);
	free((*s)->groups.v);
	free((*s)->group_table.v);
	free((*s)->codes.v);
	free((*s)->entries.v);
	free((*s)->merged.v);
	free((*s)->levels.v);
	free((*s)->regions.v);
	free((*s)->outcomes.v);
	free((*s)->leaf_table.v);
	free(*s);
	*s = NULL;
}

vaddr space_number(const struct m_prefix *p)
{
	vaddr a = 0;

	for (unsigned i = 0; i < prefix_width(p->family) / 8; i++)
		a = a << 8 | p->addr[i];
	return a;
}

static vaddr span_of(uint8_t family, unsigned len)
{
	unsigned bits = prefix_width(family) - len;

	return bits >= 128 ? ~(vaddr)0 : ((vaddr)1 << bits) - 1;
}

vaddr space_last(const struct m_prefix *p)
{
	return space_number(p) | span_of(p->family, p->len);
}

struct m_prefix space_address(uint8_t family, vaddr a)
{
	struct m_prefix p = { .family = family,
		.len = (uint8_t)prefix_width(family) };

	for (unsigned i = prefix_width(family) / 8; i-- > 0; a >>= 8)
		p.addr[i] = (uint8_t)a;
	return p;
}

static unsigned token(struct space *s, const char *text)
{
	for (unsigned i = 0; i < s->token_count; i++)
		if (strcmp(s->tokens[i], text) == 0)
			return i;
	if (s->token_count == SPACE_TOKENS) {
		s->overflow = 1;
		return 0;
	}
	s->tokens[s->token_count] = text;
	return s->token_count++;
}

/* A model's token bits as the space's. */
static uint32_t tokens(struct space *s, struct model *m, unsigned layer,
	uint64_t bits)
{
	uint32_t out = 0;

	while (bits) {
		unsigned i = (unsigned)__builtin_ctzll(bits);
		int8_t *known = &s->token_of[layer][i];

		if (*known < 0)
			*known = (int8_t)token(s, m->alpns.v[i]);
		out |= 1u << *known;
		bits &= bits - 1;
	}
	return out;
}

static size_t group_home(const struct space *s, const struct m_prefix *key)
{
	uint64_t h = (uint64_t)(uintptr_t)key * 0x9e3779b97f4a7c15u;

	return (size_t)(h >> 32) & (s->group_table.n - 1);
}

static void file_group(struct space *s, uint32_t group)
{
	size_t at = group_home(s, s->groups.v[group].key);

	while (s->group_table.v[at] != SPACE_NONE)
		at = (at + 1) & (s->group_table.n - 1);
	s->group_table.v[at] = group;
}

static uint32_t find_group(const struct space *s, const struct m_prefix *key,
	int holes)
{
	size_t at;

	for (at = group_home(s, key); s->group_table.v[at] != SPACE_NONE;
	     at = (at + 1) & (s->group_table.n - 1)) {
		const struct space_group *g =
			&s->groups.v[s->group_table.v[at]];

		if (g->key == key && g->holes == holes)
			break;
	}
	return s->group_table.v[at];
}

static uint32_t new_group(struct space *s, const struct m_prefix *key,
	int holes)
{
	size_t size = s->group_table.n;

	SPACE_ROOM(s->groups, s->groups.n + 1);
	s->groups.v[s->groups.n++] = (struct space_group){ .key = key,
		.first = SPACE_NONE, .last = SPACE_NONE,
		.holes = (uint8_t)holes };
	s->holed += (unsigned)holes;
	if (size >= 2 * s->groups.n) {
		file_group(s, (uint32_t)s->groups.n - 1);
		return (uint32_t)s->groups.n - 1;
	}
	size = size ? 2 * size : 16;
	SPACE_ROOM(s->group_table, size);
	s->group_table.n = size;
	memset(s->group_table.v, 0xff, size * sizeof(uint32_t));
	for (uint32_t i = 0; i < s->groups.n; i++)
		file_group(s, i);
	return (uint32_t)s->groups.n - 1;
}

static void enter(struct space *s, uint32_t group, const struct m_prefix *p,
	size_t n)
{
	SPACE_ROOM(s->entries, s->entries.n + n);
	for (size_t i = 0; i < n; i++)
		s->entries.v[s->entries.n++] = (struct space_entry){
			.lo = space_number(&p[i]), .group = group,
			.family = p[i].family, .len = p[i].len };
}

static void join(struct space *s, uint32_t group, uint32_t code)
{
	struct space_group *g = &s->groups.v[group];
	uint32_t i = (uint32_t)s->codes.n;

	SPACE_ROOM(s->codes, s->codes.n + 1);
	s->codes.v[s->codes.n++] = (struct space_code){ code, SPACE_NONE };
	if (g->first == SPACE_NONE)
		g->first = i;
	else
		s->codes.v[g->last].next = i;
	g->last = i;
}

/* The code holds in these prefixes, or (holes) everywhere else. */
static void hold(struct space *s, uint32_t code, const struct m_prefix *p,
	size_t n, int holes)
{
	uint32_t group = find_group(s, p, holes);

	if (group == SPACE_NONE) {
		group = new_group(s, p, holes);
		enter(s, group, p, n);
	}
	join(s, group, code);
}

int space_unconditional(const struct m_clause *c)
{
	return c->src_test == TBL_SRC_ANY && c->tls_mask == 0x1f &&
		!c->alpn_need && !c->alpn_deny;
}

/* What is not in a small set, expanded once. */
static const struct prefix_span *outside(struct space *s, struct m_set *set)
{
	struct prefix_vec in = { set->prefixes.v, set->prefixes.n,
		set->prefixes.n };

	if (!set->outside.v) {
		struct prefix_vec o = prefix_complement(s->arena, &in);

		set->outside.v = o.v ? o.v : arena_alloc(s->arena, 1);
		set->outside.n = o.n;
	}
	return &set->outside;
}

static void place(struct space *s, struct model *m, const struct m_clause *c,
	uint32_t code)
{
	static const struct m_prefix nowhere;
	struct m_set *set = c->src_test == TBL_SRC_ANY ? NULL :
		&m->sets.v[c->set];

	if (!set)
		join(s, s->everywhere, code);
	else if (c->src_test == TBL_SRC_IN)
		hold(s, code, set->prefixes.n ? set->prefixes.v : &nowhere,
			set->prefixes.n, 0);
	else if (set->prefixes.n > HOLES)
		hold(s, code, set->prefixes.v, set->prefixes.n, 1);
	else
		hold(s, code, outside(s, set)->v, outside(s, set)->n, 0);
}

void space_begin(struct space *s, unsigned layers)
{
	s->layers = layers;
	s->overflow = 0;
	s->token_count = 0;
	memset(s->token_of, -1, sizeof(s->token_of));
	s->clauses.n = s->guards.n = s->guard_table.n = 0;
	s->markers = 0;
	s->entries.n = s->groups.n = s->group_table.n = s->codes.n = 0;
	s->holed = 0;
	s->everywhere = new_group(s, NULL, 0);
	s->regions.n = s->outcomes.n = s->leaf_table.n = 0;
	s->leaf_count = 0;
}

void space_add(struct space *s, struct model *m, unsigned layer,
	uint32_t first, uint32_t count)
{
	SPACE_ROOM(s->clauses, s->clauses.n + count);
	for (uint32_t i = 0; i < count; i++) {
		const struct m_clause *c = &m->clauses.v[first + i];
		struct guard g = { .tls = c->tls_mask };
		uint32_t code = (uint32_t)s->clauses.n++;

		g.need = tokens(s, m, layer, c->alpn_need);
		g.deny = tokens(s, m, layer, c->alpn_deny);
		s->clauses.v[code] = (struct space_clause){ .model = first + i,
			.guard = atoms_guard(s, g), .layer = (uint8_t)layer };
		place(s, m, c, code);
	}
}

unsigned space_mark(struct space *s, const struct m_prefix *prefixes, size_t n,
	const struct token_test *tests, size_t test_count, uint8_t tls)
{
	struct guard g = { .tls = tls };
	uint32_t code;

	for (size_t i = 0; i < test_count; i++) {
		uint32_t bit = 1u << token(s, tests[i].token);

		if (tests[i].negated)
			g.deny |= bit;
		else
			g.need |= bit;
	}
	code = MARKER | s->markers << 24 | atoms_guard(s, g);
	if (prefixes)
		hold(s, code, prefixes, n, 0);
	else
		join(s, s->everywhere, code);
	return s->markers++;
}

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
	w->path[w->depth].last = e->lo | span_of(e->family, e->len);
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

	w.path[0].last = span_of(family, 0);
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

int space_solve(struct space *s)
{
	size_t size, next;

	if (s->overflow)
		return -1;
	atoms_classes(s);
	size = 3 * (size_t)s->classes;
	SPACE_ROOM(s->levels, size * LEVELS);
	memset(s->levels.v, 0xff, 2 * (size / 3) * sizeof(uint32_t));
	memset(s->levels.v + 2 * (size / 3), 0, size / 3 * sizeof(uint32_t));
	apply_group(s, s->levels.v, s->everywhere);
	sort_entries(s);
	next = sweep_family(s, TBL_V4, 0);
	sweep_family(s, TBL_V6, next);
	return 0;
}

static void add_stretch(struct stretches *out, uint8_t family, vaddr lo,
	vaddr hi)
{
	struct stretch *last = out->n ? &out->v[out->n - 1] : NULL;

	if (last && last->family == family && last->hi + 1 == lo) {
		last->hi = hi;
		return;
	}
	out->v = space_room(out->v, &out->cap, out->n + 1, sizeof(*out->v));
	out->v[out->n++] = (struct stretch){ lo, hi, family };
}

/* The rest of a family behind `next`, which is 0 after its last address only
 * when `full`. */
static void between(struct stretches *out, const struct m_set *set,
	uint8_t family)
{
	vaddr next = 0, end = span_of(family, 0);
	int full = 0;

	for (size_t i = 0; i < set->prefixes.n; i++) {
		const struct m_prefix *p = &set->prefixes.v[i];

		if (p->family != family)
			continue;
		if (space_number(p) > next)
			add_stretch(out, family, next, space_number(p) - 1);
		full = space_last(p) == end;
		next = space_last(p) + 1;
	}
	if (!full)
		add_stretch(out, family, next, end);
}

void space_stretches(const struct model *m, const struct m_clause *c,
	struct stretches *out)
{
	static const struct m_set none;
	const struct m_set *set = c->src_test == TBL_SRC_ANY ? &none :
		&m->sets.v[c->set];

	out->n = 0;
	if (c->src_test != TBL_SRC_IN) {
		between(out, set, TBL_V4);
		between(out, set, TBL_V6);
		return;
	}
	for (size_t i = 0; i < set->prefixes.n; i++) {
		const struct m_prefix *p = &set->prefixes.v[i];

		add_stretch(out, p->family, space_number(p), space_last(p));
	}
}
