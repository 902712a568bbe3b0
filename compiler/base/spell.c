/*
 * The nearest name (spell.h): optimal string alignment distance, bounded, so
 * that asking among many names stays cheap.
 */
#include <string.h>

#include "spell.h"

enum { LONGEST = 64 };

unsigned spell_limit(size_t n)
{
	return n < 3 ? 1 : n < 6 ? 2 : 3;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* One row of the matrix from the two before it. */
static void row(const char *a, const char *b, size_t bn, size_t i,
	unsigned rows[3][LONGEST + 1])
{
	unsigned *now = rows[i % 3], *up = rows[(i + 2) % 3],
		 *up2 = rows[(i + 1) % 3];

	now[0] = (unsigned)i;
	for (size_t j = 1; j <= bn; j++) {
		now[j] = least(least(up[j], now[j - 1]) + 1,
			up[j - 1] + (a[i - 1] != b[j - 1]));
		if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			a[i - 2] == b[j - 1])
			now[j] = least(now[j], up2[j - 2] + 1);
	}
}

unsigned spell_distance(
	const char *a, size_t an, const char *b, size_t bn, unsigned limit)
{
	unsigned rows[3][LONGEST + 1];
	size_t apart = an > bn ? an - bn : bn - an;

	if (apart > limit || an > LONGEST || bn > LONGEST)
		return limit + 1;
	for (size_t j = 0; j <= bn; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= an; i++)
		row(a, b, bn, i, rows);
	return least(rows[an % 3][bn], limit + 1);
}

const char *spell_nearest(
	const char *word, size_t n, const char *const *candidates, size_t count)
{
	unsigned limit = spell_limit(n);
	const char *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *c = candidates[i];
		size_t len = c ? strlen(c) : 0;
		unsigned d;

		/* A word with every letter replaced is not a misspelling. */
		if (!c || limit >= (len > n ? len : n))
			continue;
		d = spell_distance(word, n, c, len, limit);
		if (d <= limit) {
			best = c;
			limit = d ? d - 1 : 0;
			if (!d)
				break;
		}
	}
	return best;
}
