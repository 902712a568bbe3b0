/*
 * How new CRLs are, in a form that outlives them (crl_mark.h), for the questions
 * of crl_follow.c when only one of the two CRLs still exists.
 */
#include "crl_mark.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crl_priv.h"

#define SHA256 32

/* A hash of several parts, each preceded by its length.  Without memory: zeros;
 * then, at worst, dates are compared. */
static void id(
	uint8_t out[JUDGE_CRL_ID], const gnutls_datum_t *part, unsigned parts)
{
	uint8_t raw[SHA256] = {0};
	gnutls_hash_hd_t h;
	unsigned i;

	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) >= 0) {
		for (i = 0; i < parts; i++) {
			gnutls_hash(h, &part[i].size, sizeof(part[i].size));
			gnutls_hash(h, part[i].data, part[i].size);
		}
		gnutls_hash_deinit(h, raw);
	}
	memcpy(out, raw, JUDGE_CRL_ID);
}

static void mark(gnutls_x509_crl_t crl, struct judge_crl_mark *m)
{
	gnutls_datum_t delta = judge_crl_extension(crl, JUDGE_CRL_OID_DELTA);
	gnutls_datum_t key = judge_crl_extension(crl, JUDGE_CRL_OID_KEY);
	gnutls_datum_t scope[] = {judge_crl_issuer(crl),
		judge_crl_extension(crl, JUDGE_CRL_OID_POINT),
		{(unsigned char *)"delta", delta.size ? 5 : 0}};

	m->delta = delta.size != 0;
	id(m->issuer, scope, 1);
	id(m->scope, scope, 3);
	id(m->key, &key, 1);
	m->number_len = (unsigned)judge_crl_number(crl, m->number);
	m->from = (int64_t)gnutls_x509_crl_get_this_update(crl);
	judge_crl_issuer_text(crl, m->name);
	gnutls_free(scope[0].data);
	gnutls_free(scope[1].data);
	gnutls_free(delta.data);
	gnutls_free(key.data);
}

struct judge_crl_mark *judge_crls_marks(const struct judge_crls *l, size_t *n)
{
	struct judge_crl_mark *m = calloc(l->count + 1, sizeof(*m));
	unsigned i;

	*n = 0;
	for (i = 0; m && i < l->count; i++)
		if (!judge_crl_superseded(l, i))
			mark(l->crl[i], &m[(*n)++]);
	return m;
}

int judge_crl_mark_order(
	const struct judge_crl_mark *a, const struct judge_crl_mark *b)
{
	if (a->number_len && b->number_len &&
		memcmp(a->key, b->key, JUDGE_CRL_ID) == 0) {
		int c = judge_crl_number_order(
			a->number, a->number_len, b->number, b->number_len);

		if (c)
			return c;
	}
	return a->from < b->from ? -1 : a->from > b->from;
}

static void date_text(int64_t when, char out[32])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, 32, "an unknown time");
}

static int older_error(const struct judge_crl_mark *held,
	const struct judge_crl_mark *now, char *err, size_t space)
{
	char was[32], is[32];

	date_text(held->from, was);
	date_text(now->from, is);
	snprintf(err, space,
		"the CRL of %s is older (%s) than the one that was "
		"in use last (%s)",
		held->name, is, was);
	return -1;
}

static int is_issuer(gnutls_x509_crt_t ca, const struct judge_crl_mark *m)
{
	gnutls_datum_t dn = {NULL, 0};
	uint8_t of[JUDGE_CRL_ID];

	if (gnutls_x509_crt_get_raw_dn(ca, &dn) < 0)
		return 0;
	id(of, &dn, 1);
	gnutls_free(dn.data);
	return memcmp(of, m->issuer, JUDGE_CRL_ID) == 0;
}

int judge_crl_mark_follow(const struct judge_crl_mark *held,
	const struct judge_crl_mark *now, size_t n, const gnutls_x509_crt_t *ca,
	unsigned count, char *err, size_t space)
{
	size_t i;

	/* Only one of each scope is left in a list. */
	for (i = 0; i < n; i++)
		if (memcmp(now[i].scope, held->scope, JUDGE_CRL_ID) == 0)
			return judge_crl_mark_order(&now[i], held) < 0
				? older_error(held, &now[i], err, space)
				: 0;
	/* A delta is no longer needed when its base includes it. */
	for (i = 0; i < count && !held->delta; i++)
		if (is_issuer(ca[i], held)) {
			snprintf(err, space,
				"the file no longer has the CRL of %s, which "
				"was in use last",
				held->name);
			return -1;
		}
	return 0;
}
