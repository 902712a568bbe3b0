/*
 * Judging one bucket: which clauses decide nothing and which decide instead,
 * what is undecided, and where the order of two clauses matters.
 */
#include <stdlib.h>
#include <string.h>

#include "bucket.h"
#include "cache.h"
#include "runtime/table/table.h"
#include "verify.h"

#define DETAILS 500 /* unreachable clauses of one list told one by one */

int verify_same_action(struct verify_run *r, uint32_t a, uint32_t b)
{
	return verify_action_class(r->m, verify_clause_at(r, a)->action) ==
		verify_action_class(r->m, verify_clause_at(r, b)->action);
}

/* Runs of clauses without the dropped ones. */
static void add_kept(struct verify_run *r, uint32_t first, uint32_t count)
{
	uint32_t i = 0;

	while (i < count) {
		uint32_t from = i;

		while (i < count && r->dropped[first + i] <= r->load)
			i++;
		if (i > from)
			space_add(r->s, r->m, 0, first + from, i - from);
		while (i < count && r->dropped[first + i] > r->load)
			i++;
	}
}

void verify_bucket(struct verify_run *r, uint32_t list)
{
	const struct m_frontend *f = &r->m->frontends.v[r->frontend];

	space_begin(r->s, 1);
	if (list == MODEL_NONE || list != f->malformed)
		add_kept(r, f->pre_first, f->pre_count);
	r->own = (uint32_t)r->s->clauses.n;
	r->list = list;
	if (list != MODEL_NONE)
		add_kept(r, r->m->lists.v[list].first,
			r->m->lists.v[list].count);
	space_solve(r->s);
	r->stale = 0;
}

/* The first region that ends at or after an address. */
static size_t region_at(const struct space *s, uint8_t family, vaddr lo)
{
	size_t a = 0, b = s->regions.n;

	while (a < b) {
		size_t mid = (a + b) / 2;
		const struct region *g = &s->regions.v[mid];

		if (g->family < family || (g->family == family && g->hi < lo))
			a = mid + 1;
		else
			b = mid;
	}
	return a;
}

static void remember(struct verify_cover *out, uint32_t by)
{
	unsigned known = out->count < 3 ? out->count : 3, k = 0;

	while (k < known && out->by[k] != by)
		k++;
	if (k < known)
		return;
	if (k < 3)
		out->by[k] = by;
	if (out->count < 4) /* 4: more than three */
		out->count++;
}

/* Where an own clause of the frontend decides and a clause of the list would
 * cover the place as well, that one is named: it is the nearer cause.  But what
 * is decided equally is not a fault. */
static void cover_by(struct verify_run *r, uint32_t code,
	const struct region *where, const struct cell *c,
	struct verify_cover *out)
{
	uint32_t by = c->first, next = c->second;

	if (by < r->own && code >= r->own && next >= r->own && next < code &&
		(verify_same_action(r, code, next) ||
			!verify_same_action(r, code, by)))
		by = next;
	remember(out, by);
	if (out->differs || verify_same_action(r, code, by))
		return;
	out->differs = 1;
	out->where = *where;
	out->cell = *c;
}

/* The regions, or parts of them, in one stretch of the clause's sources. */
static void cover_regions(struct verify_run *r, uint32_t code,
	const struct stretch *x, struct verify_cover *out)
{
	struct space *s = r->s;

	for (size_t i = region_at(s, x->family, x->lo);
		i < s->regions.n && s->regions.v[i].family == x->family &&
		s->regions.v[i].lo <= x->hi;
		i++) {
		struct region part = s->regions.v[i];
		const struct cells *in;

		if (part.outcome == SPACE_IMPOSSIBLE)
			continue;
		part.lo = part.lo < x->lo ? x->lo : part.lo;
		part.hi = part.hi > x->hi ? x->hi : part.hi;
		in = space_within(s, space_outcome(s, &part), code);
		for (size_t c = 0; c < in->n; c++)
			cover_by(r, code, &part, &in->v[c], out);
		r->steps -= r->steps > in->n ? in->n : r->steps;
		if ((out->differs && out->count > 2) || !r->steps)
			return;
	}
}

static int by_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static struct verify_cover covered_by(struct verify_run *r, uint32_t code)
{
	struct stretches src = {NULL, 0, 0};
	struct verify_cover out = {.differs = 0};

	space_stretches(r->m, verify_clause_at(r, code), &src);
	for (size_t i = 0; i < src.n && r->steps; i++) {
		cover_regions(r, code, &src.v[i], &out);
		if (out.differs && out.count > 2)
			break;
	}
	free(src.v);
	qsort(out.by, out.count < 3 ? out.count : 3, sizeof(*out.by), by_order);
	return out;
}

/* Which codes decide anything, as a map of octets the caller frees. */
static uint8_t *reached(const struct space *s)
{
	size_t cap = 0;
	uint8_t *hit = space_room(NULL, &cap, s->clauses.n + 1, 1);
	const struct cell *c;

	memset(hit, 0, s->clauses.n + 1);
	for (struct space_iter i = {0, 0}; (c = space_next(s, &i));)
		if (c->first != SPACE_NONE)
			hit[c->first] = 1;
	return hit;
}

/* Codes [from, ...) that decide nothing: TC0301, or TC0302 when all that
 * decides instead does the same. */
void verify_judge_reach(struct verify_run *r, uint32_t from)
{
	uint8_t *hit = reached(r->s);
	uint32_t n = (uint32_t)r->s->clauses.n, last = 0;
	size_t told = 0, more = 0;

	for (uint32_t code = from; code < n; code++) {
		struct verify_cover c;

		if (hit[code])
			continue;
		r->stale = 1;
		if (told == DETAILS || !r->steps) {
			more++;
			r->dropped[r->s->clauses.v[code].model] =
				DROP_UNREACHED;
			continue;
		}
		c = covered_by(r, code);
		/* Where everything does the same, it is the conditions above
		 * a list's "otherwise" that can go: prune.c. */
		if (!c.differs && code + 1 == n && r->list != MODEL_NONE &&
			space_unconditional(verify_clause_at(r, code)) &&
			c.count)
			continue;
		verify_report_covered(r, code, &c);
		r->dropped[r->s->clauses.v[code].model] =
			c.count && !c.differs ? DROP_FIXED : DROP_UNREACHED;
		told++;
		last = code;
	}
	if (more)
		verify_report_more(r, last, more);
	free(hit);
}

int verify_find_gap(const struct space *s, const struct region **region,
	const struct cell **cell)
{
	for (size_t i = 0; i < s->regions.n; i++) {
		const struct outcome *o;

		*region = &s->regions.v[i];
		if ((*region)->outcome == SPACE_IMPOSSIBLE)
			continue;
		o = space_outcome(s, *region);
		for (uint32_t c = 0; c < o->count; c++) {
			*cell = space_cell(s, o, c);
			if ((*cell)->first == SPACE_NONE)
				return 1;
		}
	}
	return 0;
}

/* 1: the list leaves nothing undecided. */
static int judge_gap(struct verify_run *r)
{
	const struct m_list *l = &r->m->lists.v[r->list];
	const struct region *where;
	const struct cell *cell;

	if (l->count &&
		space_unconditional(&r->m->clauses.v[l->first + l->count - 1]))
		return 1;
	if (!verify_find_gap(r->s, &where, &cell))
		return 1;
	verify_report_gap(r, where, cell);
	return 0;
}

/* Maximal stretches: each of x must lie in one of y. */
static int subset(const struct stretches *x, const struct stretches *y)
{
	size_t k = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct stretch *a = &x->v[i];

		while (k < y->n &&
			(y->v[k].family < a->family ||
				(y->v[k].family == a->family &&
					y->v[k].hi < a->hi)))
			k++;
		if (k == y->n || y->v[k].family != a->family ||
			y->v[k].lo > a->lo)
			return 0;
	}
	return 1;
}

static int inside(struct verify_run *r, uint32_t inner, uint32_t outer)
{
	const struct m_clause *a = verify_clause_at(r, inner);
	const struct m_clause *b = verify_clause_at(r, outer);
	struct stretches x = {NULL, 0, 0}, y = {NULL, 0, 0};
	int in;

	if ((a->tls_mask & ~b->tls_mask) || (b->alpn_need & ~a->alpn_need) ||
		(b->alpn_deny & ~a->alpn_deny))
		return 0;
	if (b->src_test == TBL_SRC_ANY ||
		(a->src_test == b->src_test && a->set == b->set))
		return 1;
	space_stretches(r->m, a, &x);
	space_stretches(r->m, b, &y);
	in = subset(&x, &y);
	free(x.v);
	free(y.v);
	return in;
}

/* Does the order of the cell's first and second clause matter beyond the rule
 * of thumb "the special case first"? */
static int crosses(struct verify_run *r, const struct cell *c)
{
	return !verify_same_action(r, c->first, c->second) &&
		!inside(r, c->first, c->second) &&
		!inside(r, c->second, c->first);
}

/* TC0305, once per later clause.  tested[b] is the last clause that b was
 * compared with, or b itself when it is reported. */
static void judge_order(struct verify_run *r)
{
	struct space *s = r->s;
	size_t cap = 0;
	uint32_t *tested =
		space_room(NULL, &cap, s->clauses.n + 1, sizeof(*tested));

	memset(tested, 0xff, (s->clauses.n + 1) * sizeof(*tested));
	for (size_t i = 0; i < s->regions.n; i++) {
		const struct region *g = &s->regions.v[i];
		const struct outcome *o = g->outcome == SPACE_IMPOSSIBLE
			? NULL
			: space_outcome(s, g);

		for (uint32_t k = 0; o && k < o->count; k++) {
			const struct cell *c = space_cell(s, o, k);
			uint32_t a = c->first, b = c->second;

			if (a == SPACE_NONE || b == SPACE_NONE || a < r->own ||
				tested[b] == a || tested[b] == b)
				continue;
			tested[b] = a;
			if (!crosses(r, c))
				continue;
			tested[b] = b;
			verify_report_crossing(r, g, c);
		}
	}
	free(tested);
}

/* A clause that is reached nowhere stays so whatever clauses come back, and one
 * that can go still can when there are more in front of the list.  All else
 * takes the whole list, and rests on every setting besides. */
int verify_judge_list(struct verify_run *r, uint32_t list)
{
	const struct m_frontend *f = &r->m->frontends.v[r->frontend];
	int torn = r->m->lists.v[list].torn, whole;

	verify_bucket(r, list);
	whole = !torn && !f->torn && judge_gap(r);
	verify_judge_reach(r, r->own);
	if (torn || r->m->faulty)
		return whole;
	if (r->s->clauses.n - r->own > 1) {
		verify_prune_list(r, list);
		judge_order(r); /* of what is left: one fault once */
	}
	verify_judge_service(r, r->own);
	return whole;
}
