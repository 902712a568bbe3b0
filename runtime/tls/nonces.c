/*
 * The set of keys and nonces used: see nonces.h.  Open addressing over 16
 * octets of the pair's SHA-256; it grows for as long as the process lives.
 */
#include "nonces.h"

#ifdef WITH_NONCES

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gnutls/crypto.h>

enum { NONCE = 12, KEY_MAX = 32, START = 1 << 12 };

struct pair {
	uint64_t id[2]; /* both zero: a free place */
};

static struct pair *set;
static size_t places, used;

static struct pair pair_of(
	const uint8_t *key, size_t size, const uint8_t *nonce)
{
	uint8_t text[KEY_MAX + NONCE], digest[32];
	struct pair p;

	if (size > KEY_MAX)
		abort();
	memcpy(text, key, size);
	memcpy(text + size, nonce, NONCE);
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, text, size + NONCE, digest) < 0)
		abort();
	gnutls_memset(text, 0, sizeof(text));
	memcpy(p.id, digest, sizeof(p.id));
	return p;
}

/* Where it is, or the free place where it would be. */
static struct pair *find(const struct pair *p)
{
	size_t at = p->id[0] & (places - 1);

	while ((set[at].id[0] || set[at].id[1]) &&
		memcmp(&set[at], p, sizeof(*p)) != 0)
		at = (at + 1) & (places - 1);
	return &set[at];
}

static void grow(void)
{
	struct pair *old = set;
	size_t n = places;

	places = n ? 2 * n : START;
	set = calloc(places, sizeof(*set));
	if (!set)
		abort();
	for (size_t i = 0; i < n; i++)
		if (old[i].id[0] || old[i].id[1])
			*find(&old[i]) = old[i];
	free(old);
}

/* 0: it is new. */
static int add(const uint8_t *key, size_t size, const uint8_t *nonce)
{
	struct pair p = pair_of(key, size, nonce), *place;

	if (2 * used >= places)
		grow();
	place = find(&p);
	if (place->id[0] || place->id[1])
		return -1;
	*place = p;
	used++;
	return 0;
}

void nonces_use(const uint8_t *key, size_t size, const uint8_t nonce[NONCE])
{
	if (add(key, size, nonce) == 0)
		return;
	fputs("tlsd: a nonce is used twice under one key\n", stderr);
	abort();
}

/* RFC 8446 5.3 and RFC 7905 2: IV xor sequence; RFC 5288 3: salt, sequence. */
static void nonce_of(
	const gnutls_datum_t *iv, uint64_t sequence, uint8_t nonce[NONCE])
{
	memset(nonce, 0, NONCE);
	memcpy(nonce, iv->data, iv->size);
	for (int i = 0; i < 8; i++)
		nonce[NONCE - 1 - i] ^= (uint8_t)(sequence >> 8 * i);
}

void nonces_gnutls(gnutls_session_t s)
{
	gnutls_datum_t mac, iv, key;
	uint8_t octets[8], nonce[NONCE];
	uint64_t sequence = 0;

	if (gnutls_record_get_state(s, 0, &mac, &iv, &key, octets) < 0 ||
		!key.size || (iv.size != 4 && iv.size != NONCE))
		return;
	for (int i = 0; i < 8; i++)
		sequence = sequence << 8 | octets[i];
	/* Those before the last that is known are known too. */
	while (sequence--) {
		nonce_of(&iv, sequence, nonce);
		if (add(key.data, key.size, nonce) != 0)
			return;
	}
}

void nonces_forget(void)
{
	free(set);
	set = NULL;
	places = used = 0;
}

#endif
