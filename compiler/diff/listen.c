/*
 * Where clients come in: which frontends the same clients reach, listeners that
 * were added or removed, and what a new frontend does.
 */
#include <string.h>

#include "action.h"
#include "compiler/base/endpoint.h"
#include "compiler/verify/verify.h"

static int overlap(const struct m_frontend *a, const struct m_frontend *b)
{
	for (size_t i = 0; i < a->listeners.n; i++)
		for (size_t k = 0; k < b->listeners.n; k++)
			if (endpoint_overlap(
				    &a->listeners.v[i], &b->listeners.v[k]))
				return 1;
	return 0;
}

static void add_match(struct matches *p, uint32_t old, uint32_t new_)
{
	SPACE_ROOM(*p, p->n + 1);
	p->v[p->n].f[0] = old;
	p->v[p->n++].f[1] = new_;
}

static int matched(const struct matches *p, unsigned side, uint32_t f)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].f[side] == f)
			return 1;
	return 0;
}

/* What clients of one address met and meet, under whatever name and however
 * it is written; frontends whose listeners all moved go together by name. */
void diff_match(struct differ *d, struct matches *p)
{
	const struct model *a = d->m[0], *b = d->m[1];

	for (uint32_t i = 0; i < a->frontends.n; i++)
		for (uint32_t k = 0; k < b->frontends.n; k++)
			if (overlap(&a->frontends.v[i], &b->frontends.v[k]))
				add_match(p, i, k);
	for (uint32_t i = 0; i < a->frontends.n; i++)
		for (uint32_t k = 0; k < b->frontends.n; k++)
			if (a->frontends.v[i].listeners.n &&
				!matched(p, 0, i) && !matched(p, 1, k) &&
				diff_text_same(a->frontends.v[i].name.text,
					b->frontends.v[k].name.text))
				add_match(p, i, k);
}

/* Does some frontend of m get all that comes to the listener? */
static int covered(const struct model *m, const struct m_listener *l)
{
	for (size_t i = 0; i < m->frontends.n; i++)
		for (size_t k = 0; k < m->frontends.v[i].listeners.n; k++)
			if (endpoint_covers(
				    &m->frontends.v[i].listeners.v[k], l))
				return 1;
	return 0;
}

static int refuses(const struct model *m, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count; i++)
		if (m->actions.v[m->clauses.v[i].action].mode != MODE_REJECT)
			return 0;
	return 1;
}

static int list_refuses(const struct model *m, uint32_t list)
{
	return list == MODEL_NONE ||
		refuses(m, m->lists.v[list].first, m->lists.v[list].count);
}

static int refuses_all(struct model *m, uint32_t f)
{
	const struct m_frontend *fe = &m->frontends.v[f];
	const struct names *names = names_of(m, f);

	if (fe->clear_site != MODEL_NONE)
		return 0;
	for (size_t i = 0; i < names->n; i++)
		if (!list_refuses(m, names->v[i].value))
			return 0;
	return refuses(m, fe->pre_first, fe->pre_count) &&
		list_refuses(m, fe->default_) && list_refuses(m, fe->no_sni) &&
		list_refuses(m, fe->malformed);
}

static int same(const struct m_listener *a, const struct m_listener *b)
{
	return endpoint_covers(a, b) && endpoint_covers(b, a);
}

static int there(const struct model *m, const struct m_listener *l)
{
	for (size_t i = 0; i < m->frontends.n; i++)
		for (size_t k = 0; k < m->frontends.v[i].listeners.n; k++)
			if (same(&m->frontends.v[i].listeners.v[k], l))
				return 1;
	return 0;
}

static const char *exposed(
	struct differ *d, uint32_t f, const struct m_listener *l)
{
	return covered(d->m[0], l) || refuses_all(d->m[1], f)
		? NULL
		: "listens where nothing did";
}

/* Listeners of one model that the other has not. */
static void came_or_went(struct differ *d, unsigned side)
{
	struct model *m = d->m[side], *other = d->m[!side];

	for (uint32_t i = 0; i < m->frontends.n; i++) {
		const struct m_frontend *f = &m->frontends.v[i];

		for (size_t k = 0; k < f->listeners.n; k++) {
			const struct m_listener *l = &f->listeners.v[k];
			const char *text = endpoint_listener(d->a, l);

			if (there(other, l))
				continue;
			d->out->settings++;
			if (side)
				diff_item(d, WEAKEN_LISTENER, f->name.text,
					NULL, text, exposed(d, i, l));
			else
				diff_item(d, WEAKEN_LISTENER, f->name.text,
					text, NULL, NULL);
		}
	}
}

static void new_clauses(
	struct differ *d, uint32_t first, uint32_t count, const struct spot *at)
{
	for (uint32_t i = first; i < first + count; i++) {
		const struct m_clause *c[2] = {NULL, &d->m[1]->clauses.v[i]};
		uint32_t g = diff_group_of(d, c);
		struct witness *w = &d->out->groups.v[g].witness;
		char buf[264];

		diff_group_name(d, g, at);
		if (space_unconditional(c[1]))
			d->reach.v[g].whole = 1;
		else
			diff_clients_add(d, &d->reach.v[g].with,
				diff_clients_clause(d, c[1]));
		d->out->groups.v[g].let_in |=
			(c[1]->tls_mask &
				verify_let_in(d->m[1], c[1]->action)) != 0;
		if (w->listener)
			continue;
		d->out->groups.v[g].arm = at->arm;
		*w = (struct witness){.source = "any",
			.listener = diff_side(d, 1)->name.text,
			.sni = at->entry ? arena_printf(d->a, "%s",
						   names_text(at->entry, buf))
					 : NULL};
	}
}

static void new_list(struct differ *d, uint32_t list, const struct spot *at)
{
	if (list != MODEL_NONE)
		new_clauses(d, d->m[1]->lists.v[list].first,
			d->m[1]->lists.v[list].count, at);
}

/* Everything a frontend does is new to its clients. */
static void new_frontend(struct differ *d, uint32_t f)
{
	const struct m_frontend *fe = &d->m[1]->frontends.v[f];
	const struct names *names = names_of(d->m[1], f);

	d->f[1] = f;
	new_clauses(d, fe->pre_first, fe->pre_count,
		&(struct spot){.arm = "any name"});
	for (size_t i = 0; i < names->n; i++)
		new_list(d, names->v[i].value,
			&(struct spot){.entry = &names->v[i]});
	new_list(d, fe->default_, &(struct spot){.arm = "default"});
	new_list(d, fe->no_sni, &(struct spot){.arm = "no-sni"});
	new_list(d, fe->malformed, &(struct spot){.arm = "malformed"});
}

void diff_listeners(struct differ *d, const struct matches *p)
{
	for (uint32_t k = 0; k < d->m[1]->frontends.n; k++)
		if (!matched(p, 1, k) && d->m[1]->frontends.v[k].listeners.n)
			new_frontend(d, k);
	came_or_went(d, 1);
	came_or_went(d, 0);
}
