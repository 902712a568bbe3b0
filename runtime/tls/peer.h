/*
 * The one judgement of a peer's certificate, for every handshake of ours: with
 * clients, with servers, of health checks; full and resumed.  No other file
 * asks GnuTLS whether a chain is good (tests/layering.t).
 */
#ifndef RUNTIME_PEER_H
#define RUNTIME_PEER_H

#include <gnutls/gnutls.h>
#include <stdint.h>

struct crl_file;

/* The purpose that the certificate is shown for (RFC 5280 4.2.1.12).  One that
 * names purposes must name this one; one that names none is for all. */
enum peer_role { PEER_CLIENT, PEER_SERVER };

struct peer_question {
	enum peer_role role;
	const char *name; /* or address that it must be for, or NULL */
	const struct crl_file *lists; /* beside its CAs, or NULL */
	int64_t now;                  /* seconds since 1970 */
};
struct peer_answer {
	const char *why; /* it is not good, in words, or NULL */
	uint8_t alert;   /* that says so to the peer (RFC 8446 6.2) */
	int64_t until;   /* good until then, if nothing else changes */
};

/* Is it an address? That is never sent as a server name (RFC 6066 3) and is in
 * another kind of subjectAltName.  Its octets, 4 or 16; 0: it is a name. */
unsigned peer_address(const char *name, uint8_t octets[16]);

/* Judge the chain of a session, which GnuTLS also keeps in tickets.  0, or a
 * GnuTLS error, and then a->why. */
int peer_verify(gnutls_session_t s, const struct peer_question *q,
	struct peer_answer *a);

#endif
