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

/* May `now` replace `held`?  Not if one of its CRLs is older than one with the
 * same issuer and scope, nor if an issuer whose CA is still listed has none any
 * more.  -1 with a sentence in err. */
int judge_crls_follow(const struct judge_crls *held,
	const struct judge_crls *now, const gnutls_x509_crt_t *ca,
	unsigned count, char *err, size_t n);

/* How new a CRL is, in a form that can be kept longer than the CRL
 * (crl_mark.c).  The ids are hashes. */
struct judge_crl_mark {
	uint8_t issuer[JUDGE_CRL_ID]; /* of the issuer's name */
	/* of that and of the part of its certificates that is covered */
	uint8_t scope[JUDGE_CRL_ID];
	/* of the key's id: the number counts for one key */
	uint8_t key[JUDGE_CRL_ID];
	uint8_t number[JUDGE_CRL_NUMBER];
	unsigned number_len; /* 0: it has none */
	int delta;
	int64_t from;              /* thisUpdate */
	char name[JUDGE_CRL_NAME]; /* the issuer's, printable */
};
/* One for each CRL that counts; for free().  NULL with *n 0: no memory. */
struct judge_crl_mark *judge_crls_marks(const struct judge_crls *l, size_t *n);
/* Below 0: a was issued before b, which has the same scope. */
int judge_crl_mark_order(
	const struct judge_crl_mark *a, const struct judge_crl_mark *b);
/* Like judge_crls_follow, for a CRL that was in use once.  -1 with a sentence
 * in err. */
int judge_crl_mark_follow(const struct judge_crl_mark *held,
	const struct judge_crl_mark *now, size_t n, const gnutls_x509_crt_t *ca,
	unsigned count, char *err, size_t space);

#endif
