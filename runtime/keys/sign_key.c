/*
 * Signing by GnuTLS, or by libcrypto if the build has it (sign_key.h).
 */
#include "sign_key.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "sign_libcrypto.h"

struct sign_key {
	gnutls_privkey_t key;
	struct libcrypto_key *fast; /* NULL: GnuTLS signs */
};

static struct sign_key *key_new(void)
{
	struct sign_key *k = calloc(1, sizeof(*k));

	if (k && gnutls_privkey_init(&k->key) < 0) {
		free(k);
		return NULL;
	}
	return k;
}

struct sign_key *sign_key_pem(const uint8_t *pem, size_t n)
{
	gnutls_datum_t data = {(uint8_t *)(uintptr_t)pem, (unsigned)n};
	struct sign_key *k = key_new();

	if (!k)
		return NULL;
	if (gnutls_privkey_import_x509_raw(
		    k->key, &data, GNUTLS_X509_FMT_PEM, NULL, 0) < 0) {
		sign_key_free(&k);
		return NULL;
	}
	k->fast = sign_libcrypto_pem(pem, n);
	return k;
}

/* RFC 7512 has pin-source=file:/PATH; p11-kit understands only a path. */
static char *plain_source(const char *uri)
{
	static const char source[] = "pin-source=";
	const char *at = strstr(uri, "pin-source=file:");
	char *plain = strdup(uri);

	if (plain && at) {
		at += sizeof(source) - 1;
		strcpy(plain + (at - uri), at + strlen("file:"));
	}
	return plain;
}

struct sign_key *sign_key_uri(const char *uri)
{
	struct sign_key *k = key_new();
	char *plain = plain_source(uri);

	if (k && (!plain || gnutls_privkey_import_url(k->key, plain, 0) < 0))
		sign_key_free(&k);
	free(plain);
	return k;
}

static int same_id(gnutls_pubkey_t a, gnutls_pubkey_t b)
{
	unsigned char x[64], y[64];
	size_t n = sizeof(x), m = sizeof(y);

	return gnutls_pubkey_get_key_id(a, GNUTLS_KEYID_USE_SHA256, x, &n) >=
		0 &&
		gnutls_pubkey_get_key_id(b, GNUTLS_KEYID_USE_SHA256, y, &m) >=
		0 &&
		n == m && memcmp(x, y, n) == 0;
}

int sign_key_fits(const struct sign_key *k, const uint8_t *pem, size_t n)
{
	gnutls_datum_t data = {(uint8_t *)(uintptr_t)pem, (unsigned)n};
	gnutls_x509_crt_t *crt = NULL;
	gnutls_pubkey_t mine = NULL, theirs = NULL;
	unsigned count = 0, i;
	int fits = 0;

	if (gnutls_x509_crt_list_import2(
		    &crt, &count, &data, GNUTLS_X509_FMT_PEM, 0) < 0)
		return 0;
	if (count > 0 && gnutls_pubkey_init(&mine) >= 0 &&
		gnutls_pubkey_init(&theirs) >= 0 &&
		gnutls_pubkey_import_privkey(mine, k->key, 0, 0) >= 0 &&
		gnutls_pubkey_import_x509(theirs, crt[0], 0) >= 0)
		fits = same_id(mine, theirs);
	gnutls_pubkey_deinit(mine);
	gnutls_pubkey_deinit(theirs);
	for (i = 0; i < count; i++)
		gnutls_x509_crt_deinit(crt[i]);
	gnutls_free(crt);
	return fits;
}

void sign_key_free(struct sign_key **k)
{
	if (!*k)
		return;
	gnutls_privkey_deinit((*k)->key);
	sign_libcrypto_free(&(*k)->fast);
	free(*k);
	*k = NULL;
}

static void give(struct keys_answer *a, int rc, gnutls_datum_t *out)
{
	a->error = rc;
	a->len = 0;
	if (rc < 0)
		return;
	if (out->size > KEYS_OUTPUT_MAX) {
		a->error = GNUTLS_E_PK_SIGN_FAILED;
	} else {
		memcpy(a->output, out->data, out->size);
		a->len = out->size;
	}
	gnutls_memset(out->data, 0, out->size);
	gnutls_free(out->data);
}

/* What GnuTLS signs without hashing: an encoded digest (RFC 8017 9.2), or MD5
 * and SHA-1 together, for TLS 1.0 and 1.1 (RFC 4346 4.7). */
static int is_raw(const struct keys_request *q)
{
	enum { MD5_AND_SHA1 = 36 };
	gnutls_datum_t in = {(uint8_t *)(uintptr_t)q->input, q->len};
	gnutls_digest_algorithm_t hash;
	uint8_t digest[64];
	unsigned n = sizeof(digest);

	return q->len == MD5_AND_SHA1 ||
		(gnutls_decode_ber_digest_info(&in, &hash, digest, &n) >= 0 &&
			n == gnutls_hash_get_len(hash));
}

/* The key is only for signing, not for decryption.  The algorithm must suit the
 * key, and a digest must have the algorithm's length, because the libraries
 * would sign other things, too. */
static int makes_sense(const struct sign_key *k, const struct keys_request *q)
{
	if (q->op != KEYS_SIGN_DATA && q->op != KEYS_SIGN_HASH)
		return 0;
	if (!gnutls_sign_supports_pk_algorithm(q->algorithm,
		    gnutls_privkey_get_pk_algorithm(k->key, NULL)))
		return 0;
	if (q->op == KEYS_SIGN_DATA)
		return 1;
	return q->algorithm == GNUTLS_SIGN_RSA_RAW ? is_raw(q)
						   : q->len ==
			gnutls_hash_get_len(
				gnutls_sign_get_hash_algorithm(q->algorithm));
}

void sign_key_use(
	struct sign_key *k, const struct keys_request *q, struct keys_answer *a)
{
	gnutls_datum_t in = {(uint8_t *)(uintptr_t)q->input, q->len};
	gnutls_datum_t out = {NULL, 0};
	int rc;

	if (!makes_sense(k, q)) {
		give(a, GNUTLS_E_INVALID_REQUEST, &out);
		return;
	}
	if (k->fast && sign_libcrypto_use(k->fast, q, a) == 0)
		return;
	rc = q->op == KEYS_SIGN_DATA
		? gnutls_privkey_sign_data2(k->key, q->algorithm, 0, &in, &out)
		: gnutls_privkey_sign_hash2(k->key, q->algorithm, 0, &in, &out);
	give(a, rc, &out);
}
