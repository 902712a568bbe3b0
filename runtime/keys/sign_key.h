/*
 * A private key and what is done with it.  By GnuTLS; in builds with
 * LIBCRYPTO=1 RSA and ECDSA keys from files sign by libcrypto, which is
 * several times faster.  PKCS#11 keys are always GnuTLS's.
 */
#ifndef RUNTIME_SIGN_KEY_H
#define RUNTIME_SIGN_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/common/keys_proto.h"

struct sign_key;

/* From PEM octets; NULL when they hold no usable unencrypted key. */
struct sign_key *sign_key_pem(const uint8_t *pem, size_t n);
/* From a pkcs11: URI; NULL when the token or the object is not to be had. */
struct sign_key *sign_key_uri(const char *uri);
/* Is it the key of the first certificate of this chain (PEM)? */
int sign_key_fits(const struct sign_key *k, const uint8_t *pem, size_t n);
void sign_key_free(struct sign_key **k);

/* Do what q asks; a->error, a->len and a->output are filled. */
void sign_key_use(struct sign_key *k, const struct keys_request *q,
	struct keys_answer *a);

#endif
