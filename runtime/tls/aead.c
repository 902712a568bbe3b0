/*
 * Which library does the AEAD of a key, and the key itself.  Called by
 * record.c; the libraries are in aead_*.c and own the expanded keys.
 */
#include "aead.h"

#include <string.h>
#include <gnutls/crypto.h>

#include "aead_library.h"

const struct aead_library *const aead_libraries[] = {
#ifdef WITH_IPSEC_MB
	&aead_ipsec_mb,
#endif
#ifdef WITH_LIBCRYPTO
	&aead_libcrypto,
#endif
	&aead_gnutls,
	NULL,
};

static const struct aead_library *library(gnutls_cipher_algorithm_t cipher)
{
	const struct aead_library *const *l = aead_libraries;

	while (*l && !(*l)->can(cipher))
		l++;
	return *l;
}

size_t aead_key_size(gnutls_cipher_algorithm_t cipher)
{
	return gnutls_cipher_get_key_size(cipher);
}

const char *aead_name(gnutls_cipher_algorithm_t cipher)
{
	const struct aead_library *l = library(cipher);

	return l ? l->name : "none";
}

int aead_init(
	struct aead *a, gnutls_cipher_algorithm_t cipher, const uint8_t *key)
{
	memset(a, 0, sizeof(*a));
	if (cipher != GNUTLS_CIPHER_AES_128_GCM &&
		cipher != GNUTLS_CIPHER_AES_256_GCM &&
		cipher != GNUTLS_CIPHER_CHACHA20_POLY1305)
		return -1;
	a->library = library(cipher);
	a->cipher = cipher;
	memcpy(a->key, key, aead_key_size(cipher));
	return 0;
}

void aead_idle(struct aead *a)
{
	if (a->expanded)
		a->library->idle(a);
	a->expanded = NULL;
}

void aead_wipe(struct aead *a)
{
	aead_idle(a);
	gnutls_memset(a->key, 0, sizeof(a->key));
}

int aead_seal(struct aead *a, const uint8_t nonce[AEAD_NONCE],
	const uint8_t *ad, size_t ad_len, uint8_t *data, size_t n,
	uint8_t tag[AEAD_TAG])
{
	return a->library->seal(a, nonce, ad, ad_len, data, n, tag);
}

int aead_open(struct aead *a, const uint8_t nonce[AEAD_NONCE],
	const uint8_t *ad, size_t ad_len, uint8_t *data, size_t n,
	const uint8_t tag[AEAD_TAG])
{
	return a->library->open(a, nonce, ad, ad_len, data, n, tag);
}
