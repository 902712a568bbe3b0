/*
 * From the tree to the checked model: names to declarations, types, ranges,
 * defaults.  Reports TC01xx literals, TC02xx, and the structural TC03xx (0303,
 * 0304 syntactically, 0306, 0309, 0310), TC0503, TC0701.
 */
#ifndef COMPILER_CHECK_H
#define COMPILER_CHECK_H

#include "diag.h"
#include "model.h"
#include "options.h"
#include "resolve.h"

/* The model holds whatever was sound; NULL never.  Emit it only when no error
 * was reported. */
struct model *check_model(struct arena *a, struct sources *s, struct diags *d,
	const struct options *o, const struct resolved *r);

#endif
