/*
 * What was counted together and is now counted separately: a block of limits
 * counts for all places that use it, and a backend for the connections and the
 * queue of its servers.  Two with the numbers of one let twice as many in,
 * although no place is treated differently.
 */
#include <stdlib.h>

#include "action.h"
#include "compiler/base/endpoint.h"
#include "compiler/base/symbols.h"

static const char *name(const struct differ *d, unsigned side,
	enum diff_counts what, uint32_t i)
{
	return what == DIFF_BY_LIMIT ? d->m[side]->limits.v[i].name.text
				     : d->m[side]->backends.v[i].name.text;
}

/* By their names: a new one goes on counting for the old one of its name. */
static void goes_on(struct differ *d, const struct met *m)
{
	struct met *key;

	if (strcmp(name(d, 0, m->what, m->old), name(d, 1, m->what, m->new_)) !=
		0)
		return;
	key = arena_alloc(d->a, sizeof(*key));
	*key = (struct met){m->what, MODEL_NONE, m->new_};
	symbols_add(d->known, DIFF_MET, key, sizeof(*key), m->old);
}

void diff_met(
	struct differ *d, enum diff_counts what, uint32_t old, uint32_t new_)
{
	struct met m = {what, old, new_}, *key;

	if (old == MODEL_NONE || new_ == MODEL_NONE ||
		symbols_find(d->known, DIFF_MET, &m, sizeof(m)) != SYMBOL_NONE)
		return;
	key = arena_alloc(d->a, sizeof(m));
	*key = m;
	symbols_add(d->known, DIFF_MET, key, sizeof(m), 0);
	PUSH(d->a, &d->met) = m;
	goes_on(d, &m);
}

static int by_old(const void *x, const void *y)
{
	const struct met *a = x, *b = y;

	if (a->what != b->what)
		return a->what < b->what ? -1 : 1;
	if (a->old != b->old)
		return a->old < b->old ? -1 : 1;
	return a->new_ < b->new_ ? -1 : a->new_ > b->new_;
}

/* New ones that take a part of the old one's, of met[from .. to): not those
 * that are another old one still, which count for that as before. */
static struct parts parts_of(struct differ *d, size_t from, size_t to)
{
	struct parts p = {d->met.v[from].what, d->met.v[from].old, NULL, 0, 0};

	for (size_t i = from; i < to; i++) {
		const struct met key = {p.what, MODEL_NONE, d->met.v[i].new_};
		uint32_t of =
			symbols_find(d->known, DIFF_MET, &key, sizeof(key));

		if (of == SYMBOL_NONE || of == p.old)
			PUSH(d->a, &p) = key.new_;
	}
	return p;
}

static const char *names(struct differ *d, const struct parts *p)
{
	struct listed l = diff_listed(d, 8);

	for (size_t i = 0; i < p->n; i++)
		diff_listed_add(&l, name(d, 1, p->what, p->v[i]));
	return diff_listed_end(&l);
}

void diff_more_apart(struct differ *d, enum weaken_id kind,
	const struct parts *p, const char *old, const char *new_)
{
	diff_item(d, kind,
		arena_printf(d->a, "%s %s",
			p->what == DIFF_BY_LIMIT ? "limits" : "backend",
			name(d, 0, p->what, p->old)),
		old, arena_printf(d->a, "%s (%s)", new_, names(d, p)),
		"counted separately, which allows more in total");
	d->out->settings++;
}

/* All connections that the parts let the server have; 0: any number. */
static uint64_t room(
	const struct differ *d, const struct parts *p, const struct m_server *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct m_backend *b = &d->m[1]->backends.v[p->v[i]];

		for (size_t k = 0; k < b->servers.n; k++) {
			const struct m_server *o = &b->servers.v[k];

			if (!o->weight || !endpoint_same(o, s))
				continue;
			if (!o->max_conns)
				return 0;
			sum += o->max_conns;
		}
	}
	return sum;
}

static void backends_apart(struct differ *d, const struct parts *p)
{
	const struct m_backend *a = &d->m[0]->backends.v[p->old];
	uint64_t queue = 0;

	for (size_t i = 0; i < a->servers.n; i++) {
		const struct m_server *s = &a->servers.v[i];
		uint64_t sum = room(d, p, s);
		const char *of = endpoint_server(d->a, s);

		if (s->weight && s->max_conns && sum > s->max_conns)
			diff_more_apart(d, WEAKEN_SERVER_MAX, p,
				arena_printf(d->a, "%s: %u", of, s->max_conns),
				arena_printf(d->a, "%s: %llu", of,
					(unsigned long long)sum));
	}
	for (size_t i = 0; i < p->n; i++)
		queue += d->m[1]->backends.v[p->v[i]].queue;
	if (queue > a->queue)
		diff_more_apart(d, WEAKEN_QUEUE, p,
			arena_printf(d->a, "%u", a->queue),
			arena_printf(d->a, "%llu", (unsigned long long)queue));
}

static void judge(struct differ *d, const struct parts *p)
{
	if (p->n < 2)
		return;
	if (p->what == DIFF_BY_LIMIT)
		diff_limits_apart(d, p);
	else
		backends_apart(d, p);
}

void diff_apart(struct differ *d)
{
	if (d->met.n)
		qsort(d->met.v, d->met.n, sizeof(*d->met.v), by_old);
	for (size_t i = 0, end; i < d->met.n; i = end) {
		struct parts p;

		for (end = i + 1; end < d->met.n &&
			d->met.v[end].what == d->met.v[i].what &&
			d->met.v[end].old == d->met.v[i].old;)
			end++;
		p = parts_of(d, i, end);
		judge(d, &p);
	}
}
