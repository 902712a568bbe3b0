/*
 * AEAD over GnuTLS, and over libsodium where it is the faster one.  Called by
 * record.c; owns the cipher handles.
 */
#include "aead.h"

#include <string.h>
#ifdef WITH_SODIUM
#include <sodium.h>
#endif

size_t aead_key_size(gnutls_cipher_algorithm_t cipher)
{
	return gnutls_cipher_get_key_size(cipher);
}

int aead_init(struct aead *a, gnutls_cipher_algorithm_t cipher,
	const uint8_t *key)
{
	if (cipher != GNUTLS_CIPHER_AES_128_GCM &&
		cipher != GNUTLS_CIPHER_AES_256_GCM &&
		cipher != GNUTLS_CIPHER_CHACHA20_POLY1305)
		return -1;
#ifdef WITH_SODIUM
	if (sodium_init() < 0) /* chooses the fastest code for this CPU, once */
		return -1;
#endif
	memset(a, 0, sizeof(*a));
	a->cipher = cipher;
	memcpy(a->key, key, aead_key_size(cipher));
	return 0;
}

void aead_idle(struct aead *a)
{
	if (a->handle)
		gnutls_aead_cipher_deinit(a->handle);
	a->handle = NULL;
}

void aead_wipe(struct aead *a)
{
	aead_idle(a);
	gnutls_memset(a->key, 0, sizeof(a->key));
}

static int expand_key(struct aead *a)
{
	gnutls_datum_t key = {a->key, (unsigned)aead_key_size(a->cipher)};

	if (a->handle)
		return 0;
	return gnutls_aead_cipher_init(&a->handle, a->cipher, &key) < 0 ? -1 : 0;
}

#ifdef WITH_SODIUM
static int use_sodium(const struct aead *a)
{
	return a->cipher == GNUTLS_CIPHER_CHACHA20_POLY1305;
}
#endif

int aead_seal(struct aead *a, const uint8_t nonce[AEAD_NONCE],
	const uint8_t *ad, size_t ad_len, uint8_t *data, size_t n,
	uint8_t tag[AEAD_TAG])
{
	giovec_t auth = {(void *)(uintptr_t)ad, ad_len}, iov = {data, n};
	size_t tag_len = AEAD_TAG;

#ifdef WITH_SODIUM
	if (use_sodium(a))
		return crypto_aead_chacha20poly1305_ietf_encrypt_detached(data,
			tag, NULL, data, n, ad, ad_len, NULL, nonce, a->key);
#endif
	if (expand_key(a) != 0)
		return -1;
	return gnutls_aead_cipher_encryptv2(a->handle, nonce, AEAD_NONCE,
		&auth, 1, &iov, 1, tag, &tag_len) < 0 ? -1 : 0;
}

int aead_open(struct aead *a, const uint8_t nonce[AEAD_NONCE],
	const uint8_t *ad, size_t ad_len, uint8_t *data, size_t n,
	const uint8_t tag[AEAD_TAG])
{
	giovec_t auth = {(void *)(uintptr_t)ad, ad_len}, iov = {data, n};

#ifdef WITH_SODIUM
	if (use_sodium(a))
		return crypto_aead_chacha20poly1305_ietf_decrypt_detached(data,
			NULL, data, n, tag, ad, ad_len, nonce, a->key);
#endif
	if (expand_key(a) != 0)
		return -1;
	return gnutls_aead_cipher_decryptv2(a->handle, nonce, AEAD_NONCE,
		&auth, 1, &iov, 1, (void *)(uintptr_t)tag, AEAD_TAG) < 0 ?
		-1 : 0;
}
