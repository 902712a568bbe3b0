/* The vocabularies (grammar/words.h): a word for every line of words.def. */
/* LINK: grammar/words.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grammar/words.h"

static void test_every_value_has_its_word(void **state)
{
#define WORD_MODE(id, v, w) assert_string_equal(words_text(words_mode, v), w);
#define WORD_REJECT(id, v, w, a)                                               \
	assert_string_equal(words_text(words_reject, v), w);                   \
	assert_int_equal(words_alert(v), a);
#define WORD_BALANCE(id, v, w)                                                 \
	assert_string_equal(words_text(words_balance, v), w);
#define WORD_CHECK(id, v, w) assert_string_equal(words_text(words_check, v), w);
#define WORD_PROXY(id, v, w) assert_string_equal(words_text(words_proxy, v), w);
#define WORD_CLIENTAUTH(id, v, w)                                              \
	assert_string_equal(words_text(words_client_auth, v), w);
#define WORD_STAPLE(id, v, w)                                                  \
	assert_string_equal(words_text(words_staple, v), w);
#define WORD_LINK(id, v, w, e)                                                 \
	assert_string_equal(words_text(words_link, v), w);                     \
	assert_int_equal(words_encrypts(v), e);
#define WORD_CLOSE(id, w, help)                                                \
	assert_string_equal(words_text(words_close, CLOSE_##id), w);
#define WORD_TLSV(id, bit, w, wire)                                            \
	assert_string_equal(words_tls_text(bit), w);                           \
	assert_string_equal(words_version(wire), (wire) ? (w) : "?");
#include "grammar/words.def"
}

static void test_no_other_value_has_one(void **state)
{
	const char *const *const lists[] = {words_mode, words_reject,
		words_balance, words_check, words_proxy, words_client_auth,
		words_staple, words_link, words_close};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		unsigned n = 0;

		while (lists[i][n])
			n++;
		assert_true(words_has(lists[i], n - 1));
		assert_false(words_has(lists[i], n));
		assert_false(words_has(lists[i], 255));
		assert_string_equal(words_text(lists[i], n), "?");
	}
	assert_false(words_has(words_mode, MODE_NONE));
	assert_string_equal(words_tls_text(0), "?");
	assert_string_equal(words_tls_text(TLSV_ALL), "?");
	assert_string_equal(words_version(0x0300), "?");
}

static void test_two_modes_decrypt(void **state)
{
	assert_true(words_decrypts(MODE_OFFLOAD));
	assert_true(words_decrypts(MODE_BRIDGE));
	assert_false(words_decrypts(MODE_NONE));
	assert_false(words_decrypts(MODE_PASSTHROUGH));
	assert_false(words_decrypts(MODE_REJECT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_value_has_its_word),
		cmocka_unit_test(test_no_other_value_has_one),
		cmocka_unit_test(test_two_modes_decrypt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
