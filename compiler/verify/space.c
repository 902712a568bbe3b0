/*
 * A bucket's clauses and markers, collected for the sweep: clauses with one
 * source test become one group.  Large buckets come from large sets, so a set
 * is walked once however many clauses name it.
 */
#include "space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/prefix.h"
#include "grammar/words.h"
#include "runtime/table/table.h"
#include "sweep.h"

#define HOLES 64 /* `not in` more prefixes than this: see space_group */

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
	free((*s)->marks.v);
	free((*s)->groups.v);
	free((*s)->group_table.v);
	free((*s)->codes.v);
	free((*s)->entries.v);
	free((*s)->merged.v);
	free((*s)->regions.v);
	free((*s)->outcomes.v);
	free((*s)->cells.v);
	free((*s)->lists.v);
	free((*s)->known.v);
	free((*s)->known_table.v);
	free((*s)->raw.v);
	free((*s)->scratch.v);
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

vaddr space_span(uint8_t family, unsigned len)
{
	unsigned bits = prefix_width(family) - len;

	return bits >= 128 ? ~(vaddr)0 : ((vaddr)1 << bits) - 1;
}

vaddr space_last(const struct m_prefix *p)
{
	return space_number(p) | space_span(p->family, p->len);
}

struct m_prefix space_address(uint8_t family, vaddr a)
{
	struct m_prefix p = {
		.family = family, .len = (uint8_t)prefix_width(family)};

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
static uint64_t tokens(
	struct space *s, struct model *m, unsigned layer, uint64_t bits)
{
	uint64_t out = 0;

	while (bits) {
		unsigned i = (unsigned)__builtin_ctzll(bits);
		int8_t *known = &s->token_of[layer][i];

		if (*known < 0)
			*known = (int8_t)token(s, m->alpns.v[i]);
		out |= (uint64_t)1 << *known;
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

static uint32_t find_group(
	const struct space *s, const struct m_prefix *key, int holes)
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

static uint32_t new_group(
	struct space *s, const struct m_prefix *key, int holes)
{
	size_t size = s->group_table.n;

	SPACE_ROOM(s->groups, s->groups.n + 1);
	s->groups.v[s->groups.n++] = (struct space_group){.key = key,
		.first = SPACE_NONE,
		.last = SPACE_NONE,
		.holes = (uint8_t)holes};
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

static void enter(
	struct space *s, uint32_t group, const struct m_prefix *p, size_t n)
{
	SPACE_ROOM(s->entries, s->entries.n + n);
	for (size_t i = 0; i < n; i++)
		s->entries.v[s->entries.n++] =
			(struct space_entry){.lo = space_number(&p[i]),
				.group = group,
				.family = p[i].family,
				.len = p[i].len};
}

static void join(struct space *s, uint32_t group, uint32_t code)
{
	struct space_group *g = &s->groups.v[group];
	uint32_t i = (uint32_t)s->codes.n;

	SPACE_ROOM(s->codes, s->codes.n + 1);
	s->codes.v[s->codes.n++] = (struct space_code){code, SPACE_NONE};
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
	return c->src_test == TBL_SRC_ANY && c->tls_mask == TLSV_ALL &&
		!c->alpn_need && !c->alpn_deny;
}

/* What is not in a small set, expanded once. */
static const struct prefix_span *outside(struct space *s, struct m_set *set)
{
	struct prefix_vec in = {
		set->prefixes.v, set->prefixes.n, set->prefixes.n};

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
	struct m_set *set =
		c->src_test == TBL_SRC_ANY ? NULL : &m->sets.v[c->set];

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
	s->clauses.n = s->marks.n = 0;
	s->entries.n = s->groups.n = s->group_table.n = s->codes.n = 0;
	s->holed = 0;
	s->everywhere = new_group(s, NULL, 0);
	s->regions.n = s->outcomes.n = s->cells.n = s->lists.n = 0;
	s->known.n = s->known_table.n = 0;
}

void space_add(struct space *s, struct model *m, unsigned layer, uint32_t first,
	uint32_t count)
{
	SPACE_ROOM(s->clauses, s->clauses.n + count);
	for (uint32_t i = 0; i < count; i++) {
		const struct m_clause *c = &m->clauses.v[first + i];
		struct guard g = {.tls = c->tls_mask};
		uint32_t code = (uint32_t)s->clauses.n++;

		g.need = tokens(s, m, layer, c->alpn_need);
		g.deny = tokens(s, m, layer, c->alpn_deny);
		s->clauses.v[code] = (struct space_clause){.model = first + i,
			.guard = g,
			.layer = (uint8_t)layer};
		place(s, m, c, code);
	}
}

unsigned space_mark(struct space *s, const struct m_prefix *prefixes, size_t n,
	const struct token_test *tests, size_t test_count, uint8_t tls)
{
	struct guard g = {.tls = tls};
	uint32_t code;

	for (size_t i = 0; i < test_count; i++) {
		uint64_t bit = (uint64_t)1 << token(s, tests[i].token);

		if (tests[i].negated)
			g.deny |= bit;
		else
			g.need |= bit;
	}
	code = MARKER | (uint32_t)s->marks.n;
	SPACE_ROOM(s->marks, s->marks.n + 1);
	s->marks.v[s->marks.n++] = g;
	if (prefixes)
		hold(s, code, prefixes, n, 0);
	else
		join(s, s->everywhere, code);
	return code & ~MARKER;
}

const struct cell *space_next(const struct space *s, struct space_iter *i)
{
	for (; i->outcome < s->outcomes.n; i->outcome++, i->cell = 0) {
		const struct outcome *o = &s->outcomes.v[i->outcome];

		if (o->used && i->cell < o->count)
			return space_cell(s, o, i->cell++);
	}
	return NULL;
}

int space_solve(struct space *s)
{
	if (!s->overflow)
		sweep_run(s);
	return s->overflow ? -1 : 0;
}

static void add_stretch(
	struct stretches *out, uint8_t family, vaddr lo, vaddr hi)
{
	struct stretch *last = out->n ? &out->v[out->n - 1] : NULL;

	if (last && last->family == family && last->hi + 1 == lo) {
		last->hi = hi;
		return;
	}
	out->v = space_room(out->v, &out->cap, out->n + 1, sizeof(*out->v));
	out->v[out->n++] = (struct stretch){lo, hi, family};
}

/* The rest of a family from `next` on, which is 0 after its last address only
 * when `full`. */
static void between(
	struct stretches *out, const struct m_set *set, uint8_t family)
{
	vaddr next = 0, end = space_span(family, 0);
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

void space_stretches(
	const struct model *m, const struct m_clause *c, struct stretches *out)
{
	static const struct m_set none;
	const struct m_set *set =
		c->src_test == TBL_SRC_ANY ? &none : &m->sets.v[c->set];

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
