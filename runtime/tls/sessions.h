/*
 * What was learned of servers in TLS handshakes with them, to make the next one
 * cheaper: sessions to resume, chains that were verified, the group they like.
 * Of one generation, so that nothing outlives the trust it was verified under.
 */
#ifndef RUNTIME_SESSIONS_H
#define RUNTIME_SESSIONS_H

#include <gnutls/gnutls.h>
#include <stdint.h>

#include "peer.h"

struct sessions;
struct session_slot;

struct sessions *sessions_new(void); /* NULL: no memory */
void sessions_free(struct sessions **s);

/* The place for sessions with a backend under an SNI ("" when none is sent);
 * NULL when there are too many: no resumption. */
struct session_slot *sessions_slot(
	struct sessions *s, uint32_t backend, const char *sni);
/* Offer what is there in a handshake that begins; nothing when the certificates
 * that it rests on are no longer good. */
void sessions_offer(struct session_slot *slot, gnutls_session_t s);
/* Remember a session that was verified, and until when its certificates are
 * good, and that has its ticket. */
void sessions_keep(
	struct session_slot *slot, gnutls_session_t s, int64_t until);

/* peer_verify of a server for a name; slot may be NULL.  The very same octets
 * that were found good within the last minutes are not verified anew (that the
 * server has the key is, in every handshake). */
int sessions_verify(struct session_slot *slot, gnutls_session_t s,
	const char *name, struct peer_answer *a);

/* The group (IANA number) of the last handshake, 0: none yet. */
uint16_t sessions_group(const struct session_slot *slot);
void sessions_learn_group(struct session_slot *slot, gnutls_session_t s);

#endif
