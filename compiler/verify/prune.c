/*
 * TC0302 for clauses that apply but change nothing: wherever one is the first,
 * the next one that applies does the same.  That is judged against every other
 * clause of the text, also those that are never reached or are reported
 * themselves, so "removing it changes no decision" is true of each report.
 *
 * What is true of each need not be true of all: of two equal clauses either can
 * go, but not both.  So a second pass chooses those that can go together, which
 * carry a fix and are left out of what is judged later.
 */
#include <stdlib.h>
#include <string.h>

#include "bucket.h"
#include "cache.h"
#include "runtime/table/table.h"

#define ROUNDS 16

struct lean {
	uint32_t on, what;
}; /* `what` may go because of `on` */

/* A clause that can go alone, and the next that does the same. */
struct spare {
	uint32_t clause, heir;
}; /* of the model */

struct prune {
	struct verify_run *r;
	int strict;      /* nothing may lean on a dropped clause */
	uint8_t *needed; /* per code */
	uint32_t *heir;  /* per code: one that does the same, to show */
	VEC(struct lean) leans;
	VEC(struct spare) spares;
	VEC(struct spare) links; /* all heirs of all spares */
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

static uint32_t model_clause(const struct prune *p, uint32_t code)
{
	return p->r->s->clauses.v[code].model;
}

/* Look at every cell of the solved bucket for codes [from, to). */
static void look(struct prune *p, uint32_t from, uint32_t to)
{
	const struct cell *c;

	for (struct space_iter i = {0, 0}; (c = space_next(p->r->s, &i));) {
		uint32_t a = c->first, b = c->second;

		if (a == SPACE_NONE || a < from || a >= to || p->needed[a])
			continue;
		if (b == SPACE_NONE || !verify_same_action(p->r, a, b) ||
			(p->strict && p->r->dropped[model_clause(p, b)])) {
			p->needed[a] = 1;
			continue;
		}
		if (p->heir[a] == SPACE_NONE || b < p->heir[a])
			p->heir[a] = b;
		SPACE_ROOM(p->leans, p->leans.n + 1);
		p->leans.v[p->leans.n++] = (struct lean){b, a};
	}
}

/* Codes [from, to) that can go alone, as the loaded bucket says. */
static void find_spares(struct prune *p, uint32_t from, uint32_t to)
{
	for (uint32_t code = from; code < to; code++) {
		if (p->needed[code] || p->heir[code] == SPACE_NONE)
			continue;
		SPACE_ROOM(p->spares, p->spares.n + 1);
		p->spares.v[p->spares.n++] = (struct spare){
			model_clause(p, code), model_clause(p, p->heir[code])};
	}
	for (size_t i = 0; p->spares.n && i < p->leans.n; i++) {
		struct lean l = p->leans.v[i];

		if (p->needed[l.what] || l.on >= to)
			continue;
		SPACE_ROOM(p->links, p->links.n + 1);
		p->links.v[p->links.n++] = (struct spare){
			model_clause(p, l.what), model_clause(p, l.on)};
	}
}

static int is_spare(const struct prune *p, uint32_t clause)
{
	size_t a = 0, b = p->spares.n; /* ascending, as codes are */

	while (a < b) {
		size_t mid = (a + b) / 2;

		if (p->spares.v[mid].clause < clause)
			a = mid + 1;
		else
			b = mid;
	}
	return a < p->spares.n && p->spares.v[a].clause == clause;
}

static int lean_cmp(const void *x, const void *y)
{
	const struct lean *a = x, *b = y;

	if (a->what != b->what)
		return a->what > b->what ? -1 : 1;
	return a->on < b->on ? -1 : a->on > b->on;
}

/* From the last code to the first: drop the spares that lean on nothing
 * dropped now.  gone[] is per code. */
static size_t drop(struct prune *p, uint8_t *gone)
{
	size_t n = 0, i = 0;

	if (p->leans.n)
		qsort(p->leans.v, p->leans.n, sizeof(*p->leans.v), lean_cmp);
	while (i < p->leans.n) {
		uint32_t code = p->leans.v[i].what;
		int free_to_go =
			!p->needed[code] && is_spare(p, model_clause(p, code));

		for (; i < p->leans.n && p->leans.v[i].what == code; i++)
			free_to_go &= !gone[p->leans.v[i].on];
		if (!free_to_go)
			continue;
		gone[code] = 1;
		p->r->dropped[model_clause(p, code)] = DROP_FIXED;
		n++;
	}
	return n;
}

/* A clause that a spare cannot go with: it leans on one that goes. */
static uint32_t twin(const struct prune *p, const struct spare *x)
{
	for (size_t i = 0; i < p->links.n; i++)
		if (p->links.v[i].clause == x->clause &&
			p->r->dropped[p->links.v[i].heir])
			return p->links.v[i].heir;
	return x->heir;
}

static void report(struct prune *p)
{
	for (size_t i = 0; i < p->spares.n; i++) {
		const struct spare *x = &p->spares.v[i];
		int together = p->r->dropped[x->clause];

		verify_report_spare(p->r, x->clause,
			together ? x->heir : twin(p, x), together);
	}
	free(p->leans.v);
	free(p->spares.v);
	free(p->links.v);
}

/* One round over the bucket as it is in the fixed text. */
static size_t drop_round(struct prune *p, uint32_t list)
{
	size_t cap = 0, dropped;
	uint8_t *gone;

	verify_bucket(p->r, list);
	gone = space_room(NULL, &cap, p->r->s->clauses.n + 1, 1);
	memset(gone, 0, p->r->s->clauses.n + 1);
	prune_start(p, p->r, p->r->s->clauses.n);
	look(p, p->r->own, (uint32_t)p->r->s->clauses.n);
	dropped = drop(p, gone);
	prune_end(p);
	free(gone);
	return dropped;
}

void verify_prune_list(struct verify_run *r, uint32_t list)
{
	struct prune p = {.r = r};

	prune_start(&p, r, r->s->clauses.n);
	look(&p, r->own, (uint32_t)r->s->clauses.n);
	find_spares(&p, r->own, (uint32_t)r->s->clauses.n);
	prune_end(&p);
	p.strict = 1;
	r->load = DROP_UNREACHED;
	for (unsigned round = 0; p.spares.n && round < ROUNDS; round++)
		if (!drop_round(&p, list))
			break;
	r->load = DROP_NONE;
	if (r->stale || p.spares.n)
		verify_bucket(r, list);
	report(&p);
}

/* What a list of one unconditional clause says about own clauses: those that
 * fall through to it must do what it does. */
static void look_trivial(
	struct prune *p, const uint8_t *falls, uint32_t n, uint32_t action)
{
	struct model *m = p->r->m;
	const struct m_frontend *f = &m->frontends.v[p->r->frontend];
	uint32_t code = 0;

	for (uint32_t i = 0; i < f->pre_count && code < n; i++) {
		const struct m_clause *c = &m->clauses.v[f->pre_first + i];

		if (p->r->dropped[f->pre_first + i] > p->r->load)
			continue;
		if (falls[code] &&
			verify_action_class(m, c->action) !=
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
			p->r->dropped[l->first] <= p->r->load) {
			look_trivial(p, falls, own, c->action);
			continue;
		}
		verify_bucket(p->r, lists[i]);
		look(p, 0, own);
	}
}

/* Which own clauses nothing needs in any bucket.  Leaves the default's bucket
 * loaded, for an heir to show; codes of own clauses are the same in all.
 * Returns how many own clauses there are. */
static uint32_t look_everywhere(
	struct prune *p, const uint32_t *lists, size_t n)
{
	struct verify_run *r = p->r;
	struct space *s = r->s;
	const struct cell *c;
	uint8_t *falls;
	size_t cap = 0;
	uint32_t own;

	verify_bucket(r, MODEL_NONE);
	own = (uint32_t)s->clauses.n;
	falls = space_room(NULL, &cap, own + 1, 1);
	memset(falls, 0, own + 1);
	for (struct space_iter i = {0, 0}; (c = space_next(s, &i));)
		if (c->first != SPACE_NONE && c->second == SPACE_NONE)
			falls[c->first] = 1;
	prune_start(p, r, own);
	look_lists(p, lists, n, falls, own);
	free(falls);
	if (all_needed(p, own))
		return own;
	verify_bucket(r, r->m->frontends.v[r->frontend].default_);
	memset(p->heir, 0xff, own * sizeof(*p->heir));
	look(p, 0, own);
	return own;
}

/* Those of the spares that can go together with what has a fix already. */
static void drop_own(struct prune *p, const uint32_t *lists, size_t n)
{
	uint32_t own = look_everywhere(p, lists, n), end;
	size_t cap = 0;
	uint8_t *gone;

	end = (uint32_t)p->r->s->clauses.n;
	gone = space_room(NULL, &cap, end + 1, 1);
	memset(gone, 0, end + 1);
	for (size_t i = 0; i < p->leans.n; i++)
		if (p->leans.v[i].on >= own)
			p->leans.v[i].on = end;
	drop(p, gone);
	free(gone);
	prune_end(p);
}

/* An own clause changes nothing iff that holds in every bucket. */
void verify_prune_own(struct verify_run *r, const uint32_t *lists, size_t n)
{
	struct prune p = {.r = r};
	uint32_t own;

	r->load = DROP_FIXED;
	own = look_everywhere(&p, lists, n);
	if (!all_needed(&p, own))
		find_spares(&p, 0, own);
	prune_end(&p);
	r->load = DROP_UNREACHED;
	p.strict = 1;
	if (p.spares.n)
		drop_own(&p, lists, n);
	r->load = DROP_NONE;
	report(&p);
}
