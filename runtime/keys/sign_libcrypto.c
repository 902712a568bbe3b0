/*
 * RSA and ECDSA signatures by libcrypto's EVP interface (sign_libcrypto.h).
 */
#include "sign_libcrypto.h"

#ifdef WITH_LIBCRYPTO

#include <gnutls/gnutls.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

struct libcrypto_key {
	EVP_PKEY *key;
};

/* For an encrypted key, libcrypto would ask on a terminal; there is none. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf, (void)size, (void)writing, (void)arg;
	return -1;
}

struct libcrypto_key *sign_libcrypto_pem(const uint8_t *pem, size_t n)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)n);
	EVP_PKEY *key = bio
		? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
		: NULL;
	struct libcrypto_key *k = NULL;

	BIO_free(bio);
	if (key &&
		(EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ||
			EVP_PKEY_get_base_id(key) == EVP_PKEY_EC))
		k = malloc(sizeof(*k));
	if (k)
		k->key = key;
	else
		EVP_PKEY_free(key);
	return k;
}

void sign_libcrypto_free(struct libcrypto_key **k)
{
	if (!*k)
		return;
	EVP_PKEY_free((*k)->key);
	free(*k);
	*k = NULL;
}

static const EVP_MD *digest_of(gnutls_sign_algorithm_t algorithm)
{
	switch (gnutls_sign_get_hash_algorithm(algorithm)) {
	case GNUTLS_DIG_SHA256:
		return EVP_sha256();
	case GNUTLS_DIG_SHA384:
		return EVP_sha384();
	case GNUTLS_DIG_SHA512:
		return EVP_sha512();
	default:
		return NULL;
	}
}

/* RFC 8446 4.2.3: the salt is as long as the digest. */
static int set_padding(EVP_PKEY_CTX *ctx, gnutls_sign_algorithm_t algorithm)
{
	switch (algorithm) {
	case GNUTLS_SIGN_RSA_PSS_RSAE_SHA256:
	case GNUTLS_SIGN_RSA_PSS_RSAE_SHA384:
	case GNUTLS_SIGN_RSA_PSS_RSAE_SHA512:
		return EVP_PKEY_CTX_set_rsa_padding(
			       ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
				EVP_PKEY_CTX_set_rsa_pss_saltlen(
					ctx, RSA_PSS_SALTLEN_DIGEST) > 0
			? 0
			: -1;
	default:
		return 0;
	}
}

static int sign_data(struct libcrypto_key *k, const struct keys_request *q,
	const EVP_MD *md, struct keys_answer *a, size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	int ok = ctx && EVP_DigestSignInit(ctx, &pctx, md, NULL, k->key) > 0 &&
		set_padding(pctx, q->algorithm) == 0 &&
		EVP_DigestSign(ctx, a->output, len, q->input, q->len) > 0;

	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -1;
}

static int sign_hash(struct libcrypto_key *k, const struct keys_request *q,
	const EVP_MD *md, struct keys_answer *a, size_t *len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->key, NULL);
	int ok = ctx && EVP_PKEY_sign_init(ctx) > 0 &&
		EVP_PKEY_CTX_set_signature_md(ctx, md) > 0 &&
		set_padding(ctx, q->algorithm) == 0 &&
		EVP_PKEY_sign(ctx, a->output, len, q->input, q->len) > 0;

	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : -1;
}

int sign_libcrypto_use(struct libcrypto_key *k, const struct keys_request *q,
	struct keys_answer *a)
{
	const EVP_MD *md = digest_of(q->algorithm);
	size_t len = KEYS_OUTPUT_MAX;
	int rc;

	if (!md)
		return -1;
	if (q->op == KEYS_SIGN_DATA)
		rc = sign_data(k, q, md, a, &len);
	else if (q->op == KEYS_SIGN_HASH)
		rc = sign_hash(k, q, md, a, &len);
	else
		rc = -1;
	if (rc != 0)
		return -1;
	a->error = 0;
	a->len = (uint32_t)len;
	return 0;
}

#else

struct libcrypto_key *sign_libcrypto_pem(const uint8_t *pem, size_t n)
{
	(void)pem, (void)n;
	return NULL;
}

void sign_libcrypto_free(struct libcrypto_key **k)
{
	(void)k;
}

int sign_libcrypto_use(struct libcrypto_key *k, const struct keys_request *q,
	struct keys_answer *a)
{
	(void)k, (void)q, (void)a;
	return -1;
}

#endif
