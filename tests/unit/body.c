/* Bodies on their way, cut at every place, in every framing. */
/* LINK: runtime/worker/body.c runtime/http/chunked.c runtime/http/field.c runtime/http/octets.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "runtime/worker/body.h"

#define ROOM 4096
#define BEHIND "GET /next HTTP/1.1\r\n"

static uint8_t room[BODY_FRONT + ROOM + BODY_BACK];
static char sent[ROOM * 2]; /* what went out */
static size_t sent_len;

static void put(const uint8_t *p, size_t n)
{
	assert_true(sent_len + n < sizeof(sent));
	memcpy(sent + sent_len, p, n);
	sent_len += n;
}

/* One call with these octets: how many were used. */
static size_t take(
	struct body *b, const char *p, size_t n, enum body_verdict want)
{
	uint8_t *in = room + BODY_FRONT, *send;
	size_t used, len;
	enum body_verdict v;

	memset(room, '#', sizeof(room));
	memcpy(in, p, n);
	v = body_take(b, in, n, &used, &send, &len);
	if (want != BODY_BAD && v == BODY_BAD)
		fail_msg("bad: %.*s", (int)n, p);
	if (v == BODY_BAD)
		return n;
	assert_true(used <= n && (v == BODY_ENDED || used == n));
	assert_true(send >= room && send + len <= room + sizeof(room));
	assert_memory_equal(in + used, p + used, n - used);
	assert_int_equal(b->ended, v == BODY_ENDED);
	put(send, len);
	return used;
}

/* The octets in pieces: three, cut at a and b, and what follows behind. */
static void feed(struct body *b, const char *p, size_t n, size_t at, size_t bt)
{
	char all[ROOM];
	size_t cut[] = {at, bt, n + strlen(BEHIND)}, i, from = 0, used = 0;

	memcpy(all, p, n);
	memcpy(all + n, BEHIND, strlen(BEHIND));
	sent_len = 0;
	for (i = 0; i < 3 && !b->ended; i++) {
		if (cut[i] == from)
			continue;
		used += take(b, all + from, cut[i] - from, BODY_MORE);
		from = cut[i];
	}
	assert_true(b->ended);
	assert_int_equal(used, n);
}

/* What was sent as chunks, without them. */
static size_t unchunk(char *out)
{
	struct http_chunked c;
	struct http_slice data;
	size_t at = 0, n = 0, used;
	enum http_chunked_status st = HTTP_CHUNKED_MORE;

	http_chunked_start(&c, UINT64_MAX);
	while (at < sent_len && st != HTTP_CHUNKED_END) {
		st = http_chunked_read(
			&c, sent + at, sent_len - at, &used, &data);
		assert_int_not_equal(st, HTTP_CHUNKED_BAD);
		if (st == HTTP_CHUNKED_DATA) {
			memcpy(out + n, data.at, data.n);
			n += data.n;
		}
		at += used;
	}
	assert_int_equal(st, HTTP_CHUNKED_END);
	assert_int_equal(at, sent_len);
	return n;
}

static void is(const char *p, size_t n, const char *want)
{
	assert_int_equal(n, strlen(want));
	assert_memory_equal(p, want, n);
}

static const struct {
	const char *in, *payload;
} chunked[] = {
	{"0\r\n\r\n", ""},
	{"1\r\nx\r\n0\r\n\r\n", "x"},
	{"5;e=1\r\nhello\r\n1\r\n!\r\n0;x\r\nTrailer: 1\r\n\r\n", "hello!"},
	{"00000f\r\n0123456789abcde\r\n0\r\n\r\n", "0123456789abcde"},
	{"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n0\r\n\r\n", "abcd"},
};

static void chunks(void **state)
{
	char out[ROOM];
	struct body b;
	size_t i, n, at, bt;

	for (i = 0; i < sizeof(chunked) / sizeof(chunked[0]); i++) {
		n = strlen(chunked[i].in);
		for (at = 0; at <= n; at++)
			for (bt = at; bt <= n; bt++) {
				body_begin(&b, HTTP_BODY_CHUNKED, 0,
					HTTP_BODY_CHUNKED, UINT64_MAX);
				feed(&b, chunked[i].in, n, at, bt);
				is(out, unchunk(out), chunked[i].payload);
				assert_int_equal(
					b.payload, strlen(chunked[i].payload));
				body_begin(&b, HTTP_BODY_CHUNKED, 0,
					HTTP_BODY_CLOSE, UINT64_MAX);
				feed(&b, chunked[i].in, n, at, bt);
				is(sent, sent_len, chunked[i].payload);
			}
	}
}

static void length(void **state)
{
	static const char text[] = "0123456789";
	struct body b;
	size_t at, bt;

	for (at = 0; at <= 10; at++)
		for (bt = at; bt <= 10; bt++) {
			body_begin(&b, HTTP_BODY_LENGTH, 10, HTTP_BODY_LENGTH,
				UINT64_MAX);
			assert_false(b.ended);
			feed(&b, text, 10, at, bt);
			is(sent, sent_len, text);
		}
	body_begin(&b, HTTP_BODY_LENGTH, 0, HTTP_BODY_LENGTH, UINT64_MAX);
	assert_true(b.ended);
	body_begin(&b, HTTP_BODY_NONE, 0, HTTP_BODY_NONE, UINT64_MAX);
	assert_true(b.ended);
}

static void to_the_end(void **state)
{
	const uint8_t *send;
	char out[ROOM];
	struct body b;
	size_t len;

	body_begin(&b, HTTP_BODY_CLOSE, 0, HTTP_BODY_CHUNKED, UINT64_MAX);
	sent_len = 0;
	take(&b, "hello", 5, BODY_MORE);
	take(&b, "!", 1, BODY_MORE);
	assert_false(b.ended);
	assert_int_equal(body_source_ends(&b, &send, &len), 1);
	assert_true(b.ended);
	put(send, len);
	is(out, unchunk(out), "hello!");
	body_begin(&b, HTTP_BODY_CLOSE, 0, HTTP_BODY_CLOSE, UINT64_MAX);
	assert_int_equal(body_source_ends(&b, &send, &len), 1);
	assert_int_equal(len, 0);
}

/* An end that the framing does not know is none. */
static void cut(void **state)
{
	const uint8_t *send;
	struct body b;
	size_t len;

	body_begin(&b, HTTP_BODY_LENGTH, 10, HTTP_BODY_LENGTH, UINT64_MAX);
	take(&b, "12345", 5, BODY_MORE);
	assert_int_equal(body_source_ends(&b, &send, &len), 0);
	body_begin(&b, HTTP_BODY_CHUNKED, 0, HTTP_BODY_CHUNKED, UINT64_MAX);
	take(&b, "5\r\nhello\r\n", 10, BODY_MORE);
	assert_int_equal(body_source_ends(&b, &send, &len), 0);
	assert_false(b.ended);
}

static void bad(void **state)
{
	struct body b;

	body_begin(&b, HTTP_BODY_CHUNKED, 0, HTTP_BODY_CHUNKED, 4);
	take(&b, "5\r\nhello\r\n", 10, BODY_BAD);
	assert_int_equal(b.chunked.reason, HTTP_REASON_BODY_LONG);
	body_begin(&b, HTTP_BODY_CHUNKED, 0, HTTP_BODY_CHUNKED, UINT64_MAX);
	take(&b, "1\r\nxy\r\n", 7, BODY_BAD);
	assert_int_equal(b.chunked.reason, HTTP_REASON_CHUNK_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks),
		cmocka_unit_test(length),
		cmocka_unit_test(to_the_end),
		cmocka_unit_test(cut),
		cmocka_unit_test(bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
