/*
 * The path of a certificate: who issued it, who issued that one, up to a root.
 * No files, no clock, no state, GnuTLS only.
 */
#ifndef RUNTIME_JUDGE_PATH_H
#define RUNTIME_JUDGE_PATH_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define JUDGE_PATH_MAX 24

/* From shown[0] as far as its issuers are among the CAs, and before that among
 * what else was shown: by name and by signature, whatever order that came in
 * and whatever was left out of it.  How many; 0: it cannot be followed. */
unsigned judge_path(const gnutls_x509_crt_t *shown, unsigned n,
	const gnutls_x509_crt_t *ca, unsigned cas,
	gnutls_x509_crt_t path[JUDGE_PATH_MAX]);

#endif
