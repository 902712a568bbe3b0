/*
 * The certificates of a generation: loaded when one is first wanted, a bounded
 * number of them held, and the choice of the one that a session shows.
 */
#include "credentials_priv.h"

#include <stdlib.h>
#include <time.h>

#include "priority.h"
#include "tls_priv.h"

/* Certificate i has been loaded.  When no more may be held it takes the place
 * of another by second chance: the hand goes round and spares, once, each that
 * was used since it last passed.  A handshake that shows the one that goes has
 * a reference of its own. */
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

void credentials_certs_free(struct credentials *c)
{
	for (uint32_t i = 0; c->cert && i < c->table->cert_count; i++)
		certificate_free(&c->cert[i]);
}

/* --- which one to show --------------------------------------------------- */

/* How well a certificate fits, smaller is better: name before everything, then
 * one within its dates before one that clients would refuse. */
static int rank_of(const struct certificate *x, const char *sni, int64_t now)
{
	return 2 * (int)certificate_match(x, sni) +
		!certificate_is_valid(x, now);
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

/* The certificate that fits the query best; of equal ones the first in the
 * order of the policy.  Its key has one of these types and, unless s is NULL,
 * signs for that session.  With a reference. */
static struct certificate *best(
	const struct cert_query *q, unsigned key_types, gnutls_session_t s)
{
	struct credentials *c = q->credentials;
	const struct tbl_action *a = &c->table->action[q->action];
	struct certificate *found = NULL, *x;
	int64_t now = (int64_t)time(NULL);
	int rank = 2 * (CERT_MATCH_NONE + 1), mine;
	uint32_t i;

	for (i = 0; i < a->cert_count && rank > 2 * CERT_MATCH_EXACT; i++) {
		x = cert(c, c->table->certref[a->cert_first + i]);
		if (!x || !(certificate_key_type(x) & key_types))
			continue;
		mine = rank_of(x, q->sni, now);
		if (mine >= rank)
			continue;
		if (s && !signs_for(s, x))
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
	struct cert_query q = {.credentials = c, .action = action, .sni = sni};
	struct certificate *rsa = best(&q, KEY_RSA, NULL);
	struct certificate *ec = best(&q, KEY_EC, NULL);
	unsigned types = (rsa ? KEY_RSA : 0) | (ec ? KEY_EC : 0);
	int64_t now = (int64_t)time(NULL);

	if (rsa && ec && rank_of(rsa, sni, now) != rank_of(ec, sni, now))
		types = rank_of(rsa, sni, now) < rank_of(ec, sni, now) ? KEY_RSA
								       : KEY_EC;
	certificate_free(&rsa);
	certificate_free(&ec);
	return types;
}

/* --- which one is missing ------------------------------------------------ */

uint32_t credentials_missing(
	struct credentials *c, uint32_t action, const char *sni)
{
	const struct tbl_action *a = &c->table->action[action];
	uint32_t i, index, first = TBL_NONE, good = 0;
	const struct certificate *x;

	for (i = 0; c->unserved && i < a->cert_count; i++) {
		index = c->table->certref[a->cert_first + i];
		x = cert(c, index);
		good += x != NULL;
		if (x && certificate_match(x, sni) != CERT_MATCH_NONE)
			return TBL_NONE;
		if (!x && first == TBL_NONE &&
			bundle_cert_state(c->bundle, index, NULL, 0) ==
				BUNDLE_CERT_UNSERVED)
			first = index;
	}
	/* Who names no host is content with any. */
	return good && !*sni ? TBL_NONE : first;
}

/* --- what GnuTLS asks ---------------------------------------------------- */

static struct cert_query *query_of(gnutls_session_t s)
{
	struct tls *t = gnutls_session_get_ptr(s);

	return &t->query;
}

int credentials_retrieve(gnutls_session_t s,
	const struct gnutls_cert_retr_st *info, gnutls_pcert_st **certs,
	unsigned *count, gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count,
	gnutls_privkey_t *key, unsigned *flags)
{
	struct cert_query *q = query_of(s);
	struct certificate *x = NULL;

	credentials_query_done(q);
	/* ECDSA first where both serve: a fraction of RSA's cost. */
	if (q->key_types & KEY_EC)
		x = best(q, KEY_EC, s);
	if (!x && (q->key_types & KEY_RSA))
		x = best(q, KEY_RSA, s);
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
