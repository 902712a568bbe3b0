/*
 * TLS on a half-connection: GnuTLS sessions behind the interface of io.h.  Only
 * io.c, the handshakes (handshake.c, bridge.c), conn.c's invariants and the log
 * include this header.
 */
#ifndef RUNTIME_TLS_H
#define RUNTIME_TLS_H

#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "credentials.h"
#include "runtime/table/hex.h"
#include "sessions.h"

struct hello;
struct io;
struct tls;

/* What a session towards a client is made of; all pointers but alpn must
 * outlive it. */
struct tls_server {
	struct cert_query query; /* which certificate to show */
	gnutls_priority_t priority;
	gnutls_certificate_credentials_t credentials;
	const gnutls_datum_t *ticket_key; /* NULL: no resumption */
	const uint8_t *alpn; /* the one protocol to select, or NULL */
	uint8_t alpn_len;
	uint8_t client_auth;       /* enum client_auth */
	const struct hello *hello; /* the client's */
	uint16_t version;          /* to be negotiated, on the wire */
	uint32_t hello_max;        /* octets that a ClientHello may have */
};

/* A session towards a server. */
struct tls_client {
	gnutls_priority_t priority;
	gnutls_certificate_credentials_t credentials;
	const char *sni; /* NULL: none */
	const char
		*verify; /* name to verify; NULL: not verified; outlives it */
	const uint8_t *alpn; /* ProtocolNameList entries, or NULL */
	uint16_t alpn_len;
	struct session_slot *slot; /* for resumption, or NULL */
};

/* 0, or -1 (no memory).  On success io->tls is set. */
int tls_start_server(struct io *io, const struct tls_server *s);
int tls_start_client(struct io *io, const struct tls_client *s);

/* Handshakes with clients run as coroutines, for keys that are elsewhere. */
struct signer;
void tls_use_signer(struct signer *s);

/* IO_DONE, IO_AGAIN, or an error; tls_error then says what.  On failure an
 * alert was sent to the peer where the protocol wants one. */
int tls_handshake(struct io *io);
/* The handshake waits for a signature, not for the peer; tls_resume goes on
 * when it is there (signer_new's wake, whose arg is the io). */
int tls_waits(const struct io *io);
int tls_resume(struct io *io);
/* The handshake is over and nothing else will be asked of the session (a peer's
 * certificate): our own record layer takes over, if it can. */
void tls_adopt(struct io *io);
/* Off: GnuTLS's record layer throughout. */
void tls_use_records(int on);
ssize_t tls_read(struct io *io, uint8_t *p, size_t cap);
int tls_write(struct io *io, const uint8_t *p, size_t n);
int tls_pending(const struct io *io); /* see io_pending */
/* .out has become empty: what had to wait for that.  IO_DONE or an error. */
int tls_flushed(struct io *io);
void tls_bye(struct io *io);
void tls_alert(struct io *io, uint8_t alert);
void tls_free(struct tls **t);

/* Facts for decisions and the log. */
const char *tls_error(const struct tls *t); /* a sentence, or "" */
int tls_unverified(const struct tls *t);    /* it was the certificate */
int tls_sni_changed(const struct tls *t);   /* it was the second hello's name */
int tls_hello_changed(const struct tls *t); /* it was the second hello */
const char *tls_version(const struct tls *t);
const char *tls_suite(const struct tls *t);              /* IANA name, or "" */
size_t tls_alpn(const struct tls *t, const uint8_t **p); /* selected */
uint16_t tls_version_wire(const struct tls *t);
/* The common name of the client's certificate: 1 and *cn (until the next
 * call; "" when it has none), or 0: no certificate. */
int tls_peer_cn(const struct tls *t, const char **cn);
/* Before tls_adopt: the subject of the client's certificate (RFC 4514), the
 * caller's to free, and the SHA-256 of its octets.  0: no certificate, or no
 * memory. */
int tls_peer_names(
	const struct tls *t, char **subject, char fingerprint[HEX_SHA256]);
const char *tls_client(const struct tls *t); /* the same afterwards, or NULL */
int tls_resumed(const struct tls *t);

#endif
