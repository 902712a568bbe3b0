/*
 * Walks the name patterns of both frontends together, in the order of reversed
 * labels.  Every place is a region of names for which each side has one list; a
 * pair of lists is solved once, in a space of two layers, however many names
 * have it.  So the cost is that of sorting the names and of the distinct pairs
 * of lists.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/verify/text.h"
#include "compiler/verify/verify.h"
#include "priv.h"

static void place_witness(struct differ *d, const struct spot *at,
	struct diff_group *g, const struct region *where, const struct cell *c)
{
	const struct names *both[2] = {
		names_of(d->m[0], d->f[0]), names_of(d->m[1], d->f[1])};
	char buf[256];

	g->arm = at->arm;
	g->witness.listener = diff_side(d, 1)->name.text;
	verify_witness(d->m[1], d->s, where, c, &g->witness);
	if (!at->arm)
		g->witness.sni = arena_printf(
			d->a, "%s", names_fresh(both, 2, at->entry, buf));
	else if (strcmp(at->arm, "malformed") == 0)
		g->witness.tls = NULL;
}

static const struct m_clause *clause(
	const struct differ *d, unsigned i, uint32_t code)
{
	return &d->m[i]->clauses.v[d->s->clauses.v[code].model];
}

static void remember(struct differ *d, struct pair *p, uint32_t group)
{
	for (uint32_t i = p->first; i < p->first + p->count; i++)
		if (d->found.v[i] == group)
			return;
	SPACE_ROOM(d->found, d->found.n + 1);
	d->found.v[d->found.n++] = group;
	p->count++;
}

static void note_group(struct differ *d, uint32_t outcome, uint32_t group)
{
	uint32_t *n = &d->outcome_count.v[outcome];

	for (uint32_t i = 0; i < *n; i++)
		if (d->outcome_groups.v[d->outcome_first.v[outcome] + i] ==
			group)
			return;
	SPACE_ROOM(d->outcome_groups, d->outcome_groups.n + 1);
	d->outcome_groups.v[d->outcome_groups.n++] = group;
	++*n;
}

/* Clients of the cell that have one of these versions. */
static const struct cell *with_version(struct differ *d,
	const struct region *where, const struct cell *cell, uint8_t versions)
{
	const struct cells *v;

	if (cell->tls & versions)
		return cell;
	v = space_of_versions(d->s, space_outcome(d->s, where), versions);
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].first == cell->first &&
			v->v[i].second == cell->second)
			return &v->v[i];
	return cell;
}

/* The group of the cell, or GROUP_NONE. */
static uint32_t differs(struct differ *d, struct pair *p, const struct spot *at,
	const struct region *where, const struct cell *cell)
{
	const struct m_clause *c[2] = {
		clause(d, 0, cell->first), clause(d, 1, cell->second)};
	uint32_t g = diff_group_of(d, c);
	uint8_t let_in;

	if (g == GROUP_NONE)
		return g;
	note_group(d, where->outcome, g);
	remember(d, p, g);
	let_in = cell->versions & verify_let_in(d->m[1], c[1]->action);
	if (let_in && !d->out->groups.v[g].let_in)
		cell = with_version(d, where, cell, let_in);
	if (!d->out->groups.v[g].witness.listener ||
		(let_in && !d->out->groups.v[g].let_in))
		place_witness(d, at, &d->out->groups.v[g], where, cell);
	d->out->groups.v[g].let_in |= let_in != 0;
	return g;
}

/* Clients that are met by the change of a group, and those beside them that
 * are not. */
static void clients(struct differ *d, const struct outcome *o,
	const uint32_t *groups, uint32_t group)
{
	struct reach *r = &d->reach.v[group];
	int some = 0;

	for (uint32_t i = 0; i < o->count; i++)
		some |= groups[i] != group;
	r->whole |= !some;
	for (uint32_t i = 0; some && i < o->count; i++)
		diff_clients_add(d, groups[i] == group ? &r->with : &r->without,
			diff_clients_cell(d, space_cell(d->s, o, i)));
}

static void load(struct differ *d, const struct pair *p, int malformed)
{
	space_begin(d->s, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct m_list *l = &d->m[i]->lists.v[p->lists[i]];

		if (!malformed)
			space_add(d->s, d->m[i], i, diff_side(d, i)->pre_first,
				diff_side(d, i)->pre_count);
		space_add(d->s, d->m[i], i, l->first, l->count);
	}
}

/* The groups of an outcome, of one of its regions. */
static void compare_outcome(struct differ *d, struct pair *p,
	const struct spot *at, const struct region *g)
{
	const struct outcome *o = space_outcome(d->s, g);
	uint32_t *groups = arena_alloc(d->a, (o->count + 1) * sizeof(*groups));

	d->outcome_first.v[g->outcome] = (uint32_t)d->outcome_groups.n;
	d->outcome_count.v[g->outcome] = 0;
	for (uint32_t i = 0; i < o->count; i++) {
		const struct cell *c = space_cell(d->s, o, i);

		groups[i] = c->first != SPACE_NONE && c->second != SPACE_NONE
			? differs(d, p, at, g, c)
			: GROUP_NONE;
	}
	for (uint32_t i = 0; i < d->outcome_count.v[g->outcome]; i++)
		clients(d, o, groups,
			d->outcome_groups
				.v[d->outcome_first.v[g->outcome] + i]);
}

static void compare_region(struct differ *d, struct pair *p,
	const struct spot *at, const struct region *g)
{
	if (g->outcome == SPACE_IMPOSSIBLE)
		return;
	if (d->outcome_first.v[g->outcome] == SPACE_NONE)
		compare_outcome(d, p, at, g);
	for (uint32_t i = 0; i < d->outcome_count.v[g->outcome]; i++)
		diff_reach_add(d,
			d->outcome_groups.v[d->outcome_first.v[g->outcome] + i],
			g);
}

static void compare(struct differ *d, struct pair *p, const struct spot *at)
{
	struct space *s = d->s;

	p->first = (uint32_t)d->found.n;
	load(d, p, at->arm && strcmp(at->arm, "malformed") == 0);
	if (space_solve(s) < 0) {
		remember(d, p, diff_group_gave_up(d, at));
		return;
	}
	SPACE_ROOM(d->outcome_first, s->outcomes.n);
	SPACE_ROOM(d->outcome_count, s->outcomes.n);
	memset(d->outcome_first.v, 0xff,
		s->outcomes.n * sizeof(*d->outcome_first.v));
	d->outcome_groups.n = 0;
	for (size_t i = 0; i < s->regions.n; i++)
		compare_region(d, p, at, &s->regions.v[i]);
}

static size_t pair_home(const struct differ *d, const uint32_t lists[2])
{
	uint64_t h =
		((uint64_t)lists[0] << 32 | lists[1]) * 0x9e3779b97f4a7c15u;

	return (size_t)(h >> 32) & (d->pair_table.n - 1);
}

static void grow_pairs(struct differ *d)
{
	size_t n = d->pair_table.n ? 2 * d->pair_table.n : 64;

	SPACE_ROOM(d->pair_table, n);
	d->pair_table.n = n;
	memset(d->pair_table.v, 0xff, n * sizeof(*d->pair_table.v));
	for (uint32_t i = 0; i < d->pairs.n; i++) {
		size_t at = pair_home(d, d->pairs.v[i].lists);

		while (d->pair_table.v[at] != SPACE_NONE)
			at = (at + 1) & (n - 1);
		d->pair_table.v[at] = i;
	}
}

static const struct pair *solved(
	struct differ *d, const uint32_t lists[2], const struct spot *spot)
{
	struct pair *p;
	size_t at;

	if (d->pair_table.n < 2 * (d->pairs.n + 1))
		grow_pairs(d);
	for (at = pair_home(d, lists); d->pair_table.v[at] != SPACE_NONE;
		at = (at + 1) & (d->pair_table.n - 1)) {
		p = &d->pairs.v[d->pair_table.v[at]];
		if (memcmp(p->lists, lists, sizeof(p->lists)) == 0)
			return p;
	}
	SPACE_ROOM(d->pairs, d->pairs.n + 1);
	p = &d->pairs.v[d->pairs.n];
	*p = (struct pair){.lists = {lists[0], lists[1]}};
	compare(d, p, spot);
	d->pair_table.v[at] = (uint32_t)d->pairs.n++;
	return p;
}

static void count(struct differ *d, const struct pair *p, const struct spot *at)
{
	for (uint32_t i = p->first; i < p->first + p->count; i++)
		diff_group_name(d, d->found.v[i], at);
	diff_comply(d, p->lists, at);
	diff_routes(d, p->lists, at);
}

static void arm(struct differ *d, const char *word, uint32_t old, uint32_t new_)
{
	struct pair p = {.lists = {old, new_}};
	struct spot at = {.arm = word};

	if (old == MODEL_NONE || new_ == MODEL_NONE)
		return;
	compare(d, &p, &at);
	count(d, &p, &at);
}

static void all_names(struct differ *d)
{
	struct name_walk walk[2];
	struct name_walk *const walks[2] = {&walk[0], &walk[1]};
	const struct name_entry *next;
	uint32_t lists[2];
	struct spot at = {.arm = NULL};

	for (unsigned i = 0; i < 2; i++) {
		names_walk(&walk[i], names_of(d->m[i], d->f[i]));
		lists[i] = diff_side(d, i)->default_;
	}
	count(d, solved(d, lists, &at), &at);
	while ((next = names_next(walks, 2))) {
		struct name_entry e = *next;

		at.entry = &e;
		for (unsigned i = 0; i < 2; i++) {
			lists[i] = names_at(&walk[i], &e, NULL);
			if (lists[i] == NAMES_NONE)
				lists[i] = diff_side(d, i)->default_;
		}
		count(d, solved(d, lists, &at), &at);
	}
}

void diff_walk(struct differ *d)
{
	const struct m_frontend *a = diff_side(d, 0), *b = diff_side(d, 1);

	d->pairs.n = d->pair_table.n = d->found.n = 0;
	all_names(d);
	arm(d, "no-sni", a->no_sni, b->no_sni);
	arm(d, "malformed", a->malformed, b->malformed);
}

void diff_walk_free(struct differ *d)
{
	free(d->pairs.v);
	free(d->pair_table.v);
	free(d->found.v);
	free(d->outcome_first.v);
	free(d->outcome_count.v);
	free(d->outcome_groups.v);
}
