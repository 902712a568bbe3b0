/*
 * Other paths from a peer's certificate to a trusted CA than the one that
 * GnuTLS tries.  GnuTLS takes the first certificate with the issuer's name, of
 * those that were sent and of ours.  Cross-signed CAs, and CAs of one name,
 * have several (RFC 4158); a server sends them all and does not know which of
 * them we trust.
 */
#ifndef RUNTIME_PEER_PATH_H
#define RUNTIME_PEER_PATH_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* GnuTLS's verdict may be true only of the path that it tried. */
int peer_path_may_help(unsigned status);
/* The certificates that the peer sent, its own first, lead to a CA of the
 * session's; each is for this purpose, and the first for the name (NULL: any).
 */
int peer_path_exists(gnutls_session_t s, const gnutls_x509_crt_t *crt,
	unsigned n, const char *purpose, gnutls_typed_vdata_st *name);

#endif
