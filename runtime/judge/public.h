/*
 * The public part of a file of certificates: complete certificates and CRLs,
 * decoded and encoded again, and nothing else. tlsc and tlsd both use it, so
 * they find the same in a file.  Linked into both programs: no files, no clock,
 * no state, GnuTLS only.
 */
#ifndef RUNTIME_JUDGE_PUBLIC_H
#define RUNTIME_JUDGE_PUBLIC_H

#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>

/* PEM in a new buffer, for free(): CERTIFICATE and X509 CRL blocks in the order
 * of the file, possibly none.  -1 with a sentence in err: a block is damaged,
 * or the file is of another kind. */
int judge_public(const uint8_t *data, size_t len, gnutls_datum_t *out,
	char *err, size_t n);

/* The contents of the DER element at p, if it is a sequence that fills the n
 * octets (X.690 8.1, 10.1); otherwise NULL.  Points into p. */
const uint8_t *judge_sequence(const uint8_t *p, size_t n);

#endif
