/*
 * One region of memory per compilation: everything the compiler builds lives
 * until arena_free, so nothing in compiler/ frees a node.  Out of memory ends
 * tlsc with a message and exit code 4.
 */
#ifndef COMPILER_ARENA_H
#define COMPILER_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena **a);
/* Zeroed, aligned for any type of that size. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy of n octets and a NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* vec points to the array's pointer.  Grow it (elements of size `elem`, n in
 * use, *cap room) so that one more fits; the old array stays in the arena until
 * the end.  Returns the array. */
void *arena_grow(
	struct arena *a, void *vec, size_t n, size_t *cap, size_t elem);
size_t arena_used(const struct arena *a); /* octets, for --timings */

#endif
