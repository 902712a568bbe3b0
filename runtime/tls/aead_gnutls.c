/*
 * AEAD by GnuTLS: every cipher, everywhere.  Called by aead.c.
 */
#include <gnutls/crypto.h>

#include "aead_library.h"

static int can(gnutls_cipher_algorithm_t cipher)
{
	(void)cipher;
	return 1;
}

static void idle(struct aead *a)
{
	gnutls_aead_cipher_deinit(a->expanded);
}

static gnutls_aead_cipher_hd_t expanded(struct aead *a)
{
	gnutls_datum_t key = {a->key, (unsigned)aead_key_size(a->cipher)};
	gnutls_aead_cipher_hd_t handle;

	if (!a->expanded &&
		gnutls_aead_cipher_init(&handle, a->cipher, &key) >= 0)
		a->expanded = handle;
	return a->expanded;
}

static int seal(struct aead *a, const uint8_t *nonce, const uint8_t *ad,
	size_t ad_len, uint8_t *data, size_t n, uint8_t *tag)
{
	giovec_t auth = {(void *)(uintptr_t)ad, ad_len}, iov = {data, n};
	size_t tag_len = AEAD_TAG;

	return expanded(a) &&
			gnutls_aead_cipher_encryptv2(a->expanded, nonce,
				AEAD_NONCE, &auth, 1, &iov, 1, tag,
				&tag_len) >= 0
		? 0
		: -1;
}

static int open_(struct aead *a, const uint8_t *nonce, const uint8_t *ad,
	size_t ad_len, uint8_t *data, size_t n, const uint8_t *tag)
{
	giovec_t auth = {(void *)(uintptr_t)ad, ad_len}, iov = {data, n};

	return expanded(a) &&
			gnutls_aead_cipher_decryptv2(a->expanded, nonce,
				AEAD_NONCE, &auth, 1, &iov, 1,
				(void *)(uintptr_t)tag, AEAD_TAG) >= 0
		? 0
		: -1;
}

const struct aead_library aead_gnutls = {"GnuTLS", can, seal, open_, idle};
