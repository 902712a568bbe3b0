/*
 * Sessions with servers, and what else was learned of them.  Called by bridge.c
 * for a slot, by tls_start.c to offer and verify, and by tls_handshake.c to
 * keep; owns the session data, which holds secrets and is wiped.
 */
#include "sessions.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLOTS_MAX 256
#define CHAIN_MAX 16
#define GOOD_SECONDS 300 /* for which a verified chain counts as verified */

struct session_slot {
	struct session_slot *next;
	uint32_t backend;
	gnutls_datum_t data;
	int64_t until;     /* the data rests on a chain good until then */
	uint8_t chain[32]; /* SHA-256 of the chain that was verified */
	int64_t good_from, good_until; /* 0, 0: none */
	int64_t chain_until; /* its certificates are good until then */
	uint16_t group;
	char sni[];
};

struct sessions {
	struct session_slot *first;
	unsigned count;
};

struct sessions *sessions_new(void)
{
	return calloc(1, sizeof(struct sessions));
}

static void forget(struct session_slot *slot)
{
	if (slot->data.data)
		gnutls_memset(slot->data.data, 0, slot->data.size);
	gnutls_free(slot->data.data);
	slot->data.data = NULL;
	slot->data.size = 0;
}

void sessions_free(struct sessions **sp)
{
	struct sessions *s = *sp;
	struct session_slot *slot;

	*sp = NULL;
	if (!s)
		return;
	while ((slot = s->first)) {
		s->first = slot->next;
		forget(slot);
		free(slot);
	}
	free(s);
}

struct session_slot *sessions_slot(
	struct sessions *s, uint32_t backend, const char *sni)
{
	struct session_slot *slot;
	size_t n = strlen(sni) + 1;

	for (slot = s->first; slot; slot = slot->next)
		if (slot->backend == backend && !strcmp(slot->sni, sni))
			return slot;
	if (s->count >= SLOTS_MAX)
		return NULL;
	slot = calloc(1, sizeof(*slot) + n);
	if (!slot)
		return NULL;
	slot->backend = backend;
	memcpy(slot->sni, sni, n);
	slot->next = s->first;
	s->first = slot;
	s->count++;
	return slot;
}

void sessions_offer(struct session_slot *slot, gnutls_session_t s)
{
	if (slot->until <= (int64_t)time(NULL))
		forget(slot);
	/* An expired one is not offered: then the handshake is a full one. */
	if (slot->data.size)
		gnutls_session_set_data(s, slot->data.data, slot->data.size);
}

void sessions_keep(struct session_slot *slot, gnutls_session_t s, int64_t until)
{
	gnutls_datum_t data;

	if (gnutls_session_get_data2(s, &data) < 0)
		return;
	forget(slot);
	slot->data = data;
	slot->until = until;
}

static int hash_chain(gnutls_session_t s, uint8_t out[32])
{
	gnutls_hash_hd_t h;
	const gnutls_datum_t *list;
	unsigned n = 0, i;

	list = gnutls_certificate_get_peers(s, &n);
	if (!list || !n || n > CHAIN_MAX ||
		gnutls_hash_init(&h, GNUTLS_DIG_SHA256) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		gnutls_hash(h, &list[i].size, sizeof(list[i].size));
		gnutls_hash(h, list[i].data, list[i].size);
	}
	gnutls_hash_deinit(h, out);
	return 0;
}

/* Anew, whatever is remembered. */
static int verify(struct session_slot *slot, const uint8_t chain[32],
	gnutls_session_t s, const struct peer_question *q,
	struct peer_answer *a)
{
	int r = peer_verify(s, q, a);

	if (!slot)
		return r;
	if (r < 0) {
		/* A session with a server that is no longer accepted is
		 * dropped. */
		forget(slot);
	} else if (chain) {
		memcpy(slot->chain, chain, sizeof(slot->chain));
		slot->chain_until = a->until;
		slot->good_from = q->now;
		slot->good_until = q->now + GOOD_SECONDS < a->until
			? q->now + GOOD_SECONDS
			: a->until;
	}
	return r;
}

int sessions_verify(struct session_slot *slot, gnutls_session_t s,
	const char *name, struct peer_answer *a)
{
	struct peer_question q = {
		.role = PEER_SERVER, .name = name, .now = (int64_t)time(NULL)};
	uint8_t chain[32];
	int known = slot && hash_chain(s, chain) == 0;

	if (known && q.now >= slot->good_from && q.now < slot->good_until &&
		!memcmp(chain, slot->chain, sizeof(chain))) {
		a->why = NULL;
		a->until = slot->chain_until;
		return 0;
	}
	return verify(slot, known ? chain : NULL, s, &q, a);
}

uint16_t sessions_group(const struct session_slot *slot)
{
	return slot ? slot->group : 0;
}

void sessions_learn_group(struct session_slot *slot, gnutls_session_t s)
{
	static const struct {
		gnutls_group_t gnutls;
		uint16_t iana;
	} groups[] = {{GNUTLS_GROUP_SECP256R1, 23},
		{GNUTLS_GROUP_SECP384R1, 24}, {GNUTLS_GROUP_SECP521R1, 25},
		{GNUTLS_GROUP_X25519, 29}, {GNUTLS_GROUP_X448, 30},
		{GNUTLS_GROUP_FFDHE2048, 256}, {GNUTLS_GROUP_FFDHE3072, 257},
		{GNUTLS_GROUP_FFDHE4096, 258}};
	gnutls_group_t g = gnutls_group_get(s);
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].gnutls == g)
			slot->group = groups[i].iana;
}
