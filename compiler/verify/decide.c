/*
 * Which clauses decide anything for the names of a list, including the
 * frontend's own clauses.  Clauses that never decide are left out.
 */
#include "decide.h"

#include <string.h>

#include "compiler/base/arena.h"
#include "space.h"

static void load(
	struct space *s, struct model *m, uint32_t frontend, uint32_t list)
{
	const struct m_frontend *f = &m->frontends.v[frontend];

	space_begin(s, 1);
	if (list == MODEL_NONE || list != f->malformed)
		space_add(s, m, 0, f->pre_first, f->pre_count);
	if (list != MODEL_NONE)
		space_add(s, m, 0, m->lists.v[list].first,
			m->lists.v[list].count);
}

/* hit: per code, zero. */
static void mark(const struct space *s, uint8_t *hit)
{
	const struct cell *c;

	for (struct space_iter i = {0, 0}; (c = space_next(s, &i));)
		if (c->first != SPACE_NONE)
			hit[c->first] = 1;
}

/* Without an answer any of them may decide. */
void verify_deciding(struct space *s, struct model *m, uint32_t frontend,
	uint32_t list, struct deciding *out)
{
	uint8_t *hit;
	int known;

	load(s, m, frontend, list);
	out->v = arena_alloc(m->arena, (s->clauses.n + 1) * sizeof(*out->v));
	hit = arena_alloc(m->arena, s->clauses.n + 1);
	out->n = 0;
	known = m->frontends.v[frontend].torn != MODEL_DISORDER &&
		(list == MODEL_NONE ||
			m->lists.v[list].torn != MODEL_DISORDER) &&
		space_solve(s) == 0;
	memset(hit, !known, s->clauses.n + 1);
	if (known)
		mark(s, hit);
	for (size_t i = 0; i < s->clauses.n; i++)
		if (hit[i])
			out->v[out->n++] = s->clauses.v[i].model;
}
