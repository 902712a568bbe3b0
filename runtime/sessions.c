/*
 * Sessions towards servers, and what else was learned of them.  Called by
 * bridge.c for a place and by tls.c to offer, verify and keep; owns the session
 * data, which holds secrets and is wiped.
 */
#include "sessions.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLOTS_MAX 256
#define CHAIN_MAX 16
#define GOOD_SECONDS 300 /* that a verified chain is taken as verified */

struct session_slot {
	struct session_slot *next;
	uint32_t backend;
	gnutls_datum_t data;
	uint8_t chain[32];       /* SHA-256 of the chain that was verified */
	time_t good_from, good_until; /* 0, 0: none */
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

struct session_slot *sessions_slot(struct sessions *s, uint32_t backend,
	const char *sni)
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

void sessions_offer(const struct session_slot *slot, gnutls_session_t s)
{
	/* One that has expired is refused here: then it is a full handshake. */
	if (slot->data.size)
		gnutls_session_set_data(s, slot->data.data, slot->data.size);
}

void sessions_keep(struct session_slot *slot, gnutls_session_t s)
{
	gnutls_datum_t data;

	if (gnutls_session_get_data2(s, &data) < 0)
		return;
	forget(slot);
	slot->data = data;
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

/* The moment from which a certificate of the chain is no longer valid. */
static time_t chain_expires(gnutls_session_t s)
{
	const gnutls_datum_t *list;
	gnutls_x509_crt_t crt;
	time_t first = (time_t)-1, t;
	unsigned n = 0, i;

	list = gnutls_certificate_get_peers(s, &n);
	for (i = 0; i < n; i++) {
		if (gnutls_x509_crt_init(&crt) < 0)
			return 0;
		t = gnutls_x509_crt_import(crt, &list[i],
			    GNUTLS_X509_FMT_DER) < 0 ?
			0 :
			gnutls_x509_crt_get_expiration_time(crt);
		gnutls_x509_crt_deinit(crt);
		if (first == (time_t)-1 || t < first)
			first = t;
	}
	return first;
}

const char *sessions_status(unsigned status)
{
	if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
		return "the certificate is for another name";
	if (status & GNUTLS_CERT_EXPIRED)
		return "the certificate has expired";
	if (status & GNUTLS_CERT_NOT_ACTIVATED)
		return "the certificate is not valid yet";
	if (status & GNUTLS_CERT_REVOKED)
		return "the certificate is revoked";
	if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
		return "the certificate is of an unknown CA";
	return "the certificate is not trusted";
}

int sessions_verify(struct session_slot *slot, gnutls_session_t s,
	const char *name, const char **why)
{
	uint8_t chain[32];
	unsigned status = 0;
	time_t now = time(NULL), expires;
	int known = slot && hash_chain(s, chain) == 0;
	int r;

	if (known && now >= slot->good_from && now < slot->good_until &&
		!memcmp(chain, slot->chain, sizeof(chain)))
		return 0;
	r = gnutls_certificate_verify_peers3(s, name, &status);
	if (r < 0) {
		*why = gnutls_strerror(r);
		return r;
	}
	if (status) {
		*why = sessions_status(status);
		return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
	}
	if (known) {
		expires = chain_expires(s);
		memcpy(slot->chain, chain, sizeof(chain));
		slot->good_from = now;
		slot->good_until = now + GOOD_SECONDS < expires ?
			now + GOOD_SECONDS : expires;
	}
	return 0;
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
	} groups[] = { { GNUTLS_GROUP_SECP256R1, 23 },
		{ GNUTLS_GROUP_SECP384R1, 24 }, { GNUTLS_GROUP_SECP521R1, 25 },
		{ GNUTLS_GROUP_X25519, 29 }, { GNUTLS_GROUP_X448, 30 },
		{ GNUTLS_GROUP_FFDHE2048, 256 },
		{ GNUTLS_GROUP_FFDHE3072, 257 },
		{ GNUTLS_GROUP_FFDHE4096, 258 } };
	gnutls_group_t g = gnutls_group_get(s);
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].gnutls == g)
			slot->group = groups[i].iana;
}
