/*
 * Sessions towards servers.  Called by bridge.c for a place and by tls.c to
 * offer and to keep; owns the session data, which holds secrets and is wiped.
 */
#include "sessions.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX 256

struct session_slot {
	struct session_slot *next;
	uint32_t backend;
	gnutls_datum_t data;
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
