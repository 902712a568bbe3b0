/* X25519: RFC 7748's own vectors, and that GnuTLS is given it. */
/* LINK: runtime/tls/x25519.c */
/* LIBS: -lhogweed -lnettle */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <gnutls/gnutls.h>
#include <nettle/curve25519.h>

#include "runtime/tls/x25519.h"

static void hex(const char *text, uint8_t out[32])
{
	static const char digit[] = "0123456789abcdef";

	for (int i = 0; i < 32; i++)
		out[i] = (uint8_t)((strchr(digit, text[2 * i]) - digit) << 4 |
			(strchr(digit, text[2 * i + 1]) - digit));
}

/* Section 5.2; the second point has a bit set that is to be ignored. */
static void test_vectors(void **state)
{
	static const char *const v[2][3] = {
		{"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba"
		 "449ac4",
			"e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903"
			"a6d0"
			"ab1c4c",
			"c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b407"
			"5577"
			"a28552"},
		{"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e79"
		 "18ba0d",
			"e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd5"
			"49c7"
			"15a493",
			"95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7"
			"647a"
			"ac7957"},
	};
	uint8_t n[32], p[32], right[32], q[32];

	(void)state;
	for (int i = 0; i < 2; i++) {
		hex(v[i][0], n);
		hex(v[i][1], p);
		hex(v[i][2], right);
		curve25519_mul(q, n, p);
		assert_memory_equal(q, right, 32);
	}
}

/* Section 5.2: a thousand times, the result being the next scalar. */
static void test_iterated(void **state)
{
	uint8_t k[32] = {9}, u[32] = {9}, r[32], right[32];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		curve25519_mul(r, k, u);
		memcpy(u, k, 32);
		memcpy(k, r, 32);
	}
	hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51",
		right);
	assert_memory_equal(k, right, 32);
}

/* Both sides find the same secret, with the public halves nettle made. */
static void test_agreement(void **state)
{
	uint8_t a[32], b[32], pa[32], pb[32], sa[32], sb[32];

	(void)state;
	srand(7748);
	for (int round = 0; round < 200; round++) {
		for (int i = 0; i < 32; i++) {
			a[i] = (uint8_t)rand();
			b[i] = (uint8_t)rand();
		}
		curve25519_mul_g(pa, a);
		curve25519_mul_g(pb, b);
		curve25519_mul(sa, a, pb);
		curve25519_mul(sb, b, pa);
		assert_memory_equal(sa, sb, 32);
	}
}

/* Points of small order (section 6.1) give zeros, which GnuTLS refuses. */
static void test_small_order(void **state)
{
	static const char *const points[] = {
		"000000000000000000000000000000000000000000000000000000000000"
		"0000",
		"010000000000000000000000000000000000000000000000000000000000"
		"0000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49"
		"b800",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ff7f",
	};
	uint8_t n[32] = {7, 7}, p[32], q[32];
	static const uint8_t zero[32];

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		hex(points[i], p);
		memset(q, 1, 32);
		curve25519_mul(q, n, p);
		assert_memory_equal(q, zero, 32);
	}
}

static void test_used(void **state)
{
	(void)state;
#ifdef WITH_LIBCRYPTO
	assert_string_equal(x25519_name(), "libcrypto");
#else
	assert_string_equal(x25519_name(), "GnuTLS");
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_iterated),
		cmocka_unit_test(test_agreement),
		cmocka_unit_test(test_small_order),
		cmocka_unit_test(test_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
