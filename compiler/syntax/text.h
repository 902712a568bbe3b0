/*
 * Text that does not mean what it looks like (TC0106): bidi controls,
 * characters without width, control characters, NULs, broken UTF-8, and names
 * that mix scripts whose letters look alike.
 */
#ifndef COMPILER_TEXT_H
#define COMPILER_TEXT_H

#include <stddef.h>

#include "compiler/diag/diag.h"

/* A whole file, policy or list, comments included. */
void text_check(struct sources *s, struct diags *d, uint32_t file);
/* The same for a list or map, which may be something else altogether. */
void text_check_list(struct sources *s, struct diags *d, uint32_t file);
/* Where the lines of a list begin: after a byte order mark; at the end of what
 * is not text. */
size_t text_list_begin(const char *text, size_t len);
/* One name: does a word of it mix look-alike scripts?  at is its place. */
void text_check_name(
	struct diags *d, struct span at, const char *text, size_t len);
/* What it is instead, when a file is plainly no policy text; else NULL. */
const char *text_alien(const char *text, size_t len);
/* Length of the byte order mark at the start: 3 or 0. */
size_t text_bom(const char *text, size_t len);

#endif
