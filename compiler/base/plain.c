/*
 * The plain reading of clauses; see plain.h.  Prefix arithmetic is prefix.h's,
 * nothing is shared with runtime/table/route.c.
 */
#include "plain.h"

#include "grammar/table.h"
#include "prefix.h"

static int source(const struct model *m, const struct m_clause *c,
	const struct m_prefix *address)
{
	const struct m_set *s;
	size_t low = 0, high;

	if (c->src_test == TBL_SRC_ANY)
		return 1;
	s = &m->sets.v[c->set];
	high = s->prefixes.n;
	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct m_prefix *p = &s->prefixes.v[mid];

		if (prefix_contains(p, address))
			return c->src_test == TBL_SRC_IN;
		if (prefix_cmp(p, address) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return c->src_test == TBL_SRC_NOT_IN;
}

uint32_t plain_first(const struct model *m, uint32_t first, uint32_t count,
	const struct m_prefix *address, uint64_t alpn, uint8_t tls)
{
	uint32_t i;

	for (i = first; i < first + count; i++) {
		const struct m_clause *c = &m->clauses.v[i];

		if (!(c->alpn_need & ~alpn) && !(c->alpn_deny & alpn) &&
			c->tls_mask & tls && source(m, c, address))
			return i;
	}
	return MODEL_NONE;
}
