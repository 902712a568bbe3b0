/*
 * GnuTLS objects of a generation.  Called by handshake.c and bridge.c for a
 * session's making, by GnuTLS for a certificate, by the master for a check.
 * Owns all of them until the generation ends.
 */
#include "credentials.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "certificate.h"
#include "crls.h"
#include "priority.h"
#include "runtime/judge/cert.h"
#include "tickets.h"

#define WAYS_MAX 4096  /* cached priorities and ticket keys, each */
#define CERTS_MAX 4096 /* certificates held ready; about 10 KB each */

struct way { /* a cached priority */
	uint32_t profile;
	uint16_t suite, group;
	uint8_t server;
	gnutls_priority_t priority;
	struct way *next;
};

struct trust { /* credentials towards clients, by client CA and CRL */
	uint32_t ca_str, crl_str;
	gnutls_certificate_credentials_t cred;
	struct crl_file lists; /* all NULL: no CRL */
	struct trust *next;
};

struct ticket {
	uint32_t frontend, domain;
	int before; /* of the secret before the newest */
	gnutls_datum_t key;
	uint8_t octets[64];
	struct tickets_names names;
	struct ticket *next;
};

struct credentials {
	const struct table *table;
	const struct bundle *bundle;
	struct certificate **cert; /* by CERT index; NULL: not yet loaded */
	uint8_t *bad;              /* by CERT index: could not be loaded */
	uint8_t *used;             /* by CERT index: since the hand was there */
	uint32_t *held;            /* CERT indices of those that are loaded */
	uint32_t held_count, held_max, hand;
	gnutls_certificate_credentials_t *backend; /* by BACKEND index */
	struct way *ways;
	struct trust *trusts;
	struct ticket *tickets;
	struct key_source keys;
	unsigned tickets_epoch; /* of the secrets that tickets are made of */
};

struct credentials *credentials_new(
	const struct table *t, const struct bundle *b)
{
	struct credentials *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->table = t;
	c->bundle = b;
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

static void forget_tickets(struct credentials *c)
{
	for (struct ticket *k = c->tickets, *next; k; k = next) {
		next = k->next;
		gnutls_memset(k, 0, sizeof(*k));
		free(k);
	}
	c->tickets = NULL;
}

void credentials_free(struct credentials **cp)
{
	struct credentials *c = *cp;
	uint32_t i;

	*cp = NULL;
	if (!c)
		return;
	for (struct way *w = c->ways, *next; w; w = next) {
		next = w->next;
		gnutls_priority_deinit(w->priority);
		free(w);
	}
	for (struct trust *x = c->trusts, *next; x; x = next) {
		next = x->next;
		gnutls_certificate_free_credentials(x->cred);
		crls_done(&x->lists);
		free(x);
	}
	forget_tickets(c);
	for (i = 0; c->backend && i < c->table->backend_count; i++)
		if (c->backend[i])
			gnutls_certificate_free_credentials(c->backend[i]);
	for (i = 0; c->cert && i < c->table->cert_count; i++)
		certificate_free(&c->cert[i]);
	free(c->cert);
	free(c->bad);
	free(c->used);
	free(c->held);
	free(c->backend);
	free(c);
}

/* The place of a certificate that was not asked for during a whole turn of the
 * hand.  A handshake that shows it has a reference of its own. */
static void hold(struct credentials *c, uint32_t i)
{
	uint32_t *place;

	if (c->held_count < c->held_max) {
		c->held[c->held_count++] = i;
		return;
	}
	while (c->used[c->held[c->hand]]) {
		c->used[c->held[c->hand]] = 0;
		c->hand = (c->hand + 1) % c->held_max;
	}
	place = &c->held[c->hand];
	c->hand = (c->hand + 1) % c->held_max;
	certificate_free(&c->cert[*place]);
	*place = i;
}

static struct certificate *cert(struct credentials *c, uint32_t i)
{
	char err[256];

	if (!c->cert[i] && !c->bad[i]) {
		c->cert[i] = certificate_load(
			c->table, c->bundle, i, &c->keys, err, sizeof(err));
		c->bad[i] = !c->cert[i];
		if (c->cert[i])
			hold(c, i);
	}
	c->used[i] = 1;
	return c->cert[i];
}

/* How well a certificate fits, smaller is better: name before everything, then
 * one within its dates before one that clients would refuse. */
static int rank_of(const struct certificate *x, const char *sni, int64_t now)
{
	return 2 * (int)certificate_match(x, sni) +
		!certificate_is_valid(x, now);
}

/* The certificate of an action that fits best, of equal ones the first in the
 * order of the policy.  key_types restricts; accept (may be NULL) has the
 * last word on a key.  With a reference. */
static struct certificate *best(struct credentials *c, uint32_t action,
	const char *sni, unsigned key_types,
	int (*accept)(gnutls_session_t, const struct certificate *),
	gnutls_session_t s)
{
	const struct tbl_action *a = &c->table->action[action];
	struct certificate *found = NULL, *x;
	int64_t now = (int64_t)time(NULL);
	int rank = 2 * (CERT_MATCH_NONE + 1), mine;
	uint32_t i;

	for (i = 0; i < a->cert_count && rank > 2 * CERT_MATCH_EXACT; i++) {
		x = cert(c, c->table->certref[a->cert_first + i]);
		if (!x || !(certificate_key_type(x) & key_types))
			continue;
		mine = rank_of(x, sni, now);
		if (mine >= rank)
			continue;
		if (accept && !accept(s, x))
			continue;
		certificate_free(&found);
		found = certificate_get(x);
		rank = mine;
	}
	return found;
}

unsigned credentials_key_types(
	struct credentials *c, uint32_t action, const char *sni)
{
	struct certificate *rsa = best(c, action, sni, KEY_RSA, NULL, NULL);
	struct certificate *ec = best(c, action, sni, KEY_EC, NULL, NULL);
	unsigned types = (rsa ? KEY_RSA : 0) | (ec ? KEY_EC : 0);
	int64_t now = (int64_t)time(NULL);

	if (rsa && ec && rank_of(rsa, sni, now) != rank_of(ec, sni, now))
		types = rank_of(rsa, sni, now) < rank_of(ec, sni, now) ? KEY_RSA
								       : KEY_EC;
	certificate_free(&rsa);
	certificate_free(&ec);
	return types;
}

/* Can the client verify what this key signs (RFC 8446 4.2.3)? */
static int signs_for(gnutls_session_t s, const struct certificate *x)
{
	int is_13 = gnutls_protocol_get_version(s) == GNUTLS_TLS1_3;
	gnutls_sign_algorithm_t sign;
	unsigned i;

	if (gnutls_sign_algorithm_get_requested(s, 0, &sign) < 0)
		return 1; /* TLS below 1.2 does not say */
	for (i = 0; gnutls_sign_algorithm_get_requested(s, i, &sign) >= 0; i++)
		if (certificate_signs(x, sign, is_13))
			return 1;
	return 0;
}

static int retrieve(gnutls_session_t s, const struct gnutls_cert_retr_st *info,
	gnutls_pcert_st **certs, unsigned *count, gnutls_ocsp_data_st **ocsp,
	unsigned *ocsp_count, gnutls_privkey_t *key, unsigned *flags)
{
	struct cert_query *q = credentials_query(s);
	struct certificate *x = NULL;

	credentials_query_done(q);
	/* ECDSA first where both serve: a fraction of RSA's cost. */
	if (q->key_types & KEY_EC)
		x = best(q->credentials, q->action, q->sni, KEY_EC, signs_for,
			s);
	if (!x && (q->key_types & KEY_RSA))
		x = best(q->credentials, q->action, q->sni, KEY_RSA, signs_for,
			s);
	if (!x)
		return -1;
	q->given = x;
	certificate_give(x, certs, count, ocsp, ocsp_count, key, &q->staple);
	*flags = 0;
	return 0;
}

void credentials_query_done(struct cert_query *q)
{
	certificate_free(&q->given);
	staple_put(&q->staple);
}

int credentials_scts(const struct cert_query *q, const uint8_t **p, size_t *n)
{
	const gnutls_datum_t *d = q->given ? certificate_scts(q->given) : NULL;

	if (!d || !d->size)
		return -1;
	*p = d->data;
	*n = d->size;
	return 0;
}

int credentials_has_scts(const struct credentials *c, uint32_t action)
{
	const struct tbl_action *a = &c->table->action[action];
	uint32_t i;

	for (i = 0; i < a->cert_count; i++)
		if (c->table->cert[c->table->certref[a->cert_first + i]]
				.sct_str)
			return 1;
	return 0;
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
	gnutls_certificate_set_retrieve_function3(x->cred, retrieve);
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

gnutls_priority_t credentials_priority(struct credentials *c, uint32_t profile,
	uint16_t suite, uint16_t group, int server)
{
	struct way **at, *w;
	char text[4096];
	unsigned n = 0;

	if (group && !priority_has_group(c->table, profile, group))
		group = 0;
	for (at = &c->ways; (w = *at); at = &w->next, n++) {
		if (w->profile != profile || w->suite != suite ||
			w->group != group || w->server != server)
			continue;
		/* Move to the front: few are used much. */
		*at = w->next;
		w->next = c->ways;
		c->ways = w;
		return w->priority;
	}
	if (n >= WAYS_MAX ||
		priority_text(c->table, profile, suite, group, server, text,
			sizeof(text)) < 0)
		return NULL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	if (gnutls_priority_init(&w->priority, text, NULL) < 0) {
		free(w);
		return NULL;
	}
	w->profile = profile;
	w->suite = suite;
	w->group = group;
	w->server = (uint8_t)server;
	w->next = c->ways;
	c->ways = w;
	return w->priority;
}

/* A file's digest, not its path: a renewed CRL ends what it revokes. */
static int add_trust(
	const struct credentials *c, gnutls_hmac_hd_t h, uint32_t path_str)
{
	uint8_t digest[32] = {0};
	const uint8_t *p;
	size_t n;

	if (path_str &&
		(bundle_get(c->bundle, table_str(c->table, path_str), &p, &n) <
				0 ||
			gnutls_hash_fast(GNUTLS_DIG_SHA256, p, n, digest) < 0))
		return -1;
	return gnutls_hmac(h, digest, sizeof(digest));
}

/* What a domain means, in words that mean the same in another table and on
 * another machine: numbers do not. */
static int add_domain(const struct credentials *c, gnutls_hmac_hd_t h,
	uint32_t frontend, const struct tbl_action *a)
{
	const struct table *t = c->table;
	const struct tbl_profile *p = &t->profile[a->profile];
	const char *name = table_str(t, t->frontend[frontend].name_str);
	char text[4096];

	if (priority_text(t, a->profile, 0, 0, 1, text, sizeof(text)) < 0 ||
		gnutls_hmac(h, name, strlen(name) + 1) < 0 ||
		gnutls_hmac(h, text, strlen(text) + 1) < 0 ||
		gnutls_hmac(h, &a->client_auth, 1) < 0)
		return -1;
	/* The text crosses every key exchange with every cipher. */
	if (p->suite_count &&
		gnutls_hmac(h, &t->suite[p->suite_first],
			p->suite_count * sizeof(t->suite[0])) < 0)
		return -1;
	return add_trust(c, h, a->client_ca_str) < 0 ||
			add_trust(c, h, a->client_crl_str) < 0
		? -1
		: 0;
}

static int derive(const struct credentials *c, const uint8_t *secret,
	uint32_t frontend, const struct tbl_action *a, uint8_t octets[64])
{
	gnutls_hmac_hd_t h;
	int r;

	if (gnutls_hmac_init(&h, GNUTLS_MAC_SHA512, secret, 64) < 0)
		return -1;
	r = add_domain(c, h, frontend, a);
	gnutls_hmac_deinit(h, octets);
	return r;
}

static struct ticket *find_ticket(struct credentials *c, uint32_t frontend,
	const struct tbl_action *a, int before)
{
	const uint8_t *secret = tickets_secret(before);
	struct ticket *k;
	unsigned n = 0;

	if (!secret)
		return NULL;
	for (k = c->tickets; k; k = k->next, n++)
		if (k->frontend == frontend && k->domain == a->domain &&
			k->before == before)
			return k;
	k = n < WAYS_MAX ? calloc(1, sizeof(*k)) : NULL;
	if (!k)
		return NULL;
	if (derive(c, secret, frontend, a, k->octets) < 0) {
		gnutls_memset(k, 0, sizeof(*k));
		free(k);
		return NULL;
	}
	k->frontend = frontend;
	k->domain = a->domain;
	k->before = before;
	if (a->client_auth)
		k->names.life = TICKETS_CLIENT_LIFE;
	k->key.data = k->octets;
	k->key.size = sizeof(k->octets);
	k->next = c->tickets;
	c->tickets = k;
	return k;
}

const gnutls_datum_t *credentials_ticket_key(struct credentials *c,
	uint32_t frontend, uint32_t action, const uint8_t *hello, size_t n)
{
	const struct tbl_action *a = &c->table->action[action];
	struct ticket *now, *before;

	if (c->tickets_epoch != tickets_epoch())
		forget_tickets(c);
	c->tickets_epoch = tickets_epoch();
	now = find_ticket(c, frontend, a, 0);
	before = now ? find_ticket(c, frontend, a, 1) : NULL;
	if (before && tickets_offered(&before->names, before->octets, hello, n))
		return &before->key;
	return now ? &now->key : NULL;
}

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
		"TC0420: %s: the names of its %u client CAs take %zu "
		"octets, and a server may name %d octets of them",
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

static int check_uses(struct credentials *c, char *err, size_t n)
{
	const struct table *t = c->table;
	uint32_t i;

	for (i = 0; i < t->profile_count; i++)
		if (!credentials_priority(c, i, 0, 0, 1) ||
			!credentials_priority(c, i, 0, 0, 0)) {
			snprintf(err, n,
				"TC0503: profile \"%s\" gives no usable TLS "
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
				"TC0405: backend \"%s\": no usable CA in "
				"\"%s\"",
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
