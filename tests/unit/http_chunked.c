/*
 * The chunked coding: payload found in any pieces, every malformation refused,
 * bounds exact.
 */
/* LINK: runtime/http/chunked.c runtime/http/octets.c */
#include "runtime/http/chunked.h"
#include "tests/unit/http_parts.h"

static char got[70000];
static size_t got_n, rest;
static struct http_chunked c;

/* Reads s in pieces of that size; `rest` is what follows the end. */
static enum http_chunked_status decode(
	const char *s, size_t n, size_t piece, uint64_t limit)
{
	enum http_chunked_status st = HTTP_CHUNKED_MORE;
	size_t at = 0, used = 0;
	struct http_slice data;

	got_n = 0;
	http_chunked_start(&c, limit);
	while (at < n && st != HTTP_CHUNKED_END && st != HTTP_CHUNKED_BAD) {
		size_t part = n - at < piece ? n - at : piece;
		char *copy = malloc(part);

		memcpy(copy, s + at, part);
		st = http_chunked_read(&c, copy, part, &used, &data);
		assert_true(used <= part);
		if (st == HTTP_CHUNKED_DATA) {
			assert_true(data.n > 0);
			assert_ptr_equal(data.at + data.n, copy + used);
			memcpy(got + got_n, data.at, data.n);
			got_n += data.n;
		} else if (st == HTTP_CHUNKED_MORE) {
			assert_int_equal(used, part);
		}
		at += used;
		free(copy);
	}
	rest = n - at;
	return st;
}

static void payload_in_any_pieces(void **state)
{
	static const char s[] = "5\r\nhello\r\n"
				"00a;name=\"v;\xff\"\t;x\r\n0123456789\r\n"
				"1 \t;y\r\n!\r\n"
				"000;z\r\nTrailer: x\r\nEmpty:\r\n\r\nGET";

	for (size_t piece = 1; piece < sizeof(s); piece++) {
		assert_int_equal(decode(s, sizeof(s) - 1, piece, UINT64_MAX),
			HTTP_CHUNKED_END);
		assert_int_equal(got_n, 16);
		assert_memory_equal(got, "hello0123456789!", 16);
		assert_int_equal(rest, 3);
		assert_int_equal(c.total, 16);
	}
}

static void unfinished(void **state)
{
	static const char s[] = "5\r\nhello\r\n0\r\nA: b\r\n\r\n";

	for (size_t n = 1; n < sizeof(s) - 1; n++) {
		enum http_chunked_status st = decode(s, n, 1, UINT64_MAX);

		assert_true(st == HTTP_CHUNKED_MORE || st == HTTP_CHUNKED_DATA);
	}
}

static void malformed(void **state)
{
	static const struct {
		const char *s;
		size_t n, at;
		enum http_reason why;
	} bad[] = {
#define BAD(s, at, why) {s, sizeof(s) - 1, at, HTTP_REASON_##why}
		BAD("\r\n", 0, CHUNK_SIZE),
		BAD(";x\r\n", 0, CHUNK_SIZE),
		BAD(" 5\r\n", 0, CHUNK_SIZE),
		BAD("+5\r\n", 0, CHUNK_SIZE),
		BAD("-1\r\n", 0, CHUNK_SIZE),
		BAD("0x5\r\n", 1, CHUNK_SIZE),
		BAD("5g\r\n", 1, CHUNK_SIZE),
		BAD("5 \r\n", 2, CHUNK_SIZE),
		BAD("5 5\r\n", 2, CHUNK_SIZE),
		BAD("5\n", 1, CHUNK_SIZE),
		BAD("5\0\r\n", 1, CHUNK_SIZE),
		BAD("5\r5", 2, BARE_CR),
		BAD("5\r\r\n", 2, BARE_CR),
		BAD("00000000000000005\r\n", 16, CHUNK_SIZE),
		BAD("5;a\n", 3, CHUNK_EXTENSION),
		BAD("5;a\0", 3, CHUNK_EXTENSION),
		BAD("5;a\x7f", 3, CHUNK_EXTENSION),
		BAD("5;a=\"\n\"", 5, CHUNK_EXTENSION),
		BAD("5;a\r;", 4, BARE_CR),
		BAD("2\r\nabc", 5, CHUNK_END),
		BAD("2\r\nab\n", 5, CHUNK_END),
		BAD("2\r\nab\rx", 6, BARE_CR),
		BAD("0\r\n\n", 3, TRAILER),
		BAD("0\r\n\rx", 4, BARE_CR),
		BAD("0\r\n: v\r\n", 3, TRAILER),
		BAD("0\r\n fold\r\n", 3, TRAILER),
		BAD("0\r\na\r\n", 4, TRAILER),
		BAD("0\r\na : b\r\n", 4, TRAILER),
		BAD("0\r\na: b\0\r\n", 7, TRAILER),
		BAD("0\r\na: b\n", 7, TRAILER),
		BAD("0\r\na: b\rc", 8, BARE_CR),
		BAD("0\r\na: b\r\n c\r\n", 9, TRAILER),
#undef BAD
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		for (size_t piece = 1; piece <= bad[i].n; piece++) {
			assert_int_equal(
				decode(bad[i].s, bad[i].n, piece, UINT64_MAX),
				HTTP_CHUNKED_BAD);
			assert_int_equal(c.reason, bad[i].why);
			assert_int_equal(rest, bad[i].n - bad[i].at);
		}
}

static void longest_size(void **state)
{
	static const char s[] = "ffffffffffffffff\r\nx";

	assert_int_equal(
		decode(s, sizeof(s) - 1, 1, UINT64_MAX), HTTP_CHUNKED_DATA);
	assert_int_equal(c.left, UINT64_MAX - 1);
	assert_int_equal(
		decode(s, sizeof(s) - 1, 1, UINT64_MAX - 1), HTTP_CHUNKED_BAD);
	assert_int_equal(c.reason, HTTP_REASON_BODY_LONG);
}

/* Announced is enough: not one octet of that chunk is handed out. */
static void limit_is_exact(void **state)
{
	static const char s[] = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

	assert_int_equal(decode(s, sizeof(s) - 1, 99, 5), HTTP_CHUNKED_END);
	assert_int_equal(decode(s, sizeof(s) - 1, 99, 4), HTTP_CHUNKED_BAD);
	assert_int_equal(c.reason, HTTP_REASON_BODY_LONG);
	assert_int_equal(got_n, 3);
	/* The sum may not wrap around. */
	assert_int_equal(
		decode("1\r\na\r\nffffffffffffffff\r\n", 24, 99, UINT64_MAX),
		HTTP_CHUNKED_BAD);
	assert_int_equal(c.reason, HTTP_REASON_BODY_LONG);
}

/* n of these octets, then the end. */
static enum http_chunked_status filled(
	const char *start, char fill, size_t n, const char *end)
{
	static char s[70000];
	size_t at = (size_t)sprintf(s, "%s", start);

	memset(s + at, fill, n);
	at += n + (size_t)sprintf(s + at + n, "%s", end);
	return decode(s, at, 1000, UINT64_MAX);
}

static void bounded_beside_the_payload(void **state)
{
	static const char last[] = "\r\n\r\n";
	static const size_t most = HTTP_CHUNK_LINE_MAX - 1; /* and CR */

	assert_int_equal(filled("0;", 'x', most, last), HTTP_CHUNKED_END);
	assert_int_equal(filled("0;", 'x', most + 1, last), HTTP_CHUNKED_BAD);
	assert_int_equal(c.reason, HTTP_REASON_CHUNK_EXTENSIONS_LONG);
	assert_int_equal(filled("0", ' ', 70000 - 20, ""), HTTP_CHUNKED_BAD);
	/* "a:", CRLF, CRLF */
	assert_int_equal(filled("0\r\na:", 'x', HTTP_TRAILERS_MAX - 6, last),
		HTTP_CHUNKED_END);
	assert_int_equal(filled("0\r\na:", 'x', HTTP_TRAILERS_MAX - 5, last),
		HTTP_CHUNKED_BAD);
	assert_int_equal(c.reason, HTTP_REASON_TRAILERS_LONG);
}

static void all_extensions_are_bounded(void **state)
{
	static const char one[] = "1;23456789abcdef\r\nx\r\n";
	static char s[sizeof(one) * 2000];
	size_t n = 0;

	for (size_t i = 0; i < HTTP_EXTENSIONS_MAX / 15; i++)
		n += (size_t)sprintf(s + n, "%s", one);
	assert_int_equal(decode(s, n, 4096, UINT64_MAX), HTTP_CHUNKED_MORE);
	n += (size_t)sprintf(s + n, "%s", one);
	assert_int_equal(decode(s, n, 4096, UINT64_MAX), HTTP_CHUNKED_BAD);
	assert_int_equal(c.reason, HTTP_REASON_CHUNK_EXTENSIONS_LONG);
}

static void heads_of_chunks(void **state)
{
	static const struct {
		uint64_t n;
		const char *want;
	} cases[] = {{1, "1\r\n"}, {15, "f\r\n"}, {16, "10\r\n"},
		{0xabcdef, "abcdef\r\n"}, {UINT64_MAX, "ffffffffffffffff\r\n"}};
	char out[HTTP_CHUNK_HEAD_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct http_slice s = {out, http_chunk_head(out, cases[i].n)};

		assert_slice(s, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payload_in_any_pieces),
		cmocka_unit_test(unfinished),
		cmocka_unit_test(malformed),
		cmocka_unit_test(longest_size),
		cmocka_unit_test(limit_is_exact),
		cmocka_unit_test(bounded_beside_the_payload),
		cmocka_unit_test(all_extensions_are_bounded),
		cmocka_unit_test(heads_of_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
