/*
 * Which brace is missing or one too many, judged by the indentation.
 */
#ifndef COMPILER_PARSE_BLOCK_H
#define COMPILER_PARSE_BLOCK_H

#include "parse.h"

/* The innermost block ends with the `}` at this place: is that its own? */
void parse_block_closed(struct parse *p, struct span at);
/* 1 when, by its layout, p->last, the first word of its line, is outside the
 * innermost block. */
int parse_block_left(const struct parse *p);
/* Report the block that is not closed; the repair is its `}`. */
struct repair parse_block_open(struct parse *p);
/* p->last is outside a block that an extra `}` has closed: report that `}` and
 * leave it out.  code 0 in the result: there is none. */
struct repair parse_block_extra(struct parse *p);

#endif
