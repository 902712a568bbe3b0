/*
 * Files that say how a certificate stands: OCSP responses, CRLs, SCT lists.
 * They are judged as tlsd would use them; nothing is kept.
 */
#include <string.h>
#include <time.h>

#include <gnutls/gnutls.h>
#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

#include "arena.h"
#include "cert.h"
#include "cert_file.h"

#define STATUS_MAX (16 << 20)

static const char *
text(struct arena *a, int rc)
{
	return arena_printf(a, "%s", gnutls_strerror(rc));
}

static const char *
single(struct arena *a, gnutls_ocsp_resp_t resp, gnutls_x509_crt_t leaf,
	int64_t now)
{
	unsigned status;
	time_t this_update, next_update;
	int rc;

	if (gnutls_ocsp_resp_check_crt(resp, 0, leaf) < 0)
		return "it speaks of another certificate";
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

const char *
cert_judge_staple(struct arena *a, const char *path, const char *chain,
	int64_t now)
{
	gnutls_datum_t der, pem;
	gnutls_ocsp_resp_t resp;
	gnutls_x509_crt_t *x = NULL;
	unsigned n = 0;
	const char *why = NULL;

	if (cert_file(a, path, STATUS_MAX, &der, NULL, &why) < 0 ||
		cert_file(a, chain, STATUS_MAX, &pem, NULL, &why) < 0)
		return why;
	if (gnutls_ocsp_resp_init(&resp) < 0)
		return NULL;
	int rc = gnutls_ocsp_resp_import(resp, &der);
	if (rc < 0)
		why = "no DER OCSP response in it";
	else if (gnutls_ocsp_resp_get_status(resp) != GNUTLS_OCSP_RESP_SUCCESSFUL)
		why = "the responder refused to answer";
	else if (gnutls_x509_crt_list_import2(&x, &n, &pem,
			 GNUTLS_X509_FMT_PEM, 0) == 0 && n)
		why = single(a, resp, x[0], now);
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(x[i]);
	gnutls_free(x);
	gnutls_ocsp_resp_deinit(resp);
	return why;
}

const char *
cert_judge_crl(struct arena *a, const char *path, int64_t now)
{
	gnutls_datum_t pem;
	gnutls_x509_crl_t *crls = NULL;
	unsigned n = 0;
	const char *why = NULL;

	if (cert_file(a, path, STATUS_MAX, &pem, NULL, &why) < 0)
		return why;
	if (gnutls_x509_crl_list_import2(&crls, &n, &pem, GNUTLS_X509_FMT_PEM,
		    0) < 0 || !n)
		return "no PEM CRL in it";
	for (unsigned i = 0; i < n; i++) {
		time_t next = gnutls_x509_crl_get_next_update(crls[i]);
		if (next != (time_t)-1 && next < now)
			why = "it has expired";
		gnutls_x509_crl_deinit(crls[i]);
	}
	gnutls_free(crls);
	return why;
}

/* SignedCertificateTimestampList (RFC 6962, 3.3): a length of two octets, then
 * entries with lengths of two octets. */
const char *
cert_judge_sct(struct arena *a, const char *path)
{
	gnutls_datum_t d;
	const char *why = NULL;

	if (cert_file(a, path, 65537, &d, NULL, &why) < 0)
		return why;
	if (d.size < 4 || (d.data[0] << 8 | d.data[1]) != (int)d.size - 2)
		return "no SCT list in it (RFC 6962, 3.3)";
	for (unsigned at = 2; at < d.size;) {
		unsigned n = at + 1 < d.size
			? (unsigned)(d.data[at] << 8 | d.data[at + 1])
			: 0;
		if (!n || n > d.size - at - 2)
			return "no SCT list in it (RFC 6962, 3.3)";
		at += 2 + n;
	}
	return NULL;
}
