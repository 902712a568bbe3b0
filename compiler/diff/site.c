/*
 * Sites: what is done with requests.  Two that do the same have the same
 * canonical form; of two that do not it is not proved which one lets more
 * through, so every difference counts as weaker and is told.
 */
#include <string.h>

#include "action.h"
#include "compiler/verify/canon.h"

static int differ(const struct two *t, uint32_t a, uint32_t b)
{
	uint8_t x[32], y[32];

	canon_site(t->m[0], a, x);
	canon_site(t->m[1], b, y);
	return memcmp(x, y, 32) != 0;
}

static const char *named(
	const struct two *t, unsigned i, uint32_t site, const char *without)
{
	const struct m_site *s;

	if (site == MODEL_NONE)
		return without;
	s = &t->m[i]->sites.v[site];
	return arena_printf(
		t->arena, "%s (%zu paths)", s->name.text, s->paths.n);
}

/* What the two sides do with a request, when it is not the same. */
static void row(struct two *t, uint32_t a, uint32_t b, const char *without)
{
	const char *why = "whom each request goes to is not judged";

	if (!differ(t, a, b))
		return;
	if (b == MODEL_NONE)
		why = "requests are no longer looked at";
	else if (a == MODEL_NONE)
		why = "requests are looked at and sent where the site says";
	diff_row(t, WEAKEN_SITE, named(t, 0, a, without),
		named(t, 1, b, without), why);
}

int diff_has_site(const struct two *t)
{
	return (t->a[0] && t->a[0]->site != MODEL_NONE) ||
		t->a[1]->site != MODEL_NONE;
}

void diff_site(struct two *t)
{
	row(t, t->a[0] ? t->a[0]->site : MODEL_NONE, t->a[1]->site, NULL);
}

void diff_clear_site(struct two *t)
{
	row(t, diff_side(t->d, 0)->clear_site, diff_side(t->d, 1)->clear_site,
		"with TLS");
}
