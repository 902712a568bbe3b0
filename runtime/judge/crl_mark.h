/*
 * How new a CRL is, in a form that outlives it.  No files, no clock, no state,
 * GnuTLS only.
 */
#ifndef RUNTIME_JUDGE_CRL_MARK_H
#define RUNTIME_JUDGE_CRL_MARK_H

#include "crl.h"

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
