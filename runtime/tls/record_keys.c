/*
 * The keys of the record layer: taken from a GnuTLS session, and updated.
 */
#include "record_priv.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "nonces.h"

/* Key updates that GnuTLS may have seen before we take over. */
enum { UPDATES_MAX = 16 };

void record_keylog(struct record_secrets *s, const char *label,
	const gnutls_datum_t *secret)
{
	uint8_t *to = NULL;

	if (strcmp(label, "CLIENT_TRAFFIC_SECRET_0") == 0)
		to = s->client, s->have |= 1;
	else if (strcmp(label, "SERVER_TRAFFIC_SECRET_0") == 0)
		to = s->server, s->have |= 2;
	if (!to || secret->size > sizeof(s->client))
		return;
	memcpy(to, secret->data, secret->size);
	if (s->have == 3)
		s->size = (uint8_t)secret->size;
}

/* RFC 8446 7.1: HKDF-Expand-Label with an empty context. */
static int expand_label(gnutls_mac_algorithm_t prf, const uint8_t *secret,
	size_t size, const char *label, uint8_t *out, size_t n)
{
	uint8_t info[32];
	size_t len = strlen(label);
	gnutls_datum_t key = {(uint8_t *)(uintptr_t)secret, (unsigned)size};
	gnutls_datum_t data = {info, (unsigned)(4 + 6 + len)};

	info[0] = (uint8_t)(n >> 8);
	info[1] = (uint8_t)n;
	info[2] = (uint8_t)(6 + len);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, len);
	info[9 + len] = 0;
	return gnutls_hkdf_expand(prf, &key, &data, out, n) < 0 ? -1 : 0;
}

/* Key and IV of a traffic secret (RFC 8446 7.3); sequence numbers restart. */
static int use_secret(const struct record *r, struct direction *d,
	gnutls_cipher_algorithm_t cipher)
{
	uint8_t key[AEAD_KEY_MAX];
	size_t n = aead_key_size(cipher);
	int rc = -1;

	if (n <= sizeof(key) &&
		expand_label(r->prf, d->secret, r->secret_size, "key", key,
			n) == 0 &&
		expand_label(r->prf, d->secret, r->secret_size, "iv", d->iv,
			AEAD_NONCE) == 0)
		rc = aead_init(&d->aead, cipher, key);
	gnutls_memset(key, 0, sizeof(key));
	d->sequence = 0;
	return rc;
}

/* RFC 8446 7.2: the next generation of a traffic secret. */
static int next_secret(const struct record *r, struct direction *d)
{
	uint8_t next[48];

	if (expand_label(r->prf, d->secret, r->secret_size, "traffic upd", next,
		    r->secret_size) != 0)
		return -1;
	memcpy(d->secret, next, r->secret_size);
	gnutls_memset(next, 0, sizeof(next));
	return 0;
}

int record_update(const struct record *r, struct direction *d)
{
	gnutls_cipher_algorithm_t cipher = d->aead.cipher;

	if (next_secret(r, d) != 0)
		return -1;
	aead_wipe(&d->aead);
	return use_secret(r, d, cipher);
}

/* The logged secret is the first one, but GnuTLS may have updated its keys
 * since, by a KeyUpdate that came while it was waiting for a ticket.  A
 * sequence number belongs to one key; with another it would repeat a nonce.
 * Returns how many updates there were; -1: this is not the secret of these
 * keys. */
static int catch_up(const struct record *r, struct direction *d,
	gnutls_cipher_algorithm_t cipher, const gnutls_datum_t *key,
	const gnutls_datum_t *iv)
{
	for (int n = 0; n <= UPDATES_MAX; n++) {
		if (use_secret(r, d, cipher) != 0)
			return -1;
		if (key->size == aead_key_size(cipher) &&
			iv->size == AEAD_NONCE &&
			gnutls_memcmp(d->aead.key, key->data, key->size) == 0 &&
			gnutls_memcmp(d->iv, iv->data, iv->size) == 0)
			return n;
		aead_wipe(&d->aead);
		if (next_secret(r, d) != 0)
			return -1;
	}
	return -1;
}

/* Returns the key updates there were, or -1. */
static int take_direction(const struct record *r, struct direction *d,
	gnutls_session_t session, unsigned read,
	gnutls_cipher_algorithm_t cipher)
{
	gnutls_datum_t mac, iv, key;
	uint8_t sequence[8];
	int updates;

	if (gnutls_record_get_state(session, read, &mac, &iv, &key, sequence) <
		0)
		return -1;
	if (r->is_13) {
		updates = catch_up(r, d, cipher, &key, &iv);
	} else {
		if (iv.size > AEAD_NONCE || key.size != aead_key_size(cipher))
			return -1;
		memcpy(d->iv, iv.data, iv.size);
		updates = aead_init(&d->aead, cipher, key.data);
	}
	d->sequence = record_get64(sequence);
	return updates;
}

static int take_version(struct record *r, gnutls_session_t session,
	const struct record_secrets *secrets)
{
	gnutls_protocol_t version = gnutls_protocol_get_version(session);

	if (version == GNUTLS_TLS1_2)
		return 0;
	if (version != GNUTLS_TLS1_3 || secrets->size == 0)
		return -1;
	r->is_13 = 1;
	r->secret_size = secrets->size;
	r->prf = gnutls_prf_hash_get(session) == GNUTLS_DIG_SHA384
		? GNUTLS_MAC_SHA384
		: GNUTLS_MAC_SHA256;
	memcpy(r->in.secret, r->is_server ? secrets->client : secrets->server,
		r->secret_size);
	memcpy(r->out.secret, r->is_server ? secrets->server : secrets->client,
		r->secret_size);
	return 0;
}

struct record *record_take(gnutls_session_t session, int is_server,
	const struct record_secrets *secrets)
{
	gnutls_cipher_algorithm_t cipher = gnutls_cipher_get(session);
	struct record *r;
	int in, out;

	if (gnutls_mac_get(session) != GNUTLS_MAC_AEAD ||
		gnutls_record_check_pending(session) != 0)
		return NULL;
	nonces_gnutls(session);
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->is_server = (uint8_t)is_server;
	/* This is the most that may come.  It is also the most that may be sent
	 * by RFC 6066's limit, but not by RFC 8449's: see record_limit. */
	r->in_max = (uint16_t)gnutls_record_get_max_size(session);
	r->plain_max = r->in_max;
	r->update_after = UPDATE_AFTER;
	if (take_version(r, session, secrets) != 0 ||
		(in = take_direction(r, &r->in, session, 1, cipher)) < 0 ||
		(out = take_direction(r, &r->out, session, 0, cipher)) < 0) {
		record_free(&r);
		return NULL;
	}
	/* GnuTLS answers an update when it next sends, and may not have done
	 * so.  One update too many does no harm (RFC 8446 4.6.3). */
	r->update_due = in > out;
	r->explicit_nonce =
		!r->is_13 && cipher != GNUTLS_CIPHER_CHACHA20_POLY1305;
	return r;
}
