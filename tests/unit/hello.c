/*
 * The ClientHello parser: what it reads, what it refuses, and that no framing
 * changes the answer.
 */
/* LINK: runtime/table/hello.c runtime/table/hello_ext.c runtime/table/hello_judge.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "hello_build.h"

static void full(struct build *m)
{
	size_t x = start(m, 0x0303);

	ext_raw(m, 0x1a1a, "", 0);
	ext_sni(m, "Shop.Example.COM");
	ext_raw(m, 16, "\0\x0c\x02h2\x08http/1.1", 14);
	ext_raw(m, 43, "\x06\x7a\x7a\x03\x04\x03\x03", 7);
	ext_raw(m, 51, "\0\x0b\x2a\x2a\0\1\0\0\x1d\0\2\1\2", 13);
	ext_raw(m, 23, "", 0);
	finish(m, x);
}

static void check_full(const struct hello *h)
{
	assert_string_equal(h->sni, "shop.example.com");
	assert_int_equal(h->sni_len, 16);
	assert_int_equal(h->alpn_len, 12);
	assert_memory_equal(h->alpn, "\x02h2\x08http/1.1", 12);
	assert_int_equal(h->max_version, 0x0304);
	assert_int_equal(h->key_share_first, 29);
	assert_int_equal(h->suites_len, 4);
	assert_true(h->has_ems);
}

static void reads_everything(void **state)
{
	struct build m;
	struct hello h;

	(void)state;
	full(&m);
	assert_int_equal(parse(&m, &h), HELLO_OK);
	check_full(&h);
	assert_int_equal(h.raw_len, m.n + 5);
}

/* Every record size, and every segment size over some record sizes. */
static void framing_changes_nothing(void **state)
{
	static uint8_t out[2 * LIMIT];
	struct build m;

	(void)state;
	full(&m);
	for (size_t chunk = 1; chunk <= m.n; chunk++) {
		size_t n = frame(&m, chunk, out);

		for (size_t step = 1; step <= n; step = step * 2 + 1) {
			struct hello h = {0};
			enum hello_status st = HELLO_MORE;
			size_t have = 0;

			while (have < n) {
				assert_int_equal(st, HELLO_MORE);
				have = have + step < n ? have + step : n;
				/* a copy of exact size: ASan sees overreads */
				uint8_t *copy = malloc(have);
				memcpy(copy, out, have);
				st = hello_parse(
					&h, copy, have, LIMIT, scratch);
				if (st == HELLO_OK)
					check_full(&h);
				free(copy);
			}
			assert_int_equal(st, HELLO_OK);
			assert_int_equal(h.raw_len, n);
		}
	}
}

static void cut_at_every_octet_wants_more(void **state)
{
	static uint8_t out[2 * LIMIT];
	struct build m;
	size_t n;

	(void)state;
	full(&m);
	n = frame(&m, 40, out);
	for (size_t have = 0; have < n; have++) {
		struct hello h = {0};

		assert_int_equal(
			hello_parse(&h, out, have, LIMIT, scratch), HELLO_MORE);
	}
}

static void refuses(const struct build *m, enum hello_fault fault)
{
	struct hello h;

	assert_int_equal(parse(m, &h), HELLO_BAD);
	assert_string_equal(hello_fault_word(h.fault), hello_fault_word(fault));
}

static void one_sni(const char *name, enum hello_fault fault)
{
	struct build m;
	size_t x = start(&m, 0x0303);
	struct hello h;

	ext_sni(&m, name);
	finish(&m, x);
	if (fault)
		refuses(&m, fault);
	else
		assert_int_equal(parse(&m, &h), HELLO_OK);
}

static void names_are_ldh(void **state)
{
	char longest[300];

	(void)state;
	one_sni("a.b-c.xn--d1acufc", 0);
	one_sni("localhost", 0);
	one_sni("3com.test", 0);
	one_sni("example.com.", HELLO_FAULT_SNI_NAME);
	one_sni(".example.com", HELLO_FAULT_SNI_NAME);
	one_sni("a..b", HELLO_FAULT_SNI_NAME);
	one_sni("-a.test", HELLO_FAULT_SNI_NAME);
	one_sni("a-.test", HELLO_FAULT_SNI_NAME);
	one_sni("_-.test", HELLO_FAULT_SNI_NAME);
	one_sni("caf\xc3\xa9.test", HELLO_FAULT_SNI_NAME);
	one_sni("*.test", HELLO_FAULT_SNI_NAME);
	one_sni("192.0.2.1", HELLO_FAULT_SNI_ADDRESS);
	one_sni("2001:db8::1", HELLO_FAULT_SNI_NAME);
	one_sni("", HELLO_FAULT_SNI_FORM);
	memset(longest, 'a', sizeof(longest));
	for (int i = 63; i < 253; i += 64)
		longest[i] = '.';
	longest[253] = 0;
	one_sni(longest, 0);
	longest[253] = 'a';
	longest[254] = 0;
	one_sni(longest, HELLO_FAULT_SNI_NAME);
	longest[63] = 'a';
	longest[100] = 0;
	one_sni(longest, HELLO_FAULT_SNI_NAME);
}

static void one_ext(
	uint16_t type, const void *p, size_t n, enum hello_fault fault)
{
	struct build m;
	size_t x = start(&m, 0x0303);

	ext_raw(&m, type, p, n);
	finish(&m, x);
	refuses(&m, fault);
}

static void extensions_are_strict(void **state)
{
	(void)state;
	one_ext(0, "\0\x0a\0\0\2aa\0\0\2bb", 12, HELLO_FAULT_SNI_TWO);
	one_ext(0, "\0\4\1\0\1a", 6, HELLO_FAULT_SNI_TYPE);
	one_ext(0, "\0\5\0\0\1a", 6, HELLO_FAULT_SNI_FORM);
	one_ext(0, "", 0, HELLO_FAULT_SNI_FORM);
	one_ext(16, "\0\0", 2, HELLO_FAULT_ALPN);
	one_ext(16, "\0\1\0", 3, HELLO_FAULT_ALPN);
	one_ext(16, "\0\3\3h2", 5, HELLO_FAULT_ALPN);
	one_ext(43, "\3\3\4\3", 4, HELLO_FAULT_VERSIONS);
	one_ext(43, "\0", 1, HELLO_FAULT_VERSIONS);
	one_ext(51, "\0\4\0\x1d\0\2", 6, HELLO_FAULT_KEY_SHARE);
}

static void duplicate_and_psk_order(void **state)
{
	struct build m;
	size_t x = start(&m, 0x0303);

	(void)state;
	ext_raw(&m, 23, "", 0);
	ext_raw(&m, 23, "", 0);
	finish(&m, x);
	refuses(&m, HELLO_FAULT_DUPLICATE);
	x = start(&m, 0x0303);
	ext_raw(&m, 41, "x", 1);
	ext_raw(&m, 23, "", 0);
	finish(&m, x);
	refuses(&m, HELLO_FAULT_PSK_NOT_LAST);
}

static void versions(void **state)
{
	struct build m;
	struct hello h;
	size_t x;

	(void)state;
	x = start(&m, 0x0301);
	finish(&m, x);
	assert_int_equal(parse(&m, &h), HELLO_OK);
	assert_int_equal(h.max_version, 0x0301);
	x = start(&m, 0x0304); /* no supported_versions: at most 1.2 */
	finish(&m, x);
	assert_int_equal(parse(&m, &h), HELLO_OK);
	assert_int_equal(h.max_version, 0x0303);
	x = start(&m, 0x0303);
	ext_raw(&m, 43, "\2\x7f\x1c", 3);
	finish(&m, x);
	assert_int_equal(parse(&m, &h), HELLO_OK);
	assert_int_equal(h.max_version, 0);
	x = start(&m, 0x0200);
	finish(&m, x);
	refuses(&m, HELLO_FAULT_VERSION);
}

static void no_extensions_is_old_but_legal(void **state)
{
	struct build m;
	struct hello h;

	(void)state;
	start(&m, 0x0303);
	m.n -= 2;
	close_vec(&m, 4, 3);
	assert_int_equal(parse(&m, &h), HELLO_OK);
	assert_false(h.has_sni);
}

static void one_stream(const void *p, size_t n, enum hello_fault fault)
{
	struct hello h = {0};

	assert_int_equal(hello_parse(&h, p, n, LIMIT, scratch), HELLO_BAD);
	assert_string_equal(hello_fault_word(h.fault), hello_fault_word(fault));
}

static void records_are_strict(void **state)
{
	(void)state;
	one_stream("G", 1, HELLO_FAULT_NOT_TLS);
	one_stream("\x16\x02", 2, HELLO_FAULT_RECORD_VERSION);
	one_stream("\x80\x2e\x01", 3, HELLO_FAULT_SSLV2);
	one_stream("\x80\x2e\x04", 3, HELLO_FAULT_NOT_TLS);
	one_stream("\x16\3\1\0\0", 5, HELLO_FAULT_RECORD_EMPTY);
	one_stream("\x16\3\1\x40\1", 5, HELLO_FAULT_RECORD_LONG);
	one_stream("\x16\3\1\0\1\2", 6, HELLO_FAULT_NOT_HELLO);
	one_stream("\x16\3\1\0\1\1\x15", 7, HELLO_FAULT_INTERLEAVED);
	one_stream("\x16\3\1\0\5\1\0\0\0\0", 10, HELLO_FAULT_TRAILING);
}

static void limit_holds(void **state)
{
	struct hello h = {0};

	(void)state;
	/* 20,000 octets are announced, 16,384 allowed: known at once */
	assert_int_equal(
		hello_parse(&h, (const uint8_t *)"\x16\3\1\x40\0\1\0\x4e\x20",
			9, 16384, scratch),
		HELLO_BIG);
}

static void every_truncated_message_is_refused(void **state)
{
	struct build m, cut;
	struct hello h;

	(void)state;
	full(&m);
	for (size_t n = 4; n < m.n; n++) {
		cut = m;
		cut.n = n;
		close_vec(&cut, 4, 3);
		/* one prefix is a legal hello: the one without extensions */
		if (parse(&cut, &h) == HELLO_OK)
			assert_int_equal(n, 4 + 2 + 32 + 1 + 6 + 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_everything),
		cmocka_unit_test(framing_changes_nothing),
		cmocka_unit_test(cut_at_every_octet_wants_more),
		cmocka_unit_test(names_are_ldh),
		cmocka_unit_test(extensions_are_strict),
		cmocka_unit_test(duplicate_and_psk_order),
		cmocka_unit_test(versions),
		cmocka_unit_test(no_extensions_is_old_but_legal),
		cmocka_unit_test(records_are_strict),
		cmocka_unit_test(limit_holds),
		cmocka_unit_test(every_truncated_message_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
