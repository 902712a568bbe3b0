/*
 * Segments (segment.h).  Called by lints, assertions and reports.
 */
#include "segment.h"

#include <string.h>

#include "grammar/table.h"
#include "grammar/words.h"
#include "prefix.h"

static int address(const struct m_server *s, struct m_prefix *p)
{
	if (s->family != TBL_V4 && s->family != TBL_V6)
		return -1;
	p->family = s->family;
	p->len = (uint8_t)prefix_width(s->family);
	memcpy(p->addr, s->addr, sizeof(p->addr));
	return 0;
}

static const struct m_prefix *holder(
	const struct m_segment *g, const struct m_prefix *p)
{
	size_t low = 0, high = g->prefixes.n, mid;

	/* Canonical: only the last that begins at or before it can hold it. */
	while (low < high) {
		mid = low + (high - low) / 2;
		if (prefix_cmp(&g->prefixes.v[mid], p) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low && prefix_contains(&g->prefixes.v[low - 1], p)
		? &g->prefixes.v[low - 1]
		: NULL;
}

const struct m_segment *segment_of(
	const struct model *m, const struct m_server *s)
{
	const struct m_segment *best = NULL;
	const struct m_prefix *in;
	struct m_prefix p;
	unsigned len = 0;

	if (address(s, &p) < 0)
		return NULL;
	for (size_t i = 0; i < m->segments.n; i++) {
		in = holder(&m->segments.v[i], &p);
		if (!in || (best && in->len <= len))
			continue;
		best = &m->segments.v[i];
		len = in->len;
	}
	return best;
}

int segment_encrypts(const struct m_segment *s)
{
	return words_encrypts(s->link);
}

int segment_holds(const struct m_segment *s, const struct m_backend *b)
{
	struct m_prefix p;

	for (size_t i = 0; i < b->servers.n; i++)
		if (address(&b->servers.v[i], &p) < 0 || !holder(s, &p))
			return 0;
	return b->servers.n > 0;
}

int segment_protects(const struct model *m, const struct m_backend *b)
{
	for (size_t i = 0; i < b->servers.n; i++) {
		const struct m_segment *s = segment_of(m, &b->servers.v[i]);

		if (!s || !segment_encrypts(s))
			return 0;
	}
	return b->servers.n > 0;
}
