/*
 * The symbol table: open addressing, doubled at two thirds.
 */
#include "symbols.h"

#include <string.h>

#include "arena.h"

struct slot {
	const void *key;
	uint32_t len, space, value, hash;
};

struct symbols {
	struct arena *arena;
	struct slot *slots;
	size_t mask, n;
};

#define FIRST_SLOTS 256

struct symbols *symbols_new(struct arena *a)
{
	struct symbols *s = arena_alloc(a, sizeof(*s));
	s->arena = a;
	s->slots = arena_alloc(a, FIRST_SLOTS * sizeof(*s->slots));
	s->mask = FIRST_SLOTS - 1;
	return s;
}

/* Eight octets a step: names of a map are hashed ten million times. */
uint64_t symbols_hash(uint64_t seed, const void *key, size_t len)
{
	const unsigned char *p = key;
	uint64_t h = seed ^ (len * 0x9e3779b97f4a7c15u), w;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&w, p, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	w = 0;
	for (size_t i = 0; i < len; i++)
		w |= (uint64_t)p[i] << (8 * i);
	h = (h ^ w) * 0xff51afd7ed558ccdu;
	h ^= h >> 29;
	h *= 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 32;
}

static struct slot *probe(struct slot *slots, size_t mask, uint32_t hash,
	uint32_t space, const void *key, size_t len)
{
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct slot *t = &slots[i];
		if (!t->key ||
			(t->hash == hash && t->space == space &&
				t->len == len && !memcmp(t->key, key, len)))
			return t;
	}
}

static void grow(struct symbols *s)
{
	size_t mask = s->mask * 2 + 1;
	struct slot *slots = arena_alloc(s->arena, (mask + 1) * sizeof(*slots));
	for (size_t i = 0; i <= s->mask; i++) {
		struct slot *t = &s->slots[i];
		if (t->key)
			*probe(slots, mask, t->hash, t->space, t->key, t->len) =
				*t;
	}
	s->slots = slots;
	s->mask = mask;
}

uint32_t symbols_find(
	const struct symbols *s, uint32_t space, const void *key, size_t len)
{
	uint32_t hash = (uint32_t)symbols_hash(space, key, len);
	struct slot *t = probe(s->slots, s->mask, hash, space, key, len);
	return t->key ? t->value : SYMBOL_NONE;
}

uint32_t symbols_add(struct symbols *s, uint32_t space, const void *key,
	size_t len, uint32_t value)
{
	uint32_t hash = (uint32_t)symbols_hash(space, key, len);
	struct slot *t = probe(s->slots, s->mask, hash, space, key, len);
	if (t->key)
		return t->value;
	*t = (struct slot){key, (uint32_t)len, space, value, hash};
	if (++s->n * 3 > s->mask * 2)
		grow(s);
	return value;
}
