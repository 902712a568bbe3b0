/*
 * Ed25519 keys and signatures in the file formats of OpenBSD's signify(1).
 */
#ifndef COMPILER_SIGN_H
#define COMPILER_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/seal/signature.h"

/* signify's secret key file, decoded.  Wipe it with gnutls_memset. */
struct secret {
	uint8_t algorithm[2], kdf[2];
	uint8_t rounds[4]; /* 0: no passphrase */
	uint8_t salt[16], checksum[8], keynum[SIGNATURE_KEYNUM];
	uint8_t seed[32], public[SIGNATURE_PUBLIC];
};

/* Each gives 0, or -1 with a message in err[n]. */
int sign_read_secret(const char *path, struct secret *s, char *err, size_t n);
int sign_new_secret(struct secret *s, char *err, size_t n);
/* NAME.sec, for the owner only, and NAME.pub; neither may be there. */
int sign_write_keys(
	const char *name, const struct secret *s, char *err, size_t n);
/* The signature of the octets into PATH.sig, replaced atomically. */
int sign_write(const char *path, const struct secret *s, const void *data,
	size_t len, char *err, size_t n);

#endif
