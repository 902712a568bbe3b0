/*
 * The clauses that a standard is about (judge.h): a map has a list for each
 * backend and certificate that its lines name, and the frontend's own clauses
 * decide before any of them.
 */
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/verify/decide.h"
#include "compiler/verify/space.h"
#include "judge.h"

#define PUSH(arena, vec)                                                       \
	(*(arena_grow((arena), &(vec)->v, (vec)->n, &(vec)->cap,               \
		   sizeof(*(vec)->v)),                                         \
		&(vec)->v[(vec)->n++]))

static int is_under(const struct fact_scope *f, const struct comply_standard *s)
{
	for (size_t i = 0; i < f->comply.n; i++)
		if (strcmp(f->comply.v[i].name, s->name) == 0)
			return 1;
	return 0;
}

static int is_own(
	const struct model *m, const struct fact_scope *f, uint32_t clause)
{
	const struct m_frontend *e = &m->frontends.v[f->frontend];

	return clause >= e->pre_first && clause < e->pre_first + e->pre_count;
}

/* Of one list (MODEL_NONE: of the frontend itself): its own clauses, or those
 * of the frontend before it. */
static void take(struct comply_duty *d, struct space *s, uint32_t list, int own)
{
	const struct fact_scope *f =
		own ? &d->m->facts->scopes.v[d->f->own] : d->f;
	struct deciding v;

	verify_deciding(s, d->m, d->f->frontend, list, &v);
	for (size_t i = 0; i < v.n; i++)
		if (is_own(d->m, d->f, v.v[i]) == own)
			PUSH(d->a, &d->clauses) = (struct comply_clause){
				&d->m->clauses.v[v.v[i]], f};
}

struct comply_duty comply_begin(struct arena *a, struct model *m,
	const struct fact_scope *f, const struct comply_standard *s,
	enum comply_own own)
{
	struct comply_duty d = {.a = a, .m = m, .f = f, .s = s};
	struct space *space = space_new(m->arena);

	if (!f->list_count ||
		(own == COMPLY_OWN &&
			!is_under(&m->facts->scopes.v[f->own], s)))
		take(&d, space, MODEL_NONE, 1);
	for (uint32_t i = 0; i < f->list_count; i++)
		take(&d, space, f->list_first + i, 0);
	space_free(&space);
	return d;
}
