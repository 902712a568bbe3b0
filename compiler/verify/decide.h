/*
 * Which clauses decide anything: see decide.c.
 */
#ifndef COMPILER_VERIFY_DECIDE_H
#define COMPILER_VERIFY_DECIDE_H

#include "compiler/base/model.h"

struct space;

/* Clauses of the model, in the order of precedence. */
struct deciding {
	uint32_t *v;
	size_t n;
};

/* For the names of a list of the frontend; MODEL_NONE: the frontend's own
 * clauses alone.  s is for use again. */
void verify_deciding(struct space *s, struct model *m, uint32_t frontend,
	uint32_t list, struct deciding *out);

#endif
