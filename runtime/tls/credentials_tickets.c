/*
 * Ticket keys of a generation: one for each resumption domain and secret, made
 * when one is first wanted.
 */
#include "credentials_priv.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "priority.h"
#include "tickets.h"

struct ticket_key {
	uint32_t frontend, domain;
	enum tickets_which which; /* of the secrets */
	gnutls_datum_t key;
	uint8_t octets[64];
	struct tickets_names names;
	struct ticket_key *next;
};

void credentials_tickets_forget(struct credentials *c)
{
	for (struct ticket_key *k = c->ticket_keys, *next; k; k = next) {
		next = k->next;
		gnutls_memset(k, 0, sizeof(*k));
		free(k);
	}
	c->ticket_keys = NULL;
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
	struct priority_wish w = {.profile = a->profile, .server = 1};
	char text[4096];

	if (priority_text(t, &w, text, sizeof(text)) < 0 ||
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

static struct ticket_key *find_key(struct credentials *c, uint32_t frontend,
	const struct tbl_action *a, enum tickets_which which)
{
	const uint8_t *secret = tickets_secret(which);
	struct ticket_key *k;
	unsigned n = 0;

	if (!secret)
		return NULL;
	for (k = c->ticket_keys; k; k = k->next, n++)
		if (k->frontend == frontend && k->domain == a->domain &&
			k->which == which)
			return k;
	k = n < CREDENTIALS_CACHE ? calloc(1, sizeof(*k)) : NULL;
	if (!k)
		return NULL;
	if (derive(c, secret, frontend, a, k->octets) < 0) {
		gnutls_memset(k, 0, sizeof(*k));
		free(k);
		return NULL;
	}
	k->frontend = frontend;
	k->domain = a->domain;
	k->which = which;
	if (a->client_auth)
		k->names.life = TICKETS_CLIENT_LIFE;
	k->key.data = k->octets;
	k->key.size = sizeof(k->octets);
	k->next = c->ticket_keys;
	c->ticket_keys = k;
	return k;
}

const gnutls_datum_t *credentials_ticket_key(struct credentials *c,
	uint32_t frontend, uint32_t action, const uint8_t *hello, size_t n)
{
	const struct tbl_action *a = &c->table->action[action];
	struct ticket_key *now, *before;

	if (c->tickets_epoch != tickets_epoch())
		credentials_tickets_forget(c);
	c->tickets_epoch = tickets_epoch();
	now = find_key(c, frontend, a, TICKETS_NOW);
	before = now ? find_key(c, frontend, a, TICKETS_BEFORE) : NULL;
	if (before && tickets_offered(&before->names, before->octets, hello, n))
		return &before->key;
	return now ? &now->key : NULL;
}
