/*
 * The catalogue of lints over a checked model: rows of one table with
 * prerequisites (see lint.c).  A lint whose prerequisite failed is silent.
 */
#ifndef COMPILER_LINT_H
#define COMPILER_LINT_H

#include "compiler/base/model.h"
#include "compiler/base/options.h"
#include "compiler/check/resolve.h"
#include "compiler/diag/diag.h"

/* Call after verify_clauses, also when errors were reported. */
void lint_run(struct model *m, struct sources *s, struct diags *d,
	const struct options *o, const struct resolved *r);

#endif
