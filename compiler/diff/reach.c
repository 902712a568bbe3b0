/*
 * The client addresses that a group's change is for: collected region by
 * region, printed as the networks that are affected, or those that are not.
 */
#include <stdlib.h>

#include "compiler/base/prefix.h"
#include "priv.h"

enum { NETWORKS_SHOWN = 8, NETWORKS_KEPT = 2048 };

static int by_place(const void *x, const void *y)
{
	const struct stretch *a = x, *b = y;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return a->lo < b->lo ? -1 : a->lo > b->lo;
}

/* In order, touching ones made one. */
static void settle(struct reach *r)
{
	struct stretches *s = &r->at;
	size_t n = 0;

	if (s->n)
		qsort(s->v, s->n, sizeof(*s->v), by_place);
	for (size_t i = 0; i < s->n; i++) {
		struct stretch *last = n ? &s->v[n - 1] : NULL;

		if (last && last->family == s->v[i].family &&
			(s->v[i].lo <= last->hi ||
				s->v[i].lo == last->hi + 1)) {
			if (s->v[i].hi > last->hi)
				last->hi = s->v[i].hi;
			continue;
		}
		s->v[n++] = s->v[i];
	}
	s->n = r->settled = n;
}

void diff_reach_add(
	struct differ *d, uint32_t group, const struct region *where)
{
	struct reach *r = &d->reach.v[group];

	if (r->settled > NETWORKS_KEPT && !d->o->names)
		return;
	SPACE_ROOM(r->at, r->at.n + 1);
	r->at.v[r->at.n++] =
		(struct stretch){where->lo, where->hi, where->family};
	if (r->at.n > 2 * r->settled + 64)
		settle(r);
}

/* The largest prefix that begins at lo and does not pass hi. */
static struct m_prefix first_prefix(const struct stretch *s)
{
	struct m_prefix p = space_address(s->family, s->lo);
	unsigned width = prefix_width(s->family), bits = 0;

	while (bits < width && !(s->lo >> bits & 1) &&
		s->hi - s->lo >= ((vaddr)2 << bits) - 1)
		bits++;
	p.len = (uint8_t)(width - bits);
	return p;
}

/* How many prefixes the stretches are. */
static size_t count_prefixes(const struct stretches *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct stretch s = all->v[i];
		struct m_prefix p = first_prefix(&s);

		for (n++; space_last(&p) != s.hi; n++) {
			s.lo = space_last(&p) + 1;
			p = first_prefix(&s);
		}
	}
	return n;
}

static void networks_of(
	struct differ *d, struct diff_group *g, struct stretch s)
{
	char buf[64];

	for (;;) {
		struct m_prefix p = first_prefix(&s);

		if (d->o->names || g->sources.n < NETWORKS_SHOWN)
			PUSH(d->a, &g->sources) =
				arena_printf(d->a, "%s", prefix_text(&p, buf));
		else
			g->sources_more++;
		if (space_last(&p) == s.hi)
			return;
		s.lo = space_last(&p) + 1;
	}
}

static void gap(struct stretches *out, uint8_t family, vaddr lo, vaddr hi)
{
	static const struct stretch mapped = {(vaddr)0xffff << 32,
		((vaddr)0xffff << 32) + 0xffffffff, TBL_V6};

	/* No client has a v4-mapped address. */
	if (family == TBL_V6 && lo <= mapped.lo && hi >= mapped.hi) {
		if (lo < mapped.lo)
			gap(out, family, lo, mapped.lo - 1);
		if (hi > mapped.hi)
			gap(out, family, mapped.hi + 1, hi);
		return;
	}
	SPACE_ROOM(*out, out->n + 1);
	out->v[out->n++] = (struct stretch){lo, hi, family};
}

/* What the stretches leave out. */
static void complement(const struct stretches *s, struct stretches *out)
{
	static const uint8_t families[] = {TBL_V4, TBL_V6};
	size_t i = 0;

	for (unsigned f = 0; f < 2; f++) {
		vaddr end = families[f] == TBL_V4 ? 0xffffffff : ~(vaddr)0;
		vaddr next = 0;
		int full = 0;

		for (; i < s->n && s->v[i].family == families[f]; i++) {
			if (s->v[i].lo > next)
				gap(out, families[f], next, s->v[i].lo - 1);
			full = s->v[i].hi == end;
			next = s->v[i].hi + 1;
		}
		if (!full)
			gap(out, families[f], next, end);
	}
}

/* Those concerned, or those that are not, whichever is shorter. */
void diff_reach_text(struct differ *d, uint32_t group)
{
	struct diff_group *g = &d->out->groups.v[group];
	struct stretches *all = &d->reach.v[group].at;
	struct stretches others = {NULL, 0, 0};
	const struct stretches *shown = all;

	settle(&d->reach.v[group]);
	complement(all, &others);
	if (all->n &&
		(!others.n || count_prefixes(&others) < count_prefixes(all))) {
		g->all_but = others.n > 0;
		shown = &others;
	}
	for (size_t i = 0; i < shown->n; i++)
		networks_of(d, g, shown->v[i]);
	free(others.v);
	free(all->v);
}
