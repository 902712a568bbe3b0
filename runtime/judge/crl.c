/*
 * CRLs (crl.h).  GnuTLS's own checks are not used: it keeps only one list per
 * issuer name, and checks neither who signed it, nor what it covers, nor
 * whether it is current.
 */
#include "crl_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct judge_crls *judge_crls_new(const gnutls_datum_t *pem)
{
	struct judge_crls *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	if (gnutls_x509_crl_list_import2(
		    &l->crl, &l->count, pem, GNUTLS_X509_FMT_PEM, 0) >= 0 &&
		l->count)
		return l;
	free(l);
	return NULL;
}

void judge_crls_free(struct judge_crls **lp)
{
	struct judge_crls *l = *lp;
	unsigned i;

	*lp = NULL;
	if (!l)
		return;
	for (i = 0; i < l->count; i++)
		gnutls_x509_crl_deinit(l->crl[i]);
	gnutls_free(l->crl);
	free(l);
}

/* ---- of one CRL ---- */

/* The file is not trusted yet: only printable ASCII, wherever the text is
 * used. */
void judge_crl_issuer_text(gnutls_x509_crl_t crl, char out[JUDGE_CRL_NAME])
{
	size_t n = JUDGE_CRL_NAME;
	char *p;

	if (gnutls_x509_crl_get_issuer_dn(crl, out, &n) < 0)
		snprintf(out, JUDGE_CRL_NAME,
			"an issuer whose name is too long to show");
	for (p = out; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

static int64_t until(gnutls_x509_crl_t crl)
{
	time_t next = gnutls_x509_crl_get_next_update(crl);

	return next == (time_t)-1 ? JUDGE_CRL_FOREVER : (int64_t)next;
}

static int same_octets(const gnutls_datum_t *a, const gnutls_datum_t *b)
{
	return a->size == b->size &&
		(a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

gnutls_datum_t judge_crl_issuer(gnutls_x509_crl_t crl)
{
	gnutls_datum_t dn = {NULL, 0};

	if (gnutls_x509_crl_get_raw_issuer_dn(crl, &dn) < 0)
		dn.size = 0;
	return dn;
}

static int is_issuer(gnutls_x509_crl_t crl, const gnutls_datum_t *name)
{
	gnutls_datum_t dn = judge_crl_issuer(crl);
	int same = dn.size && same_octets(&dn, name);

	gnutls_free(dn.data);
	return same;
}

gnutls_datum_t judge_crl_extension(gnutls_x509_crl_t crl, const char *oid)
{
	gnutls_datum_t d = {NULL, 0};
	char name[128];
	unsigned i;

	for (i = 0; i < 64; i++) {
		size_t n = sizeof(name);

		if (gnutls_x509_crl_get_extension_info(crl, i, name, &n, NULL) <
			0)
			break;
		if (!strcmp(name, oid)) {
			if (gnutls_x509_crl_get_extension_data2(crl, i, &d) < 0)
				d.size = 0;
			break;
		}
	}
	return d;
}

static int same_extension(
	gnutls_x509_crl_t a, gnutls_x509_crl_t b, const char *oid)
{
	gnutls_datum_t x = judge_crl_extension(a, oid);
	gnutls_datum_t y = judge_crl_extension(b, oid);
	int same = same_octets(&x, &y);

	gnutls_free(x.data);
	gnutls_free(y.data);
	return same;
}

int judge_crl_has(gnutls_x509_crl_t crl, const char *oid)
{
	gnutls_datum_t d = judge_crl_extension(crl, oid);
	int has = d.size != 0;

	gnutls_free(d.data);
	return has;
}

/* The same issuer and the same part of its certificates: one replaces the
 * other.  A delta (RFC 5280 5.2.4) exists next to its base, and so does each
 * distribution point (5.2.5). */
int judge_crl_same_scope(gnutls_x509_crl_t a, gnutls_x509_crl_t b)
{
	gnutls_datum_t dn = judge_crl_issuer(a);
	int same = dn.size && is_issuer(b, &dn) &&
		same_extension(a, b, JUDGE_CRL_OID_POINT) &&
		judge_crl_has(a, JUDGE_CRL_OID_DELTA) ==
			judge_crl_has(b, JUDGE_CRL_OID_DELTA);

	gnutls_free(dn.data);
	return same;
}

size_t judge_crl_number(gnutls_x509_crl_t crl, uint8_t out[JUDGE_CRL_NUMBER])
{
	uint8_t raw[JUDGE_CRL_NUMBER];
	size_t n = sizeof(raw), skip = 0;

	if (gnutls_x509_crl_get_number(crl, raw, &n, NULL) < 0)
		return 0;
	while (skip + 1 < n && !raw[skip])
		skip++;
	memcpy(out, raw + skip, n - skip);
	return n - skip;
}

/* The issuer's key is the same, as far as the CRLs say: with a new key a CA may
 * start counting anew. */
static int same_key(gnutls_x509_crl_t a, gnutls_x509_crl_t b)
{
	return same_extension(a, b, JUDGE_CRL_OID_KEY);
}

int judge_crl_number_order(
	const uint8_t *x, size_t n, const uint8_t *y, size_t m)
{
	return n != m ? (n < m ? -1 : 1) : memcmp(x, y, n);
}

/* Below 0: a was issued before b.  The number is meant for this (RFC 5280
 * 5.2.3); for issuers that do not count, the time decides. */
int judge_crl_order(gnutls_x509_crl_t a, gnutls_x509_crl_t b)
{
	uint8_t x[JUDGE_CRL_NUMBER], y[JUDGE_CRL_NUMBER];
	size_t n = judge_crl_number(a, x), m = judge_crl_number(b, y);
	time_t s = gnutls_x509_crl_get_this_update(a);
	time_t t = gnutls_x509_crl_get_this_update(b);

	if (n && m && same_key(a, b)) {
		int c = judge_crl_number_order(x, n, y, m);

		if (c)
			return c;
	}
	return s < t ? -1 : s > t;
}

/* With another key, the CA may continue the same list or begin a separate one.
 * It continues if it lets the old one end. */
static int takes_over(gnutls_x509_crl_t old, gnutls_x509_crl_t new)
{
	return same_key(old, new) ||
		until(old) <= (int64_t)gnutls_x509_crl_get_this_update(new);
}

/* Another one in the list is newer and covers the same. */
int judge_crl_superseded(const struct judge_crls *l, unsigned i)
{
	unsigned k;

	for (k = 0; k < l->count; k++) {
		int c = k == i || !judge_crl_same_scope(l->crl[i], l->crl[k]) ||
				!takes_over(l->crl[i], l->crl[k])
			? 1
			: judge_crl_order(l->crl[i], l->crl[k]);

		if (c < 0 || (c == 0 && k < i))
			return 1;
	}
	return 0;
}

/* ---- who signed ---- */

/* GnuTLS also checks dates, by its own clock, and sets these; INVALID comes
 * with every other bit.  Dates are checked by judge_crls_times. */
#define OF_TIME                                                                \
	(GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED |                              \
		GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE)

static const char *signed_by(gnutls_x509_crl_t crl, gnutls_x509_crt_t ca)
{
	unsigned status = 0;
	int r = gnutls_x509_crl_verify(crl, &ca, 1, 0, &status);

	if (r == GNUTLS_E_INSUFFICIENT_SECURITY ||
		(status & GNUTLS_CERT_INSECURE_ALGORITHM))
		return "it is signed with an algorithm that is no longer "
		       "secure";
	if (r < 0)
		return "its signature cannot be checked";
	if (status & OF_TIME)
		status &= ~(unsigned)(OF_TIME | GNUTLS_CERT_INVALID);
	if (status & GNUTLS_CERT_SIGNER_NOT_CA)
		return "its issuer is not a CA";
	if (status & GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE)
		return "its CA may not sign CRLs (key usage without cRLSign)";
	return status ? "its signature was not made by that CA" : NULL;
}

static const char *signed_by_one(
	gnutls_x509_crl_t crl, const gnutls_x509_crt_t *ca, unsigned count)
{
	const char *why = "the CA that issued it is not in the file of CAs";
	unsigned i;

	/* Several CAs may have the same name, especially during a key
	 * change. */
	for (i = 0; i < count; i++) {
		if (!gnutls_x509_crl_check_issuer(crl, ca[i]))
			continue;
		why = signed_by(crl, ca[i]);
		if (!why)
			return NULL;
	}
	return why;
}

int judge_crls_signed(const struct judge_crls *l, const gnutls_x509_crt_t *ca,
	unsigned count, char *err, size_t n)
{
	char issuer[JUDGE_CRL_NAME];
	unsigned i;

	for (i = 0; i < l->count; i++) {
		const char *why = judge_crl_not_understood(l->crl[i]);

		if (!why)
			why = signed_by_one(l->crl[i], ca, count);
		if (!why)
			continue;
		judge_crl_issuer_text(l->crl[i], issuer);
		snprintf(err, n, "the CRL of %s: %s", issuer, why);
		return -1;
	}
	return 0;
}

int judge_crls_cover(const struct judge_crls *l, gnutls_x509_crt_t ca)
{
	unsigned i;

	/* A delta contains only the changes since its base. */
	for (i = 0; i < l->count; i++)
		if (!judge_crl_has(l->crl[i], "2.5.29.27") &&
			gnutls_x509_crl_check_issuer(l->crl[i], ca))
			return 1;
	return 0;
}

/* ---- is a certificate revoked?  ---- */

static int lists(gnutls_x509_crl_t crl, const uint8_t *serial, size_t n)
{
	gnutls_x509_crl_iter_t iter = NULL;
	uint8_t one[JUDGE_CRL_NUMBER];
	size_t size = sizeof(one);
	int found = 0, r;

	while (!found &&
		(r = gnutls_x509_crl_iter_crt_serial(crl, &iter, one, &size,
			 NULL)) != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
		/* If it cannot be read, it may be the one. */
		found = r < 0 || (size == n && memcmp(one, serial, n) == 0);
		size = sizeof(one);
	}
	gnutls_x509_crl_iter_deinit(iter);
	return found;
}

int judge_crls_revoke(const struct judge_crls *l, gnutls_x509_crt_t crt,
	gnutls_x509_crt_t issuer)
{
	uint8_t serial[JUDGE_CRL_NUMBER];
	size_t n = sizeof(serial);
	unsigned i;

	if (gnutls_x509_crt_get_serial(crt, serial, &n) < 0)
		return 1;
	for (i = 0; i < l->count; i++)
		if (gnutls_x509_crl_check_issuer(l->crl[i], issuer) &&
			!judge_crl_superseded(l, i) &&
			lists(l->crl[i], serial, n))
			return 1;
	return 0;
}

/* ---- until when they are valid ---- */

static void add_times(gnutls_x509_crl_t crl, struct judge_crl_times *t)
{
	int64_t from = (int64_t)gnutls_x509_crl_get_this_update(crl);

	if (from > t->from)
		t->from = from;
	if (until(crl) < t->until) {
		t->until = until(crl);
		judge_crl_issuer_text(crl, t->issuer);
	}
}

static void no_times(struct judge_crl_times *t)
{
	t->from = INT64_MIN;
	t->until = JUDGE_CRL_FOREVER;
	t->issuer[0] = 0;
}

void judge_crls_times(const struct judge_crls *l, struct judge_crl_times *t)
{
	unsigned i;

	no_times(t);
	for (i = 0; i < l->count; i++)
		if (!judge_crl_superseded(l, i))
			add_times(l->crl[i], t);
}

int judge_crls_times_of(const struct judge_crls *l,
	const gnutls_x509_crt_t *issuer, unsigned count,
	struct judge_crl_times *t)
{
	unsigned i, k;
	int some = 0;

	no_times(t);
	for (i = 0; i < l->count; i++)
		for (k = 0; k < count; k++)
			if (gnutls_x509_crl_check_issuer(
				    l->crl[i], issuer[k]) &&
				!judge_crl_superseded(l, i)) {
				add_times(l->crl[i], t);
				some = 1;
				break;
			}
	return some;
}
