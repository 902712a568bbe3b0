/*
 * What the files of TLS share: tls_start.c, tls_handshake.c, tls_hello.c, tls.c
 * (data by GnuTLS), tls_record.c (data by our own record layer) and
 * credentials_certs.c.  No other file includes it.
 */
#ifndef RUNTIME_TLS_PRIV_H
#define RUNTIME_TLS_PRIV_H

#include <gnutls/gnutls.h>

#include "credentials.h"
#include "record.h"
#include "runtime/table/wire.h"

struct coroutine;

struct tls {
	gnutls_session_t s; /* NULL once .record has taken over */
	struct record *record;
	struct record_secrets *secrets; /* during the handshake */
	struct buf *held;  /* a sealed ticket: goes with the first data */
	struct buf *first; /* the ClientHello, while a second may come */
	struct cert_query query;
	struct io *io;
	struct coroutine *waits; /* the handshake, set aside for a signature */
	int result;              /* of the handshake's last step */
	struct session_slot *slot; /* towards a server: where to keep it */
	const char *verify;        /* name the server must prove, or NULL */
	int64_t until;     /* the server's certificates are good until then */
	const char *suite; /* facts, kept when the session goes */
	char *alpn;
	char *client;    /* CN of the certificate that it showed, or NULL */
	const char *why; /* more exact than .error, or NULL */
	int error;       /* GnuTLS's code of the failure, or 0 */
	int8_t end;      /* outcome to return after the data; 0: none */
	uint8_t server;
	uint8_t client_auth; /* enum client_auth */
	uint8_t asked;       /* the keys process was asked */
	uint8_t tickets;     /* send one when the handshake is over */
	uint8_t *name; /* in GnuTLS's hello, of name_len octets, or NULL */
	uint8_t name_len;
	uint8_t masks;       /* ... its underscores are hidden from GnuTLS */
	uint8_t at;          /* in the head of the record being pulled */
	uint8_t type;        /* that record's */
	uint16_t left;       /* of its body */
	uint8_t two_hellos;  /* of TLS 1.3: a second one may come */
	uint8_t changed;     /* the second ClientHello differs from the first */
	uint8_t sni_changed; /* ... even in its name */
	uint8_t wrong;       /* the alert for it, better than GnuTLS's, or 0 */
	uint8_t flight_sent; /* to a client, and no message heard since */
	uint8_t refused;     /* renegotiations refused */
	uint8_t unverified;
	uint8_t wants_ticket; /* GnuTLS reads until it has come */
	uint8_t warnings;     /* alerts that meant nothing, since data */
	uint32_t pulled;      /* octets that GnuTLS took, modulo 2^32 */
	uint32_t clean_at;    /* .pulled when GnuTLS last held no part of a
	                        * record nor of a message */
	uint8_t pulled_last[WIRE_ALERT]; /* octets */
	uint8_t warm; /* place among those with expanded keys, or 0 */
	uint8_t resumed;
	uint16_t limit;   /* record_size_limit of the peer, or 0 */
	uint16_t version; /* on the wire; 0 before the handshake's end */
};

struct io;
struct tls_server;

/* tls_hello.c: check the peer's hellos before GnuTLS reads them. */
void tls_hello_server(struct tls *t, const struct tls_server *s);
void tls_hello_client(struct tls *t);
/* GnuTLS is about to read these octets of the wire.  -1: it must not. */
int tls_hello_wire(struct tls *t, const uint8_t *p, size_t n);

/* tls_start.c: judge a resumed session's peer again.  Its certificate is that
 * of the full handshake, which GnuTLS keeps with the session and does not
 * verify again; it may have expired since.  0 or a GnuTLS error. */
int tls_recheck(struct tls *t);

/* tls_handshake.c: a failed operation as an outcome, remembering why; the alert
 * that fits it, to the peer. */
int tls_fail(struct io *io, int r);
void tls_complain(struct io *io, int r);
/* GnuTLS has returned *r: call it again at once? before: .pulled when it was
 * called.  May change *r to an error that ends the connection. */
int tls_again(const struct io *io, ssize_t *r, uint32_t before);
/* Something was read: perhaps the session's ticket.  have: the server's data
 * has begun, so none will come. */
void tls_look_for_ticket(struct io *io, int have);
/* The connection ends while its handshake waits. */
void tls_abandon(struct tls *t);

/* tls_record.c: as the functions of tls.h, when t->record is set. */
ssize_t tls_record_read(struct io *io, uint8_t *p, size_t cap);
int tls_record_write(struct io *io, const uint8_t *p, size_t n);
int tls_record_flushed(struct io *io);
void tls_record_alert(struct io *io, uint8_t alert);
/* Send what is held: it has its sequence number, so nothing goes before it.
 * IO_DONE or an error. */
int tls_record_release(struct io *io);
/* Give back the expanded keys; t may be NULL or have none. */
void tls_record_cool(struct tls *t);

#endif
