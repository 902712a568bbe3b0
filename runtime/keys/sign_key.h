/*
 * A private key and its use.  GnuTLS signs; in builds with LIBCRYPTO=1,
 * libcrypto signs with RSA and ECDSA keys from files, several times faster.
 * PKCS#11 keys are always GnuTLS's.
 */
#ifndef RUNTIME_SIGN_KEY_H
#define RUNTIME_SIGN_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/common/keys_proto.h"

struct sign_key;

/* From PEM; NULL if there is no usable unencrypted key in it. */
struct sign_key *sign_key_pem(const uint8_t *pem, size_t n);
/* From a pkcs11: URI; NULL if the token or the object is not accessible. */
struct sign_key *sign_key_uri(const char *uri);
/* Is it the key of the first certificate of this chain (PEM)? */
int sign_key_fits(const struct sign_key *k, const uint8_t *pem, size_t n);
void sign_key_free(struct sign_key **k);

/* Does what q asks and fills in a->error, a->len and a->output. */
void sign_key_use(struct sign_key *k, const struct keys_request *q,
	struct keys_answer *a);

#endif
