/*
 * X25519 for GnuTLS: see x25519.h.  Called by libgnutls, in any process; owns
 * one context of libcrypto.
 */
#include "x25519.h"

#ifdef WITH_LIBCRYPTO

#include <dlfcn.h>
#include <nettle/curve25519.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

/* Looked up once: that costs nearly as much as the curve. */
static EVP_PKEY_CTX *maker(void)
{
	static EVP_PKEY_CTX *ctx;

	if (!ctx) {
		/* no configuration file: a worker sees none */
		OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
		ctx = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
		if (ctx && EVP_PKEY_fromdata_init(ctx) != 1) {
			EVP_PKEY_CTX_free(ctx);
			ctx = NULL;
		}
	}
	return ctx;
}

/* scalar may be NULL.  The public half beside a scalar is not used here: any
 * octets save libcrypto the work of finding it. */
static EVP_PKEY *make(const uint8_t *scalar, const uint8_t *point)
{
	OSSL_PARAM part[3], *p = part;
	EVP_PKEY *key = NULL;

	*p++ = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		(void *)(uintptr_t)point, CURVE25519_SIZE);
	if (scalar)
		*p++ = OSSL_PARAM_construct_octet_string(
			OSSL_PKEY_PARAM_PRIV_KEY, (void *)(uintptr_t)scalar,
			CURVE25519_SIZE);
	*p = OSSL_PARAM_construct_end();
	if (!maker() ||
		EVP_PKEY_fromdata(maker(), &key,
			scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
			part) != 1)
		return NULL;
	return key;
}

static int derive(EVP_PKEY *mine, EVP_PKEY *peer, uint8_t *q)
{
	EVP_PKEY_CTX *ctx = mine && peer ? EVP_PKEY_CTX_new(mine, NULL) : NULL;
	size_t n = CURVE25519_SIZE;
	int ok = ctx && EVP_PKEY_derive_init(ctx) == 1 &&
		EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
		EVP_PKEY_derive(ctx, q, &n) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : -1;
}

/* q = n times p.  A failure (no memory, or a point of small order) leaves
 * zeros, which GnuTLS refuses as RFC 8446 7.4.2 demands. */
__attribute__((visibility("default"))) void nettle_curve25519_mul(
	uint8_t *q, const uint8_t *n, const uint8_t *p)
{
	EVP_PKEY *mine = make(n, p), *peer = make(NULL, p);

	if (derive(mine, peer, q) != 0)
		memset(q, 0, CURVE25519_SIZE);
	EVP_PKEY_free(mine);
	EVP_PKEY_free(peer);
}

const char *x25519_name(void)
{
	void *used = dlsym(RTLD_DEFAULT, "nettle_curve25519_mul");

	return used == (void *)(uintptr_t)nettle_curve25519_mul ? "libcrypto"
								: "GnuTLS";
}

#else

const char *x25519_name(void)
{
	return "GnuTLS";
}

#endif
