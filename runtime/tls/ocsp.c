/*
 * OCSP (ocsp.h).
 */
#include "ocsp.h"

#include <gnutls/ocsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SKEW 300          /* seconds a responder's clock may be ahead */
#define WITHOUT_END 43200 /* seconds an answer without nextUpdate is used */
#define REFRESH_LEAST 10
#define REFRESH_MOST 86400
#define RETRY_FIRST 5
#define RETRY_MOST 3600

/* ---- where ---- */

static int plain(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] >= 0x7f)
			return 0;
	return 1;
}

/* "host", "host:80", "[::1]:80". */
static int split_authority(const char *p, size_t n, struct ocsp_url *u)
{
	const char *host = p, *end = p + n, *port;
	size_t len, i;

	if (n && *p == '[') {
		host++;
		port = memchr(p, ']', n);
		if (!port)
			return -1;
		len = (size_t)(port++ - host);
	} else {
		port = memchr(p, ':', n);
		if (!port)
			port = end;
		len = (size_t)(port - host);
	}
	if (len == 0 || len >= sizeof(u->host) || memchr(host, '@', len) ||
		memchr(host, '\\', len))
		return -1;
	memcpy(u->host, host, len);
	u->host[len] = 0;
	if (port == end) {
		strcpy(u->port, "80");
		return 0;
	}
	len = (size_t)(end - port) - 1;
	if (*port != ':' || len == 0 || len >= sizeof(u->port))
		return -1;
	for (i = 0; i < len; i++)
		if (port[1 + i] < '0' || port[1 + i] > '9')
			return -1;
	memcpy(u->port, port + 1, len);
	u->port[len] = 0;
	return atoi(u->port) > 0 && atoi(u->port) < 65536 ? 0 : -1;
}

int ocsp_url_parse(const char *text, size_t n, struct ocsp_url *u)
{
	static const char scheme[] = "http://";
	size_t skip = sizeof(scheme) - 1, len;
	const char *slash;

	if (n <= skip || !plain(text, n) || strncasecmp(text, scheme, skip))
		return -1;
	text += skip;
	n -= skip;
	slash = memchr(text, '/', n);
	len = slash ? (size_t)(slash - text) : n;
	if (split_authority(text, len, u) < 0)
		return -1;
	n -= len;
	if (n >= sizeof(u->path))
		return -1;
	memcpy(u->path, n ? slash : "/", n ? n : 1);
	u->path[n ? n : 1] = 0;
	return 0;
}

int ocsp_url_of(gnutls_x509_crt_t leaf, struct ocsp_url *u)
{
	gnutls_datum_t uri;
	unsigned i;
	int r;

	for (i = 0; i < 32; i++) {
		r = gnutls_x509_crt_get_authority_info_access(
			leaf, i, GNUTLS_IA_OCSP_URI, &uri, NULL);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return -1;
		if (r < 0)
			continue;
		r = ocsp_url_parse((const char *)uri.data, uri.size, u);
		gnutls_free(uri.data);
		if (r == 0)
			return 0;
	}
	return -1;
}

/* ---- asking ---- */

/* No nonce: responders sign ahead of time (RFC 5019 4).  SHA-1 names the
 * issuer, as it does everywhere; nothing rests on its strength. */
static int make_query(
	gnutls_x509_crt_t leaf, gnutls_x509_crt_t issuer, gnutls_datum_t *der)
{
	gnutls_ocsp_req_t q;
	int r = gnutls_ocsp_req_init(&q);

	if (r < 0)
		return r;
	r = gnutls_ocsp_req_add_cert(q, GNUTLS_DIG_SHA1, issuer, leaf);
	if (r >= 0)
		r = gnutls_ocsp_req_export(q, der);
	gnutls_ocsp_req_deinit(q);
	return r;
}

/* HTTP/1.0: the answer ends with the connection and is never in chunks. */
char *ocsp_request(const struct ocsp_url *u, gnutls_x509_crt_t leaf,
	gnutls_x509_crt_t issuer, size_t *n)
{
	int v6 = strchr(u->host, ':') != NULL, head;
	gnutls_datum_t der;
	char *text = NULL;

	if (make_query(leaf, issuer, &der) < 0)
		return NULL;
	head = asprintf(&text,
		"POST %s HTTP/1.0\r\nHost: %s%s%s%s%s\r\n"
		"User-Agent: tlsd\r\nContent-Type: application/ocsp-request\r\n"
		"Content-Length: %u\r\n\r\n",
		u->path, v6 ? "[" : "", u->host, v6 ? "]" : "",
		strcmp(u->port, "80") ? ":" : "",
		strcmp(u->port, "80") ? u->port : "", der.size);
	if (head > 0) {
		char *grown = realloc(text, (size_t)head + der.size);

		if (grown)
			memcpy(grown + head, der.data, der.size);
		else
			free(text);
		text = grown;
		*n = (size_t)head + der.size;
	}
	gnutls_free(der.data);
	return head > 0 ? text : NULL;
}

/* ---- the answer ---- */

/* The value of a header field, up to the end of its line; NULL: no such
 * field. */
static const char *field(
	const char *p, const char *end, const char *name, size_t *n)
{
	size_t len = strlen(name);
	const char *eol;

	for (; (eol = memchr(p, '\n', (size_t)(end - p))); p = eol + 1) {
		if ((size_t)(eol - p) <= len || p[len] != ':' ||
			strncasecmp(p, name, len))
			continue;
		for (p += len + 1; p < eol && (*p == ' ' || *p == '\t'); p++)
			;
		while (eol > p && (eol[-1] == '\r' || eol[-1] == ' '))
			eol--;
		*n = (size_t)(eol - p);
		return p;
	}
	return NULL;
}

static int refuse(const char **why, const char *words)
{
	*why = words;
	return -1;
}

/* -1: no length given; else the octets announced, capped. */
static long announced(const char *p, const char *end)
{
	size_t n, i;
	const char *v = field(p, end, "Content-Length", &n);
	long sum = 0;

	if (!v || n == 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (v[i] < '0' || v[i] > '9')
			return -1;
		if (sum < 1000000000)
			sum = sum * 10 + (v[i] - '0');
	}
	return sum;
}

int ocsp_body(const char *p, size_t n, int end, const uint8_t **body,
	size_t *len, const char **why)
{
	const char *blank = memmem(p, n, "\r\n\r\n", 4);
	long want;
	size_t have, x;

	if (n >= 5 && strncmp(p, "HTTP/", 5))
		return refuse(why, "not an HTTP answer");
	if (!blank)
		return end ? refuse(why, "not an HTTP answer") : 0;
	if (n < 12 || strncmp(p, "HTTP/1.", 7) || strncmp(p + 8, " 200", 4))
		return refuse(why, "an HTTP status other than 200");
	if (field(p, blank + 2, "Transfer-Encoding", &x))
		return refuse(why, "a chunked answer, which was not asked for");
	want = announced(p, blank + 2);
	*body = (const uint8_t *)blank + 4;
	have = n - (size_t)(blank + 4 - p);
	if (want >= 0 && have >= (size_t)want)
		have = (size_t)want;
	else if (!end)
		return 0;
	else if (want >= 0)
		return refuse(why, "the answer ended early");
	*len = have;
	return 1;
}

static const char *judge_single(
	gnutls_ocsp_resp_t resp, int64_t now, struct ocsp_facts *f)
{
	time_t this_update, next_update;
	unsigned status;

	if (gnutls_ocsp_resp_get_single(resp, 0, NULL, NULL, NULL, NULL,
		    &status, &this_update, &next_update, NULL, NULL) < 0)
		return "it has no status";
	if (status == GNUTLS_OCSP_CERT_REVOKED)
		return "it says that the certificate is revoked";
	if (status != GNUTLS_OCSP_CERT_GOOD)
		return "the responder does not know the certificate";
	f->this_update = this_update;
	f->until = next_update == (time_t)-1 ? this_update + WITHOUT_END
					     : next_update;
	if (f->this_update > now + SKEW)
		return "it is from the future";
	return f->until <= now ? "it has expired" : NULL;
}

/* Signed by the issuer, or by a certificate that it delegates this to by its
 * extended key usage (RFC 6960 4.2.2.2); GnuTLS checks that purpose. */
static const char *judge_signer(
	gnutls_ocsp_resp_t resp, gnutls_x509_crt_t issuer)
{
	unsigned wrong = 0;

	if (gnutls_ocsp_resp_verify_direct(resp, issuer, &wrong, 0) < 0)
		return "its signature was not made by the issuer";
	if (wrong & GNUTLS_OCSP_VERIFY_SIGNER_KEYUSAGE_ERROR)
		return "its signer's certificate is not for OCSP (its extended "
		       "key usage lacks OCSPSigning)";
	return wrong ? "its signature was not made by the issuer" : NULL;
}

static const char *judge(gnutls_ocsp_resp_t resp, gnutls_x509_crt_t leaf,
	gnutls_x509_crt_t issuer, int64_t now, struct ocsp_facts *f)
{
	const char *why;

	if (gnutls_ocsp_resp_get_status(resp) != GNUTLS_OCSP_RESP_SUCCESSFUL)
		return "the responder refused to answer";
	if (gnutls_ocsp_resp_check_crt(resp, 0, leaf) < 0)
		return "it is for another certificate";
	why = issuer ? judge_signer(resp, issuer) : NULL;
	return why ? why : judge_single(resp, now, f);
}

const char *ocsp_judge(const uint8_t *der, size_t n, gnutls_x509_crt_t leaf,
	gnutls_x509_crt_t issuer, int64_t now, struct ocsp_facts *f)
{
	gnutls_datum_t data = {(unsigned char *)der, (unsigned)n};
	gnutls_ocsp_resp_t resp;
	const char *why = "it is not a DER OCSP response";

	if (gnutls_ocsp_resp_init(&resp) < 0)
		return "out of memory";
	if (gnutls_ocsp_resp_import(resp, &data) >= 0)
		why = judge(resp, leaf, issuer, now, f);
	gnutls_ocsp_resp_deinit(resp);
	return why;
}

/* ---- when ---- */

static double between(double low, double x, double high)
{
	return x < low ? low : x > high ? high : x;
}

double ocsp_refresh(const struct ocsp_facts *f, int64_t now)
{
	return between(
		REFRESH_LEAST, (double)(f->until - now) / 2, REFRESH_MOST);
}

double ocsp_retry(unsigned failures)
{
	double wait = RETRY_FIRST;

	while (failures-- > 1 && wait < RETRY_MOST)
		wait *= 2;
	return between(RETRY_FIRST, wait, RETRY_MOST);
}
