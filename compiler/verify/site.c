/*
 * Which clauses of a path no request can meet.  What is asked about one method,
 * header field, parameter, cookie, or about the source, is a dimension with a few
 * values: absent, each value that some term names, another; of the source, the
 * regions that the site's sets cut out.  A term is a set of values of one
 * dimension, a clause a box, and a clause is dead when earlier boxes cover its
 * own.  Dimensions are independent of each other, but for a header field `cookie`,
 * whose relation to cookies is ignored: then a dead clause may be missed, and no
 * live one is called dead.
 */
#include "site.h"

#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/prefix.h"
#include "grammar/table.h"

#define STEPS 100000 /* of one clause; then it counts as alive */
#define VALUES 64    /* of a dimension */

enum about {
	ABOUT_METHOD,
	ABOUT_HEADER,
	ABOUT_QUERY,
	ABOUT_COOKIE,
	ABOUT_SOURCE
};

/* Bit 0: absent (of a method and of the source: nothing); bit 1: another value. */
struct dimension {
	enum about about;
	const char *name;
	uint64_t all;
	VEC(const char *) values; /* from bit 2 on */
};

struct box {
	uint64_t of[TBL_TERMS_MAX]; /* per dimension */
};

struct prover {
	struct model *m;
	struct diags *d;
	const struct m_site *s;
	VEC(struct dimension) dims;
	VEC(struct prefix_vec) regions; /* of the source, from bit 0 on */
	unsigned of_term[TBL_TERMS_MAX];
	uint64_t mask[TBL_TERMS_MAX]; /* per term: values that it accepts */
	int too_large;
	/* Of the clause in hand. */
	struct box *boxes;
	unsigned steps;
	uint64_t met; /* earlier clauses that take something from it */
};

static enum about about(const struct m_term *t)
{
	switch (t->kind) {
	case TBL_TERM_METHOD:
		return ABOUT_METHOD;
	case TBL_TERM_HEADER:
	case TBL_TERM_HEADER_IS:
		return ABOUT_HEADER;
	case TBL_TERM_QUERY:
	case TBL_TERM_QUERY_IS:
		return ABOUT_QUERY;
	case TBL_TERM_SOURCE:
		return ABOUT_SOURCE;
	default:
		return ABOUT_COOKIE;
	}
}

static int same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static unsigned dimension(struct prover *p, const struct m_term *t)
{
	struct dimension *x;
	unsigned i;

	for (i = 0; i < p->dims.n; i++)
		if (p->dims.v[i].about == about(t) &&
			same_text(p->dims.v[i].name, t->name))
			return i;
	arena_grow(
		p->m->arena, &p->dims.v, p->dims.n, &p->dims.cap, sizeof(*x));
	x = &p->dims.v[p->dims.n++];
	*x = (struct dimension){.about = about(t), .name = t->name};
	x->all = x->about == ABOUT_METHOD  ? 2
		: x->about == ABOUT_SOURCE ? 1
					   : 3;
	return i;
}

/* The bit of a value that a term names. */
static uint64_t value(struct prover *p, struct dimension *x, const char *text)
{
	size_t i;

	for (i = 0; i < x->values.n; i++)
		if (same_text(x->values.v[i], text))
			return (uint64_t)4 << i;
	if (i + 2 >= VALUES) {
		p->too_large = 1;
		return 0;
	}
	arena_grow(p->m->arena, &x->values.v, i, &x->values.cap,
		sizeof(*x->values.v));
	x->values.v[x->values.n++] = text;
	x->all |= (uint64_t)4 << i;
	return (uint64_t)4 << i;
}

/* Each region into what lies in the set and what does not. */
static void cut(struct prover *p, const struct m_set *set)
{
	struct prefix_vec s = {
		set->prefixes.v, set->prefixes.n, set->prefixes.cap};
	size_t n = p->regions.n;

	for (size_t i = 0; i < n && !p->too_large; i++) {
		struct prefix_vec in =
			prefix_intersect(p->m->arena, &p->regions.v[i], &s);
		struct prefix_vec out =
			prefix_minus(p->m->arena, &p->regions.v[i], &s);

		if (!in.n || !out.n)
			continue;
		p->regions.v[i] = in;
		arena_grow(p->m->arena, &p->regions.v, p->regions.n,
			&p->regions.cap, sizeof(in));
		p->regions.v[p->regions.n++] = out;
		p->too_large = p->regions.n > VALUES;
	}
}

static void regions(struct prover *p)
{
	struct prefix_vec none = {NULL, 0, 0};

	arena_grow(p->m->arena, &p->regions.v, 0, &p->regions.cap,
		sizeof(*p->regions.v));
	p->regions.v[0] = prefix_complement(p->m->arena, &none);
	p->regions.n = 1;
	for (size_t i = 0; i < p->s->terms.n; i++)
		if (p->s->terms.v[i].kind == TBL_TERM_SOURCE)
			cut(p, &p->m->sets.v[p->s->terms.v[i].set]);
}

/* Regions lie in a set or outside of it. */
static uint64_t inside(const struct prover *p, const struct m_set *set)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < p->regions.n; i++)
		if (prefix_covers(set->prefixes.v, set->prefixes.n,
			    &p->regions.v[i].v[0]))
			bits |= (uint64_t)1 << i;
	return bits;
}

static uint64_t accepts(struct prover *p, const struct m_term *t, unsigned dim)
{
	struct dimension *x = &p->dims.v[dim];

	switch (t->kind) {
	case TBL_TERM_SOURCE:
		return inside(p, &p->m->sets.v[t->set]);
	case TBL_TERM_HEADER:
	case TBL_TERM_QUERY:
	case TBL_TERM_COOKIE:
		return ~(uint64_t)1;
	default:
		return value(p, x, t->value);
	}
}

static void load(struct prover *p)
{
	const struct m_site *s = p->s;

	regions(p);
	for (size_t i = 0; i < s->terms.n && !p->too_large; i++) {
		const struct m_term *t = &s->terms.v[i];
		unsigned dim = dimension(p, t);

		p->of_term[t->bit] = dim;
		p->mask[t->bit] |= accepts(p, t, dim);
		if (t->kind == TBL_TERM_SOURCE)
			p->dims.v[dim].all = p->regions.n == VALUES
				? ~(uint64_t)0
				: ((uint64_t)1 << p->regions.n) - 1;
	}
}

/* 0 when no request is in it. */
static int box_of(
	const struct prover *p, const struct m_cclause *c, struct box *b)
{
	uint64_t bits;
	size_t i;

	for (i = 0; i < p->dims.n; i++)
		b->of[i] = p->dims.v[i].all;
	for (bits = c->need; bits; bits &= bits - 1) {
		i = (size_t)__builtin_ctzll(bits);
		b->of[p->of_term[i]] &= p->mask[i];
	}
	for (bits = c->deny; bits; bits &= bits - 1) {
		i = (size_t)__builtin_ctzll(bits);
		b->of[p->of_term[i]] &= ~p->mask[i];
	}
	for (i = 0; i < p->dims.n; i++)
		if (!b->of[i])
			return 0;
	return 1;
}

static int meet(
	const struct prover *p, const struct box *a, const struct box *b)
{
	for (size_t i = 0; i < p->dims.n; i++)
		if (!(a->of[i] & b->of[i]))
			return 0;
	return 1;
}

/* Do the boxes from number `from` to `to` cover b?  What one of them leaves of b
 * is cut into boxes, which the others must cover. */
static int covered(struct prover *p, struct box b, unsigned from, unsigned to)
{
	const struct box *by;

	while (from < to && !meet(p, &b, &p->boxes[from]))
		from++;
	if (from == to || ++p->steps > STEPS)
		return 0;
	by = &p->boxes[from];
	p->met |= from < 64 ? (uint64_t)1 << from : 0;
	for (size_t i = 0; i < p->dims.n; i++) {
		struct box rest = b;

		rest.of[i] &= ~by->of[i];
		if (rest.of[i] && !covered(p, rest, from + 1, to))
			return 0;
		b.of[i] &= by->of[i];
	}
	return 1;
}

static void never(struct prover *p, const struct m_cclause *c)
{
	struct diag *g = diag_add(p->d, DIAG_TC0301, c->guard_span,
		"this clause can never apply");

	diag_caret(g, "no request satisfies all of its terms");
}

static void dead(struct prover *p, const struct m_path *path, uint32_t at)
{
	const struct m_cclause *v = &p->m->cclauses.v[path->first];
	const struct m_cclause *c = &v[at];
	int alike = 1, told = 0;
	struct diag *g;

	for (uint32_t i = 0; i < at && i < 64; i++)
		if (p->met >> i & 1)
			alike &= v[i].action == c->action;
	g = diag_add(p->d, alike ? DIAG_TC0302 : DIAG_TC0301, c->span,
		alike ? "removing this clause changes no decision"
		      : "this clause can never be reached");
	for (uint32_t i = 0; i < at && i < 64 && told < 3; i++)
		if (p->met >> i & 1) {
			diag_label(g, v[i].span,
				told ? "and this" : "its requests meet this");
			told++;
		}
	if (!c->need && !c->deny)
		diag_help(g,
			"the clauses above cover everything: make the last of "
			"them 'otherwise'");
	else
		diag_help(g,
			alike ? "remove it"
			      : "move it up, or narrow the clauses before it");
}

static void judge(struct prover *p, const struct m_path *path)
{
	unsigned n = 0;

	p->boxes =
		arena_alloc(p->m->arena, (path->count + 1) * sizeof(*p->boxes));
	for (uint32_t i = 0; i < path->count; i++) {
		const struct m_cclause *c = &p->m->cclauses.v[path->first + i];
		struct box b;

		p->steps = 0;
		p->met = 0;
		/* An empty box takes nothing from others. */
		if (!box_of(p, c, &b))
			never(p, c);
		else if (covered(p, b, 0, n))
			dead(p, path, i);
		p->boxes[n++] = b;
	}
}

void verify_sites(struct model *m, struct diags *d)
{
	for (size_t i = 0; i < m->sites.n; i++) {
		struct prover p = {.m = m, .d = d, .s = &m->sites.v[i]};

		if (p.s->torn != MODEL_WHOLE)
			continue;
		load(&p);
		for (size_t k = 0; k < p.s->paths.n && !p.too_large; k++)
			judge(&p, &p.s->paths.v[k]);
	}
}
