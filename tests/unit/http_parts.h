/*
 * Heads for the unit tests of runtime/http: parsed at once and in pieces, from
 * copies of exact size, so that ASan sees one octet too far.
 */
#ifndef TESTS_UNIT_HTTP_PARTS_H
#define TESTS_UNIT_HTTP_PARTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "runtime/http/head.h"

#define LIMIT 16384

typedef enum http_verdict parser(
	struct http_head *h, const char *buf, size_t n, size_t limit);

/* The octets live until the next call. */
static inline enum http_verdict parse_n(
	parser *p, struct http_head *h, const char *s, size_t n, size_t limit)
{
	static char *copy;

	free(copy);
	copy = malloc(n ? n : 1);
	memcpy(copy, s, n);
	http_head_start(h);
	return p(h, copy, n, limit);
}

static inline enum http_verdict request(struct http_head *h, const char *s)
{
	return parse_n(http_request_parse, h, s, strlen(s), LIMIT);
}

static inline enum http_verdict response(struct http_head *h, const char *s)
{
	return parse_n(http_response_parse, h, s, strlen(s), LIMIT);
}

/* One octet more each time, every time at another place. */
static inline enum http_verdict dribble(
	parser *p, struct http_head *h, const char *s, size_t n, size_t limit)
{
	enum http_verdict v = HTTP_MORE;

	http_head_start(h);
	for (size_t have = 0; have <= n && v == HTTP_MORE; have++) {
		char *copy = malloc(have ? have : 1);

		memcpy(copy, s, have);
		v = p(h, copy, have, limit);
		free(copy);
	}
	h->buf = NULL;
	return v;
}

static inline void assert_slice(struct http_slice s, const char *want)
{
	assert_int_equal(s.n, strlen(want));
	assert_memory_equal(s.at, want, s.n);
}

static inline struct http_slice slice(const char *s)
{
	return (struct http_slice){s, strlen(s)};
}

#endif
