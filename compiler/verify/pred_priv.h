/*
 * Between pred.c, which reads a predicate's tests on the query, and
 * pred_read_fact.c, which reads those on the decision.
 */
#ifndef COMPILER_VERIFY_PRED_PRIV_H
#define COMPILER_VERIFY_PRED_PRIV_H

#include "pred.h"

struct pred_reader {
	struct model *m;
	struct diags *d;
	struct pred *p;
	int bad;
};

#define PRED_PUSH(a, vec)                                                      \
	(*({                                                                   \
		if ((vec)->n == (vec)->cap)                                    \
			arena_grow((a), &(vec)->v, (vec)->n, &(vec)->cap,      \
				sizeof(*(vec)->v));                            \
		&(vec)->v[(vec)->n++];                                         \
	}))

/* TC0201, with the nearest of the n known names. */
void pred_unknown(struct pred_reader *r, const struct ast *w, const char *what,
	const char *const *known, size_t n);
/* The versions that a comparison is about. */
uint8_t pred_versions(struct pred_reader *r, const struct ast *t);
void pred_read_fact(
	struct pred_reader *r, const struct ast *t, enum pred_about about);

#endif
