/*
 * May CRLs replace those in use (crl_follow.h)?
 */
#include "crl_follow.h"

#include <stdio.h>
#include <time.h>

#include "crl_priv.h"

/* The newest one in the list that could replace crl. */
static gnutls_x509_crl_t successor(
	const struct judge_crls *l, gnutls_x509_crl_t crl)
{
	gnutls_x509_crl_t best = NULL;
	unsigned i;

	for (i = 0; i < l->count; i++)
		if (judge_crl_same_scope(l->crl[i], crl) &&
			(!best || judge_crl_order(best, l->crl[i]) < 0))
			best = l->crl[i];
	return best;
}

static void date_text(gnutls_x509_crl_t crl, char out[32])
{
	time_t t = gnutls_x509_crl_get_this_update(crl);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, 32, "an unknown time");
}

static int older_error(
	gnutls_x509_crl_t held, gnutls_x509_crl_t now, char *err, size_t n)
{
	char issuer[JUDGE_CRL_NAME], was[32], is[32];

	judge_crl_issuer_text(held, issuer);
	date_text(held, was);
	date_text(now, is);
	snprintf(err, n, "the CRL of %s is older (%s) than the one in use (%s)",
		issuer, is, was);
	return -1;
}

static int still_needed(
	gnutls_x509_crl_t crl, const gnutls_x509_crt_t *ca, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (gnutls_x509_crl_check_issuer(crl, ca[i]))
			return 1;
	return 0;
}

int judge_crls_follow(const struct judge_crls *held,
	const struct judge_crls *now, const gnutls_x509_crt_t *ca,
	unsigned count, char *err, size_t n)
{
	char issuer[JUDGE_CRL_NAME];
	unsigned i;

	for (i = 0; i < held->count; i++) {
		gnutls_x509_crl_t old = held->crl[i];
		gnutls_x509_crl_t next = successor(now, old);

		if (judge_crl_superseded(held, i))
			continue;
		if (next && judge_crl_order(next, old) < 0)
			return older_error(old, next, err, n);
		/* A delta is no longer needed when its base includes it. */
		if (next || !still_needed(old, ca, count) ||
			judge_crl_has(old, JUDGE_CRL_OID_DELTA))
			continue;
		judge_crl_issuer_text(old, issuer);
		snprintf(err, n,
			"the file no longer has the CRL of %s, which is in use",
			issuer);
		return -1;
	}
	return 0;
}
