/* Captures: link headers, order of segments, retransmissions, holes. */
/* LINK: compiler/ask/capture.c compiler/base/arena.c */
/* LIBS: -lpcap */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "compiler/ask/capture.h"
#include "compiler/base/arena.h"
#include "grammar/table.h"

/* A pcap file under construction. */
static uint8_t file[8192];
static size_t size;

static const char hello[] = "\x16\3\1\0\x20\1\0\0\x1c"
			    "abcdefghijklmnop";
enum { HELLO = sizeof(hello) - 1 };

static void put(const void *p, size_t n)
{
	memcpy(file + size, p, n);
	size += n;
}

static void put32le(uint32_t v)
{
	uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
		(uint8_t)(v >> 24)};

	put(b, 4);
}

static void start(uint32_t link)
{
	size = 0;
	put32le(0xa1b2c3d4);
	put("\2\0\4\0", 4);
	put32le(0);
	put32le(0);
	put32le(65535);
	put32le(link);
}

/* One TCP segment from 192.0.2.7:5000 to 198.51.100.1:443. */
static void segment(
	uint32_t link, uint32_t seq, int syn, const char *data, size_t n)
{
	uint8_t ip[20] = {0x45, 0, (uint8_t)((40 + n) >> 8), (uint8_t)(40 + n),
		0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 7, 198, 51, 100, 1};
	uint8_t tcp[20] = {0x13, 0x88, 1, 0xbb, (uint8_t)(seq >> 24),
		(uint8_t)(seq >> 16), (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0,
		0, 0, 0x50, syn ? 2 : 0x18};
	uint8_t pad[18] = {0};
	size_t link_len = link == 1 ? 14 : 0, padding = link == 1 && !n ? 6 : 0;
	uint32_t total = (uint32_t)(link_len + 40 + n + padding);

	put32le(0);
	put32le(0);
	put32le(total);
	put32le(total);
	pad[12] = 8;
	put(pad, link_len);
	put(ip, 20);
	put(tcp, 20);
	put(data, n);
	put(pad, padding);
}

static int read_file(struct arena *a, struct capture *c, const char **err)
{
	return capture_read(a, file, size, c, err);
}

static void segments_in_any_order(void **state)
{
	struct arena *a = arena_new();
	struct capture c;
	const char *err;

	(void)state;
	start(1);
	segment(1, 0xfffffffa, 1, "", 0); /* the sequence wraps */
	segment(1, 0xfffffffb + 10, 0, hello + 10, HELLO - 10);
	segment(1, 0xfffffffb, 0, hello, 6);
	segment(1, 0xfffffffb, 0, hello, 4);
	segment(1, 0xfffffffb + 4, 0, hello + 4, 8);
	assert_int_equal(read_file(a, &c, &err), 0);
	assert_int_equal(c.len, HELLO);
	assert_memory_equal(c.stream, hello, HELLO);
	assert_int_equal(c.family, TBL_V4);
	assert_memory_equal(c.source, "\xc0\0\2\7", 4);
	assert_int_equal(c.source_port, 5000);
	arena_free(&a);
}

static void a_hole_ends_the_stream(void **state)
{
	struct arena *a = arena_new();
	struct capture c;
	const char *err;

	(void)state;
	start(101);
	segment(101, 7, 0, hello, 8);
	segment(101, 20, 0, hello + 13, 4);
	assert_int_equal(read_file(a, &c, &err), 0);
	assert_int_equal(c.len, 8);
	arena_free(&a);
}

static void other_streams_are_no_hello(void **state)
{
	struct arena *a = arena_new();
	struct capture c;
	const char *err = NULL;

	(void)state;
	start(101);
	segment(101, 7, 0, "GET / HTTP/1.1\r\n", 16);
	assert_int_equal(read_file(a, &c, &err), -1);
	assert_non_null(err);
	for (size_t n = 4; n < size; n++) /* cut anywhere: no crash */
		(void)capture_read(a, file, n, &c, &err);
	arena_free(&a);
}

static void raw_bytes_are_taken_as_they_are(void **state)
{
	struct arena *a = arena_new();
	struct capture c;
	const char *err;

	(void)state;
	assert_int_equal(
		capture_read(a, (const uint8_t *)hello, HELLO, &c, &err), 0);
	assert_int_equal(c.len, HELLO);
	assert_int_equal(c.family, 0);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_in_any_order),
		cmocka_unit_test(a_hole_ends_the_stream),
		cmocka_unit_test(other_streams_are_no_hello),
		cmocka_unit_test(raw_bytes_are_taken_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
