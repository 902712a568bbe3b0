/*
 * AEAD by libcrypto or by GnuTLS, as the build says.  Called by record.c; owns
 * the expanded keys.
 */
#include "aead.h"

#include <string.h>
#include <gnutls/crypto.h>

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
	memset(a, 0, sizeof(*a));
	a->cipher = cipher;
	memcpy(a->key, key, aead_key_size(cipher));
	return 0;
}

void aead_wipe(struct aead *a)
{
	aead_idle(a);
	gnutls_memset(a->key, 0, sizeof(a->key));
}

#ifdef WITH_LIBCRYPTO

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { OPEN, SEAL };

/* Looked up once: a look-up costs more than a small record. */
static const EVP_CIPHER *cipher_of(const struct aead *a)
{
	static EVP_CIPHER *aes128, *aes256, *chacha;
	EVP_CIPHER **at = a->cipher == GNUTLS_CIPHER_AES_128_GCM ? &aes128 :
		a->cipher == GNUTLS_CIPHER_AES_256_GCM ? &aes256 : &chacha;
	const char *name = at == &aes128 ? "AES-128-GCM" :
		at == &aes256 ? "AES-256-GCM" : "ChaCha20-Poly1305";

	if (!*at) {
		/* no configuration file: a worker sees none */
		OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
		*at = EVP_CIPHER_fetch(NULL, name, NULL);
	}
	return *at;
}

void aead_idle(struct aead *a)
{
	EVP_CIPHER_CTX_free(a->expanded);
	a->expanded = NULL;
}

/* The context, set to this nonce and to this way. */
static EVP_CIPHER_CTX *start(struct aead *a, const uint8_t *nonce, int way)
{
	EVP_CIPHER_CTX *ctx = a->expanded;

	if (!ctx) {
		ctx = a->expanded = EVP_CIPHER_CTX_new();
		if (!ctx || EVP_CipherInit_ex(ctx, cipher_of(a), NULL, a->key,
			nonce, way) != 1)
			return NULL;
		return ctx;
	}
	return EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, way) == 1 ?
		ctx : NULL;
}

int aead_seal(struct aead *a, const uint8_t nonce[AEAD_NONCE],
	const uint8_t *ad, size_t ad_len, uint8_t *data, size_t n,
	uint8_t tag[AEAD_TAG])
{
	EVP_CIPHER_CTX *ctx = start(a, nonce, SEAL);
	int len;

	return ctx && EVP_CipherUpdate(ctx, NULL, &len, ad, (int)ad_len) == 1 &&
		EVP_CipherUpdate(ctx, data, &len, data, (int)n) == 1 &&
		EVP_CipherFinal_ex(ctx, data + len, &len) == 1 &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG,
			tag) == 1 ? 0 : -1;
}

int aead_open(struct aead *a, const uint8_t nonce[AEAD_NONCE],
	const uint8_t *ad, size_t ad_len, uint8_t *data, size_t n,
	const uint8_t tag[AEAD_TAG])
{
	EVP_CIPHER_CTX *ctx = start(a, nonce, OPEN);
	int len;

	return ctx && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG,
			(void *)(uintptr_t)tag) == 1 &&
		EVP_CipherUpdate(ctx, NULL, &len, ad, (int)ad_len) == 1 &&
		EVP_CipherUpdate(ctx, data, &len, data, (int)n) == 1 &&
		EVP_CipherFinal_ex(ctx, data + len, &len) == 1 ? 0 : -1;
}

#else

void aead_idle(struct aead *a)
{
	if (a->expanded)
		gnutls_aead_cipher_deinit(a->expanded);
	a->expanded = NULL;
}

static gnutls_aead_cipher_hd_t expanded(struct aead *a)
{
	gnutls_datum_t key = {a->key, (unsigned)aead_key_size(a->cipher)};
	gnutls_aead_cipher_hd_t handle;

	if (!a->expanded && gnutls_aead_cipher_init(&handle, a->cipher,
		&key) >= 0)
		a->expanded = handle;
	return a->expanded;
}

int aead_seal(struct aead *a, const uint8_t nonce[AEAD_NONCE],
	const uint8_t *ad, size_t ad_len, uint8_t *data, size_t n,
	uint8_t tag[AEAD_TAG])
{
	giovec_t auth = {(void *)(uintptr_t)ad, ad_len}, iov = {data, n};
	size_t tag_len = AEAD_TAG;

	return expanded(a) && gnutls_aead_cipher_encryptv2(a->expanded, nonce,
		AEAD_NONCE, &auth, 1, &iov, 1, tag, &tag_len) >= 0 ? 0 : -1;
}

int aead_open(struct aead *a, const uint8_t nonce[AEAD_NONCE],
	const uint8_t *ad, size_t ad_len, uint8_t *data, size_t n,
	const uint8_t tag[AEAD_TAG])
{
	giovec_t auth = {(void *)(uintptr_t)ad, ad_len}, iov = {data, n};

	return expanded(a) && gnutls_aead_cipher_decryptv2(a->expanded, nonce,
		AEAD_NONCE, &auth, 1, &iov, 1, (void *)(uintptr_t)tag,
		AEAD_TAG) >= 0 ? 0 : -1;
}

#endif
