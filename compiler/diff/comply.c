/*
 * Requirements, name by name: a route may be renamed, split or merged, and what
 * its names complied with, they must still comply with.
 */
#include <string.h>

#include "compiler/base/symbols.h"
#include "compiler/check/check.h"
#include "compiler/comply/judge.h"
#include "priv.h"

static const struct fact_scope *scope_of(const struct model *m, uint32_t list)
{
	return &m->facts->scopes.v[m->facts->list_scope.v[list]];
}

static int keeps(const struct fact_scope *s, const char *name)
{
	for (size_t i = 0; i < s->comply.n; i++)
		if (strcmp(s->comply.v[i].name, name) == 0)
			return 1;
	return 0;
}

static struct diff_item *loss(
	struct differ *d, const char *name, const uint32_t scope[2])
{
	const struct fact_scope *s = &d->m[0]->facts->scopes.v[scope[0]];
	const char *key =
		arena_printf(d->a, "%u %u %s", scope[0], scope[1], name);
	uint32_t at = symbols_add(d->known, DIFF_LOSSES, key, strlen(key),
		(uint32_t)d->out->items.n);

	if (at < d->out->items.n)
		return &d->out->items.v[at];
	return diff_item(d, WEAKEN_COMPLY,
		arena_printf(
			d->a, "%s of %s", s->name, diff_side(d, 0)->name.text),
		name, NULL, "the requirement no longer applies");
}

/* Per check, the first thing that breaks it. */
struct broken {
	const char *what[COMPLY_ATTEST];
};

static void take(
	void *arg, const struct comply_duty *c, const struct comply_point *p)
{
	struct broken *b = arg;

	if (p->verdict == COMPLY_BROKEN && !b->what[p->check])
		b->what[p->check] = p->what;
}

static struct broken judge(struct differ *d, unsigned side, uint32_t scope,
	const struct comply_standard *s)
{
	struct comply_duty c = comply_begin(d->a, d->m[side],
		&d->m[side]->facts->scopes.v[scope], s, COMPLY_OWN);
	struct broken b = {{NULL}};

	comply_tls(&c, take, &b);
	comply_hops(&c, take, &b);
	return b;
}

static void breaks(struct differ *d, const uint32_t scope[2],
	const struct comply_standard *s)
{
	struct broken old = judge(d, 0, scope[0], s);
	struct broken new_ = judge(d, 1, scope[1], s);

	for (size_t i = 0; i < s->count; i++) {
		const struct comply_rule *r = &s->rules[i];

		if (r->check >= COMPLY_ATTEST || !new_.what[r->check] ||
			old.what[r->check])
			continue;
		diff_item(d, WEAKEN_COMPLY,
			arena_printf(d->a, "%s of %s",
				d->m[1]->facts->scopes.v[scope[1]].name,
				diff_side(d, 1)->name.text),
			arena_printf(d->a, "%s, %s: kept", s->name, r->clause),
			arena_printf(d->a, "broken: %s", new_.what[r->check]),
			r->text);
	}
}

/* What both sides ask for, the new one may no longer do: told once for two
 * scopes, of every name that they share. */
static void kept(struct differ *d, const uint32_t scope[2], const char *name,
	const struct spot *at)
{
	const struct comply_standard *s = comply_find(name);
	const char *key =
		arena_printf(d->a, "%u %u %s", scope[0], scope[1], name);
	uint32_t first, end;

	if (!s)
		return;
	first = symbols_add(d->known, DIFF_BREAKS, key, strlen(key),
		(uint32_t)d->out->items.n);
	end = symbols_find(d->known, DIFF_BREAKS_END, key, strlen(key));
	if (end == SYMBOL_NONE) {
		breaks(d, scope, s);
		end = symbols_add(d->known, DIFF_BREAKS_END, key, strlen(key),
			(uint32_t)d->out->items.n);
	}
	for (size_t i = first; i < end; i++)
		PUSH(d->a, &d->out->items.v[i].patterns) =
			diff_spot_text(d->a, at);
}

void diff_comply(
	struct differ *d, const uint32_t lists[2], const struct spot *at)
{
	const struct fact_scope *s[2];
	uint32_t scope[2];

	if (!d->m[0]->facts || !d->m[1]->facts)
		return;
	for (unsigned i = 0; i < 2; i++) {
		scope[i] = d->m[i]->facts->list_scope.v[lists[i]];
		s[i] = scope_of(d->m[i], lists[i]);
	}
	for (size_t k = 0; k < s[0]->comply.n; k++)
		if (keeps(s[1], s[0]->comply.v[k].name)) {
			kept(d, scope, s[0]->comply.v[k].name, at);
		} else {
			struct diff_item *item =
				loss(d, s[0]->comply.v[k].name, scope);

			PUSH(d->a, &item->patterns) = diff_spot_text(d->a, at);
		}
}

static const struct m_input *input(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->inputs.n; i++)
		if (m->inputs.v[i].kind == TBL_INPUT_COMPLY &&
			strcmp(m->inputs.v[i].name, name) == 0)
			return &m->inputs.v[i];
	return NULL;
}

/* A table says which requirements there are, not for whom. */
static void of_tables(struct differ *d)
{
	for (size_t i = 0; i < d->m[0]->inputs.n; i++) {
		const struct m_input *in = &d->m[0]->inputs.v[i];

		if (in->kind != TBL_INPUT_COMPLY)
			continue;
		if (input(d->m[1], in->name))
			diff_unjudged(d, WEAKEN_COMPLY, in->name,
				"a table does not say which routes comply");
		else
			diff_item(d, WEAKEN_COMPLY, "the policy", in->name,
				NULL, "the requirement no longer applies");
	}
}

void diff_comply_finish(struct differ *d)
{
	if (!d->m[0]->facts || !d->m[1]->facts)
		of_tables(d);
}
