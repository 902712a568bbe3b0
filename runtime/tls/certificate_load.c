/*
 * A certificate chain and its key read from the bundle, and whether they belong
 * together.  With them comes what a file says of their status: an OCSP answer,
 * a list of signed certificate timestamps.
 */
#include "certificate_priv.h"

#include <ctype.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "grammar/words.h"
#include "ocsp.h"
#include "signer.h"

static int add_name(struct certificate *x, const char *name, size_t n)
{
	char **grown, *copy;
	size_t i;

	grown = realloc(x->name, (x->names + 1) * sizeof(*grown));
	if (!grown)
		return -1;
	x->name = grown;
	copy = strndup(name, n);
	if (!copy)
		return -1;
	for (i = 0; copy[i]; i++)
		copy[i] = (char)tolower((unsigned char)copy[i]);
	x->name[x->names++] = copy;
	return 0;
}

static int read_names(struct certificate *x, gnutls_x509_crt_t leaf)
{
	char name[512];
	size_t n;
	unsigned i, type;
	int r;

	for (i = 0; i < 100000; i++) {
		n = sizeof(name);
		r = gnutls_x509_crt_get_subject_alt_name2(
			leaf, i, name, &n, &type, NULL);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return 0;
		if (r < 0 || type != GNUTLS_SAN_DNSNAME)
			continue;
		if (add_name(x, name, n) < 0)
			return -1;
	}
	return 0;
}

const struct key_source certificate_no_key;

/* A file of certificate i. */
static int fetch(const struct table *t, const struct bundle *b, uint32_t i,
	uint32_t path_str, gnutls_datum_t *d, char *err, size_t n)
{
	const uint8_t *p;
	size_t len;

	if (bundle_cert_get(b, i, table_str(t, path_str), &p, &len) < 0) {
		snprintf(err, n, "TC0422: %s: not there",
			table_str(t, path_str));
		return -1;
	}
	d->data = (unsigned char *)p;
	d->size = (unsigned)len;
	return 0;
}

/* NULL, or what is wrong. */
static const char *read_chain(struct certificate *x, const gnutls_datum_t *pem)
{
	gnutls_x509_crt_t *crt = NULL;
	unsigned n = 0, i;
	int r;

	r = gnutls_x509_crt_list_import2(&crt, &n, pem, GNUTLS_X509_FMT_PEM, 0);
	if (r < 0)
		return r == GNUTLS_E_NO_CERTIFICATE_FOUND
			? "it has no PEM certificate"
			: gnutls_strerror(r);
	for (i = 0; i < n && n <= JUDGE_CHAIN_MAX && r >= 0; i++) {
		r = gnutls_pcert_import_x509(&x->chain[i], crt[i], 0);
		x->count += r >= 0;
	}
	if (r >= 0 && n <= JUDGE_CHAIN_MAX) {
		x->pk = (gnutls_pk_algorithm_t)gnutls_x509_crt_get_pk_algorithm(
			crt[0], NULL);
		if (gnutls_x509_crt_get_pk_ecc_raw(
			    crt[0], &x->curve, NULL, NULL) < 0)
			x->curve = GNUTLS_ECC_CURVE_INVALID;
		judge_cert_times(crt, n, &x->from, &x->until);
		if (read_names(x, crt[0]) < 0)
			r = GNUTLS_E_MEMORY_ERROR;
	}
	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(crt[i]);
	gnutls_free(crt);
	return n > JUDGE_CHAIN_MAX ? "more certificates than a chain may have"
		: r < 0            ? gnutls_strerror(r)
				   : NULL;
}

static int read_key(struct certificate *x, const struct table *t,
	const struct bundle *b, uint32_t i, char *err, size_t n)
{
	const char *path = table_str(t, t->cert[i].key_str);
	const uint8_t *p;
	gnutls_datum_t pem;
	size_t len;
	int r;

	if (bundle_cert_get_key(b, i, path, &p, &len) < 0) {
		snprintf(err, n, "TC0422: %s: not there", path);
		return -1;
	}
	pem.data = (unsigned char *)p;
	pem.size = (unsigned)len;
	if (gnutls_privkey_init(&x->key) < 0) {
		snprintf(err, n, "out of memory");
		return -1;
	}
	r = gnutls_privkey_import_x509_raw(
		x->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (r < 0) {
		snprintf(err, n, "TC0423: %s: not a usable private key: %s",
			path,
			r == GNUTLS_E_DECRYPTION_FAILED ? "it is encrypted"
				: r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE
				? "it has no PEM private key"
				: gnutls_strerror(r));
		return -1;
	}
	return 0;
}

/* The public halves must be one: GnuTLS would otherwise notice in the first
 * handshake. */
static int same_key(const struct certificate *x)
{
	gnutls_pubkey_t pub = NULL;
	uint8_t mine[64], theirs[64];
	size_t a = sizeof(mine), b = sizeof(theirs);
	int same = 0;

	if (gnutls_pubkey_init(&pub) < 0)
		return 0;
	if (gnutls_pubkey_import_privkey(pub, x->key, 0, 0) >= 0 &&
		gnutls_pubkey_get_key_id(
			pub, GNUTLS_KEYID_USE_SHA256, mine, &a) >= 0 &&
		gnutls_pubkey_get_key_id(x->chain[0].pubkey,
			GNUTLS_KEYID_USE_SHA256, theirs, &b) >= 0)
		same = a == b && !memcmp(mine, theirs, a);
	gnutls_pubkey_deinit(pub);
	return same;
}

static int matches_pin(const struct certificate *x, const struct tbl_cert *c)
{
	uint8_t id[64];
	size_t n = sizeof(id);

	return !c->has_pin ||
		(gnutls_pubkey_get_key_id(x->chain[0].pubkey,
			 GNUTLS_KEYID_USE_SHA256, id, &n) >= 0 &&
			n == 32 && !memcmp(id, c->pin, 32));
}

/* A key of the keys process; that it fits was checked before the table was
 * accepted. */
static int remote_key(struct certificate *x, const struct table *t,
	uint32_t index, const struct key_source *keys, char *err, size_t n)
{
	int r = signer_key(keys->signer, keys->generation, index,
		x->chain[0].pubkey, &x->key);

	if (r >= 0)
		return 0;
	snprintf(err, n, "%s: no key: %s",
		table_str(t, t->cert[index].chain_str), gnutls_strerror(r));
	return -1;
}

/* One of the chain, to be deinitialised; NULL: the chain is shorter. */
static gnutls_x509_crt_t of_chain(const struct certificate *x, unsigned i)
{
	gnutls_x509_crt_t crt;

	if (i >= x->count || gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	if (gnutls_x509_crt_import(
		    crt, &x->chain[i].cert, GNUTLS_X509_FMT_DER) >= 0)
		return crt;
	gnutls_x509_crt_deinit(crt);
	return NULL;
}

/* An unusable file is not served.  The compiler has warned of it, and clients
 * that insist on a staple will complain. */
static int read_staple(struct certificate *x, const gnutls_datum_t *d)
{
	gnutls_x509_crt_t leaf = of_chain(x, 0), next = of_chain(x, 1);
	/* Without the issuer in the chain we cannot tell who signed. */
	gnutls_x509_crt_t issuer =
		leaf && next && gnutls_x509_crt_check_issuer(leaf, next) ? next
									 : NULL;
	struct ocsp_facts f;
	int good = leaf &&
		ocsp_judge(d->data, d->size, leaf, issuer, time(NULL), &f) ==
			NULL;

	gnutls_x509_crt_deinit(leaf);
	gnutls_x509_crt_deinit(next);
	if (good) {
		x->staple.response = *d;
		x->staple.exptime = (time_t)f.until;
	}
	return good;
}

/* The length in front is that of the list (RFC 6962 3.3). */
static int is_scts(const gnutls_datum_t *d)
{
	return d->size > 2 && d->size <= 65535 &&
		(d->data[0] << 8 | d->data[1]) == (int)d->size - 2;
}

static void read_status(struct certificate *x, const struct table *t,
	const struct bundle *b, uint32_t i)
{
	const struct tbl_cert *c = &t->cert[i];
	gnutls_datum_t d;
	char err[300];

	if (c->staple == STAPLE_FILE &&
		fetch(t, b, i, c->staple_str, &d, err, sizeof(err)) == 0)
		x->has_staple = (uint8_t)read_staple(x, &d);
	x->fetched = c->staple == STAPLE_AUTO &&
		gnutls_hash_fast(GNUTLS_DIG_SHA256, x->chain[0].cert.data,
			x->chain[0].cert.size, x->leaf) == 0;
	if (c->sct_str &&
		fetch(t, b, i, c->sct_str, &d, err, sizeof(err)) == 0 &&
		is_scts(&d))
		x->scts = d;
}

static int fill(struct certificate *x, const struct table *t,
	const struct bundle *b, uint32_t index, const struct key_source *keys,
	char *err, size_t n)
{
	const struct tbl_cert *c = &t->cert[index];
	const char *chain = table_str(t, c->chain_str), *why;
	gnutls_datum_t d;

	if (bundle_cert_state(b, index, err, n) == BUNDLE_CERT_UNSERVED)
		return -1;
	if (fetch(t, b, index, c->chain_str, &d, err, n) < 0)
		return -1;
	why = read_chain(x, &d);
	if (why) {
		snprintf(err, n,
			"TC0423: %s: not a usable certificate chain: %s", chain,
			why);
		return -1;
	}
	if (keys == &certificate_no_key) {
		; /* what it certifies is all that is asked */
	} else if (keys && keys->signer) {
		if (remote_key(x, t, index, keys, err, n) < 0)
			return -1;
	} else if (!strncmp(table_str(t, c->key_str), BUNDLE_PKCS11,
			   strlen(BUNDLE_PKCS11))) {
		; /* in a token: only the keys process reaches it, and looks
		   * whether it is this certificate's (keys.c) */
	} else if (read_key(x, t, b, index, err, n) < 0) {
		return -1;
	} else if (!same_key(x)) {
		snprintf(err, n,
			"TC0404: %s: the key in %s belongs to another "
			"certificate",
			chain, table_str(t, c->key_str));
		return -1;
	}
	if (!matches_pin(x, c)) {
		snprintf(err, n,
			"TC0404: %s: the public key is not the pinned one",
			chain);
		return -1;
	}
	read_status(x, t, b, index);
	return 0;
}

struct certificate *certificate_load(const struct table *t,
	const struct bundle *b, uint32_t index, const struct key_source *keys,
	char *err, size_t n)
{
	struct certificate *x = calloc(1, sizeof(*x));

	if (!x) {
		snprintf(err, n, "out of memory");
		return NULL;
	}
	x->refs = 1;
	if (fill(x, t, b, index, keys, err, n) < 0)
		certificate_free(&x);
	return x;
}
