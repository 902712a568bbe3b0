/*
 * Requirements, name by name: a route may be renamed, split or merged, and what
 * its names complied with, they must comply with still.
 */
#include <string.h>

#include "check.h"
#include "diff_priv.h"
#include "symbols.h"

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

static struct diff_item *loss(struct differ *d, const char *name,
	const uint32_t scope[2])
{
	const struct fact_scope *s = &d->m[0]->facts->scopes.v[scope[0]];
	const char *key = arena_printf(d->a, "%u %u %s", scope[0], scope[1],
		name);
	uint32_t at = symbols_add(d->known, DIFF_LOSSES, key, strlen(key),
		(uint32_t)d->out->items.n);

	if (at < d->out->items.n)
		return &d->out->items.v[at];
	return diff_item(d, WEAKEN_COMPLY, arena_printf(d->a, "%s of %s",
		s->name, diff_side(d, 0)->name.text), name, NULL,
		"the requirement no longer holds");
}

void diff_comply(struct differ *d, const uint32_t lists[2],
	const struct spot *at)
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
		if (!keeps(s[1], s[0]->comply.v[k].name)) {
			struct diff_item *item = loss(d, s[0]->comply.v[k].name,
				scope);

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
				NULL, "the requirement no longer holds");
	}
}

void diff_comply_finish(struct differ *d)
{
	if (!d->m[0]->facts || !d->m[1]->facts)
		of_tables(d);
}
