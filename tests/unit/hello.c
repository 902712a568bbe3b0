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

#include "runtime/table/hello.h"

enum { LIMIT = 65536 };
static uint8_t scratch[LIMIT];

/* A message under construction: handshake header, then fields. */
struct build {
	uint8_t b[LIMIT];
	size_t n;
};

static void put(struct build *m, unsigned octets, uint32_t value)
{
	while (octets--)
		m->b[m->n++] = (uint8_t)(value >> 8 * octets);
}

static void put_bytes(struct build *m, const void *p, size_t n)
{
	memcpy(m->b + m->n, p, n);
	m->n += n;
}

/* Open a vector with a prefix of `octets`; close() fills the prefix in. */
static size_t open_vec(struct build *m, unsigned octets)
{
	put(m, octets, 0);
	return m->n;
}

static void close_vec(struct build *m, size_t at, unsigned octets)
{
	size_t len = m->n - at;

	for (unsigned i = 0; i < octets; i++)
		m->b[at - 1 - i] = (uint8_t)(len >> 8 * i);
}

static size_t start(struct build *m, uint16_t version)
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

static void finish(struct build *m, size_t extensions)
{
	close_vec(m, extensions, 2);
	close_vec(m, 4, 3);
}

static void ext_sni(struct build *m, const char *name)
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

static void ext_raw(struct build *m, uint16_t type, const void *p, size_t n)
{
	put(m, 2, type);
	put(m, 2, (uint32_t)n);
	put_bytes(m, p, n);
}

/* The message in records of at most `chunk` octets. */
static size_t frame(const struct build *m, size_t chunk, uint8_t *out)
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

static enum hello_status parse(const struct build *m, struct hello *h)
{
	static uint8_t out[2 * LIMIT];
	size_t n = frame(m, 16384, out);

	memset(h, 0, sizeof(*h));
	return hello_parse(h, out, n, LIMIT, scratch);
}

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

static void judged(uint16_t type, const void *p, size_t n, uint16_t version,
	enum hello_fault fault)
{
	struct build m;
	struct hello h;
	size_t x = start(&m, 0x0303);

	ext_raw(&m, 10, "\0\4\0\x1d\0\x17", 6);
	if (type != 13)
		ext_raw(&m, 13, "\0\2\4\3", 4);
	if (type != 51)
		ext_raw(&m, 51, "\0\0", 2);
	ext_raw(&m, type, p, n);
	finish(&m, x);
	assert_int_equal(parse(&m, &h), HELLO_OK);
	assert_string_equal(hello_fault_word(hello_judge(&h, version)),
		hello_fault_word(fault));
}

/* The e2e test of alerts has the whole list; here what no peer shows. */
static void a_server_judges(void **state)
{
	uint8_t share[4 + 2 + 65] = {0, 69, 0, 23, 0, 65, 4};

	(void)state;
	judged(4711, "", 0, 0x0304, HELLO_FAULT_NONE);
	judged(51, share, sizeof(share), 0x0304, HELLO_FAULT_NONE);
	share[6] = 6;
	judged(51, share, sizeof(share), 0x0304, HELLO_FAULT_KEY_SHARE_POINT);
	/* Below TLS 1.3 shares are nothing. */
	judged(51, share, sizeof(share), 0x0303, HELLO_FAULT_NONE);
	judged(11, "\1\1", 2, 0x0304, HELLO_FAULT_NONE);
	judged(11, "\1\1", 2, 0x0303, HELLO_FAULT_POINT_FORMATS);
	judged(28, "\0\x40", 2, 0x0303, HELLO_FAULT_NONE);
	judged(28, "\0\x3f", 2, 0x0303, HELLO_FAULT_RECORD_LIMIT);
	judged(5, "\1\0\0\0\0", 5, 0x0304, HELLO_FAULT_NONE);
	judged(5, "\7", 1, 0x0304, HELLO_FAULT_NONE);
	judged(13, "\0\1\4", 3, 0x0303, HELLO_FAULT_EXTENSION_LENGTH);
	assert_true(hello_point_fits(4711, (const uint8_t *)"", 0));
}

static void hello_of(
	struct build *m, const char *alpn, const char *share, int early)
{
	size_t x = start(m, 0x0303);

	ext_sni(m, "a.test");
	ext_raw(m, 16, alpn, 5);
	ext_raw(m, 51, share, 7);
	if (early)
		ext_raw(m, 42, "", 0);
	ext_raw(m, 23, "", 0);
	finish(m, x);
}

static int follows(const struct build *a, const struct build *b)
{
	return hello_may_follow(a->b + 4, a->n - 4, b->b + 4, b->n - 4);
}

static void a_second_hello_is_the_first(void **state)
{
	struct build a, b;

	(void)state;
	hello_of(&a, "\0\3\2h2", "\0\5\0\x1d\0\1a", 1);
	assert_false(follows(&a, &a)); /* early data again */
	hello_of(&b, "\0\3\2h2", "\0\5\0\x17\0\1b", 0);
	assert_true(follows(&a, &b));
	assert_true(follows(&b, &b));
	for (size_t i = 4; i < b.n; i++) {
		struct build c = b;

		c.b[i] ^= 1;
		/* The five octets of the share may be others. */
		if (follows(&b, &c))
			assert_in_range(i, b.n - 9, b.n - 5);
	}
	hello_of(&a, "\0\3\2h3", "\0\5\0\x1d\0\1a", 0);
	assert_false(follows(&a, &b));
}

static void a_servers_limit_is_found(void **state)
{
	static const uint8_t ee[] = {0, 10, 0, 23, 0, 0, 0, 28, 0, 2, 4, 1};
	uint8_t sh[34 + 1 + 3 + 12] = {3, 3};

	(void)state;
	assert_int_equal(hello_server_limit(ee, sizeof(ee), 1), 1025);
	memcpy(sh + 38, ee, sizeof(ee));
	assert_int_equal(hello_server_limit(sh, sizeof(sh), 0), 1025);
	for (size_t n = 0; n < sizeof(ee); n++)
		assert_int_equal(hello_server_limit(ee, n, 1), 0);
	for (size_t n = 0; n < sizeof(sh); n++)
		assert_int_equal(hello_server_limit(sh, n, 0), 0);
}

static void server_hello_reads(void **state)
{
	struct server_hello h = {0};
	uint8_t s[200] = {0x16, 3, 3, 0, 60, 2, 0, 0, 46, 3, 3};

	(void)state;
	s[5 + 4 + 2 + 32] = 0;                   /* session id */
	s[5 + 4 + 35] = 0x13, s[5 + 4 + 36] = 1; /* suite */
	s[5 + 4 + 39] = 6;                       /* extensions */
	memcpy(s + 5 + 4 + 40, "\0\x2b\0\2\3\4", 6);
	/* not before its last octet, and not waiting for the record's end */
	assert_int_equal(
		hello_parse_server(&h, s, 54, LIMIT, scratch), HELLO_MORE);
	assert_int_equal(
		hello_parse_server(&h, s, 55, LIMIT, scratch), HELLO_OK);
	assert_int_equal(h.version, 0x0304);
	assert_int_equal(h.suite, 0x1301);
	assert_false(h.is_hrr);
	memset(&h, 0, sizeof(h));
	assert_int_equal(
		hello_parse_server(&h, (const uint8_t *)"\x15\3\3\0\2\2\x28", 7,
			LIMIT, scratch),
		HELLO_BAD);
	assert_int_equal(h.fault, HELLO_FAULT_ALERT);
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
		cmocka_unit_test(server_hello_reads),
		cmocka_unit_test(a_server_judges),
		cmocka_unit_test(a_second_hello_is_the_first),
		cmocka_unit_test(a_servers_limit_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
