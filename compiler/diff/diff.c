/*
 * The difference as a whole: which frontends serve the same clients, what they
 * do for each name (walk.c), and what else differs.
 */
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "compiler/base/symbols.h"
#include "trust.h"

/* weaken.def is in the order of what matters most to whom it concerns. */
static enum weaken_id gravest(const struct diff_group *g)
{
	enum weaken_id least = WEAKEN_COUNT;

	for (size_t i = 0; i < g->rows.n; i++)
		if (g->rows.v[i].why && g->rows.v[i].kind < least)
			least = g->rows.v[i].kind;
	return least;
}

/* What people read is cut off at its end. */
static int weaker_first(const void *x, const void *y)
{
	const struct diff_group *a = x, *b = y;
	int c;

	if (gravest(a) != gravest(b))
		return gravest(a) < gravest(b) ? -1 : 1;
	if (a->names != b->names)
		return a->names > b->names ? -1 : 1;
	c = strcmp(a->from, b->from);
	return c ? c : strcmp(a->to, b->to);
}

static void frontends(struct differ *d, const struct matches *pairs)
{
	for (size_t i = 0; i < pairs->n; i++) {
		memcpy(d->f, pairs->v[i].f, sizeof(d->f));
		diff_walk(d);
		diff_named_frontends(d);
		diff_settings(d);
	}
	diff_listeners(d, pairs);
	diff_groups_finish(d);
	diff_apart(d);
	if (d->out->groups.n)
		qsort(d->out->groups.v, d->out->groups.n,
			sizeof(*d->out->groups.v), weaker_first);
}

struct diff *diff_models(struct arena *a, struct model *old, struct model *new_,
	const struct diff_options *o)
{
	struct differ d = {.a = a, .m = {old, new_}, .o = o};
	struct matches pairs = {NULL, 0, 0};

	d.out = arena_alloc(a, sizeof(*d.out));
	d.s = space_new(a);
	d.known = symbols_new(a);
	d.trust = trust_new(a);
	diff_match(&d, &pairs);
	frontends(&d, &pairs);
	diff_segments(&d);
	diff_comply_finish(&d);
	diff_texts(&d);
	diff_params(&d);
	diff_allows(&d);
	space_free(&d.s);
	diff_walk_free(&d);
	free(pairs.v);
	return d.out;
}

int diff_empty(const struct diff *d)
{
	return d->groups.n + d->settings == 0;
}

int diff_same(const struct diff *d)
{
	return d->groups.n + d->items.n == 0;
}

static int open_row(const struct diff_row *r)
{
	return r->why && !r->accepted;
}

size_t diff_weaker(const struct diff *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->groups.n; i++)
		for (size_t k = 0; k < d->groups.v[i].rows.n; k++)
			n += (size_t)open_row(&d->groups.v[i].rows.v[k]);
	for (size_t i = 0; i < d->items.n; i++)
		n += (size_t)open_row(&d->items.v[i].row);
	return n;
}
