/*
 * What handshakes with servers have shown, to make the next one cheaper:
 * sessions to resume, chains that were verified, the key exchange group they
 * chose.  It belongs to one generation, so that nothing outlives the trust it
 * was verified under.
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

/* The slot for sessions with a backend under an SNI ("" if none is sent).  NULL
 * when there are too many slots: no resumption. */
struct session_slot *sessions_slot(
	struct sessions *s, uint32_t backend, const char *sni);
/* Offer the session of the slot in a handshake that begins; none if the
 * certificates that it rests on are no longer good. */
void sessions_offer(struct session_slot *slot, gnutls_session_t s);
/* Remember a verified session that has its ticket, and until when its
 * certificates are good. */
void sessions_keep(
	struct session_slot *slot, gnutls_session_t s, int64_t until);

/* peer_verify of a server for a name; slot may be NULL.  A chain of the very
 * same octets that was found good within the last minutes is not verified
 * again; that the server has its key is verified in every handshake. */
int sessions_verify(struct session_slot *slot, gnutls_session_t s,
	const char *name, struct peer_answer *a);

/* The group (IANA number) of the last handshake, 0: none yet. */
uint16_t sessions_group(const struct session_slot *slot);
void sessions_learn_group(struct session_slot *slot, gnutls_session_t s);

#endif
