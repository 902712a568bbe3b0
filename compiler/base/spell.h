/*
 * The nearest name, for "did you mean": keywords, declared names, options.
 */
#ifndef COMPILER_SPELL_H
#define COMPILER_SPELL_H

#include <stddef.h>

/* The candidate nearest to the word (length n; not NUL-terminated) by edit
 * distance with transpositions, if it is near enough to be meant: NULL else.
 * The first of equals wins.  Candidates may be NULL. */
const char *spell_nearest(const char *word, size_t n,
	const char *const *candidates, size_t count);

/* For streams of candidates: distance, or `limit` + 1 when it is more. */
unsigned spell_distance(
	const char *a, size_t an, const char *b, size_t bn, unsigned limit);
/* The largest distance at which a word of n letters still seems meant. */
unsigned spell_limit(size_t n);

#endif
