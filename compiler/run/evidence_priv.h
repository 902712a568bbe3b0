/*
 * Between evidence.c and evidence_rest.c.
 */
#ifndef COMPILER_EVIDENCE_PRIV_H
#define COMPILER_EVIDENCE_PRIV_H

#include "evidence.h"

#define PUSH(arena, vec)                                                       \
	(*(arena_grow((arena), &(vec)->v, (vec)->n, &(vec)->cap,               \
		   sizeof(*(vec)->v)),                                         \
		&(vec)->v[(vec)->n++]))

/* "edge.tls:40", or NULL. */
const char *evidence_place(const struct evidence *e, struct span at);
/* A scope as a reader knows it, without its names. */
struct evidence_route evidence_route(
	const struct evidence *e, const struct fact_scope *f);

/* evidence_rest.c */
void evidence_files(struct evidence *e, const struct options *o);
void evidence_outside(struct evidence *e);
void evidence_texts(struct evidence *e);
void evidence_allows(struct evidence *e, const struct ast *n);

#endif
