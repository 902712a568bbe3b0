/*
 * What a newcomer probably meant by a syntax error.
 */
#ifndef COMPILER_PARSE_HINT_H
#define COMPILER_PARSE_HINT_H

#include <stddef.h>

struct parse;
struct expected;

/* A help line for p->last, which is none of the n expected tokens; NULL: the
 * expected ones say enough. */
const char *parse_hint(
	const struct parse *p, const struct expected *e, size_t n);

/* That the word is another tool's, and what it is called here; NULL: it is
 * not. */
const char *parse_alias(
	const struct parse *p, const struct expected *e, size_t n);

#endif
