/*
 * Walks the name patterns of both policies together, in the order of reversed
 * labels.  Every place is a region of names that each side treats by one list;
 * a pair of lists is solved once, in a space of two layers, however many names
 * have it.  So the cost is sorting the names plus distinct pairs of lists.
 */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

#include "../runtime/table.h"
#include "arena.h"
#include "diff_action.h"
#include "prefix.h"
#include "symbols.h"
#include "verify_cache.h"
#include "verify_canon.h"
#include "verify_text.h"

#define PUSH(arena, vec) \
	(*(arena_grow((arena), &(vec)->v, (vec)->n, &(vec)->cap, \
		sizeof(*(vec)->v)), &(vec)->v[(vec)->n++]))

/* The groups of a pair of lists: found[first .. first + count). */
struct pair {
	uint32_t lists[2];
	uint32_t first, count;
};

struct differ {
	struct arena *a;
	struct model *m[2];
	uint32_t f[2];        /* the frontends in hand */
	struct space *s;
	struct diff *out;
	VEC(struct pair) pairs;
	VEC(uint32_t) pair_table;
	VEC(uint32_t) found;  /* groups */
	struct symbols *known; /* changes and groups seen: to the group */
	VEC(uint8_t) seen;    /* per outcome */
};

/* Which names a pair of lists stands for. */
struct spot {
	const char *arm;      /* "no-sni", "malformed" or NULL */
	const struct name_entry *entry; /* NULL: matched by nothing */
};

static const struct m_frontend *side(const struct differ *d, unsigned i)
{
	return &d->m[i]->frontends.v[d->f[i]];
}

static void place_witness(struct differ *d, const struct spot *at,
	struct diff_group *g, const struct region *where,
	const struct cell *c)
{
	const struct names *both[2] = { names_of(d->m[0], d->f[0]),
		names_of(d->m[1], d->f[1]) };
	char buf[256];

	g->arm = at->arm;
	g->witness.listener = side(d, 1)->name.text;
	verify_witness(d->m[1], d->s, where, c, &g->witness);
	if (!at->arm)
		g->witness.sni = arena_printf(d->a, "%s",
			names_fresh(both, 2, at->entry, buf));
	else if (strcmp(at->arm, "malformed") == 0)
		g->witness.tls = NULL;
}

static const struct m_clause *clause(const struct differ *d, unsigned i,
	uint32_t code)
{
	return &d->m[i]->clauses.v[d->s->clauses.v[code].model];
}

static int same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

enum { CHANGES, GROUPS }; /* spaces of differ.known */

/* The group of a change that reads like this; made when there is none. */
static uint32_t group(struct differ *d, const struct m_clause *const c[2])
{
	struct diff_group g = { .names = 0 };
	const char *key;
	uint32_t at;

	g.from = verify_action_text(d->m[0], c[0]->action);
	g.to = verify_action_text(d->m[1], c[1]->action);
	diff_action(d->a, d->m[0], c[0]->action, d->m[1], c[1]->action, &g);
	key = arena_printf(d->a, "%s\n%s\n%s\n%s", g.from, g.to,
		g.changed ? g.changed : "", g.weakened ? g.weakened : "");
	at = symbols_add(d->known, GROUPS, key, strlen(key),
		(uint32_t)d->out->groups.n);
	if (at < d->out->groups.n)
		return at;
	g.from_file = c[0]->file;
	g.from_line = c[0]->line;
	g.to_file = c[1]->file;
	g.to_line = c[1]->line;
	PUSH(d->a, &d->out->groups) = g;
	return at;
}

static uint32_t change(struct differ *d, const struct m_clause *const c[2])
{
	uint32_t pair[2] = { c[0]->action, c[1]->action };
	uint32_t at = symbols_find(d->known, CHANGES, pair, sizeof(pair));
	void *key;

	if (at != SYMBOL_NONE)
		return at;
	key = arena_alloc(d->a, sizeof(pair));
	memcpy(key, pair, sizeof(pair));
	return symbols_add(d->known, CHANGES, key, sizeof(pair), group(d, c));
}

static void differs(struct differ *d, struct pair *p, const struct spot *at,
	const struct region *where, const struct cell *cell)
{
	const struct m_clause *c[2] = { clause(d, 0, cell->first),
		clause(d, 1, cell->second) };
	uint32_t g;

	if (memcmp(canon_action(d->m[0], c[0]->action),
		canon_action(d->m[1], c[1]->action), 32) == 0)
		return;
	g = change(d, c);
	for (uint32_t i = p->first; i < p->first + p->count; i++)
		if (d->found.v[i] == g)
			return;
	SPACE_ROOM(d->found, d->found.n + 1);
	d->found.v[d->found.n++] = g;
	p->count++;
	if (d->out->groups.v[g].names == 0)
		place_witness(d, at, &d->out->groups.v[g], where, cell);
}

/* Too many ALPN tokens in both together: said, never passed over. */
static void give_up(struct differ *d, struct pair *p, const struct spot *at)
{
	struct diff_group g = { .from = "not compared", .to = "not compared",
		.changed = "too many ALPN protocols are tested together",
		.weaker = 1, .weakened = "perhaps" };
	uint32_t i = 0;

	while (i < d->out->groups.n && !same_text(d->out->groups.v[i].changed,
		g.changed))
		i++;
	if (i == d->out->groups.n) {
		g.arm = at->arm;
		g.witness = (struct witness){ .source = "any",
			.listener = side(d, 1)->name.text };
		PUSH(d->a, &d->out->groups) = g;
	}
	SPACE_ROOM(d->found, d->found.n + 1);
	d->found.v[d->found.n++] = i;
	p->count++;
}

static void load(struct differ *d, const struct pair *p, int malformed)
{
	space_begin(d->s, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct m_list *l = &d->m[i]->lists.v[p->lists[i]];

		if (!malformed)
			space_add(d->s, d->m[i], i, side(d, i)->pre_first,
				side(d, i)->pre_count);
		space_add(d->s, d->m[i], i, l->first, l->count);
	}
}

static void compare_region(struct differ *d, struct pair *p,
	const struct spot *at, const struct region *g)
{
	const struct outcome *o;

	if (g->outcome == SPACE_IMPOSSIBLE || d->seen.v[g->outcome])
		return;
	d->seen.v[g->outcome] = 1;
	o = space_outcome(d->s, g);
	for (uint32_t i = 0; i < o->count; i++) {
		const struct cell *c = space_cell(d->s, o, i);

		if (c->first != SPACE_NONE && c->second != SPACE_NONE)
			differs(d, p, at, g, c);
	}
}

static void compare(struct differ *d, struct pair *p, const struct spot *at)
{
	struct space *s = d->s;

	p->first = (uint32_t)d->found.n;
	load(d, p, at->arm && strcmp(at->arm, "malformed") == 0);
	if (space_solve(s) < 0) {
		give_up(d, p, at);
		return;
	}
	SPACE_ROOM(d->seen, s->outcomes.n);
	memset(d->seen.v, 0, s->outcomes.n);
	for (size_t i = 0; i < s->regions.n; i++)
		compare_region(d, p, at, &s->regions.v[i]);
}

static size_t pair_home(const struct differ *d, const uint32_t lists[2])
{
	uint64_t h = ((uint64_t)lists[0] << 32 | lists[1]) *
		0x9e3779b97f4a7c15u;

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

static const struct pair *solved(struct differ *d, const uint32_t lists[2],
	const struct spot *spot)
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
	*p = (struct pair){ .lists = { lists[0], lists[1] } };
	compare(d, p, spot);
	d->pair_table.v[at] = (uint32_t)d->pairs.n++;
	return p;
}

static void count(struct differ *d, const struct pair *p)
{
	for (uint32_t i = p->first; i < p->first + p->count; i++)
		d->out->groups.v[d->found.v[i]].names++;
}

static void arm(struct differ *d, const char *word, uint32_t old,
	uint32_t new_)
{
	struct pair p = { .lists = { old, new_ } };
	struct spot at = { .arm = word };

	if (old == MODEL_NONE || new_ == MODEL_NONE)
		return;
	compare(d, &p, &at);
	count(d, &p);
}

static void all_names(struct differ *d)
{
	struct name_walk walk[2];
	struct name_walk *const walks[2] = { &walk[0], &walk[1] };
	const struct name_entry *next;
	uint32_t lists[2];
	struct spot at = { .arm = NULL };

	for (unsigned i = 0; i < 2; i++) {
		names_walk(&walk[i], names_of(d->m[i], d->f[i]));
		lists[i] = side(d, i)->default_;
	}
	count(d, solved(d, lists, &at));
	while ((next = names_next(walks, 2))) {
		struct name_entry e = *next;

		at.entry = &e;
		for (unsigned i = 0; i < 2; i++) {
			lists[i] = names_at(&walk[i], &e, NULL);
			if (lists[i] == NAMES_NONE)
				lists[i] = side(d, i)->default_;
		}
		count(d, solved(d, lists, &at));
	}
}

static void frontend(struct differ *d)
{
	const struct m_frontend *a = side(d, 0), *b = side(d, 1);

	d->pairs.n = d->pair_table.n = d->found.n = 0;
	all_names(d);
	arm(d, "no-sni", a->no_sni, b->no_sni);
	arm(d, "malformed", a->malformed, b->malformed);
	diff_settings(d->a, d->m[0], a, d->m[1], b, d->out);
}

static int same_listener(const struct m_listener *a,
	const struct m_listener *b)
{
	return a->family == b->family && a->port == b->port &&
		memcmp(a->addr, b->addr, 16) == 0 &&
		same_text(a->path, b->path);
}

static int shares_listener(const struct m_frontend *a,
	const struct m_frontend *b)
{
	for (size_t i = 0; i < a->listeners.n; i++)
		for (size_t k = 0; k < b->listeners.n; k++)
			if (same_listener(&a->listeners.v[i],
				&b->listeners.v[k]))
				return 1;
	return 0;
}

/* The frontend of m with this listener, or NONE. */
static uint32_t frontend_at(const struct model *m, const struct m_listener *l)
{
	struct m_frontend one = { .listeners = { NULL, 1, 1 } };
	struct m_listener copy = *l;

	one.listeners.v = &copy;
	for (uint32_t i = 0; i < m->frontends.n; i++)
		if (shares_listener(&one, &m->frontends.v[i]))
			return i;
	return MODEL_NONE;
}

struct matches { struct { uint32_t f[2]; } *v; size_t n, cap; };

static void add_match(struct matches *p, uint32_t old, uint32_t new_)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].f[0] == old && p->v[i].f[1] == new_)
			return;
	SPACE_ROOM(*p, p->n + 1);
	p->v[p->n].f[0] = old;
	p->v[p->n++].f[1] = new_;
}

static int matched(const struct matches *p, unsigned side_, uint32_t f)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].f[side_] == f)
			return 1;
	return 0;
}

/* What clients of one listener met and meet; frontends whose listeners all
 * moved go together by name. */
static void match(struct differ *d, struct matches *p)
{
	struct model *a = d->m[0], *b = d->m[1];

	for (uint32_t i = 0; i < a->frontends.n; i++)
		for (size_t k = 0; k < a->frontends.v[i].listeners.n; k++) {
			uint32_t to = frontend_at(b,
				&a->frontends.v[i].listeners.v[k]);

			if (to != MODEL_NONE)
				add_match(p, i, to);
		}
	for (uint32_t i = 0; i < a->frontends.n; i++)
		for (uint32_t k = 0; k < b->frontends.n; k++)
			if (a->frontends.v[i].listeners.n &&
			    !matched(p, 0, i) && !matched(p, 1, k) &&
			    same_text(a->frontends.v[i].name.text,
				b->frontends.v[k].name.text))
				add_match(p, i, k);
}

static const char *listener_text(struct arena *a, const char *name,
	const struct m_listener *l)
{
	struct m_prefix p = { .family = l->family,
		.len = (uint8_t)(l->family == TBL_V4 ? 32 : 128) };
	char buf[64];

	if (l->family == TBL_UNIX)
		return arena_printf(a, "%s unix:\"%s\"", name, l->path);
	memcpy(p.addr, l->addr, 16);
	prefix_text(&p, buf);
	return arena_printf(a, l->family == TBL_V4 ? "%s %s:%u" :
		"%s [%s]:%u", name, buf, l->port);
}

/* Listeners of every frontend of m that `other` does not have. */
static void listeners(struct differ *d, const struct model *m,
	const struct model *other, int added)
{
	for (size_t i = 0; i < m->frontends.n; i++) {
		const struct m_frontend *f = &m->frontends.v[i];

		for (size_t k = 0; k < f->listeners.n; k++) {
			const struct m_listener *l = &f->listeners.v[k];
			const char *text = listener_text(d->a, f->name.text, l);

			if (frontend_at(other, l) != MODEL_NONE)
				continue;
			if (added)
				PUSH(d->a, &d->out->listeners_added) = text;
			else
				PUSH(d->a, &d->out->listeners_removed) = text;
		}
	}
}

static int most_names(const void *x, const void *y)
{
	const struct diff_group *a = x, *b = y;
	int c;

	if (a->names != b->names)
		return a->names > b->names ? -1 : 1;
	c = strcmp(a->from, b->from);
	return c ? c : strcmp(a->to, b->to);
}

struct diff *diff_models(struct arena *a, struct model *old, struct model *new_)
{
	struct differ d = { .a = a, .m = { old, new_ } };
	struct matches pairs = { NULL, 0, 0 };

	d.out = arena_alloc(a, sizeof(*d.out));
	d.s = space_new(a);
	d.known = symbols_new(a);
	match(&d, &pairs);
	for (size_t i = 0; i < pairs.n; i++) {
		memcpy(d.f, pairs.v[i].f, sizeof(d.f));
		frontend(&d);
	}
	listeners(&d, new_, old, 1);
	listeners(&d, old, new_, 0);
	if (d.out->groups.n)
		qsort(d.out->groups.v, d.out->groups.n,
			sizeof(*d.out->groups.v), most_names);
	space_free(&d.s);
	free(d.pairs.v);
	free(d.pair_table.v);
	free(d.found.v);
	free(d.seen.v);
	free(pairs.v);
	return d.out;
}

int diff_empty(const struct diff *d)
{
	return d->groups.n + d->listeners_added.n + d->listeners_removed.n +
		d->settings.n == 0;
}

size_t diff_forbidden(const struct diff *d, int any)
{
	size_t n = 0;

	if (any)
		return d->groups.n + d->listeners_added.n +
			d->listeners_removed.n + d->settings.n;
	for (size_t i = 0; i < d->groups.n; i++)
		n += d->groups.v[i].weaker != 0;
	return n + d->settings_weaker;
}
