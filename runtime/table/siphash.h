/*
 * SipHash-1-3 (Aumasson and Bernstein, 2012; one compression and three
 * finalisation rounds): a short-input hash that a client cannot steer without
 * the key.  Pure; libc only.
 */
#ifndef RUNTIME_SIPHASH_H
#define RUNTIME_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash13(const uint64_t key[2], const void *data, size_t len);

/* The same over two octets (u16, little-endian) followed by data: a table key
 * without a copy. */
uint64_t siphash13_u16(
	const uint64_t key[2], uint16_t first, const void *data, size_t len);

#endif
