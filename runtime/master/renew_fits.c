/*
 * May renewed certificates follow the old ones (renew_fits.h)?  Keys and chains
 * have been checked as in any load.  Here: no name is lost that was served, no
 * certificate is followed by one with a fault that it does not have itself
 * (expired, weak, not for servers, without its intermediate), and no CAs are
 * followed by none that is valid.
 */
#include "renew_fits.h"

#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "load.h"
#include "refuse.h"
#include "runtime/common/bundle.h"
#include "runtime/common/generation.h"
#include "runtime/judge/cert.h"
#include "runtime/table/table.h"
#include "runtime/tls/certificate.h"

struct both {
	const struct table *t;
	const struct bundle *old, *new;
};

static int same_bytes(const struct both *b, const char *path)
{
	const uint8_t *x, *y;
	size_t n, m;

	if (bundle_get(b->old, path, &x, &n) < 0 ||
		bundle_get(b->new, path, &y, &m) < 0)
		return 0;
	return n == m && memcmp(x, y, n) == 0;
}

/* Of what is used, which may be a version that was kept. */
static int same_chain(const struct both *b, uint32_t i)
{
	const char *path = table_str(b->t, b->t->cert[i].chain_str);
	const uint8_t *x, *y;
	size_t n, m;

	if (bundle_cert_get(b->old, i, path, &x, &n) < 0 ||
		bundle_cert_get(b->new, i, path, &y, &m) < 0)
		return 0;
	return n == m && memcmp(x, y, n) == 0;
}

/* A name that matches the pattern: one label in front of "p" for "*.p" and
 * "**.p". */
static const char *sample(const char *pattern, char out[260])
{
	const char *rest = pattern;

	while (*rest == '*')
		rest++;
	snprintf(out, 260, "%s%s", rest == pattern ? "" : "a", rest);
	return out;
}

static int keeps_names(const struct both *b, uint32_t i, struct refusal *why)
{
	const struct tbl_cert *c = &b->t->cert[i];
	struct certificate *x = NULL, *y = NULL;
	char err[300], name[260];
	uint32_t k;
	int r = 0;

	x = certificate_load(
		b->t, b->old, i, &certificate_no_key, err, sizeof(err));
	y = certificate_load(
		b->t, b->new, i, &certificate_no_key, err, sizeof(err));
	for (k = 0; x && y && r == 0 && k < c->covers_count; k++) {
		const char *pattern =
			table_str(b->t, b->t->covers[c->covers_first + k]);

		sample(pattern, name);
		if (certificate_match(x, name) == CERT_MATCH_NONE ||
			certificate_match(y, name) != CERT_MATCH_NONE)
			continue;
		refuse(why, "TC0401",
			"%s: the renewed certificate no longer covers %s",
			table_str(b->t, c->chain_str), pattern);
		r = -1;
	}
	certificate_free(&x);
	certificate_free(&y);
	return r;
}

static unsigned import(const uint8_t *data, size_t len, gnutls_x509_crt_t **crt)
{
	gnutls_datum_t pem = {(unsigned char *)data, (unsigned)len};
	unsigned n = 0;

	return gnutls_x509_crt_list_import2(
		       crt, &n, &pem, GNUTLS_X509_FMT_PEM, 0) < 0
		? 0
		: n;
}

/* The certificates of a file; 0 if it cannot be read, which is reported
 * elsewhere. */
static unsigned file_of(
	const struct bundle *b, const char *path, gnutls_x509_crt_t **crt)
{
	const uint8_t *data;
	size_t len;

	*crt = NULL;
	return bundle_get(b, path, &data, &len) < 0 ? 0
						    : import(data, len, crt);
}

/* The same of the chain that is used; 0 if it is not served. */
static unsigned chain_of(const struct bundle *b, const struct table *t,
	uint32_t i, gnutls_x509_crt_t **crt)
{
	const uint8_t *data;
	size_t len;

	*crt = NULL;
	if (bundle_cert_state(b, i, NULL, 0) == BUNDLE_CERT_UNSERVED ||
		bundle_cert_get(b, i, table_str(t, t->cert[i].chain_str), &data,
			&len) < 0)
		return 0;
	return import(data, len, crt);
}

static void chain_free(gnutls_x509_crt_t *crt, unsigned n)
{
	while (n > 0)
		gnutls_x509_crt_deinit(crt[--n]);
	gnutls_free(crt);
}

/* A renewal may not bring what tlsc would refuse (judge/cert.h). */
static int is_no_worse(const struct both *b, uint32_t i, struct refusal *why)
{
	const char *path = table_str(b->t, b->t->cert[i].chain_str);
	gnutls_x509_crt_t *x, *y;
	unsigned n = chain_of(b->old, b->t, i, &x);
	unsigned m = chain_of(b->new, b->t, i, &y);
	struct judge_fault f;
	int r = 0;

	if (n && m && judge_cert_renewal(x, n, y, m, (int64_t)time(NULL), &f)) {
		refuse(why, f.id, "%s: the renewed certificate %s", path,
			f.text);
		r = -1;
	}
	chain_free(x, n);
	chain_free(y, m);
	return r;
}

static int check_one(const struct both *b, uint32_t i, struct refusal *why)
{
	if (same_chain(b, i))
		return 0;
	return keeps_names(b, i, why) < 0 || is_no_worse(b, i, why) < 0 ? -1
									: 0;
}

static int check_all(const struct both *b, struct refusal *why)
{
	uint32_t i;

	for (i = 0; i < b->t->cert_count; i++)
		if (check_one(b, i, why) < 0)
			return -1;
	return 0;
}

int renew_fits_cert(const struct table *t, const struct bundle *old,
	const struct bundle *new, uint32_t i, struct refusal *why)
{
	return check_one(
		&(struct both){.t = t, .old = old, .new = new}, i, why);
}

static unsigned usable(
	const struct bundle *b, const char *path, enum judge_trusted what)
{
	gnutls_x509_crt_t *ca;
	unsigned n = file_of(b, path, &ca);
	unsigned count =
		judge_cert_usable_cas(ca, n, what, (int64_t)time(NULL));

	chain_free(ca, n);
	return count;
}

/* Otherwise, from one moment to the next, no client would be let in or no
 * server trusted. */
static int keeps_a_ca(const struct both *b, uint32_t str,
	enum judge_trusted what, const char *id, struct refusal *why)
{
	const char *path = table_str(b->t, str);

	if (!str || same_bytes(b, path) || usable(b->new, path, what) ||
		!usable(b->old, path, what))
		return 0;
	refuse(why, id,
		"%s: none of the renewed certificates is a CA that is valid "
		"today",
		path);
	return -1;
}

static int check_cas(const struct both *b, struct refusal *why)
{
	uint32_t i;

	for (i = 0; i < b->t->action_count; i++)
		if (keeps_a_ca(b, b->t->action[i].client_ca_str, JUDGE_CAS,
			    "TC0414", why) < 0)
			return -1;
	for (i = 0; i < b->t->backend_count; i++)
		if (keeps_a_ca(b, b->t->backend[i].ca_str, JUDGE_CAS_AND_SELVES,
			    "TC0504", why) < 0)
			return -1;
	return 0;
}

int renew_fits(
	const struct loaded *old, const struct loaded *new, struct refusal *why)
{
	struct both b = {.t = &new->view->table,
		.old = old->view->bundle,
		.new = new->view->bundle};

	return check_all(&b, why) < 0 ? -1 : check_cas(&b, why);
}
