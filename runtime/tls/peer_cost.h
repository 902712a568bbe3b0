/*
 * What a peer's public keys may cost.  GnuTLS bounds neither an RSA key nor a
 * finite-field group, and computes with them before the certificate is
 * verified: ten kilobytes from a stranger keep it busy for seconds, a hundred
 * for hours.
 */
#ifndef RUNTIME_PEER_COST_H
#define RUNTIME_PEER_COST_H

#include <gnutls/gnutls.h>
#include <stdint.h>

/* For a handshake hook, with a complete message.  0, or the alert that refuses
 * it, with why in words. */
uint8_t peer_cost(gnutls_session_t s, unsigned type, const gnutls_datum_t *msg,
	const char **why);

#endif
