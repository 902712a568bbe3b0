/*
 * Canonical text: tlsc fmt, and the tests and assertions that a table carries.
 */
#ifndef COMPILER_FMT_H
#define COMPILER_FMT_H

#include <stdio.h>

#include "ast.h"
#include "compiler/diag/diag.h"

/* One source file in canonical form: its tokens and comments in their order,
 * only the space between them anew.  Idempotent.  Syntax errors go to d: then
 * NULL.  The text is the arena's, NUL-terminated, *len octets. */
char *fmt_text(struct arena *a, struct sources *s, uint32_t file,
	struct diags *d, size_t *len);

/* One TEST or ASSERT of a resolved tree as one line: what a table carries.
 * policy_parse understands it. */
char *fmt_node(struct arena *a, const struct ast *n);

/* A unified diff of two texts; nothing when they are equal. */
void fmt_diff(FILE *f, struct arena *a, const char *path, const char *old,
	size_t old_len, const char *new_, size_t new_len);

#endif
