/*
 * The text of one syntax error, and the repair that it suggests.
 */
#ifndef COMPILER_PARSE_SAY_H
#define COMPILER_PARSE_SAY_H

#include "parse.h"

/* Report that p->last is none of the n expected tokens.  code 0 in the result:
 * no plain repair is known. */
struct repair parse_say(
	struct parse *p, const struct expected *expected, size_t n);

#endif
