/* The facts of one certificate; see cert.h.  Called by cert.c. */
#include "cert_facts.h"

#include <string.h>

#include <gnutls/x509-ext.h>

#include "compiler/base/arena.h"
#include "runtime/judge/cert.h"

static const char *dn(struct arena *a, gnutls_x509_crt_t x,
	int (*get)(gnutls_x509_crt_t, gnutls_datum_t *, unsigned))
{
	gnutls_datum_t d = {NULL, 0};
	const char *s = "";
	if (get(x, &d, 0) == 0) {
		s = arena_strndup(a, (char *)d.data, d.size);
		gnutls_free(d.data);
	}
	return s;
}

static void sans(struct arena *a, gnutls_x509_crt_t x, struct cert *c)
{
	for (unsigned pass = 0; pass < 2; pass++) {
		size_t n = 0;
		for (unsigned i = 0; i < 100000; i++) {
			char buf[1024];
			size_t size = sizeof(buf) - 1;
			int rc = gnutls_x509_crt_get_subject_alt_name(
				x, i, buf, &size, NULL);
			if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
				break;
			if (rc != GNUTLS_SAN_DNSNAME)
				continue;
			if (c->dns) {
				for (size_t k = 0; k < size; k++)
					if (buf[k] >= 'A' && buf[k] <= 'Z')
						buf[k] |= 32;
				c->dns[n] = arena_strndup(a, buf, size);
			}
			n++;
		}
		if (!pass && n)
			c->dns = arena_alloc(a, n * sizeof(*c->dns));
		c->dns_count = c->dns ? n : 0;
	}
}

/* TLS feature extension (RFC 7633): status_request is feature 5. */
static int must_staple(gnutls_x509_crt_t x)
{
	gnutls_x509_tlsfeatures_t f;
	unsigned critical;
	int found = 0;

	if (gnutls_x509_tlsfeatures_init(&f) < 0)
		return 0;
	if (gnutls_x509_crt_get_tlsfeatures(x, f, 0, &critical) == 0)
		for (unsigned i = 0, v; i < 32; i++) {
			if (gnutls_x509_tlsfeatures_get(f, i, &v) < 0)
				break;
			found |= v == 5;
		}
	gnutls_x509_tlsfeatures_deinit(f);
	return found;
}

/* Certificate policies of publicly trusted CAs: 2.23.140.1.1 (EV) and
 * 2.23.140.1.2.* (domain, organisation, individual validated). */
static int cabf_policy(gnutls_x509_crt_t x)
{
	int found = 0;

	for (unsigned i = 0; i < 32 && !found; i++) {
		struct gnutls_x509_policy_st p;
		unsigned critical;
		if (gnutls_x509_crt_get_policy(x, i, &p, &critical) < 0)
			break;
		found = p.oid &&
			(!strcmp(p.oid, "2.23.140.1.1") ||
				!strncmp(p.oid, "2.23.140.1.2.", 13));
		gnutls_x509_policy_release(&p);
	}
	return found;
}

static enum cert_key key_type(int pk)
{
	switch (pk) {
	case GNUTLS_PK_RSA:
		return CERT_RSA;
	case GNUTLS_PK_RSA_PSS:
		return CERT_RSA_PSS;
	case GNUTLS_PK_ECDSA:
		return CERT_EC;
	case GNUTLS_PK_EDDSA_ED25519:
		return CERT_ED25519;
	case GNUTLS_PK_EDDSA_ED448:
		return CERT_ED448;
	case GNUTLS_PK_DSA:
		return CERT_DSA;
	default:
		return CERT_OTHER;
	}
}

static void public_key(struct arena *a, gnutls_x509_crt_t x, struct cert *c)
{
	gnutls_ecc_curve_t curve;
	size_t n = sizeof(c->spki);
	char buf[256];
	size_t size = sizeof(buf) - 1;

	c->key = key_type(gnutls_x509_crt_get_pk_algorithm(x, &c->bits));
	if (c->key == CERT_EC &&
		gnutls_x509_crt_get_pk_ecc_raw(x, &curve, NULL, NULL) == 0)
		c->curve = gnutls_ecc_curve_get_name(curve);
	gnutls_x509_crt_get_key_id(x, GNUTLS_KEYID_USE_SHA256, c->spki, &n);
	int sign = gnutls_x509_crt_get_signature_algorithm(x);
	if (sign > 0) {
		gnutls_digest_algorithm_t dig = gnutls_sign_get_hash_algorithm(
			(gnutls_sign_algorithm_t)sign);
		c->hash = gnutls_digest_get_name(dig);
	}
	if (!c->hash)
		c->hash = "";
	if (gnutls_x509_crt_get_dn_by_oid(
		    x, GNUTLS_OID_X520_COMMON_NAME, 0, 0, buf, &size) == 0)
		c->cn = arena_strndup(a, buf, size);
}

void cert_facts(struct arena *a, gnutls_x509_crt_t x, struct cert *c)
{
	gnutls_datum_t url = {NULL, 0};
	char weak[JUDGE_TEXT];
	unsigned critical;

	c->subject = dn(a, x, gnutls_x509_crt_get_dn3);
	c->issuer = dn(a, x, gnutls_x509_crt_get_issuer_dn3);
	c->not_before = gnutls_x509_crt_get_activation_time(x);
	c->not_after = gnutls_x509_crt_get_expiration_time(x);
	c->is_ca = gnutls_x509_crt_get_ca_status(x, &critical) > 0;
	c->self_issued = judge_cert_is_own_issuer(x);
	c->self_signed = judge_cert_issued(x, x);
	c->has_san = judge_cert_has_san(x);
	c->usage = judge_cert_usage(x);
	if (judge_cert_weakness(x, weak))
		c->weakness = arena_strndup(a, weak, strlen(weak));
	c->must_staple = must_staple(x);
	c->cabf_policy = cabf_policy(x);
	if (gnutls_x509_crt_get_authority_info_access(
		    x, 0, GNUTLS_IA_OCSP_URI, &url, NULL) >= 0) {
		c->responder = arena_strndup(a, (char *)url.data, url.size);
		gnutls_free(url.data);
	}
	c->serial_len = sizeof(c->serial);
	if (gnutls_x509_crt_get_serial(x, c->serial, &c->serial_len) < 0)
		c->serial_len = 0;
	public_key(a, x, c);
	sans(a, x, c);
}
