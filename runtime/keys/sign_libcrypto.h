/*
 * Signing by libcrypto.  In builds without it (LIBCRYPTO=0) no key is accepted
 * here, and sign_key.c uses GnuTLS.
 */
#ifndef RUNTIME_SIGN_LIBCRYPTO_H
#define RUNTIME_SIGN_LIBCRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/common/keys_proto.h"

struct libcrypto_key;

/* NULL: not an RSA or EC key, or this build has no libcrypto. */
struct libcrypto_key *sign_libcrypto_pem(const uint8_t *pem, size_t n);
void sign_libcrypto_free(struct libcrypto_key **k);
/* 0 with *a filled; -1: not supported here, use GnuTLS. */
int sign_libcrypto_use(struct libcrypto_key *k, const struct keys_request *q,
	struct keys_answer *a);

#endif
