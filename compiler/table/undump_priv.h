/*
 * What the files of undump share: undump.c makes the rules of the model,
 * undump_parts.c the elements that they use, undump_content.c the sites.
 */
#ifndef COMPILER_UNDUMP_PRIV_H
#define COMPILER_UNDUMP_PRIV_H

#include "compiler/base/arena.h"
#include "undump.h"

/* An array of exactly n elements; n may be 0. */
#define UNDUMP_ARRAY(a, vec, count)                                            \
	((vec).v = arena_alloc(a, (count) * sizeof(*(vec).v) + 1),             \
		(vec).n = (vec).cap = (count))

struct undump {
	struct arena *a;
	const struct table *t;
	struct model *m;
	uint32_t set_count; /* without the empty set, which comes last */
};

/* NULL where the table has the empty string. */
static inline const char *undump_text(const struct table *t, uint32_t off)
{
	return off ? table_str(t, off) : NULL;
}

static inline struct m_name undump_name(const struct table *t, uint32_t off)
{
	return (struct m_name){.text = table_str(t, off)};
}

/* undump_parts.c: ALPN tokens, profiles, certificates, limits, backends and
 * actions; then what EXTRA says of them, and segments. */
void undump_parts(struct undump *u);
void undump_extras(struct undump *u);
/* undump_trust.c: what the files of CAs hold, and who names them. */
void undump_trusts(struct undump *u);
/* undump.c: the model's set for a range of SRC. */
uint32_t undump_set(const struct undump *u, uint32_t first, uint32_t count);
/* undump_content.c: sites and limits of requests; nothing without sites. */
void undump_content(struct undump *u);

#endif
