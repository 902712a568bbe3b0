/*
 * What the parts of resolve.c share: includes, parameters, choice.
 */
#ifndef COMPILER_RESOLVE_PARTS_H
#define COMPILER_RESOLVE_PARTS_H

#include "resolve.h"

#define RESOLVE_DEPTH_MAX 64 /* files that include one another */

struct resolver {
	struct arena *arena;
	struct sources *sources;
	struct diags *diags;
	const struct options *options;
	uint32_t stack[RESOLVE_DEPTH_MAX]; /* files being read, root first */
	struct span stack_at[RESOLVE_DEPTH_MAX]; /* what included each */
	unsigned depth;
	const struct within_reach *reach;
	struct ast_seq params, dropped;
	int any_reference; /* some file has a `$` */
};

/* resolve.c: parse a file just read and flatten its includes. */
struct ast_seq resolve_file(struct resolver *r, uint32_t file, struct span by);

/* resolve_include.c: the flattened statements of all files that match. */
struct ast_seq resolve_include(struct resolver *r, const struct ast *include);

/* resolve_param.c */
void resolve_param_declare(struct resolver *r, struct ast *param);
/* NULL and a TC0201 when there is none. */
struct ast *resolve_param_find(struct resolver *r, const struct ast *at);
/* The value in force, or NULL when it has none (that was reported). */
struct ast *resolve_param_value(const struct ast *param);
/* "env=prod, port=443": the values in force, all of them or the first. */
const char *resolve_param_values(struct resolver *r);
/* -D for names that are not parameters. */
void resolve_param_unknown_defines(struct resolver *r);
/* Every $name in the tree becomes the literal. */
void resolve_param_substitute(struct resolver *r, struct ast *tree);

/* resolve_where.c: the list with each `where` replaced by its body or nothing. */
struct ast_seq resolve_where_choose(struct resolver *r, struct ast *list);

#endif
