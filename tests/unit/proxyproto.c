/*
 * PROXY protocol: headers in any pieces, every malformation, and what we
 * write reads back.
 */
/* LINK: runtime/common/proxyproto.c */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "grammar/table.h"
#include "runtime/common/proxyproto.h"

static enum proxy_status parse(const void *p, size_t n, struct proxy_header *h)
{
	uint8_t *copy = malloc(n ? n : 1); /* exact: ASan sees overreads */
	enum proxy_status st;

	memcpy(copy, p, n);
	st = proxyproto_parse(copy, n, h);
	free(copy);
	return st;
}

static void pieces(const void *p, size_t len, size_t total)
{
	struct proxy_header h;

	for (size_t n = 0; n < len; n++)
		assert_int_equal(parse(p, n, &h), PROXY_MORE);
	for (size_t n = len; n <= total; n++) {
		assert_int_equal(parse(p, n, &h), PROXY_OK);
		assert_int_equal(h.len, len);
	}
}

static void v1_reads(void **state)
{
	static const char s[] =
		"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n\x16\3\1";
	static const char six[] = "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n";
	static const char un[] = "PROXY UNKNOWN ffff::1 whatever\r\n";
	struct proxy_header h;

	(void)state;
	pieces(s, 45, sizeof(s) - 1);
	assert_int_equal(parse(s, sizeof(s) - 1, &h), PROXY_OK);
	assert_int_equal(h.family, TBL_V4);
	assert_memory_equal(h.source, "\xc0\0\2\7", 4);
	assert_int_equal(h.source_port, 56324);
	assert_int_equal(h.dest_port, 443);
	assert_int_equal(parse(six, sizeof(six) - 1, &h), PROXY_OK);
	assert_int_equal(h.family, TBL_V6);
	assert_int_equal(parse(un, sizeof(un) - 1, &h), PROXY_OK);
	assert_int_equal(h.family, 0);
}

static void v1_refuses(void **state)
{
	static const char *const bad[] = {
		"PROXX",
		"GET / HTTP/1.1\r\n",
		"\x16\3\1",
		"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\n",
		"PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n",
		"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443 \r\n",
		"PROXY TCP4 192.0.2.7  198.51.100.1 56324 443\r\n",
		"PROXY TCP4 192.0.2.7 198.51.100.1 056 443\r\n",
		"PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n",
		"PROXY TCP4 192.0.2.7 198.51.100.1 -1 443\r\n",
		"PROXY TCP6 192.0.2.7 198.51.100.1 1 443\r\n",
		"PROXY UDP4 192.0.2.7 198.51.100.1 1 443\r\n",
		"PROXY \r\n",
	};
	char longest[120];
	struct proxy_header h;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse(bad[i], strlen(bad[i]), &h), PROXY_BAD);
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "PROXY UNKNOWN ", 14);
	assert_int_equal(parse(longest, 106, &h), PROXY_MORE);
	assert_int_equal(parse(longest, 107, &h), PROXY_BAD);
	assert_int_equal(parse("PROXY TCP4\0\r\n", 13, &h), PROXY_BAD);
}

static const uint8_t source[4] = {192, 0, 2, 7}, dest[4] = {127, 0, 0, 1};
static const struct proxy_facts facts = {
	.family = TBL_V4,
	.source = source,
	.dest = dest,
	.source_port = 1234,
	.dest_port = 443,
	.authority = "shop.example.com",
	.authority_len = 16,
	.alpn = "h2",
	.alpn_len = 2,
	.tls_version = "TLSv1.3",
	.cipher = "TLS_AES_128_GCM_SHA256",
	.client_cn = "edi",
	.client_cert = 1,
	.client_verified = 1,
};

static void v2_reads_what_it_writes(void **state)
{
	uint8_t out[PROXY_OUT_MAX + 8] = {0};
	struct proxy_header h;
	size_t n = proxyproto_write_v2(out, PROXY_OUT_MAX, &facts);

	(void)state;
	assert_true(n > 100);
	pieces(out, n, n + 8);
	assert_int_equal(parse(out, n, &h), PROXY_OK);
	assert_int_equal(h.family, TBL_V4);
	assert_memory_equal(h.source, source, 4);
	assert_int_equal(h.source_port, 1234);
	for (size_t room = 0; room < n; room++)
		assert_int_equal(proxyproto_write_v2(out, room, &facts), 0);
}

static void v2_checksum_guards_every_bit(void **state)
{
	uint8_t out[PROXY_OUT_MAX], good[PROXY_OUT_MAX];
	struct proxy_header h;
	size_t n = proxyproto_write_v2(good, sizeof(good), &facts);

	(void)state;
	for (size_t bit = 0; bit < n * 8; bit++) {
		memcpy(out, good, n);
		out[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (parse(out, n, &h) != PROXY_OK)
			continue;
		/* only flips that turn it into a header whose rest is to be
		 * ignored (family unspecified), or that hide the checksum's
		 * own type, can pass */
		assert_true(bit / 8 == 13 || bit / 8 == n - 7);
	}
}

static void v2_refuses(void **state)
{
	uint8_t out[PROXY_OUT_MAX];
	struct proxy_header h;
	size_t n = proxyproto_write_v2(out, sizeof(out), &facts);

	(void)state;
	out[12] = 0x11;
	assert_int_equal(parse(out, n, &h), PROXY_BAD);
	out[12] = 0x21;
	out[13] = 0x41;
	assert_int_equal(parse(out, n, &h), PROXY_BAD);
	out[13] = 0x11;
	out[14] = 0xff; /* longer than anyone needs */
	assert_int_equal(parse(out, n, &h), PROXY_BAD);
	out[14] = 0;
	out[15] = 11; /* too short for two IPv4 addresses and ports */
	assert_int_equal(parse(out, n, &h), PROXY_BAD);
	out[15] = 14; /* a TLV cut off */
	assert_int_equal(parse(out, n, &h), PROXY_BAD);
}

static void v2_local_keeps_the_sockets_addresses(void **state)
{
	struct proxy_facts local = {0};
	uint8_t out[PROXY_OUT_MAX];
	struct proxy_header h;
	size_t n = proxyproto_write_v2(out, sizeof(out), &local);

	(void)state;
	assert_int_equal(n, 16);
	assert_int_equal(parse(out, n, &h), PROXY_OK);
	assert_int_equal(h.family, 0);
}

/* Source, destination, and what becomes of the header. */
static const struct {
	const char *source, *dest;
	enum proxy_status st;
	uint8_t family;
} mapped[] = {
	{"::ffff:192.0.2.7", "::ffff:127.0.0.1", PROXY_OK, TBL_V4},
	{"::ffff:192.0.2.7", "2001:db8::1", PROXY_OK, TBL_V4},
	{"2001:db8::1", "::ffff:127.0.0.1", PROXY_OK, TBL_V6},
	{"::fffe:192.0.2.7", "::ffff:127.0.0.1", PROXY_OK, TBL_V6},
	{"::192.0.2.7", "::127.0.0.1", PROXY_OK, TBL_V6},
};

static void check_mapped(size_t i, const uint8_t *p, size_t n)
{
	struct proxy_header h;

	assert_int_equal(parse(p, n, &h), mapped[i].st);
	if (mapped[i].st != PROXY_OK)
		return;
	assert_int_equal(h.family, mapped[i].family);
	assert_int_equal(h.source_port, 1234);
	assert_int_equal(h.dest_port, 443);
	if (h.family == TBL_V4) {
		assert_memory_equal(h.source, source, 4);
		assert_int_equal(h.dest_family, i == 1 ? TBL_V6 : TBL_V4);
		if (h.dest_family == TBL_V4)
			assert_memory_equal(h.dest, dest, 4);
	}
}

static void mapped_ipv4_is_ipv4(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mapped) / sizeof(*mapped); i++) {
		uint8_t from[16], to[16], out[PROXY_OUT_MAX];
		struct proxy_facts six = facts;
		char line[120];
		int n = snprintf(line, sizeof(line),
			"PROXY TCP6 %s %s 1234 443\r\n", mapped[i].source,
			mapped[i].dest);

		check_mapped(i, (uint8_t *)line, (size_t)n);
		inet_pton(AF_INET6, mapped[i].source, from);
		inet_pton(AF_INET6, mapped[i].dest, to);
		six.family = TBL_V6;
		six.source = from;
		six.dest = to;
		check_mapped(
			i, out, proxyproto_write_v2(out, sizeof(out), &six));
	}
}

static void v1_writes(void **state)
{
	uint8_t out[PROXY_OUT_MAX];
	size_t n = proxyproto_write_v1(out, sizeof(out), &facts);

	(void)state;
	assert_memory_equal(
		out, "PROXY TCP4 192.0.2.7 127.0.0.1 1234 443\r\n", n);
	assert_int_equal(proxyproto_write_v1(out, n, &facts), 0);
}

static void crc_is_castagnoli(void **state)
{
	(void)state;
	assert_int_equal(proxyproto_crc32c("123456789", 9), 0xe3069283);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v1_reads),
		cmocka_unit_test(v1_refuses),
		cmocka_unit_test(v2_reads_what_it_writes),
		cmocka_unit_test(v2_checksum_guards_every_bit),
		cmocka_unit_test(v2_refuses),
		cmocka_unit_test(v2_local_keeps_the_sockets_addresses),
		cmocka_unit_test(mapped_ipv4_is_ipv4),
		cmocka_unit_test(v1_writes),
		cmocka_unit_test(crc_is_castagnoli),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
