/*
 * The record layer after the handshake: TLS 1.3 (RFC 8446 5) and the AEAD
 * suites of TLS 1.2 (RFC 5246 6.2.3.3, 5288, 7905), in place, over buffers of
 * the caller.  The state is taken from a finished GnuTLS session, which can
 * then be freed: an idle connection keeps some 400 octets instead of 10 KB.
 * Nothing here does I/O.
 */
#ifndef RUNTIME_RECORD_H
#define RUNTIME_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <gnutls/gnutls.h>

#include "runtime/table/wire.h"

#define RECORD_HEAD_MAX 13 /* header and explicit nonce */
#define RECORD_TAIL_MAX 17 /* inner content type and tag */
/* A whole record as it may come in: RFC 5246 6.2.3. */
#define RECORD_WIRE_MAX (WIRE_HEADER + WIRE_PLAIN_MAX + 2048)
#define RECORD_CONTROL_MAX 64 /* what record_control and record_alert write */

struct record; /* both directions of one connection */

/* Traffic secrets of TLS 1.3, caught by the keylog hook during the handshake:
 * feed it every call; it keeps CLIENT_ and SERVER_TRAFFIC_SECRET_0. */
struct record_secrets {
	uint8_t client[48], server[48];
	uint8_t size; /* 0 until both are known */
	uint8_t have;
};
void record_keylog(struct record_secrets *s, const char *label,
	const gnutls_datum_t *secret);

/* Take over a session whose handshake is complete and which holds no
 * decrypted data (gnutls_record_check_pending is 0).  NULL when version or
 * suite is not ours, or out of memory: keep using gnutls_record_*. */
struct record *record_take(gnutls_session_t session, int is_server,
	const struct record_secrets *secrets);
void record_free(struct record **r);

/* Drop the ciphers' expanded keys (about 2 KB) until they are needed again. */
void record_idle(struct record *r);

/* --- sending ------------------------------------------------------------- */
size_t record_head(const struct record *r); /* octets before the plaintext */
size_t record_plain_max(const struct record *r); /* the peer's limit */
/* The peer's record_size_limit (RFC 8449 4), 0: it named none.  With TLS 1.3 it
 * counts the content type. */
void record_limit(struct record *r, uint16_t wire);
/* The plaintext lies at rec + record_head, with RECORD_TAIL_MAX octets of space
 * after it; it becomes a record in place.  Returns the record's size; 0 when
 * the cipher failed (out of memory): close the connection. */
size_t record_seal(struct record *r, uint8_t *rec, size_t plain);
/* The same with another content type than application_data. */
size_t record_seal_type(
	struct record *r, uint8_t type, uint8_t *rec, size_t plain);
/* A control message is due (a KeyUpdate): call record_control and send what
 * it wrote before any other record. */
int record_wants_control(const struct record *r);
size_t record_control(struct record *r, uint8_t out[RECORD_CONTROL_MAX]);
/* An alert (RFC 8446 6): level is 2 but for close_notify and
 * no_renegotiation. */
size_t record_alert(
	struct record *r, uint8_t description, uint8_t out[RECORD_CONTROL_MAX]);

/* --- receiving ----------------------------------------------------------- */
enum record_event {
	RECORD_MORE,    /* no whole record yet; always the zero value */
	RECORD_DATA,    /* plaintext at .data */
	RECORD_NOTHING, /* a record without data for the application */
	RECORD_CLOSE,   /* close_notify */
	RECORD_ALERT,   /* a fatal alert from the peer: .alert */
	RECORD_BROKEN,  /* send .alert, close */
};
struct record_in {
	enum record_event event;
	uint8_t *data; /* inside the caller's buffer */
	size_t len;
	size_t used; /* octets of the buffer consumed */
	uint8_t alert;
};
/* One record from buf[0..n), opened in place. */
void record_open(
	struct record *r, uint8_t *buf, size_t n, struct record_in *out);

/* Tests set a lower number of records after which a KeyUpdate is due. */
void record_set_update_after(struct record *r, uint64_t records);

#endif
