/*
 * Judging certificates (cert.h).
 */
#include "cert.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *weak_hash(gnutls_x509_crt_t crt)
{
	int sign = gnutls_x509_crt_get_signature_algorithm(crt);
	gnutls_digest_algorithm_t hash = sign > 0
		? gnutls_sign_get_hash_algorithm((gnutls_sign_algorithm_t)sign)
		: GNUTLS_DIG_UNKNOWN;

	switch (hash) {
	case GNUTLS_DIG_SHA1:
		return "SHA-1";
	case GNUTLS_DIG_MD5:
		return "MD5";
	case GNUTLS_DIG_MD2:
		return "MD2";
	default:
		return NULL;
	}
}

static const char *curve_of(gnutls_x509_crt_t crt)
{
	gnutls_ecc_curve_t curve;
	const char *name = NULL;

	if (gnutls_x509_crt_get_pk_ecc_raw(crt, &curve, NULL, NULL) >= 0)
		name = gnutls_ecc_curve_get_name(curve);
	return name ? name : "a small curve";
}

enum judge_weakness judge_cert_weakness(
	gnutls_x509_crt_t crt, char text[JUDGE_TEXT])
{
	unsigned bits = 0;
	int pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
	const char *hash = weak_hash(crt);

	if ((pk == GNUTLS_PK_RSA || pk == GNUTLS_PK_RSA_PSS) && bits < 2048)
		snprintf(text, JUDGE_TEXT, "an RSA key of %u bits", bits);
	else if (pk == GNUTLS_PK_ECDSA && bits < 256)
		snprintf(text, JUDGE_TEXT, "a key on %s", curve_of(crt));
	else if (pk == GNUTLS_PK_DSA)
		snprintf(text, JUDGE_TEXT, "a DSA key");
	else if (hash && !judge_cert_is_own_issuer(crt)) {
		snprintf(text, JUDGE_TEXT, "a %s signature", hash);
		return JUDGE_WEAK_SIGNATURE;
	} else
		return JUDGE_STRONG;
	return JUDGE_WEAK_KEY;
}

int judge_cert_is_for(gnutls_x509_crt_t crt, const char *purpose)
{
	char oid[128];
	unsigned i, critical;
	size_t n;
	int r = 0;

	for (i = 0; i < 100; i++) {
		n = sizeof(oid);
		r = gnutls_x509_crt_get_key_purpose_oid(
			crt, i, oid, &n, &critical);
		if (r < 0)
			break;
		if (!strcmp(oid, purpose) || !strcmp(oid, GNUTLS_KP_ANY))
			return 1;
	}
	return i == 0; /* without the extension: for every purpose */
}

unsigned judge_cert_usage(gnutls_x509_crt_t leaf)
{
	unsigned ku, critical, faults = 0;

	/* A self-issued one is its own CA, which is a different fault. */
	if (gnutls_x509_crt_get_ca_status(leaf, &critical) > 0 &&
		!judge_cert_is_own_issuer(leaf))
		faults |= JUDGE_USAGE_CA;
	if (!judge_cert_is_for(leaf, GNUTLS_KP_TLS_WWW_SERVER))
		faults |= JUDGE_USAGE_PURPOSE;
	if (gnutls_x509_crt_get_key_usage(leaf, &ku, &critical) >= 0 &&
		!(ku & GNUTLS_KEY_DIGITAL_SIGNATURE))
		faults |= JUDGE_USAGE_SIGN;
	return faults;
}

#define ANY_TYPE -1

static int has_name(gnutls_x509_crt_t crt, int type)
{
	char name[1024];
	size_t n;
	unsigned i;
	int r;

	for (i = 0; i < 100000; i++) {
		n = sizeof(name);
		r = gnutls_x509_crt_get_subject_alt_name(
			crt, i, name, &n, NULL);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return 0;
		if (type == ANY_TYPE || r == type)
			return 1;
	}
	return 0;
}

int judge_cert_has_san(gnutls_x509_crt_t crt)
{
	return has_name(crt, ANY_TYPE);
}

int judge_cert_has_dns_san(gnutls_x509_crt_t crt)
{
	return has_name(crt, GNUTLS_SAN_DNSNAME);
}

static int same_letters(const char *a, const char *b, size_t n)
{
	while (n > 0 &&
		tolower((unsigned char)*a) == tolower((unsigned char)*b))
		a++, b++, n--;
	return n == 0;
}

/* A wildcard is the whole first label, and matches exactly one. */
static int stands_for(const char *san, size_t n, const char *name)
{
	const char *dot = strchr(name, '.');

	if (n > 2 && san[0] == '*' && san[1] == '.') {
		if (!dot || dot == name)
			return 0;
		san++;
		n--;
		name = dot;
	}
	return strlen(name) == n && same_letters(san, name, n);
}

int judge_cert_names(gnutls_x509_crt_t leaf, const char *name)
{
	char san[1024];
	size_t n;
	unsigned i;
	int r;

	for (i = 0; i < 100000; i++) {
		n = sizeof(san);
		r = gnutls_x509_crt_get_subject_alt_name(
			leaf, i, san, &n, NULL);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return 0;
		if (r == GNUTLS_SAN_DNSNAME && stands_for(san, n, name))
			return 1;
	}
	return 0;
}

int judge_cert_is_own_issuer(gnutls_x509_crt_t crt)
{
	return gnutls_x509_crt_check_issuer(crt, crt) > 0;
}

int judge_cert_issued(gnutls_x509_crt_t issuer, gnutls_x509_crt_t crt)
{
	unsigned out = 0;

	return gnutls_x509_crt_check_issuer(crt, issuer) > 0 &&
		gnutls_x509_crt_verify(crt, &issuer, 1,
			GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
				GNUTLS_VERIFY_ALLOW_BROKEN |
				GNUTLS_VERIFY_DISABLE_CA_SIGN |
				GNUTLS_VERIFY_ALLOW_X509_V1_CA_CRT,
			&out) == 0 &&
		!(out & GNUTLS_CERT_SIGNATURE_FAILURE);
}

unsigned judge_cert_order(
	const gnutls_x509_crt_t *chain, unsigned n, unsigned *issuer_at)
{
	unsigned broken = 0, i;

	*issuer_at = 0;
	for (i = 1; i < n && !broken; i++)
		if (!judge_cert_issued(chain[i], chain[i - 1]))
			broken = i;
	for (i = 0; broken && i < n; i++)
		if (i != broken - 1 &&
			judge_cert_issued(chain[i], chain[broken - 1]))
			*issuer_at = i;
	return broken;
}

/* An intermediate of the old chain issued the last certificate of the new one:
 * it was left out. */
static int lost_issuer(const gnutls_x509_crt_t *old, unsigned old_n,
	const gnutls_x509_crt_t *now, unsigned n)
{
	unsigned i;

	if (!n || judge_cert_is_own_issuer(now[n - 1]))
		return 0;
	for (i = 1; i < old_n; i++)
		if (!judge_cert_is_own_issuer(old[i]) &&
			judge_cert_issued(old[i], now[n - 1]))
			return 1;
	return 0;
}

void judge_cert_times(const gnutls_x509_crt_t *chain, unsigned n, int64_t *from,
	int64_t *until)
{
	unsigned i;

	*from = INT64_MIN;
	*until = INT64_MAX;
	for (i = 0; i < n; i++) {
		int64_t a = gnutls_x509_crt_get_activation_time(chain[i]);
		int64_t b = gnutls_x509_crt_get_expiration_time(chain[i]);

		if (a > *from)
			*from = a;
		if (b < *until)
			*until = b;
	}
}

/* --- renewals ----------------------------------------------------------- */

enum fault { EXPIRED, NOT_YET, ORDER, WEAK, USAGE, NO_SAN, FAULTS };
static const char *const ids[FAULTS] = {
	"TC0402", "TC0402", "TC0405", "TC0406", "TC0408", "TC0410"};

static int first_weakness(
	const gnutls_x509_crt_t *chain, unsigned n, char text[JUDGE_TEXT])
{
	char words[JUDGE_TEXT - 16];
	unsigned i;

	for (i = 0; i < n; i++)
		if (judge_cert_weakness(chain[i], text)) {
			snprintf(words, sizeof(words), "%s", text);
			snprintf(text, JUDGE_TEXT, "has %s", words);
			return 1;
		}
	return 0;
}

static int usage_fault(gnutls_x509_crt_t leaf, char text[JUDGE_TEXT])
{
	unsigned u = judge_cert_usage(leaf);

	if (u)
		snprintf(text, JUDGE_TEXT, "%s",
			u & JUDGE_USAGE_CA ? "is a CA's"
				: u & JUDGE_USAGE_PURPOSE
				? "is not for servers (no serverAuth)"
				: "is not for signing (no digitalSignature)");
	return u != 0;
}

static int has_fault(enum fault kind, const gnutls_x509_crt_t *chain,
	unsigned n, int64_t now, char text[JUDGE_TEXT])
{
	int64_t from, until;
	unsigned at;

	judge_cert_times(chain, n, &from, &until);
	switch (kind) {
	case EXPIRED:
		snprintf(text, JUDGE_TEXT, "is expired");
		return until < now;
	case NOT_YET:
		snprintf(text, JUDGE_TEXT, "is not valid yet");
		return from > now;
	case ORDER:
		snprintf(text, JUDGE_TEXT,
			"has a chain in which a certificate did not issue the "
			"one before it");
		return judge_cert_order(chain, n, &at) != 0;
	case WEAK:
		return first_weakness(chain, n, text);
	case USAGE:
		return usage_fault(chain[0], text);
	case NO_SAN:
		snprintf(text, JUDGE_TEXT, "has no subjectAltName");
		return !judge_cert_has_san(chain[0]);
	case FAULTS:
		break;
	}
	return 0;
}

int judge_cert_renewal(const gnutls_x509_crt_t *before, unsigned before_n,
	const gnutls_x509_crt_t *chain, unsigned n, int64_t now,
	struct judge_fault *f)
{
	char text[JUDGE_TEXT];
	int kind;

	for (kind = 0; n && kind < FAULTS; kind++) {
		f->id = ids[kind];
		if (has_fault((enum fault)kind, chain, n, now, f->text) &&
			!(before_n &&
				has_fault((enum fault)kind, before, before_n,
					now, text)))
			return 1;
	}
	f->id = "TC0405";
	snprintf(f->text, sizeof(f->text),
		"has lost the intermediate certificate that issued it");
	return lost_issuer(before, before_n, chain, n);
}

unsigned judge_cert_usable_cas(const gnutls_x509_crt_t *ca, unsigned n,
	enum judge_trusted what, int64_t now)
{
	unsigned usable = 0, critical, i;
	int64_t from, until;

	for (i = 0; i < n; i++) {
		judge_cert_times(&ca[i], 1, &from, &until);
		usable += from <= now && now <= until &&
			(what == JUDGE_CAS_AND_SELVES ||
				gnutls_x509_crt_get_ca_status(
					ca[i], &critical) > 0);
	}
	return usable;
}

size_t judge_cert_ca_names(const gnutls_x509_crt_t *ca, unsigned n)
{
	size_t octets = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		gnutls_datum_t dn = {NULL, 0};

		if (gnutls_x509_crt_get_raw_dn(ca[i], &dn) < 0)
			continue;
		octets += 2 + dn.size;
		gnutls_free(dn.data);
	}
	return octets;
}
