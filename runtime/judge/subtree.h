/*
 * Name constraints on subjects (RFC 5280 4.2.1.10, directoryName): which names a
 * CA may give.  GnuTLS looks at those of DNS names, addresses and mail only.
 * No files, no clock, no state, GnuTLS only.
 */
#ifndef RUNTIME_JUDGE_SUBTREE_H
#define RUNTIME_JUDGE_SUBTREE_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* A CA has constraints of this kind. */
int judge_subtree_limits(gnutls_x509_crt_t ca);
/* Of a path from a leaf up, no CA forbids a subject below it. */
int judge_subtrees_allow(const gnutls_x509_crt_t *path, unsigned n);

#endif
