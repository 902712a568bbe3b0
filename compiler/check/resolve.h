/*
 * From a path to one tree: reads the root policy, follows includes (glob,
 * sorted bytewise, each file once, inside the root's directory), evaluates
 * params and where blocks, replaces $references by their typed literals.
 */
#ifndef COMPILER_RESOLVE_H
#define COMPILER_RESOLVE_H

#include "compiler/base/options.h"
#include "compiler/diag/diag.h"
#include "compiler/syntax/ast.h"

struct resolved {
	struct ast *root; /* AST_FILE; no INCLUDE, WHERE or PARAMREF is left:
	                     * their contents have replaced them */
	struct ast
		*params; /* PARAM nodes with the value in force as last kid */
	struct ast *dropped; /* bodies of where that were not chosen */
	uint32_t root_file;
	struct within_reach *reach; /* what may be opened: within.h */
};

/* path "-" is standard input.  0, or -1 when the root itself could not be
 * read (*err set; exit 3).  All other faults are diagnostics. */
int resolve_policy(struct arena *a, struct sources *s, struct diags *d,
	const struct options *o, const char *path, struct resolved *out,
	const char **err);
/* The same from a file that was read already (or text in memory). */
void resolve_source(struct arena *a, struct sources *s, struct diags *d,
	const struct options *o, uint32_t file, struct resolved *out);

#endif
