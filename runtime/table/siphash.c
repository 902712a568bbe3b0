/*
 * SipHash-1-3.  Called for every name when a table is built or checked and a
 * few times a connection; see siphash.h.
 */
#include "siphash.h"

#include <string.h>

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static inline void round_(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v2 = rotl(s->v2, 32);
}

static inline void block(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	round_(s);
	s->v0 ^= m;
}

static inline uint64_t le64(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

/* The n < 8 octets at p as a little-endian number; overlapping loads, since
 * a loop over octets costs more than the rounds. */
static inline uint64_t le_short(const uint8_t *p, size_t n)
{
	uint64_t x = 0;
	size_t i = 0;

	if (n >= 4) {
		x = (uint64_t)p[0] | (uint64_t)p[1] << 8 |
			(uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
		i = 4;
	}
	if (n - i >= 2) {
		x |= ((uint64_t)p[i] | (uint64_t)p[i + 1] << 8) << (8 * i);
		i += 2;
	}
	if (i < n)
		x |= (uint64_t)p[i] << (8 * i);
	return x;
}

static inline struct sip start(const uint64_t key[2])
{
	return (struct sip){key[0] ^ 0x736f6d6570736575u,
		key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
		key[1] ^ 0x7465646279746573u};
}

static inline uint64_t finish(struct sip *s)
{
	s->v2 ^= 0xff;
	round_(s);
	round_(s);
	round_(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t siphash13(const uint64_t key[2], const void *data, size_t len)
{
	struct sip s = start(key);
	const uint8_t *p = data;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		block(&s, le64(p));
	block(&s, le_short(p, left) | (uint64_t)(uint8_t)len << 56);
	return finish(&s);
}

uint64_t siphash13_u16(
	const uint64_t key[2], uint16_t first, const void *data, size_t len)
{
	struct sip s = start(key);
	const uint8_t *p = data;
	uint64_t last = (uint64_t)(uint8_t)(len + 2) << 56;
	size_t left = len;

	if (len < 6) {
		block(&s, first | le_short(p, len) << 16 | last);
		return finish(&s);
	}
	block(&s, first | le_short(p, 6) << 16);
	p += 6;
	left -= 6;
	for (; left >= 8; left -= 8, p += 8)
		block(&s, le64(p));
	block(&s, le_short(p, left) | last);
	return finish(&s);
}
