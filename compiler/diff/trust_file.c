/*
 * Files of CAs and CRLs as sets (trust.h): of certificates by their
 * fingerprint, of revocations by issuer and serial number.
 */
#include "trust.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/base/arena.h"
#include "compiler/base/model.h"
#include "compiler/base/symbols.h"
#include "compiler/check/cert.h"
#include "compiler/check/cert_file.h"
#include "runtime/judge/public.h"
#include "runtime/seal/trust.h"

enum {
	CAS,
	CRLS,
	HELD
}; /* spaces of trust.known; of the last, by the model's */
enum { FILE_MAX = 64 << 20, SERIAL_MAX = 64 };

struct trust {
	struct arena *a;
	struct symbols *known; /* path: to its number in v */
	struct trust_file **v;
	size_t n, cap;
};

struct trust *trust_new(struct arena *a)
{
	struct trust *t = arena_alloc(a, sizeof(*t));

	t->a = a;
	t->known = symbols_new(a);
	return t;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

int trust_has(const struct trust_file *f, const uint8_t id[32])
{
	return f->n && bsearch(id, f->v, f->n, sizeof(*f->v), by_id);
}

static struct trust_entry *add(struct arena *a, struct trust_file *f)
{
	arena_grow(a, &f->v, f->n, &f->cap, sizeof(*f->v));
	return &f->v[f->n++];
}

static const char *name(struct arena *a, int rc, gnutls_datum_t *d)
{
	const char *text = "?";

	if (rc < 0)
		return text;
	text = arena_strndup(a, (char *)d->data, d->size);
	gnutls_free(d->data);
	return text;
}

static void one_ca(struct arena *a, const uint8_t sha256[32],
	const char *subject, struct trust_file *f)
{
	struct trust_entry *e = add(a, f);

	memcpy(e->id, sha256, sizeof(e->id));
	e->text = arena_printf(
		a, "%s (sha256 %s)", subject, cert_hex(a, e->id, 8));
}

/* As tlsd will find them: what it could not use is no file of CAs. */
static void read_cas(
	struct arena *a, const gnutls_datum_t *data, struct trust_file *f)
{
	gnutls_datum_t pem;
	struct seal_trusted *v;
	char why[200];
	size_t n;

	if (judge_public(data->data, data->size, &pem, why, sizeof(why)) < 0) {
		f->error = arena_printf(a, "%s", why);
		return;
	}
	v = seal_trusted(pem.data, pem.size, &n);
	for (size_t i = 0; v && i < n; i++)
		one_ca(a, v[i].sha256, v[i].subject, f);
	if (!n)
		f->error = v ? "no PEM certificate in it" : "no memory";
	free(v);
	free(pem.data);
}

static struct trust_file *remember(struct trust *t)
{
	struct trust_file *f = arena_alloc(t->a, sizeof(*f));

	arena_grow(t->a, &t->v, t->n, &t->cap, sizeof(*t->v));
	return t->v[t->n++] = f;
}

const struct trust_file *trust_held(struct trust *t, const struct m_trust *m)
{
	const struct m_trust **key = arena_alloc(t->a, sizeof(*key));
	struct trust_file *f;
	uint32_t i;

	*key = m;
	i = symbols_add(t->known, HELD, key, sizeof(*key), (uint32_t)t->n);
	if (i < t->n)
		return t->v[i];
	f = remember(t);
	for (size_t k = 0; k < m->certs.n; k++)
		one_ca(t->a, m->certs.v[k].sha256, m->certs.v[k].subject, f);
	return f;
}

static void revocation(struct arena *a, const char *issuer,
	const uint8_t *serial, size_t n, struct trust_file *f)
{
	struct trust_entry *e = add(a, f);
	const char *hex = cert_hex(a, serial, n);

	e->text = arena_printf(a, "serial %s of %s", hex, issuer);
	gnutls_hash_fast(GNUTLS_DIG_SHA256, e->text, strlen(e->text), e->id);
}

static void one_crl(struct arena *a, gnutls_x509_crl_t x, struct trust_file *f)
{
	gnutls_x509_crl_iter_t at = NULL;
	uint8_t serial[SERIAL_MAX];
	size_t n = sizeof(serial);
	gnutls_datum_t dn;
	const char *issuer =
		name(a, gnutls_x509_crl_get_issuer_dn3(x, &dn, 0), &dn);
	time_t when;

	while (gnutls_x509_crl_iter_crt_serial(x, &at, serial, &n, &when) >=
		0) {
		revocation(a, issuer, serial, n, f);
		n = sizeof(serial);
	}
	gnutls_x509_crl_iter_deinit(at);
}

static void read_crls(
	struct arena *a, const gnutls_datum_t *data, struct trust_file *f)
{
	gnutls_x509_crl_t *x = NULL;
	unsigned n = 0;
	int rc = gnutls_x509_crl_list_import2(
		&x, &n, data, GNUTLS_X509_FMT_PEM, 0);

	if (rc < 0) {
		f->error = gnutls_strerror(rc);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		one_crl(a, x[i], f);
		gnutls_x509_crl_deinit(x[i]);
	}
	gnutls_free(x);
}

/* Is there nothing in the policy's directory, and nothing that leads away from
 * it, starting with the path as given?  A symbolic link is something: its
 * target may have changed. */
static int absent(struct arena *a, const char *open, const char *said)
{
	size_t len = strlen(open), n = strlen(said);
	char *path = arena_strndup(a, open, len);
	struct stat st;

	if (n > len || strcmp(open + len - n, said) != 0)
		return 0;
	for (char *at = path + len - n; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		if (*path && lstat(path, &st) < 0)
			return errno == ENOENT;
		if (*path && !S_ISDIR(st.st_mode))
			return 0;
	}
	return lstat(path, &st) < 0 && errno == ENOENT;
}

static const struct trust_file *known(struct trust *t, unsigned space,
	const char *path, const char *said,
	void (*read)(struct arena *a, const gnutls_datum_t *data,
		struct trust_file *f))
{
	uint32_t i = symbols_add(
		t->known, space, path, strlen(path), (uint32_t)t->n);
	struct trust_file *f;
	gnutls_datum_t data;

	if (i < t->n)
		return t->v[i];
	f = remember(t);
	if (cert_file(t->a, path, FILE_MAX, &data, NULL, &f->error) == 0)
		read(t->a, &data, f);
	else
		f->absent = absent(t->a, path, said);
	if (f->n)
		qsort(f->v, f->n, sizeof(*f->v), by_id);
	return f;
}

const struct trust_file *trust_cas(
	struct trust *t, const char *open, const char *said)
{
	return known(t, CAS, open, said, read_cas);
}

const struct trust_file *trust_crls(
	struct trust *t, const char *open, const char *said)
{
	return known(t, CRLS, open, said, read_crls);
}
