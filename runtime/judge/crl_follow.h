/*
 * May CRLs replace those in use?  No files, no clock, no state, GnuTLS only.
 */
#ifndef RUNTIME_JUDGE_CRL_FOLLOW_H
#define RUNTIME_JUDGE_CRL_FOLLOW_H

#include "crl.h"

/* May `now` replace `held`?  Not if one of its CRLs is older than one with the
 * same issuer and scope, nor if an issuer whose CA is still listed has none any
 * more.  -1 with a sentence in err. */
int judge_crls_follow(const struct judge_crls *held,
	const struct judge_crls *now, const gnutls_x509_crt_t *ca,
	unsigned count, char *err, size_t n);

#endif
