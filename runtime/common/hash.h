/*
 * A hash for octets that need no protection: FNV-1a, finished by the mixer of
 * MurmurHash3.  It is the same on every machine and in every run, so names and
 * choices made with it agree.  For input from strangers use siphash.h.
 */
#ifndef RUNTIME_HASH_H
#define RUNTIME_HASH_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t hash_mix(uint64_t h)
{
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

static inline uint64_t hash_octets(const void *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	return hash_mix(h);
}

#endif
