/*
 * Names that move from one route to another: assertions about the first no
 * longer cover them, although their text is unchanged.
 */
#include "compiler/base/symbols.h"
#include "priv.h"

static const char *route(const struct differ *d, unsigned side, uint32_t list)
{
	return d->m[side]->lists.v[list].route.text;
}

static int asserted(struct differ *d, const char *name)
{
	if (!d->words)
		d->words = diff_words(d, 1);
	return symbols_find(d->words, 0, name, strlen(name)) != SYMBOL_NONE;
}

static struct diff_item *moved(
	struct differ *d, const char *from, const char *to)
{
	const char *of = arena_printf(
		d->a, "route %s of %s", from, diff_side(d, 0)->name.text);
	const char *key = arena_printf(d->a, "%s\n%s", of, to);
	uint32_t at = symbols_add(d->known, DIFF_MOVES, key, strlen(key),
		(uint32_t)d->out->items.n);

	return at < d->out->items.n
		? &d->out->items.v[at]
		: diff_item(d, WEAKEN_ASSERT, of, from, to,
			  "assertions are no longer about these names");
}

void diff_routes(
	struct differ *d, const uint32_t lists[2], const struct spot *at)
{
	const char *from = route(d, 0, lists[0]), *to = route(d, 1, lists[1]);

	if (d->m[0]->lists.v[lists[0]].is_arm ||
		d->m[1]->lists.v[lists[1]].is_arm || diff_text_same(from, to) ||
		!from || !to || !asserted(d, from))
		return;
	PUSH(d->a, &moved(d, from, to)->patterns) = diff_spot_text(d->a, at);
}
