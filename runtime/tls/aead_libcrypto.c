/*
 * AEAD by libcrypto's EVP interface, whose ChaCha20-Poly1305 is several times
 * faster than nettle's.  Called by aead.c.
 */
#ifdef WITH_LIBCRYPTO

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "aead_library.h"

enum { OPEN, SEAL };

static int can(gnutls_cipher_algorithm_t cipher)
{
	(void)cipher;
	return 1;
}

/* Looked up once: a look-up costs more than a small record. */
static const EVP_CIPHER *cipher_of(const struct aead *a)
{
	static EVP_CIPHER *aes128, *aes256, *chacha;
	EVP_CIPHER **at = a->cipher == GNUTLS_CIPHER_AES_128_GCM ? &aes128
		: a->cipher == GNUTLS_CIPHER_AES_256_GCM         ? &aes256
								 : &chacha;
	const char *name = at == &aes128 ? "AES-128-GCM"
		: at == &aes256          ? "AES-256-GCM"
					 : "ChaCha20-Poly1305";

	if (!*at) {
		/* no configuration file: a worker sees none */
		OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
		*at = EVP_CIPHER_fetch(NULL, name, NULL);
	}
	return *at;
}

static void idle(struct aead *a)
{
	EVP_CIPHER_CTX_free(a->expanded);
}

/* The context, set to this nonce and this direction. */
static EVP_CIPHER_CTX *start(struct aead *a, const uint8_t *nonce, int way)
{
	EVP_CIPHER_CTX *ctx = a->expanded;

	if (!ctx) {
		ctx = a->expanded = EVP_CIPHER_CTX_new();
		if (!ctx ||
			EVP_CipherInit_ex(ctx, cipher_of(a), NULL, a->key,
				nonce, way) != 1)
			return NULL;
		return ctx;
	}
	return EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, way) == 1 ? ctx
									 : NULL;
}

static int seal(struct aead *a, const uint8_t *nonce, const uint8_t *ad,
	size_t ad_len, uint8_t *data, size_t n, uint8_t *tag)
{
	EVP_CIPHER_CTX *ctx = start(a, nonce, SEAL);
	int len;

	return ctx && EVP_CipherUpdate(ctx, NULL, &len, ad, (int)ad_len) == 1 &&
			EVP_CipherUpdate(ctx, data, &len, data, (int)n) == 1 &&
			EVP_CipherFinal_ex(ctx, data + len, &len) == 1 &&
			EVP_CIPHER_CTX_ctrl(
				ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, tag) == 1
		? 0
		: -1;
}

static int open_(struct aead *a, const uint8_t *nonce, const uint8_t *ad,
	size_t ad_len, uint8_t *data, size_t n, const uint8_t *tag)
{
	EVP_CIPHER_CTX *ctx = start(a, nonce, OPEN);
	int len;

	return ctx &&
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
				AEAD_TAG, (void *)(uintptr_t)tag) == 1 &&
			EVP_CipherUpdate(ctx, NULL, &len, ad, (int)ad_len) ==
				1 &&
			EVP_CipherUpdate(ctx, data, &len, data, (int)n) == 1 &&
			EVP_CipherFinal_ex(ctx, data + len, &len) == 1
		? 0
		: -1;
}

const struct aead_library aead_libcrypto = {
	"libcrypto", can, seal, open_, idle};

#endif
