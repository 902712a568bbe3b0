/*
 * GnuTLS objects of a generation: their life, trust, priorities, and the check
 * of a table's files.
 */
#include "credentials_priv.h"

#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crls.h"
#include "priority.h"
#include "runtime/judge/cert.h"

#define CERTS_MAX 4096 /* certificates held ready; about 10 KB each */

struct priority {
	struct priority_wish wish;
	gnutls_priority_t priority;
	struct priority *next;
};

struct trust { /* credentials towards clients, by client CA and CRL */
	uint32_t ca_str, crl_str;
	gnutls_certificate_credentials_t cred;
	struct crl_file lists; /* all NULL: no CRL */
	struct trust *next;
};

struct credentials *credentials_new(
	const struct table *t, const struct bundle *b)
{
	struct credentials *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->table = t;
	c->bundle = b;
	c->unserved = bundle_has_unserved(b);
	c->cert = calloc(t->cert_count + 1u, sizeof(*c->cert));
	c->bad = calloc(t->cert_count + 1u, 1);
	c->backend = calloc(t->backend_count + 1u, sizeof(*c->backend));
	c->used = calloc(t->cert_count + 1u, 1);
	c->held_max = t->cert_count < CERTS_MAX ? t->cert_count : CERTS_MAX;
	c->held = calloc(c->held_max + 1u, sizeof(*c->held));
	if (!c->cert || !c->bad || !c->backend || !c->used || !c->held) {
		credentials_free(&c);
		return NULL;
	}
	return c;
}

void credentials_use_signer(
	struct credentials *c, struct signer *s, uint64_t generation)
{
	c->keys.signer = s;
	c->keys.generation = generation;
	/* What the one before could not load, this one may. */
	memset(c->bad, 0, c->table->cert_count);
}

void credentials_free(struct credentials **cp)
{
	struct credentials *c = *cp;
	uint32_t i;

	*cp = NULL;
	if (!c)
		return;
	for (struct priority *x = c->priorities, *next; x; x = next) {
		next = x->next;
		gnutls_priority_deinit(x->priority);
		free(x);
	}
	for (struct trust *x = c->trusts, *next; x; x = next) {
		next = x->next;
		gnutls_certificate_free_credentials(x->cred);
		crls_done(&x->lists);
		free(x);
	}
	credentials_tickets_forget(c);
	for (i = 0; c->backend && i < c->table->backend_count; i++)
		if (c->backend[i])
			gnutls_certificate_free_credentials(c->backend[i]);
	credentials_certs_free(c);
	free(c->cert);
	free(c->bad);
	free(c->used);
	free(c->held);
	free(c->backend);
	free(c);
}

static int get_file(
	const struct credentials *c, uint32_t path_str, gnutls_datum_t *d)
{
	const uint8_t *p;
	size_t n;

	if (bundle_get(c->bundle, table_str(c->table, path_str), &p, &n) < 0)
		return -1;
	d->data = (unsigned char *)p;
	d->size = (unsigned)n;
	return 0;
}

static int add_cas(struct credentials *c, gnutls_certificate_credentials_t cr,
	uint32_t path_str)
{
	gnutls_datum_t d;

	return get_file(c, path_str, &d) == 0 &&
			gnutls_certificate_set_x509_trust_mem(
				cr, &d, GNUTLS_X509_FMT_PEM) > 0
		? 0
		: -1;
}

/* They are ours to judge (peer.c), not GnuTLS's. */
static int read_lists(const struct credentials *c, struct trust *x)
{
	struct crl_use u = {.crl = table_str(c->table, x->crl_str),
		.ca = table_str(c->table, x->ca_str)};

	return crls_read(&x->lists, c->bundle, &u);
}

static struct trust *find_trust(
	const struct credentials *c, const struct tbl_action *a)
{
	struct trust *x;

	for (x = c->trusts; x; x = x->next)
		if (x->ca_str == a->client_ca_str &&
			x->crl_str == a->client_crl_str)
			break;
	return x;
}

gnutls_certificate_credentials_t credentials_server(
	struct credentials *c, uint32_t action)
{
	const struct tbl_action *a = &c->table->action[action];
	struct trust *x = find_trust(c, a);

	if (x)
		return x->cred;
	x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->ca_str = a->client_ca_str;
	x->crl_str = a->client_crl_str;
	if (gnutls_certificate_allocate_credentials(&x->cred) < 0) {
		free(x);
		return NULL;
	}
	if ((x->ca_str && add_cas(c, x->cred, x->ca_str) < 0) ||
		(x->crl_str && read_lists(c, x) < 0)) {
		gnutls_certificate_free_credentials(x->cred);
		crls_done(&x->lists);
		free(x);
		return NULL;
	}
	gnutls_certificate_set_retrieve_function3(
		x->cred, credentials_retrieve);
	x->next = c->trusts;
	c->trusts = x;
	return x->cred;
}

const struct crl_file *credentials_lists(struct credentials *c, uint32_t action)
{
	const struct trust *x = find_trust(c, &c->table->action[action]);

	return x && x->lists.crls ? &x->lists : NULL;
}

gnutls_certificate_credentials_t credentials_client(
	struct credentials *c, uint32_t backend)
{
	const struct tbl_backend *b = &c->table->backend[backend];
	gnutls_certificate_credentials_t cr;
	const uint8_t *p;
	size_t n;
	int bad = 0;

	if (c->backend[backend])
		return c->backend[backend];
	if (gnutls_certificate_allocate_credentials(&cr) < 0)
		return NULL;
	if (b->ca_str)
		bad = add_cas(c, cr, b->ca_str) < 0;
	if (b->flags & TBL_BACKEND_SYSTEM_CA) {
		if (bundle_get(c->bundle, BUNDLE_SYSTEM_CA, &p, &n) == 0) {
			gnutls_datum_t d = {(unsigned char *)p, (unsigned)n};

			bad |= gnutls_certificate_set_x509_trust_mem(
				       cr, &d, GNUTLS_X509_FMT_PEM) <= 0;
		} else {
			bad = 1;
		}
	}
	if (bad) {
		gnutls_certificate_free_credentials(cr);
		return NULL;
	}
	c->backend[backend] = cr;
	return cr;
}

static struct priority *find_priority(
	struct credentials *c, const struct priority_wish *w, unsigned *n)
{
	struct priority **at, *x;

	for (at = &c->priorities; (x = *at); at = &x->next, ++*n) {
		if (x->wish.profile != w->profile ||
			x->wish.suite != w->suite ||
			x->wish.group != w->group ||
			x->wish.server != w->server)
			continue;
		/* Move to the front: few are used much. */
		*at = x->next;
		x->next = c->priorities;
		c->priorities = x;
		return x;
	}
	return NULL;
}

gnutls_priority_t credentials_priority(
	struct credentials *c, const struct priority_wish *wish)
{
	struct priority_wish w = *wish;
	struct priority *x;
	char text[4096];
	unsigned n = 0;

	if (w.group && !priority_has_group(c->table, w.profile, w.group))
		w.group = 0;
	x = find_priority(c, &w, &n);
	if (x)
		return x->priority;
	if (n >= CREDENTIALS_CACHE ||
		priority_text(c->table, &w, text, sizeof(text)) < 0)
		return NULL;
	x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	if (gnutls_priority_init(&x->priority, text, NULL) < 0) {
		free(x);
		return NULL;
	}
	x->wish = w;
	x->next = c->priorities;
	c->priorities = x;
	return x->priority;
}

/* --- a table's check ----------------------------------------------------- */

/* A CertificateRequest with more names cannot be written. */
static int names_fit(
	const struct credentials *c, uint32_t ca_str, char *err, size_t n)
{
	const char *path = table_str(c->table, ca_str);
	gnutls_x509_crt_t *ca = NULL;
	unsigned count = 0, i;
	gnutls_datum_t pem;
	const uint8_t *p;
	size_t len, names;

	if (bundle_get(c->bundle, path, &p, &len) < 0)
		return -1;
	pem.data = (unsigned char *)p;
	pem.size = (unsigned)len;
	if (gnutls_x509_crt_list_import2(
		    &ca, &count, &pem, GNUTLS_X509_FMT_PEM, 0) < 0)
		return -1;
	names = judge_cert_ca_names(ca, count);
	for (i = 0; i < count; i++)
		gnutls_x509_crt_deinit(ca[i]);
	gnutls_free(ca);
	if (names <= JUDGE_CA_NAMES_MAX)
		return 0;
	snprintf(err, n,
		"TC0420: %s: the names of its %u client CAs take %zu octets, "
		"but a CertificateRequest holds at most %d",
		path, count, names, JUDGE_CA_NAMES_MAX);
	return -1;
}

static int check_client_cas(
	struct credentials *c, uint32_t action, char *err, size_t n)
{
	const struct tbl_action *a = &c->table->action[action];

	if (!a->client_ca_str || find_trust(c, a))
		return 0;
	snprintf(err, n, "TC0414: %s: no usable client CA",
		table_str(c->table, a->client_ca_str));
	if (!credentials_server(c, action))
		return -1;
	return names_fit(c, a->client_ca_str, err, n);
}

static int gives_priorities(struct credentials *c, uint32_t profile)
{
	struct priority_wish w = {.profile = profile};

	if (!credentials_priority(c, &w))
		return 0;
	w.server = 1;
	return credentials_priority(c, &w) != NULL;
}

static int check_uses(struct credentials *c, char *err, size_t n)
{
	const struct table *t = c->table;
	uint32_t i;

	for (i = 0; i < t->profile_count; i++)
		if (!gives_priorities(c, i)) {
			snprintf(err, n,
				"TC0503: profile '%s' gives no usable TLS "
				"configuration",
				table_str(t, t->profile[i].name_str));
			return -1;
		}
	for (i = 0; i < t->action_count; i++)
		if (check_client_cas(c, i, err, n) < 0)
			return -1;
	for (i = 0; i < t->backend_count; i++)
		if (t->backend[i].profile != TBL_NONE &&
			!credentials_client(c, i)) {
			snprintf(err, n,
				"TC0405: backend '%s': no usable CA in '%s'",
				table_str(t, t->backend[i].name_str),
				table_str(t, t->backend[i].ca_str));
			return -1;
		}
	return 0;
}

int credentials_check(
	const struct table *t, const struct bundle *b, char *err, size_t n)
{
	struct credentials *c = credentials_new(t, b);
	int r;

	if (!c) {
		snprintf(err, n, "out of memory");
		return -1;
	}
	r = check_uses(c, err, n);
	credentials_free(&c);
	return r;
}
