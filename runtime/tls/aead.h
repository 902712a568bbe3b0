/*
 * One AEAD key, in place.  The cipher comes from the best library of the build:
 * libIPSec_MB (IPSEC_MB=1) for AES-GCM on processors with wide vectors, else
 * libcrypto (LIBCRYPTO=1), else GnuTLS.
 */
#ifndef RUNTIME_AEAD_H
#define RUNTIME_AEAD_H

#include <stddef.h>
#include <stdint.h>
#include <gnutls/gnutls.h>

enum { AEAD_NONCE = 12, AEAD_TAG = 16, AEAD_KEY_MAX = 32 };

struct aead_library;

struct aead {
	void *expanded; /* the library's; NULL until needed */
	const struct aead_library *library;
	gnutls_cipher_algorithm_t cipher;
	uint8_t key[AEAD_KEY_MAX];
};

/* AES-128-GCM, AES-256-GCM or CHACHA20-POLY1305; -1 for any other. */
int aead_init(
	struct aead *a, gnutls_cipher_algorithm_t cipher, const uint8_t *key);
size_t aead_key_size(gnutls_cipher_algorithm_t cipher);
/* Drop the expanded key; it comes back with the next use. */
void aead_idle(struct aead *a);
void aead_wipe(struct aead *a);

/* data[0..n) in place; the tag is written to or read from tag.  0, or -1: data
 * is then worthless.  A key either seals or opens, never both. */
int aead_seal(struct aead *a, const uint8_t nonce[AEAD_NONCE],
	const uint8_t *ad, size_t ad_len, uint8_t *data, size_t n,
	uint8_t tag[AEAD_TAG]);
int aead_open(struct aead *a, const uint8_t nonce[AEAD_NONCE],
	const uint8_t *ad, size_t ad_len, uint8_t *data, size_t n,
	const uint8_t tag[AEAD_TAG]);

/* The library that does this cipher here, for the log. */
const char *aead_name(gnutls_cipher_algorithm_t cipher);

#endif
