/*
 * Name constraints on subjects (RFC 5280 4.2.1.10, directoryName): which names
 * a CA may issue.  GnuTLS checks only those on DNS names, addresses and mail.
 * No files, no clock, no state, GnuTLS only.
 */
#ifndef RUNTIME_JUDGE_SUBTREE_H
#define RUNTIME_JUDGE_SUBTREE_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* The CA has constraints of this kind. */
int judge_subtree_limits(gnutls_x509_crt_t ca);
/* In a path, from the leaf up, no CA forbids a subject below it. */
int judge_subtrees_allow(const gnutls_x509_crt_t *path, unsigned n);

#endif
