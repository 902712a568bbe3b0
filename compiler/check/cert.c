/*
 * Reading certificates and keys.  GnuTLS objects exist only inside these
 * functions, which return plain facts in the arena.
 */
#include "cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs11.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>

#include "cert_file.h"
#include "compiler/base/arena.h"
#include "compiler/base/name.h"
#include "runtime/judge/cert.h"
#include "runtime/judge/pem.h"
#include "runtime/judge/public.h"
#include "runtime/table/hex.h"

/* Bounds for what a mistaken path may cost. */
#define FILE_MAX (1 << 20)
#define BUNDLE_MAX (16 << 20)

const char *cert_hex(struct arena *a, const uint8_t *p, size_t n)
{
	return hex_text(arena_alloc(a, 2 * n + 1), p, n);
}

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

static void facts(struct arena *a, gnutls_x509_crt_t x, struct cert *c)
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

static void order(gnutls_x509_crt_t *x, unsigned n, struct certinfo *i)
{
	unsigned issuer_at;

	i->broken_at = judge_cert_order(x, n, &issuer_at);
	i->issuer_at = issuer_at;
	i->ends_in_root = i->certs[n - 1].self_issued;
}

/* Trusted by the system when the store has the issuer of the last one. */
static void trust(gnutls_x509_crt_t last, struct certinfo *i)
{
	static gnutls_x509_trust_list_t store;
	static int loaded;
	gnutls_x509_crt_t issuer;

	if (!loaded) {
		loaded = 1;
		if (gnutls_x509_trust_list_init(&store, 0) == 0)
			gnutls_x509_trust_list_add_system_trust(store, 0, 0);
	}
	if (store &&
		gnutls_x509_trust_list_get_issuer(
			store, last, &issuer, GNUTLS_TL_GET_COPY) == 0) {
		i->ends_in_system = 1;
		gnutls_x509_crt_deinit(issuer);
	}
}

static gnutls_x509_crt_t *load_chain(struct arena *a, const char *path,
	size_t max, unsigned most, struct certinfo *i, unsigned *n)
{
	gnutls_datum_t data, pem;
	gnutls_x509_crt_t *x = NULL;
	struct stat st;
	char why[200];

	if (cert_file(a, path, max, &data, &st, &i->chain_error) < 0)
		return NULL;
	i->holds_key = judge_pem_has_private(data.data, data.size);
	int bad = judge_public(data.data, data.size, &pem, why, sizeof(why));
	/* Do not leave the octets of a key in memory. */
	if (i->holds_key)
		gnutls_memset(data.data, 0, data.size);
	if (bad) {
		i->chain_error = arena_printf(a, "%s", why);
		return NULL;
	}
	int rc = gnutls_x509_crt_list_import2(
		&x, n, &pem, GNUTLS_X509_FMT_PEM, 0);
	free(pem.data);
	if (rc < 0) {
		i->chain_error = rc == GNUTLS_E_NO_CERTIFICATE_FOUND ||
				rc == GNUTLS_E_BASE64_UNEXPECTED_HEADER_ERROR
			? "it has no PEM certificate"
			: arena_printf(a, "%s", gnutls_strerror(rc));
		return NULL;
	}
	if (*n > most) {
		i->chain_error = arena_printf(a,
			"it has %u certificates, and a chain may have at most "
			"%u",
			*n, most);
		for (unsigned k = 0; k < *n; k++)
			gnutls_x509_crt_deinit(x[k]);
		gnutls_free(x);
		return NULL;
	}
	return x;
}

static enum cert_key_state read_key(struct arena *a, const char *path,
	struct certinfo *i, gnutls_privkey_t key)
{
	gnutls_datum_t data;
	struct stat st, dir;

	if (!path)
		return CERT_KEY_LOCKED;
	if (!strncmp(path, "pkcs11:", 7)) {
		/* RFC 7512 has pin-source=file:/PATH; p11-kit reads the path
		 * alone. */
		const char *file = strstr(path, "pin-source=file:");
		const char *uri = !file
			? path
			: arena_printf(a, "%.*s%s", (int)(file - path) + 11,
				  path, file + 16);
		int rc = gnutls_privkey_import_url(key, uri, 0);
		if (rc == 0)
			return CERT_KEY_OK;
		if (rc == GNUTLS_E_PKCS11_PIN_ERROR && !strstr(path, "pin-"))
			return CERT_KEY_LOCKED;
		i->key_error = rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE
			? "the token has no such object"
			: arena_printf(a, "%s", gnutls_strerror(rc));
		return CERT_KEY_NO_MODULE;
	}
	if (cert_file(a, path, FILE_MAX, &data, &st, &i->key_error) < 0)
		return CERT_KEY_UNREADABLE;
	i->key_is_file = 1;
	i->key_mode = st.st_mode;
	i->key_uid = st.st_uid;
	const char *slash = strrchr(path, '/');
	const char *up = !slash ? "."
		: slash == path
		? "/"
		: arena_strndup(a, path, (size_t)(slash - path));
	if (stat(up, &dir) == 0) {
		i->key_dir_mode = dir.st_mode;
		i->key_dir_uid = dir.st_uid;
	}
	int rc = gnutls_privkey_import_x509_raw(
		key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
	/* Do not leave the octets of a key in memory. */
	int encrypted = data.size &&
		(strstr((char *)data.data, "ENCRYPTED PRIVATE KEY") ||
			strstr((char *)data.data, "Proc-Type: 4,ENCRYPTED"));
	gnutls_memset(data.data, 0, data.size);
	if (rc == 0)
		return CERT_KEY_OK;
	if (encrypted || rc == GNUTLS_E_DECRYPTION_FAILED)
		return CERT_KEY_ENCRYPTED;
	i->key_error = rc == GNUTLS_E_BASE64_UNEXPECTED_HEADER_ERROR ||
			rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE
		? "it has no PEM private key"
		: arena_printf(a, "%s", gnutls_strerror(rc));
	return CERT_KEY_BAD;
}

static void match_key(struct arena *a, const char *path, struct certinfo *i)
{
	gnutls_privkey_t key;
	gnutls_pubkey_t pub = NULL;
	uint8_t id[32];
	size_t n = sizeof(id);

	if (gnutls_privkey_init(&key) < 0)
		return;
	i->key_state = read_key(a, path, i, key);
	if (i->key_state == CERT_KEY_OK && gnutls_pubkey_init(&pub) == 0) {
		int rc = gnutls_pubkey_import_privkey(pub, key, 0, 0);
		if (rc == 0)
			rc = gnutls_pubkey_get_key_id(
				pub, GNUTLS_KEYID_USE_SHA256, id, &n);
		if (rc < 0) {
			i->key_state = CERT_KEY_BAD;
			i->key_error =
				arena_printf(a, "%s", gnutls_strerror(rc));
		} else if (memcmp(id, i->certs[0].spki, n) != 0) {
			i->key_state = CERT_KEY_MISMATCH;
		}
		gnutls_pubkey_deinit(pub);
	}
	gnutls_privkey_deinit(key);
}

static struct certinfo *read_chain(
	struct arena *a, const char *path, size_t max, unsigned most, int judge)
{
	struct certinfo *i = arena_alloc(a, sizeof(*i));
	unsigned n = 0;
	gnutls_x509_crt_t *x = load_chain(a, path, max, most, i, &n);

	if (!x)
		return i;
	i->count = n;
	i->ca_names = judge_cert_ca_names(x, n);
	i->certs = arena_alloc(a, (n + 1) * sizeof(*i->certs));
	for (unsigned k = 0; k < n; k++)
		facts(a, x[k], &i->certs[k]);
	if (judge && n) {
		order(x, n, i);
		trust(x[i->broken_at ? i->broken_at - 1 : n - 1], i);
	}
	for (unsigned k = 0; k < n; k++)
		gnutls_x509_crt_deinit(x[k]);
	gnutls_free(x);
	if (!n)
		i->chain_error = "it has no PEM certificate";
	return i;
}

struct certinfo *cert_read(struct arena *a, const char *chain, const char *key)
{
	struct certinfo *i = read_chain(a, chain, FILE_MAX, JUDGE_CHAIN_MAX, 1);
	if (!i->chain_error)
		match_key(a, key, i);
	return i;
}

struct certinfo *cert_read_bundle(struct arena *a, const char *path)
{
	return read_chain(a, path, BUNDLE_MAX, 100000, 0);
}

int cert_holds_key(struct arena *a, const char *path)
{
	gnutls_datum_t data;
	const char *err;

	if (cert_file(a, path, BUNDLE_MAX, &data, NULL, &err) < 0)
		return 0;
	int found = judge_pem_has_private(data.data, data.size);
	/* Do not leave the octets of a key in memory. */
	if (found)
		gnutls_memset(data.data, 0, data.size);
	return found;
}

const char *cert_key_phrase(const struct certinfo *i)
{
	switch (i->certs[0].key) {
	case CERT_RSA:
		return "the RSA";
	case CERT_RSA_PSS:
		return "the RSA-PSS";
	case CERT_EC:
		return "the ECDSA";
	case CERT_ED25519:
		return "the Ed25519";
	case CERT_ED448:
		return "the Ed448";
	case CERT_DSA:
		return "the DSA";
	case CERT_OTHER:
		break;
	}
	return "the";
}

int cert_covers(const struct cert *c, const char *key, size_t len)
{
	if (name_kind(key, len) == 2)
		return 0;
	for (size_t i = 0; i < c->dns_count; i++)
		if (name_covers(c->dns[i], strlen(c->dns[i]), key, len))
			return 1;
	return 0;
}
