/*
 * Certificate revocation lists (RFC 5280 5): who signed them, until when they
 * are valid, which of two is older.  Linked into both programs: no files, no
 * clock, no state, GnuTLS only.
 */
#ifndef RUNTIME_JUDGE_CRL_H
#define RUNTIME_JUDGE_CRL_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stddef.h>
#include <stdint.h>

#define JUDGE_CRL_FOREVER INT64_MAX
#define JUDGE_CRL_NAME 128 /* octets of an issuer's name in a message */
#define JUDGE_CRL_ID 16
#define JUDGE_CRL_NUMBER 32 /* RFC 5280 5.2.3: 20 octets at most */

/* When the CRLs of a file are valid. */
struct judge_crl_times {
	int64_t from;  /* the latest thisUpdate */
	int64_t until; /* the earliest nextUpdate, or JUDGE_CRL_FOREVER */
	char issuer[JUDGE_CRL_NAME]; /* whose CRL ends then */
};

/* the CRLs of a file; of several with the same issuer and scope, only the
 * newest counts below */
struct judge_crls;

/* From PEM text.  NULL: it has no CRL, or one that cannot be read. */
struct judge_crls *judge_crls_new(const gnutls_datum_t *pem);
void judge_crls_free(struct judge_crls **l);

/* Every CRL is signed by one of the CAs, which may sign CRLs, and is of a
 * supported kind.  -1 with a sentence in err. */
int judge_crls_signed(const struct judge_crls *l, const gnutls_x509_crt_t *ca,
	unsigned count, char *err, size_t n);
/* The CA has a CRL that is not a delta. */
int judge_crls_cover(const struct judge_crls *l, gnutls_x509_crt_t ca);

/* A CRL of its issuer revokes the certificate. */
int judge_crls_revoke(const struct judge_crls *l, gnutls_x509_crt_t crt,
	gnutls_x509_crt_t issuer);

void judge_crls_times(const struct judge_crls *l, struct judge_crl_times *t);
/* The same for the CRLs of these issuers only; 0: there are none. */
int judge_crls_times_of(const struct judge_crls *l,
	const gnutls_x509_crt_t *issuer, unsigned count,
	struct judge_crl_times *t);

#endif
