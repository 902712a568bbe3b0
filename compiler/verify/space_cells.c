/*
 * First match among clients.  Given the clauses that hold at an address, in
 * order, the clients are split token by token and version by version only where
 * a guard is still undecided, until the first and the second clause are
 * certain.  So the cost depends on the shape of the decision and not on the 2^k
 * sets of k tokens; a list without guards on clients is one cell.
 */
#include <string.h>

#include "sweep.h"

#include "grammar/words.h"

/* Nicest first: a witness shows the newest client that fits. */
static uint8_t newest(uint8_t tls)
{
	for (uint8_t bit = 0x08; bit; bit >>= 1)
		if (tls & bit)
			return bit;
	return tls;
}

struct split {
	struct space *s;
	const uint32_t *list;
	size_t n;
	struct cells *out;
	size_t from; /* the outcome's first cell in out */
	uint32_t marks;
};

/* The clients still in question and what is certain about them. */
struct state {
	uint64_t has, lacks;
	uint8_t tls;
	uint32_t first, second, marks;
};

static const struct guard *guard_of(const struct space *s, uint32_t code)
{
	return code & MARKER ? &s->marks.v[code & ~MARKER]
			     : &s->clauses.v[code].guard;
}

static int simpler(const struct cell *a, const struct cell *b)
{
	int x = __builtin_popcountll(a->alpn),
	    y = __builtin_popcountll(b->alpn);

	if (x != y)
		return x < y;
	return a->alpn != b->alpn
		? a->alpn < b->alpn
		: newest(a->tls | b->tls) == a->tls && a->tls != b->tls;
}

/* Equal ends of the splitting become one cell while they are easily found. */
static void emit(struct split *p, const struct state *t)
{
	struct cell c = {
		t->first, t->second, t->marks, newest(t->tls), t->tls, t->has};
	size_t i = p->out->n, near = p->from;

	if (i - p->from > 64)
		near = i - 64;
	while (i-- > near) {
		struct cell *o = &p->out->v[i];

		if (o->first != c.first || o->second != c.second ||
			o->marks != c.marks)
			continue;
		c.versions |= o->versions;
		if (simpler(&c, o))
			*o = c;
		o->versions = c.versions;
		return;
	}
	if (p->out->n - p->from == SPACE_CELLS) {
		p->s->overflow = 1;
		return;
	}
	SPACE_ROOM(*p->out, p->out->n + 1);
	p->out->v[p->out->n++] = c;
}

static void run(struct split *p, size_t i, struct state t);

/* The guard at i is open: first the clients on whose side it is more certain
 * to fail, so that simple examples come first. */
static void fork_at(
	struct split *p, size_t i, const struct state *t, const struct guard *g)
{
	uint64_t open = (g->need & ~t->has) | (g->deny & ~t->lacks);
	struct state a = *t, b = *t;

	if (t->tls & ~g->tls) {
		a.tls &= g->tls;
		b.tls &= (uint8_t)~g->tls;
	} else {
		a.lacks |= open & -open;
		b.has |= open & -open;
	}
	run(p, i, a);
	run(p, i, b);
}

/* 1: everything is certain. */
static int settle(const struct split *p, struct state *t, uint32_t code)
{
	if (code & MARKER) {
		t->marks |= 1u << (code & 0x1f);
		return 0;
	}
	if (p->s->layers == 2 && p->s->clauses.v[code].layer == 1) {
		t->second = code;
		return 1;
	}
	if (t->first == SPACE_NONE) {
		t->first = code;
		return 0;
	}
	t->second = code;
	return 1;
}

static void run(struct split *p, size_t i, struct state t)
{
	for (; i < p->n && !p->s->overflow; i++) {
		uint32_t code = p->list[i];
		const struct guard *g = guard_of(p->s, code);

		if ((g->need & t.lacks) || (g->deny & t.has) ||
			!(g->tls & t.tls))
			continue;
		if (p->s->layers == 2 && !(code & MARKER) &&
			!p->s->clauses.v[code].layer && t.first != SPACE_NONE)
			continue;
		if ((g->need & ~t.has) || (g->deny & ~t.lacks) ||
			(t.tls & ~g->tls)) {
			fork_at(p, i, &t, g);
			return;
		}
		if (settle(p, &t, code))
			break;
	}
	emit(p, &t);
}

void space_cells_make(struct space *s, const uint32_t *list, size_t n,
	const struct guard *within, struct cells *out)
{
	struct split p = {
		.s = s, .list = list, .n = n, .out = out, .from = out->n};
	struct state t = {
		.tls = TLSV_ALL, .first = SPACE_NONE, .second = SPACE_NONE};

	if (within) {
		t.has = within->need;
		t.lacks = within->deny;
		t.tls = within->tls;
	}
	if (!t.tls || (t.has & t.lacks))
		return;
	run(&p, 0, t);
}

const struct cells *space_within(
	struct space *s, const struct outcome *o, uint32_t code)
{
	s->scratch.n = 0;
	space_cells_make(s, s->lists.v + o->list, o->length, guard_of(s, code),
		&s->scratch);
	return &s->scratch;
}

const struct cells *space_of_versions(
	struct space *s, const struct outcome *o, uint8_t versions)
{
	const struct guard some = {.tls = versions};

	s->scratch.n = 0;
	space_cells_make(
		s, s->lists.v + o->list, o->length, &some, &s->scratch);
	return &s->scratch;
}

uint32_t space_at(const struct space *s, const struct outcome *o, uint64_t alpn,
	uint8_t tls, uint32_t *marks)
{
	uint32_t held = 0, by = SPACE_NONE;

	for (uint32_t i = 0; i < o->length && by == SPACE_NONE; i++) {
		uint32_t code = s->lists.v[o->list + i];
		const struct guard *g = guard_of(s, code);

		if ((alpn & g->need) != g->need || (alpn & g->deny) ||
			!(tls & g->tls))
			continue;
		if (code & MARKER)
			held |= 1u << (code & 0x1f);
		else
			by = code;
	}
	if (marks)
		*marks = held;
	return by;
}
