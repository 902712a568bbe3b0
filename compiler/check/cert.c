/*
 * Reading certificates and keys.  GnuTLS objects exist only inside these
 * functions, which return plain facts in the arena; cert_facts.c has those of
 * one certificate.
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
#include <gnutls/x509.h>

#include "cert_facts.h"
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
		cert_facts(a, x[k], &i->certs[k]);
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
