/*
 * Paths (path.h).  A CA of ours may have been issued by another one of our CAs;
 * GnuTLS looks at none above the first that it trusts.
 */
#include "path.h"

#include "cert.h"

/* How many signatures are tried in all: a peer may send many certificates with
 * the name of an issuer. */
#define TRIES 64

static int is_in(
	const gnutls_x509_crt_t *path, unsigned n, gnutls_x509_crt_t crt)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (path[i] == crt || gnutls_x509_crt_equals(path[i], crt))
			return 1;
	return 0;
}

static gnutls_x509_crt_t issuer_among(const gnutls_x509_crt_t *among,
	unsigned count, const gnutls_x509_crt_t *path, unsigned n,
	unsigned *tries)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		if (gnutls_x509_crt_check_issuer(path[n - 1], among[i]) <= 0 ||
			is_in(path, n, among[i]))
			continue;
		if ((*tries)++ >= TRIES)
			break;
		if (judge_cert_issued(among[i], path[n - 1]))
			return among[i];
	}
	return NULL;
}

unsigned judge_path(const gnutls_x509_crt_t *shown, unsigned n,
	const gnutls_x509_crt_t *ca, unsigned cas,
	gnutls_x509_crt_t path[JUDGE_PATH_MAX])
{
	unsigned len = 1, tries = 0;
	gnutls_x509_crt_t next;

	if (!n)
		return 0;
	path[0] = shown[0];
	while (!judge_cert_issued(path[len - 1], path[len - 1])) {
		next = issuer_among(ca, cas, path, len, &tries);
		if (!next)
			next = issuer_among(shown, n, path, len, &tries);
		if (tries > TRIES || (next && len == JUDGE_PATH_MAX))
			return 0;
		if (!next)
			break;
		path[len++] = next;
	}
	return len;
}
