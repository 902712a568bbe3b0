/*
 * What the crl*.c files know about one CRL.
 */
#ifndef RUNTIME_JUDGE_CRL_PRIV_H
#define RUNTIME_JUDGE_CRL_PRIV_H

#include "crl.h"

#define JUDGE_CRL_OID_DELTA "2.5.29.27" /* RFC 5280 5.2.4 */
#define JUDGE_CRL_OID_POINT "2.5.29.28" /* 5.2.5 */
#define JUDGE_CRL_OID_KEY "2.5.29.35"   /* 5.2.1 */

struct judge_crls {
	gnutls_x509_crl_t *crl;
	unsigned count;
};

void judge_crl_issuer_text(gnutls_x509_crl_t crl, char out[JUDGE_CRL_NAME]);
/* Free with gnutls_free; empty when there is none. */
gnutls_datum_t judge_crl_issuer(gnutls_x509_crl_t crl);
/* The same, by its OID. */
gnutls_datum_t judge_crl_extension(gnutls_x509_crl_t crl, const char *oid);
/* CRLNumber without leading zeros; the length, 0: it has none. */
size_t judge_crl_number(gnutls_x509_crl_t crl, uint8_t out[JUDGE_CRL_NUMBER]);
int judge_crl_number_order(
	const uint8_t *x, size_t n, const uint8_t *y, size_t m);
/* Another one in the list is newer and covers the same. */
int judge_crl_superseded(const struct judge_crls *l, unsigned i);
/* Why it cannot be used, or NULL. */
const char *judge_crl_not_understood(gnutls_x509_crl_t crl);
int judge_crl_has(gnutls_x509_crl_t crl, const char *oid);
/* The same issuer, and the same part of its certificates. */
int judge_crl_same_scope(gnutls_x509_crl_t a, gnutls_x509_crl_t b);
/* Below 0: a is older than b. */
int judge_crl_order(gnutls_x509_crl_t a, gnutls_x509_crl_t b);

#endif
