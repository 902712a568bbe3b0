/*
 * TLS sessions towards servers, to be resumed: what spares the second leg of a
 * bridge the verification of a chain it has just verified.  Of one generation,
 * so that a session never outlives the trust it was verified under.
 */
#ifndef RUNTIME_SESSIONS_H
#define RUNTIME_SESSIONS_H

#include <gnutls/gnutls.h>
#include <stdint.h>

struct sessions;
struct session_slot;

struct sessions *sessions_new(void); /* NULL: no memory */
void sessions_free(struct sessions **s);

/* The place for sessions with a backend under an SNI ("" when none is sent);
 * NULL when there are too many: no resumption. */
struct session_slot *sessions_slot(struct sessions *s, uint32_t backend,
	const char *sni);
/* Offer what is there in a handshake that begins. */
void sessions_offer(const struct session_slot *slot, gnutls_session_t s);
/* Remember a session that was verified and has its ticket. */
void sessions_keep(struct session_slot *slot, gnutls_session_t s);

#endif
