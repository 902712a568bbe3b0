/*
 * Every library of the build against GnuTLS: the same octets out, and nothing
 * opens that was touched.
 */
/* LINK: runtime/tls/aead.c runtime/tls/aead_gnutls.c runtime/tls/aead_libcrypto.c runtime/tls/aead_ipsec_mb.c */
/* LIBS: -lgnutls */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <gnutls/gnutls.h>

#include "runtime/tls/aead_library.h"

enum { MOST = 16385 };

static const gnutls_cipher_algorithm_t ciphers[] = {GNUTLS_CIPHER_AES_128_GCM,
	GNUTLS_CIPHER_AES_256_GCM, GNUTLS_CIPHER_CHACHA20_POLY1305};
static const size_t sizes[] = {
	0, 1, 15, 16, 17, 47, 255, 256, 257, 1023, 1024, 4097, MOST};
static const size_t ad_sizes[] = {5, 13};

struct sample {
	uint8_t key[AEAD_KEY_MAX], nonce[AEAD_NONCE], ad[13], plain[MOST];
};

static void fill(void *to, size_t n)
{
	uint8_t *p = to;

	while (n--)
		*p++ = (uint8_t)rand();
}

static void key(struct aead *a, const struct aead_library *l,
	gnutls_cipher_algorithm_t cipher, const struct sample *s)
{
	assert_int_equal(aead_init(a, cipher, s->key), 0);
	a->library = l;
}

/* As l seals, so does GnuTLS; and l opens what GnuTLS has sealed. */
static void agrees(const struct aead_library *l,
	gnutls_cipher_algorithm_t cipher, size_t n, size_t ad_len)
{
	static uint8_t mine[MOST], theirs[MOST];
	uint8_t tag[AEAD_TAG], right[AEAD_TAG];
	static struct sample s;
	struct aead a, b;

	fill(&s, sizeof(s));
	memcpy(mine, s.plain, n);
	memcpy(theirs, s.plain, n);
	key(&a, l, cipher, &s);
	key(&b, &aead_gnutls, cipher, &s);
	assert_int_equal(aead_seal(&a, s.nonce, s.ad, ad_len, mine, n, tag), 0);
	assert_int_equal(
		aead_seal(&b, s.nonce, s.ad, ad_len, theirs, n, right), 0);
	assert_memory_equal(mine, theirs, n);
	assert_memory_equal(tag, right, AEAD_TAG);
	aead_wipe(&a);
	key(&a, l, cipher, &s);
	assert_int_equal(
		aead_open(&a, s.nonce, s.ad, ad_len, theirs, n, right), 0);
	assert_memory_equal(theirs, s.plain, n);
	aead_wipe(&a);
	aead_wipe(&b);
}

/* One bit of the text, the tag, the additional data or the nonce. */
static void refuses(const struct aead_library *l,
	gnutls_cipher_algorithm_t cipher, size_t n, int what)
{
	static struct sample s;
	static uint8_t text[MOST];
	uint8_t tag[AEAD_TAG], bit = (uint8_t)(1 << rand() % 8);
	struct aead a, b;
	uint8_t *at[] = {text, tag, s.ad, s.nonce};
	size_t of[] = {n, AEAD_TAG, 5, AEAD_NONCE};

	fill(&s, sizeof(s));
	memcpy(text, s.plain, n);
	key(&a, l, cipher, &s);
	key(&b, l, cipher, &s);
	assert_int_equal(aead_seal(&a, s.nonce, s.ad, 5, text, n, tag), 0);
	at[what][(size_t)rand() % of[what]] ^= bit;
	assert_int_equal(aead_open(&b, s.nonce, s.ad, 5, text, n, tag), -1);
	/* The key is as good as before. */
	memcpy(text, s.plain, n);
	aead_idle(&a);
	assert_int_equal(aead_seal(&a, s.nonce, s.ad, 5, text, n, tag), 0);
	assert_int_equal(aead_open(&b, s.nonce, s.ad, 5, text, n, tag), 0);
	assert_memory_equal(text, s.plain, n);
	aead_wipe(&a);
	aead_wipe(&b);
}

static void each(
	void (*one)(const struct aead_library *, gnutls_cipher_algorithm_t))
{
	for (size_t i = 0; aead_libraries[i]; i++)
		for (size_t c = 0; c < 3; c++)
			if (aead_libraries[i]->can(ciphers[c]))
				one(aead_libraries[i], ciphers[c]);
}

static void all_sizes(
	const struct aead_library *l, gnutls_cipher_algorithm_t cipher)
{
	for (size_t n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++)
		for (size_t d = 0; d < 2; d++)
			agrees(l, cipher, sizes[n], ad_sizes[d]);
	for (int i = 0; i < 200; i++)
		agrees(l, cipher, (size_t)rand() % MOST, 5);
}

static void all_faults(
	const struct aead_library *l, gnutls_cipher_algorithm_t cipher)
{
	for (int i = 0; i < 400; i++)
		refuses(l, cipher, 1 + (size_t)rand() % 300, i % 4);
}

static void test_agree(void **state)
{
	(void)state;
	each(all_sizes);
}

static void test_refuse(void **state)
{
	(void)state;
	each(all_faults);
}

/* What init takes, seal can do; and the log's name is the library's. */
static void test_choice(void **state)
{
	static const uint8_t zero[AEAD_KEY_MAX];
	struct aead a;

	(void)state;
	for (size_t c = 0; c < 3; c++) {
		assert_int_equal(aead_init(&a, ciphers[c], zero), 0);
		assert_true(a.library->can(ciphers[c]));
		assert_string_equal(aead_name(ciphers[c]), a.library->name);
	}
	assert_int_equal(aead_init(&a, GNUTLS_CIPHER_AES_128_CBC, zero), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agree),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_choice),
	};

	srand(20261124);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
