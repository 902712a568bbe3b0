/*
 * A file that is put into a bundle, for bundle_make.c and bundle_public.c.
 */
#ifndef RUNTIME_BUNDLE_FILE_H
#define RUNTIME_BUNDLE_FILE_H

#include <stddef.h>
#include <stdint.h>

/* What a table names a file for; possibly several things. */
enum bundle_role {
	BUNDLE_ROLE_KEY = 1,
	BUNDLE_ROLE_PEM = 2,    /* certificates or CRLs */
	BUNDLE_ROLE_STAPLE = 4, /* a DER OCSP response */
	BUNDLE_ROLE_SCTS = 8,   /* a SignedCertificateTimestampList */
	BUNDLE_ROLE_TRUST = 16, /* CAs or CRLs, with BUNDLE_ROLE_PEM */
};

struct bundle_file {
	char *path;
	uint8_t *data;
	size_t len;
	size_t rank; /* order of arrival: of equal names the last one wins */
	int secret;  /* not for the public bundle */
};

/* The public part of a file: complete certificates and CRLs, decoded and
 * encoded again, or what looks like a staple or SCTs; nothing else.  Returns a
 * new buffer in out; wipe and free it.  -1 with a sentence in err if a block is
 * damaged. */
int bundle_public_part(unsigned roles, const char *path, const uint8_t *data,
	size_t len, uint8_t **out, size_t *out_len, char *err, size_t n);

#endif
