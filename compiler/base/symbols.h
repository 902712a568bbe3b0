/*
 * One hash table from (space, text) to a number, for declarations and for
 * interning.  Insertion order does not matter and nothing iterates over the
 * hash, so results depend only on the input.
 */
#ifndef COMPILER_SYMBOLS_H
#define COMPILER_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct symbols;

#define SYMBOL_NONE 0xffffffffu

struct symbols *symbols_new(struct arena *a);
/* The number filed under the key, or SYMBOL_NONE. */
uint32_t symbols_find(
	const struct symbols *s, uint32_t space, const void *key, size_t len);
/* Files `value` unless the key is there; returns what is filed now.  The key's
 * octets are not copied and must stay. */
uint32_t symbols_add(struct symbols *s, uint32_t space, const void *key,
	size_t len, uint32_t value);
/* Not keyed, not cryptographic; for callers with tables of their own. */
uint64_t symbols_hash(uint64_t seed, const void *key, size_t len);

#endif
