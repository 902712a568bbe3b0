/*
 * Files about a certificate's status: OCSP responses, CRLs, SCT lists.  They
 * are judged as tlsd would use them; nothing is kept.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnutls/gnutls.h>
#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

#include "cert.h"
#include "cert_file.h"
#include "compiler/base/arena.h"
#include "runtime/judge/crl.h"
#include "runtime/judge/public.h"

#define STATUS_MAX (16 << 20)

/* What tlsd would take of a file; free(pem->data).  -1, with *why in words. */
static int public_part(struct arena *a, const char *path, gnutls_datum_t *pem,
	const char **why)
{
	gnutls_datum_t data;
	char err[200];

	if (cert_file(a, path, STATUS_MAX, &data, NULL, why) < 0)
		return -1;
	if (judge_public(data.data, data.size, pem, err, sizeof(err)) == 0)
		return 0;
	*why = arena_printf(a, "%s", err);
	return -1;
}

static const char *text(struct arena *a, int rc)
{
	return arena_printf(a, "%s", gnutls_strerror(rc));
}

static const char *single(struct arena *a, gnutls_ocsp_resp_t resp,
	gnutls_x509_crt_t leaf, int64_t now)
{
	unsigned status;
	time_t this_update, next_update;
	int rc;

	if (gnutls_ocsp_resp_check_crt(resp, 0, leaf) < 0)
		return "it is for another certificate";
	rc = gnutls_ocsp_resp_get_single(resp, 0, NULL, NULL, NULL, NULL,
		&status, &this_update, &next_update, NULL, NULL);
	if (rc < 0)
		return text(a, rc);
	if (status == GNUTLS_OCSP_CERT_REVOKED)
		return "it says that the certificate is revoked";
	if (status != GNUTLS_OCSP_CERT_GOOD)
		return "the responder does not know the certificate";
	if (next_update != (time_t)-1 && next_update < now)
		return "it has expired";
	return NULL;
}

const char *cert_judge_staple(
	struct arena *a, const char *path, const char *chain, int64_t now)
{
	gnutls_datum_t der, pem;
	gnutls_ocsp_resp_t resp;
	gnutls_x509_crt_t *x = NULL;
	unsigned n = 0;
	const char *why = NULL;

	if (cert_file(a, path, STATUS_MAX, &der, NULL, &why) < 0 ||
		public_part(a, chain, &pem, &why) < 0)
		return why;
	if (gnutls_ocsp_resp_init(&resp) < 0) {
		free(pem.data);
		return NULL;
	}
	int rc = gnutls_ocsp_resp_import(resp, &der);
	if (rc < 0)
		why = "it is not a DER OCSP response";
	else if (gnutls_ocsp_resp_get_status(resp) !=
		GNUTLS_OCSP_RESP_SUCCESSFUL)
		why = "the responder refused to answer";
	else if (gnutls_x509_crt_list_import2(
			 &x, &n, &pem, GNUTLS_X509_FMT_PEM, 0) == 0 &&
		n)
		why = single(a, resp, x[0], now);
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(x[i]);
	gnutls_free(x);
	free(pem.data);
	gnutls_ocsp_resp_deinit(resp);
	return why;
}

static void import_cas(
	struct arena *a, const char *path, gnutls_x509_crt_t **ca, unsigned *n)
{
	gnutls_datum_t pem;
	const char *why = NULL;

	/* What is wrong with them is told of the file of the CAs. */
	*n = 0;
	if (public_part(a, path, &pem, &why) < 0)
		return;
	if (gnutls_x509_crt_list_import2(ca, n, &pem, GNUTLS_X509_FMT_PEM, 0) <
		0)
		*n = 0;
	free(pem.data);
}

static const char *subject(struct arena *a, gnutls_x509_crt_t ca)
{
	char name[JUDGE_CRL_NAME];
	size_t n = sizeof(name);

	return gnutls_x509_crt_get_dn(ca, name, &n) < 0
		? "a CA"
		: arena_strndup(a, name, n);
}

static void against_cas(struct arena *a, struct cert_crls *f,
	const struct judge_crls *l, const char *path)
{
	gnutls_x509_crt_t *ca = NULL;
	unsigned n = 0;
	char err[400];

	import_cas(a, path, &ca, &n);
	if (n && judge_crls_signed(l, ca, n, err, sizeof(err)) < 0)
		f->forged = arena_printf(a, "%s", err);
	f->uncovered = arena_alloc(a, (n + 1) * sizeof(*f->uncovered));
	for (unsigned i = 0; i < n; i++) {
		if (!judge_crls_cover(l, ca[i]))
			f->uncovered[f->uncovered_count++] = subject(a, ca[i]);
		gnutls_x509_crt_deinit(ca[i]);
	}
	gnutls_free(ca);
}

struct cert_crls *cert_read_crls(
	struct arena *a, const char *path, const char *ca)
{
	struct cert_crls *f = arena_alloc(a, sizeof(*f));
	struct judge_crl_times t;
	struct judge_crls *l;
	gnutls_datum_t pem;

	memset(f, 0, sizeof(*f));
	if (public_part(a, path, &pem, &f->error) < 0)
		return f;
	l = judge_crls_new(&pem);
	free(pem.data);
	if (!l) {
		f->error = "it has no PEM CRL";
		return f;
	}
	judge_crls_times(l, &t);
	f->from = t.from;
	f->until = t.until;
	f->issuer = arena_printf(a, "%s", t.issuer);
	if (ca)
		against_cas(a, f, l, ca);
	judge_crls_free(&l);
	return f;
}

/* SignedCertificateTimestampList (RFC 6962, 3.3): a length of two octets, then
 * entries with lengths of two octets. */
const char *cert_judge_sct(struct arena *a, const char *path)
{
	gnutls_datum_t d;
	const char *why = NULL;

	if (cert_file(a, path, 65537, &d, NULL, &why) < 0)
		return why;
	if (d.size < 4 || (d.data[0] << 8 | d.data[1]) != (int)d.size - 2)
		return "it is not an SCT list (RFC 6962, 3.3)";
	for (unsigned at = 2; at < d.size;) {
		unsigned n = at + 1 < d.size
			? (unsigned)(d.data[at] << 8 | d.data[at + 1])
			: 0;
		if (!n || n > d.size - at - 2)
			return "it is not an SCT list (RFC 6962, 3.3)";
		at += 2 + n;
	}
	return NULL;
}
