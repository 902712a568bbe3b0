/*
 * Rows, items, and lists in words, for every part of diff.
 */
#include <string.h>

#include "compiler/base/prefix.h"
#include "priv.h"

struct diff_item *diff_item(struct differ *d, enum weaken_id kind,
	const char *of, const char *old, const char *new_, const char *why)
{
	struct diff_item *i = &PUSH(d->a, &d->out->items);

	*i = (struct diff_item){.of = of, .row = {kind, old, new_, why, NULL}};
	return i;
}

static void unjudged(struct differ *d, const struct diff_unjudged *u)
{
	struct diff *o = d->out;

	for (size_t i = 0; i < o->unjudged.n; i++)
		if (o->unjudged.v[i].kind == u->kind &&
			o->unjudged.v[i].elsewhere == u->elsewhere &&
			strcmp(o->unjudged.v[i].of, u->of) == 0)
			return;
	PUSH(d->a, &o->unjudged) = *u;
	o->elsewhere += (size_t)u->elsewhere;
}

void diff_unjudged(
	struct differ *d, enum weaken_id kind, const char *of, const char *why)
{
	const struct diff_unjudged u = {kind, of, why, 0};

	unjudged(d, &u);
}

void diff_elsewhere(
	struct differ *d, enum weaken_id kind, const char *of, const char *why)
{
	const struct diff_unjudged u = {kind, of, why, 1};

	unjudged(d, &u);
}

const char *diff_joined(struct arena *a, const char *list, const char *part)
{
	size_t n = strlen(part);

	for (const char *at = list; at; at = strstr(at, ", ")) {
		at += at == list ? 0 : 2;
		if (strncmp(at, part, n) == 0 &&
			(!at[n] || strncmp(at + n, ", ", 2) == 0))
			return list;
	}
	return list ? arena_printf(a, "%s, %s", list, part) : part;
}

struct listed diff_listed(const struct differ *d, unsigned most)
{
	return (struct listed){
		.a = d->a, .most = d->o->names ? UINT32_MAX : most};
}

void diff_listed_add(struct listed *l, const char *text)
{
	if (l->n == l->most) {
		l->more++;
		return;
	}
	l->text = l->n++ ? arena_printf(l->a, "%s, %s", l->text, text) : text;
}

const char *diff_listed_end(struct listed *l)
{
	return l->more ? arena_printf(l->a, "%s and %u more", l->text, l->more)
		       : l->text;
}

size_t diff_prefixes_gained(
	const struct m_set *a, const struct m_set *b, struct listed *l)
{
	size_t n = 0;
	char buf[64];

	for (size_t i = 0; b && i < b->prefixes.n; i++) {
		const struct m_prefix *p = &b->prefixes.v[i];

		if (a && prefix_covers(a->prefixes.v, a->prefixes.n, p))
			continue;
		n++;
		diff_listed_add(
			l, arena_printf(l->a, "%s", prefix_text(p, buf)));
	}
	return n;
}

const char *diff_spot_text(struct arena *a, const struct spot *at)
{
	char buf[264];

	if (at->arm)
		return arena_printf(a, "(%s)", at->arm);
	if (!at->entry)
		return "(any other name)";
	return arena_printf(a, "%s", names_text(at->entry, buf));
}
