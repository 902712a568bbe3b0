/*
 * ClientHellos made octet by octet, for the tests of their parser.
 */
#ifndef TESTS_HELLO_BUILD_H
#define TESTS_HELLO_BUILD_H

#include "runtime/table/hello.h"

enum { LIMIT = 65536 };
static uint8_t scratch[LIMIT];

/* A message under construction: handshake header, then fields. */
struct build {
	uint8_t b[LIMIT];
	size_t n;
};

static inline void put(struct build *m, unsigned octets, uint32_t value)
{
	while (octets--)
		m->b[m->n++] = (uint8_t)(value >> 8 * octets);
}

static inline void put_bytes(struct build *m, const void *p, size_t n)
{
	memcpy(m->b + m->n, p, n);
	m->n += n;
}

/* Open a vector with a prefix of `octets`; close() fills the prefix in. */
static inline size_t open_vec(struct build *m, unsigned octets)
{
	put(m, octets, 0);
	return m->n;
}

static inline void close_vec(struct build *m, size_t at, unsigned octets)
{
	size_t len = m->n - at;

	for (unsigned i = 0; i < octets; i++)
		m->b[at - 1 - i] = (uint8_t)(len >> 8 * i);
}

static inline size_t start(struct build *m, uint16_t version)
{
	memset(m, 0, sizeof(*m));
	put(m, 1, 1);
	put(m, 3, 0);
	put(m, 2, version);
	for (int i = 0; i < 32; i++)
		put(m, 1, (uint32_t)i);
	put(m, 1, 0); /* session id */
	put(m, 2, 4); /* suites */
	put(m, 4, 0x1301c02f);
	put(m, 2, 0x0100);     /* null compression */
	return open_vec(m, 2); /* extensions */
}

static inline void finish(struct build *m, size_t extensions)
{
	close_vec(m, extensions, 2);
	close_vec(m, 4, 3);
}

static inline void ext_sni(struct build *m, const char *name)
{
	size_t e, l;

	put(m, 2, 0);
	e = open_vec(m, 2);
	l = open_vec(m, 2);
	put(m, 1, 0);
	put(m, 2, (uint32_t)strlen(name));
	put_bytes(m, name, strlen(name));
	close_vec(m, l, 2);
	close_vec(m, e, 2);
}

static inline void ext_raw(
	struct build *m, uint16_t type, const void *p, size_t n)
{
	put(m, 2, type);
	put(m, 2, (uint32_t)n);
	put_bytes(m, p, n);
}

/* The message in records of at most `chunk` octets. */
static inline size_t frame(const struct build *m, size_t chunk, uint8_t *out)
{
	size_t n = 0;

	for (size_t at = 0; at < m->n; at += chunk) {
		size_t len = m->n - at < chunk ? m->n - at : chunk;

		memcpy(out + n, "\x16\x03\x01", 3);
		out[n + 3] = (uint8_t)(len >> 8);
		out[n + 4] = (uint8_t)len;
		memcpy(out + n + 5, m->b + at, len);
		n += 5 + len;
	}
	return n;
}

static inline enum hello_status parse(const struct build *m, struct hello *h)
{
	static uint8_t out[2 * LIMIT];
	size_t n = frame(m, 16384, out);

	memset(h, 0, sizeof(*h));
	return hello_parse(h, out, n, LIMIT, scratch);
}

#endif
