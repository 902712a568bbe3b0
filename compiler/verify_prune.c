/*
 * TC0302 for clauses that do apply and yet change nothing: wherever one is the
 * first, the next that applies does the same.  Reported ones are dropped
 * together, so one that is needed by a dropped one stays; rounds go on until
 * nothing is left to drop, so the repaired list has no such clause.
 */
#include <stdlib.h>
#include <string.h>

#include "../runtime/table.h"
#include "verify_bucket.h"
#include "verify_cache.h"

#define ROUNDS 16

struct lean { uint32_t on, what; }; /* `what` may go because of `on` */

struct prune {
	struct verify_run *r;
	uint8_t *needed; /* per code */
	uint32_t *heir;  /* per code: one that does the same, to show */
	VEC(struct lean) leans;
};

static void prune_start(struct prune *p, struct verify_run *r, size_t n)
{
	size_t c0 = 0, c1 = 0;

	p->r = r;
	p->needed = space_room(NULL, &c0, n + 1, 1);
	memset(p->needed, 0, n + 1);
	p->heir = space_room(NULL, &c1, n + 1, sizeof(*p->heir));
	memset(p->heir, 0xff, (n + 1) * sizeof(*p->heir));
	p->leans.n = 0;
}

static void prune_end(struct prune *p)
{
	free(p->needed);
	free(p->heir);
}

/* Look at every cell of the solved bucket for codes [from, to). */
static void look(struct prune *p, uint32_t from, uint32_t to)
{
	const struct cell *c;

	for (struct space_iter i = { 0, 0 }; (c = space_next(p->r->s, &i));) {
		uint32_t a = c->first, b = c->second;

		if (a == SPACE_NONE || a < from || a >= to || p->needed[a])
			continue;
		if (b == SPACE_NONE || !verify_same_action(p->r, a, b)) {
			p->needed[a] = 1;
			continue;
		}
		if (p->heir[a] == SPACE_NONE || b < p->heir[a])
			p->heir[a] = b;
		SPACE_ROOM(p->leans, p->leans.n + 1);
		p->leans.v[p->leans.n++] = (struct lean){ b, a };
	}
}

static int lean_cmp(const void *x, const void *y)
{
	const struct lean *a = x, *b = y;

	if (a->what != b->what)
		return a->what > b->what ? -1 : 1;
	return a->on < b->on ? -1 : a->on > b->on;
}

/* From the last code to the first: drop what leans on nothing dropped now.
 * gone[] is per code. */
static size_t drop(struct prune *p, uint8_t *gone)
{
	struct verify_run *r = p->r;
	size_t n = 0, i = 0;

	if (p->leans.n)
		qsort(p->leans.v, p->leans.n, sizeof(*p->leans.v), lean_cmp);
	while (i < p->leans.n) {
		uint32_t code = p->leans.v[i].what;
		int free_to_go = !p->needed[code];

		for (; i < p->leans.n && p->leans.v[i].what == code; i++)
			free_to_go &= !gone[p->leans.v[i].on];
		if (!free_to_go)
			continue;
		gone[code] = 1;
		verify_report_redundant(r, code, p->heir[code]);
		r->dropped[r->s->clauses.v[code].model] = 1;
		n++;
	}
	return n;
}

void verify_prune_list(struct verify_run *r, uint32_t list)
{
	struct prune p = { .leans = { NULL, 0, 0 } };
	size_t dropped = 1;

	for (unsigned round = 0; round < ROUNDS && dropped; round++) {
		size_t cap = 0;
		uint8_t *gone;

		if (round || r->stale)
			verify_bucket(r, list);
		gone = space_room(NULL, &cap, r->s->clauses.n + 1, 1);
		memset(gone, 0, r->s->clauses.n + 1);
		prune_start(&p, r, r->s->clauses.n);
		look(&p, r->own, (uint32_t)r->s->clauses.n);
		dropped = drop(&p, gone);
		prune_end(&p);
		free(gone);
	}
	free(p.leans.v);
}

/* What a list of one unconditional clause says about own clauses: those that
 * fall through to it must do what it does. */
static void look_trivial(struct prune *p, const uint8_t *falls, uint32_t n,
	uint32_t action)
{
	struct model *m = p->r->m;
	const struct m_frontend *f = &m->frontends.v[p->r->frontend];
	uint32_t code = 0;

	for (uint32_t i = 0; i < f->pre_count && code < n; i++) {
		const struct m_clause *c = &m->clauses.v[f->pre_first + i];

		if (p->r->dropped[f->pre_first + i])
			continue;
		if (falls[code] && verify_action_class(m, c->action) !=
			verify_action_class(m, action))
			p->needed[code] = 1;
		code++;
	}
}

static int all_needed(const struct prune *p, uint32_t n)
{
	return !memchr(p->needed, 0, n);
}

static void look_lists(struct prune *p, const uint32_t *lists, size_t n,
	const uint8_t *falls, uint32_t own)
{
	struct model *m = p->r->m;
	const struct m_frontend *f = &m->frontends.v[p->r->frontend];

	for (size_t i = 0; i < n && !all_needed(p, own); i++) {
		const struct m_list *l = &m->lists.v[lists[i]];
		const struct m_clause *c = &m->clauses.v[l->first];

		if (lists[i] == f->malformed)
			continue;
		if (l->count == 1 && space_unconditional(c) &&
		    !p->r->dropped[l->first]) {
			look_trivial(p, falls, own, c->action);
			continue;
		}
		verify_bucket(p->r, lists[i]);
		look(p, 0, own);
	}
}

/* An own clause changes nothing iff that holds in every bucket. */
void verify_prune_own(struct verify_run *r, const uint32_t *lists, size_t n)
{
	struct prune p = { .leans = { NULL, 0, 0 } };
	struct space *s = r->s;
	size_t c0 = 0, c1 = 0;
	const struct cell *c;
	uint8_t *falls, *gone;
	uint32_t own;

	verify_bucket(r, MODEL_NONE);
	own = (uint32_t)s->clauses.n;
	falls = space_room(NULL, &c0, own + 1, 1);
	memset(falls, 0, own + 1);
	for (struct space_iter i = { 0, 0 }; (c = space_next(s, &i));)
		if (c->first != SPACE_NONE && c->second == SPACE_NONE)
			falls[c->first] = 1;
	prune_start(&p, r, own);
	look_lists(&p, lists, n, falls, own);
	if (!all_needed(&p, own)) {
		/* With the simplest bucket in hand for reports; codes of own
		 * clauses are the same in all. */
		verify_bucket(r, r->m->frontends.v[r->frontend].default_);
		memset(p.heir, 0xff, own * sizeof(*p.heir));
		look(&p, 0, own);
		gone = space_room(NULL, &c1, s->clauses.n + 1, 1);
		memset(gone, 0, s->clauses.n + 1);
		for (size_t i = 0; i < p.leans.n; i++)
			if (p.leans.v[i].on >= own)
				p.leans.v[i].on = (uint32_t)s->clauses.n;
		drop(&p, gone);
		free(gone);
	}
	prune_end(&p);
	free(p.leans.v);
	free(falls);
}
