/* LINK: grammar/words.c compiler/base/suite.c */
/* LIBS: -lgnutls */
/*
 * The suite vocabulary against GnuTLS: every TLS suite of `gnutls-cli -l` (the
 * same library call) is listed with its code point, and the words kx, cipher
 * and mac are the library's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <gnutls/gnutls.h>

#include "compiler/base/suite.h"

static void gnutls_suites_are_listed(void **state)
{
	(void)state;
	unsigned n = 0;
	for (size_t i = 0;; i++) {
		unsigned char id[2];
		gnutls_kx_algorithm_t kx;
		gnutls_cipher_algorithm_t cipher;
		gnutls_mac_algorithm_t mac;
		gnutls_protocol_t min;
		const char *name = gnutls_cipher_suite_info(
			i, id, &kx, &cipher, &mac, &min);
		if (!name)
			break;
		const struct suite *s =
			suite_by_code((uint16_t)(id[0] << 8 | id[1]));
		assert_non_null(s);
		assert_non_null(s->cipher);
		assert_int_equal(gnutls_cipher_get_id(s->cipher), cipher);
		assert_int_equal(gnutls_mac_get_id(s->mac), mac);
		if (*s->kx)
			assert_int_equal(gnutls_kx_get_id(s->kx), kx);
		assert_int_equal(!*s->kx, min == GNUTLS_TLS1_3);
		assert_int_equal(!!(s->flags & S_13), min == GNUTLS_TLS1_3);
		assert_int_equal(!!(s->flags & S_12), min == GNUTLS_TLS1_2);
		n++;
	}
	assert_true(n > 150);
	unsigned mine = 0;
	for (size_t i = 0; i < suite_count(); i++)
		mine += suite_at(i)->cipher != NULL;
	assert_int_equal(mine, n);
}

static void codes_ascend_and_names_differ(void **state)
{
	(void)state;
	for (size_t i = 1; i < suite_count(); i++) {
		assert_true(suite_at(i - 1)->code < suite_at(i)->code);
		assert_ptr_equal(suite_find(suite_at(i)->name), suite_at(i));
	}
}

static void weak_is_what_the_lint_says(void **state)
{
	(void)state;
	static const char *const words[] = {
		"NULL", "anon", "EXPORT", "RC4", "3DES", "MD5", NULL};
	for (size_t i = 0; i < suite_count(); i++) {
		const struct suite *s = suite_at(i);
		for (const char *const *w = words; *w; w++)
			if (strstr(s->name, *w))
				assert_true(s->flags & S_WEAK);
	}
	assert_true(suite_find("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")->flags &
		S_WEAK);
	assert_true(
		suite_find("TLS_RSA_WITH_AES_128_GCM_SHA256")->flags & S_WEAK);
	assert_false(suite_find("TLS_AES_128_GCM_SHA256")->flags & S_WEAK);
	assert_false(
		suite_usable(suite_find("TLS_RSA_EXPORT_WITH_RC4_40_MD5")));
	assert_true(suite_usable(suite_find("TLS_ECDHE_RSA_WITH_NULL_SHA")));
	for (size_t i = 0; i < suite_count(); i++)
		if (suite_usable(suite_at(i)))
			assert_true(suite_at(i)->flags & S_FS);
}

static void groups_by_any_case(void **state)
{
	(void)state;
	assert_int_equal(suite_group_find("X25519"), 29);
	assert_string_equal(suite_group_name(23), "secp256r1");
	assert_int_equal(suite_group_find("secp192r1"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gnutls_suites_are_listed),
		cmocka_unit_test(codes_ascend_and_names_differ),
		cmocka_unit_test(weak_is_what_the_lint_says),
		cmocka_unit_test(groups_by_any_case),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
