/*
 * What a server must refuse in a hello, a second hello beside the first, and
 * what is read of a ServerHello.
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
		cmocka_unit_test(server_hello_reads),
		cmocka_unit_test(a_server_judges),
		cmocka_unit_test(a_second_hello_is_the_first),
		cmocka_unit_test(a_servers_limit_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
