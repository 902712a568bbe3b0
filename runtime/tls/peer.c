/*
 * Judgement of peers (peer.h).  Called by tls_start.c, sessions.c and
 * monitor/probe_tls.c; owns nothing.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <string.h>

#include "crls.h"
#include "peer_path.h"
#include "runtime/judge/cert.h"
#include "runtime/judge/path.h"
#include "runtime/judge/subtree.h"

#define CHAIN_MAX 16

static int refuse(struct peer_answer *a, uint8_t alert, const char *why)
{
	a->alert = alert;
	a->why = why;
	return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

static const char *other_fault(unsigned status)
{
	static const struct {
		unsigned status;
		const char *text;
	} fault[] = {
		{GNUTLS_CERT_SIGNER_NOT_CA,
			"an issuer of the certificate is not a CA"},
		{GNUTLS_CERT_INSECURE_ALGORITHM,
			"a certificate has a weak "
			"signature (SHA-1 or MD5)"},
		{GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE,
			"a CA above the "
			"certificate may not issue it (its key usage, path "
			"length or name constraints)"},
		{GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS,
			"a certificate has an unknown critical extension"},
		{GNUTLS_CERT_MISSING_OCSP_STATUS,
			"the certificate requires a stapled OCSP response and "
			"there is none"},
		{GNUTLS_CERT_INVALID_OCSP_STATUS,
			"the stapled OCSP response is not valid"},
		{GNUTLS_CERT_SIGNATURE_FAILURE,
			"the certificate's signature was not made by that CA"},
	};
	size_t i;

	for (i = 0; i < sizeof(fault) / sizeof(*fault); i++)
		if (status & fault[i].status)
			return fault[i].text;
	return "the certificate is not trusted";
}

static int refuse_status(
	struct peer_answer *a, unsigned status, enum peer_role role)
{
	if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
		return refuse(a, GNUTLS_A_BAD_CERTIFICATE,
			"the certificate is for another name");
	if (status & GNUTLS_CERT_EXPIRED)
		return refuse(a, GNUTLS_A_CERTIFICATE_EXPIRED,
			"the certificate has expired");
	if (status & GNUTLS_CERT_NOT_ACTIVATED)
		return refuse(a, GNUTLS_A_CERTIFICATE_EXPIRED,
			"the certificate is not valid yet");
	if (status & GNUTLS_CERT_REVOKED)
		return refuse(a, GNUTLS_A_CERTIFICATE_REVOKED,
			"the certificate is revoked");
	if (status & GNUTLS_CERT_PURPOSE_MISMATCH)
		return refuse(a, GNUTLS_A_UNSUPPORTED_CERTIFICATE,
			role == PEER_CLIENT ? "the certificate is not for "
					      "clients (its extended key "
					      "usage lacks clientAuth)"
					    : "the certificate is not for "
					      "servers (its extended key "
					      "usage lacks serverAuth)");
	if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
		return refuse(a, GNUTLS_A_UNKNOWN_CA,
			"the certificate is from an unknown CA");
	return refuse(a, GNUTLS_A_BAD_CERTIFICATE, other_fault(status));
}

static unsigned import_chain(
	gnutls_session_t s, gnutls_x509_crt_t crt[CHAIN_MAX])
{
	unsigned count = 0, n = 0, i;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(s, &count);

	for (i = 0; list && i < count && n < CHAIN_MAX; i++) {
		if (gnutls_x509_crt_init(&crt[n]) < 0)
			break;
		if (gnutls_x509_crt_import(
			    crt[n], &list[i], GNUTLS_X509_FMT_DER) < 0) {
			gnutls_x509_crt_deinit(crt[n]);
			break;
		}
		n++;
	}
	return n;
}

static void sooner(int64_t *until, gnutls_x509_crt_t crt)
{
	int64_t end = (int64_t)gnutls_x509_crt_get_expiration_time(crt);

	if (end < *until)
		*until = end;
}

/* The chain is good today: until when? The CA at its end counts too. */
static int64_t chain_until(
	gnutls_session_t s, const gnutls_x509_crt_t *crt, unsigned n)
{
	gnutls_certificate_credentials_t ours;
	gnutls_x509_crt_t ca;
	int64_t until = INT64_MAX;
	unsigned i;

	for (i = 0; i < n; i++)
		sooner(&until, crt[i]);
	if (n &&
		gnutls_credentials_get(
			s, GNUTLS_CRD_CERTIFICATE, (void **)&ours) >= 0 &&
		gnutls_certificate_get_issuer(ours, crt[n - 1], &ca, 0) >= 0)
		sooner(&until, ca);
	return until;
}

/* The CRLs of every issuer above the certificate: also of a CA of ours that
 * another CA of ours issued, whether its certificate was sent or not. */
static int judge_lists(const gnutls_x509_crt_t *crt, unsigned n,
	const struct peer_question *q, struct peer_answer *a)
{
	gnutls_x509_crt_t path[JUDGE_PATH_MAX];
	struct judge_crl_times t;
	unsigned len, i;

	if (!q->lists)
		return 0;
	len = judge_path(crt, n, q->lists->ca, q->lists->count, path);
	if (!len)
		return refuse(a, GNUTLS_A_BAD_CERTIFICATE,
			"the chain of the certificate is too complex to check");
	for (i = 0; i + 1 < len; i++)
		if (judge_crls_revoke(q->lists->crls, path[i], path[i + 1]))
			return refuse(a, GNUTLS_A_CERTIFICATE_REVOKED,
				"the certificate is revoked");
	if (!judge_crls_times_of(q->lists->crls, path + 1, len - 1, &t))
		return 0;
	if (t.until < a->until)
		a->until = t.until;
	if (t.until < q->now)
		return refuse(a, GNUTLS_A_CERTIFICATE_EXPIRED,
			"the CRL of the certificate's CA has expired");
	return 0;
}

unsigned peer_address(const char *name, uint8_t octets[16])
{
	if (inet_pton(AF_INET, name, octets) == 1)
		return 4;
	return inet_pton(AF_INET6, name, octets) == 1 ? 16 : 0;
}

/* The CA of ours that issued it, or NULL.  What the peer sends after it proves
 * nothing. */
static gnutls_x509_crt_t anchor_of(gnutls_session_t s, gnutls_x509_crt_t crt)
{
	gnutls_certificate_credentials_t ours;
	gnutls_x509_crt_t ca;

	return gnutls_credentials_get(
		       s, GNUTLS_CRD_CERTIFICATE, (void **)&ours) >= 0 &&
			gnutls_certificate_get_issuer(ours, crt, &ca, 0) >= 0
		? ca
		: NULL;
}

/* What the peer sent, and the CA of ours above each, may limit names. */
static int are_limited(
	gnutls_session_t s, const gnutls_x509_crt_t *crt, unsigned n)
{
	gnutls_x509_crt_t ca;
	unsigned i;

	for (i = 0; i < n; i++)
		if ((i && judge_subtree_limits(crt[i])) ||
			((ca = anchor_of(s, crt[i])) &&
				judge_subtree_limits(ca)))
			return 1;
	return 0;
}

static int judge_subjects(gnutls_session_t s, const gnutls_x509_crt_t *crt,
	unsigned n, struct peer_answer *a)
{
	gnutls_x509_crt_t path[JUDGE_PATH_MAX + 1], ca;
	unsigned len;

	if (!are_limited(s, crt, n))
		return 0;
	len = judge_path(crt, n, NULL, 0, path);
	/* A root is not below itself. */
	ca = len && !judge_cert_is_own_issuer(path[len - 1])
		? anchor_of(s, path[len - 1])
		: NULL;
	if (ca)
		path[len++] = ca;
	if (len && judge_subtrees_allow(path, len))
		return 0;
	return refuse(a, GNUTLS_A_BAD_CERTIFICATE,
		"a CA above the certificate may not issue it (its name "
		"constraints)");
}

/* GnuTLS by itself accepts RSA keys of 1024 bits.  Checked are the certificates
 * from the leaf to the CA of ours, not what else was sent. */
static int judge_strength(gnutls_session_t s, const gnutls_x509_crt_t *crt,
	unsigned n, struct peer_answer *a)
{
	unsigned at = 0, next, steps;
	char text[JUDGE_TEXT];

	for (steps = 0; steps < n; steps++) {
		switch (judge_cert_weakness(crt[at], text)) {
		case JUDGE_WEAK_KEY:
			return refuse(a, GNUTLS_A_BAD_CERTIFICATE,
				"a certificate has a weak key (RSA "
				"below 2048 bits, DSA, or a curve below "
				"P-256)");
		case JUDGE_WEAK_SIGNATURE:
			return refuse(a, GNUTLS_A_BAD_CERTIFICATE,
				"a certificate has a weak signature "
				"(SHA-1 or MD5)");
		case JUDGE_STRONG:
			break;
		}
		if (anchor_of(s, crt[at]))
			return 0;
		for (next = 0; next < n; next++)
			if (next != at &&
				gnutls_x509_crt_check_issuer(
					crt[at], crt[next]) > 0)
				break;
		if (next == n)
			return 0;
		at = next;
	}
	return 0;
}

/* Without a DNS name GnuTLS would look at the common name, which does not count
 * (RFC 9525 2); and it lets a wildcard replace a part of a label. */
static int judge_names(gnutls_x509_crt_t leaf, const struct peer_question *q,
	struct peer_answer *a)
{
	uint8_t octets[16];

	if (!q->name || peer_address(q->name, octets) ||
		judge_cert_names(leaf, q->name))
		return 0;
	return refuse(a, GNUTLS_A_BAD_CERTIFICATE,
		judge_cert_has_dns_san(leaf)
			? "the certificate is for another name"
			: "the certificate has no DNS name in a "
			  "subjectAltName");
}

int peer_verify(gnutls_session_t s, const struct peer_question *q,
	struct peer_answer *a)
{
	uint8_t octets[16];
	unsigned address = q->name ? peer_address(q->name, octets) : 0;
	const char *purpose = q->role == PEER_CLIENT ? GNUTLS_KP_TLS_WWW_CLIENT
						     : GNUTLS_KP_TLS_WWW_SERVER;
	gnutls_typed_vdata_st data[2] = {
		{GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)purpose, 0},
		{address ? GNUTLS_DT_IP_ADDRESS : GNUTLS_DT_DNS_HOSTNAME,
			address ? octets : (unsigned char *)q->name, address}};
	gnutls_x509_crt_t crt[CHAIN_MAX];
	unsigned status = 0, n, i;
	int r;

	a->why = NULL;
	a->until = 0;
	a->alert = GNUTLS_A_BAD_CERTIFICATE;
	r = gnutls_certificate_verify_peers(s, data, q->name ? 2 : 1, &status);
	if (r < 0) {
		a->why = gnutls_strerror(r);
		return r;
	}
	n = import_chain(s, crt);
	if (peer_path_may_help(status) &&
		peer_path_exists(s, crt, n, purpose, q->name ? &data[1] : NULL))
		status = 0;
	r = status ? refuse_status(a, status, q->role) : 0;
	if (r >= 0 && n) {
		a->until = chain_until(s, crt, n);
		r = judge_names(crt[0], q, a);
	}
	if (r >= 0)
		r = judge_strength(s, crt, n, a);
	if (r >= 0)
		r = judge_subjects(s, crt, n, a);
	if (r >= 0)
		r = judge_lists(crt, n, q, a);
	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(crt[i]);
	return r;
}
