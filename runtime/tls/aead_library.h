/*
 * What aead.c asks of a library.  A library that the build leaves out has no
 * struct; one that is not at its best on this processor says so in can().
 */
#ifndef RUNTIME_AEAD_LIBRARY_H
#define RUNTIME_AEAD_LIBRARY_H

#include "aead.h"

struct aead_library {
	const char *name;
	int (*can)(gnutls_cipher_algorithm_t cipher);
	/* a->expanded is made on the first use; see aead.h */
	int (*seal)(struct aead *a, const uint8_t *nonce, const uint8_t *ad,
		size_t ad_len, uint8_t *data, size_t n, uint8_t *tag);
	int (*open)(struct aead *a, const uint8_t *nonce, const uint8_t *ad,
		size_t ad_len, uint8_t *data, size_t n, const uint8_t *tag);
	void (*idle)(struct aead *a); /* expanded is not NULL */
};

#ifdef WITH_IPSEC_MB
extern const struct aead_library aead_ipsec_mb;
#endif
#ifdef WITH_LIBCRYPTO
extern const struct aead_library aead_libcrypto;
#endif
extern const struct aead_library aead_gnutls;

/* The libraries of this build, the preferred first; NULL ends the list. */
extern const struct aead_library *const aead_libraries[];

#endif
