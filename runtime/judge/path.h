/*
 * The path of a certificate: its issuer, the issuer of that, up to a root.  No
 * files, no clock, no state, GnuTLS only.
 */
#ifndef RUNTIME_JUDGE_PATH_H
#define RUNTIME_JUDGE_PATH_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define JUDGE_PATH_MAX 24

/* Follows shown[0] by name and signature, first through the other shown
 * certificates, in whatever order they came and whatever is missing, then
 * through the CAs.  Returns the length; 0: it leads to no CA. */
unsigned judge_path(const gnutls_x509_crt_t *shown, unsigned n,
	const gnutls_x509_crt_t *ca, unsigned cas,
	gnutls_x509_crt_t path[JUDGE_PATH_MAX]);

#endif
