/*
 * The cost of a peer's keys (peer_cost.h).  Called by tls_hello.c and
 * monitor/probe_tls.c from GnuTLS's hooks; owns nothing.
 */
#include "peer_cost.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

/* OpenSSL's limit, so keys in use are not larger; exponents as FIPS 186-5
 * A.1.1. */
#define RSA_BITS_MAX 16384
#define EXPONENT_BITS_MAX 256
/* The largest group that a profile can name. */
#define GROUP_BITS_MAX 4096

struct octets {
	const uint8_t *p;
	size_t n;
};

/* A length in this many octets, and what it is the length of; -1: there is
 * less. */
static int vector(struct octets *from, unsigned octets, struct octets *out)
{
	size_t len = 0;
	unsigned i;

	if (from->n < octets)
		return -1;
	for (i = 0; i < octets; i++)
		len = len << 8 | from->p[i];
	if (len > from->n - octets)
		return -1;
	out->p = from->p + octets;
	out->n = len;
	from->p += octets + len;
	from->n -= octets + len;
	return 0;
}

static unsigned bits_of(const uint8_t *p, size_t n)
{
	unsigned bits = 8;

	while (n && !*p)
		p++, n--;
	if (!n)
		return 0;
	while (!(*p >> (bits - 1)))
		bits--;
	return (unsigned)(n - 1) * 8 + bits;
}

static int exponent_fits(gnutls_x509_crt_t crt)
{
	gnutls_datum_t n = {NULL, 0}, e = {NULL, 0};
	gnutls_pubkey_t key;
	int fits = 0;

	if (gnutls_pubkey_init(&key) < 0)
		return 0;
	if (gnutls_pubkey_import_x509(key, crt, 0) >= 0 &&
		gnutls_pubkey_export_rsa_raw2(key, &n, &e, 0) >= 0)
		fits = bits_of(e.data, e.size) <= EXPONENT_BITS_MAX;
	gnutls_free(n.data);
	gnutls_free(e.data);
	gnutls_pubkey_deinit(key);
	return fits;
}

/* GnuTLS refuses one that cannot be read. */
static int certificate_fits(const struct octets *der)
{
	gnutls_datum_t d = {
		(unsigned char *)(uintptr_t)der->p, (unsigned)der->n};
	gnutls_x509_crt_t crt;
	unsigned bits = 0;
	int pk, fits = 1;

	if (gnutls_x509_crt_init(&crt) < 0)
		return 0;
	if (gnutls_x509_crt_import(crt, &d, GNUTLS_X509_FMT_DER) >= 0) {
		pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
		fits = bits <= RSA_BITS_MAX &&
			((pk != GNUTLS_PK_RSA && pk != GNUTLS_PK_RSA_PSS) ||
				exponent_fits(crt));
	}
	gnutls_x509_crt_deinit(crt);
	return fits;
}

/* RFC 5246 7.4.2; in TLS 1.3 a context comes first, and extensions after each
 * certificate (RFC 8446 4.4.2). */
static int certificates_fit(gnutls_session_t s, struct octets msg)
{
	int is13 = gnutls_protocol_get_version(s) == GNUTLS_TLS1_3;
	struct octets list, der, more;

	if ((is13 && vector(&msg, 1, &more) < 0) || vector(&msg, 3, &list) < 0)
		return 1;
	while (list.n) {
		if (vector(&list, 3, &der) < 0)
			break;
		if (!certificate_fits(&der))
			return 0;
		if (is13 && vector(&list, 2, &more) < 0)
			break;
	}
	return 1;
}

/* ServerDHParams begin with the prime (RFC 5246 7.4.3). */
static int group_fits(gnutls_session_t s, struct octets msg)
{
	gnutls_kx_algorithm_t kx = gnutls_kx_get(s);
	struct octets prime;

	return (kx != GNUTLS_KX_DHE_RSA && kx != GNUTLS_KX_DHE_DSS) ||
		vector(&msg, 2, &prime) < 0 ||
		bits_of(prime.p, prime.n) <= GROUP_BITS_MAX;
}

uint8_t peer_cost(gnutls_session_t s, unsigned type, const gnutls_datum_t *msg,
	const char **why)
{
	struct octets m = {msg->data, msg->size};

	if (type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT &&
		!certificates_fit(s, m)) {
		*why = "a certificate has a key that is too large (above 16384 "
		       "bits, or an RSA exponent above 256 bits)";
		return GNUTLS_A_BAD_CERTIFICATE;
	}
	if (type == GNUTLS_HANDSHAKE_SERVER_KEY_EXCHANGE && !group_fits(s, m)) {
		*why = "the server's finite-field group is too large (above "
		       "4096 bits)";
		return GNUTLS_A_ILLEGAL_PARAMETER;
	}
	return 0;
}
