/*
 * Other ways up from a peer's certificate than the one that GnuTLS tries: it
 * takes the first certificate with the issuer's name, of those that were sent
 * and of ours.  Cross-signed CAs, and CAs of one name, have several (RFC 4158);
 * a server sends them all and knows none of ours.
 */
#ifndef RUNTIME_PEER_PATH_H
#define RUNTIME_PEER_PATH_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* What GnuTLS said may be true of its way alone. */
int peer_path_may_help(unsigned status);
/* The certificates that the peer sent, its own first, lead to a CA of the
 * session's; each is for this purpose, and the first for the name (NULL: any).
 */
int peer_path_exists(gnutls_session_t s, const gnutls_x509_crt_t *crt,
	unsigned n, const char *purpose, gnutls_typed_vdata_st *name);

#endif
