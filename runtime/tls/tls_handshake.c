/*
 * Handshakes: a step for each arrival of the peer's octets, set aside while a
 * signature is awaited, and afterwards the change to our own record layer.
 *
 * A connection must not wait for an event while there is something to read.  A
 * watcher announces what is in the socket, not what was read ahead of GnuTLS;
 * and GnuTLS returns GNUTLS_E_AGAIN whenever a message goes on in another
 * record (RFC 8446 5.1), whether that record has come or not.  So it is called
 * again until nothing is left: tls_again, for handshakes and for data.  conn.c
 * asserts it after each event.
 */
#include "tls.h"

#include <assert.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "coroutine.h"
#include "io.h"
#include "signer.h"
#include "tls_priv.h"

/* Alerts without effect (RFC 8446 6: warnings other than close_notify) that are
 * taken from a peer that sends nothing else. */
#define WARNINGS_MAX 32

int tls_again(const struct io *io, ssize_t *r, uint32_t before)
{
	struct tls *t = io->tls;

	switch (*r) {
	case GNUTLS_E_INTERRUPTED:
		return 1;
	case GNUTLS_E_WARNING_ALERT_RECEIVED:
		if (++t->warnings <= WARNINGS_MAX)
			return 1;
		*r = GNUTLS_E_UNEXPECTED_PACKET;
		return 0;
	case GNUTLS_E_AGAIN:
		if (!io_ahead(io))
			return 0; /* more from the peer */
		if (t->pulled != before)
			return 1;
		*r = GNUTLS_E_INTERNAL_ERROR; /* else for ever */
		return 0;
	default:
		return 0;
	}
}

/* A client that cannot go on after our ServerHello may send its alert in clear:
 * it has no keys yet, or does not use them (RFC 8446 6.2 wants it sent all the
 * same).  GnuTLS expects a record of type 23 then and fails to decrypt it. */
static int clear_alert(const struct tls *t, int r)
{
	const uint8_t *p = t->pulled_last;

	return r == GNUTLS_E_DECRYPTION_FAILED && p[0] == TYPE_ALERT &&
		p[1] == 3 && p[3] == 0 && p[4] == 2 &&
		(p[5] == LEVEL_WARNING || p[5] == LEVEL_FATAL);
}

/* GnuTLS keeps 31 records of a flight and fails at the next; a chain of 54 KB
 * would need no more of this size. */
#define LIMIT_SHORT 2048

/* By RFC 8449, or by RFC 6066 4, which holds in both directions. */
static int wants_short(const struct tls *t)
{
	return (t->limit && t->limit < LIMIT_SHORT) ||
		gnutls_record_get_max_size(t->s) < LIMIT_SHORT;
}

/* A failed operation as an outcome, remembering why. */
int tls_fail(struct io *io, int r)
{
	struct tls *t = io->tls;

	t->error = r;
	if (r == GNUTLS_E_INTERNAL_ERROR && wants_short(t))
		t->why = "a handshake flight would need too many records of "
			 "the size that the peer asks for";
	if (r == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
		t->unverified = 1;
	if (clear_alert(t, r)) {
		io->alert_got = t->pulled_last[6];
		return IO_BROKEN;
	}
	if (r == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		io->alert_got = (int16_t)gnutls_alert_get(t->s);
		return IO_BROKEN;
	}
	if (io->rst)
		return IO_RESET;
	if (r == GNUTLS_E_PREMATURE_TERMINATION || io->fin)
		return IO_TRUNCATED;
	return IO_BROKEN;
}

/* Where a client's certificate is due, GnuTLS reports a missing one also if
 * another message came in its place, and would answer both with decode_error.
 * RFC 5246 7.4.6; TLS 1.3 has an error and an alert of its own for a missing
 * one. */
static uint8_t no_certificate(struct tls *t)
{
	if (!t->flight_sent)
		return GNUTLS_A_HANDSHAKE_FAILURE;
	t->why = "a message other than the client's certificate";
	return GNUTLS_A_UNEXPECTED_MESSAGE;
}

/* The alert that fits an error of ours or the peer's; none in answer to an
 * alert. */
void tls_complain(struct io *io, int r)
{
	int level;

	if (io->alert_got >= 0)
		return;
	io->alert = (int16_t)gnutls_error_to_alert(r, &level);
	if (io->tls->wrong)
		io->alert = io->tls->wrong;
	else if (r == GNUTLS_E_NO_CERTIFICATE_FOUND)
		io->alert = no_certificate(io->tls);
	else if (r == GNUTLS_E_KEY_USAGE_VIOLATION) /* no internal_error */
		io->alert = GNUTLS_A_UNSUPPORTED_CERTIFICATE;
	gnutls_alert_send(io->tls->s, GNUTLS_AL_FATAL,
		(gnutls_alert_description_t)io->alert);
}

static uint16_t wire_version(gnutls_session_t s)
{
	switch (gnutls_protocol_get_version(s)) {
	case GNUTLS_TLS1_3:
		return TLS13;
	case GNUTLS_TLS1_2:
		return TLS12;
	case GNUTLS_TLS1_1:
		return TLS11;
	default:
		return TLS10;
	}
}

/* What the log wants to know when the session is gone. */
static void keep_facts(struct tls *t)
{
	gnutls_datum_t name;
	const char *cn;

	t->version = wire_version(t->s);
	t->suite = gnutls_ciphersuite_get(t->s);
	t->resumed = gnutls_session_is_resumed(t->s) != 0;
	if (gnutls_alpn_get_selected_protocol(t->s, &name) >= 0)
		t->alpn = strndup((const char *)name.data, name.size);
	if (t->server && tls_peer_cn(t, &cn))
		t->client = strdup(cn);
}

/* A full handshake with a server: the next is to be spared.  In TLS 1.3 the
 * ticket comes with the server's first octets (RFC 8446 4.6.1). */
static void want_session(struct tls *t)
{
	if (!t->slot)
		return;
	sessions_learn_group(t->slot, t->s);
	if (t->resumed)
		return;
	if (t->version == TLS13)
		t->wants_ticket = 1;
	else
		sessions_keep(t->slot, t->s, t->until);
}

/* Something was read: perhaps the ticket.  have: the server's data has begun,
 * so no ticket will come. */
void tls_look_for_ticket(struct io *io, int have)
{
	struct tls *t = io->tls;

	if (gnutls_session_get_flags(t->s) & GNUTLS_SFLAGS_SESSION_TICKET)
		sessions_keep(t->slot, t->s, t->until);
	else if (!have)
		return;
	t->wants_ticket = 0;
}

void tls_adopt(struct io *io)
{
	struct tls *t = io->tls;

	if (!t || !t->secrets || !t->s || t->wants_ticket)
		return;
	/* Not in the middle of a record that GnuTLS has begun, nor of a ticket
	 * in several records: what it read last was data, or the handshake's
	 * end. */
	if (t->pulled != t->clean_at)
		return;
	if (!gnutls_record_check_pending(t->s))
		t->record = record_take(t->s, t->server, t->secrets);
	if (t->record)
		record_limit(t->record, t->limit);
	gnutls_memset(t->secrets, 0, sizeof(*t->secrets));
	free(t->secrets);
	t->secrets = NULL;
	if (!t->record) {
		gnutls_session_set_keylog_function(t->s, NULL);
		tls_record_release(io);
		return;
	}
	gnutls_deinit(t->s);
	t->s = NULL;
}

/* A ticket holds the client's certificates, and its length has 16 bits (RFC
 * 8446 4.6.1): GnuTLS would send what no client can read. */
static int ticket_has_room(gnutls_session_t s)
{
	unsigned count = 0;
	size_t octets = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(s, &count);

	for (unsigned i = 0; list && i < count; i++)
		octets += list[i].size;
	return octets < 60000;
}

/* Octets of one handshake on the wire: several times what tls_start.c allows
 * its messages.  That leaves space for small records, and bounds everything
 * that is not a message. */
#define WIRE_MAX (1 << 20)

static int shake(struct io *io)
{
	struct tls *t = io->tls;
	uint32_t before;
	ssize_t r;

	do {
		before = t->pulled;
		if (before > WIRE_MAX)
			return GNUTLS_E_TOO_MANY_HANDSHAKE_PACKETS;
		r = gnutls_handshake(t->s);
	} while (tls_again(io, &r, before));
	return (int)r;
}

/* One step of the handshake, on whatever stack. */
static void step(void *arg)
{
	struct io *io = arg;
	struct tls *t = io->tls;
	int r = shake(io);

	if (r == 0)
		r = tls_recheck(t);
	if (r == 0) {
		t->clean_at = t->pulled;
		t->warnings = 0;
		credentials_query_done(&t->query);
		buf_free(&t->first);
		keep_facts(t);
		want_session(t);
		if (t->tickets && t->version == TLS13 && ticket_has_room(t->s))
			gnutls_session_ticket_send(t->s, 1, 0);
		t->result = IO_DONE;
	} else if (r == GNUTLS_E_AGAIN) {
		t->result = IO_AGAIN;
	} else {
		t->result = tls_fail(io, r);
		if (t->result == IO_BROKEN)
			tls_complain(io, r);
	}
}

/* After a step: what was gathered goes out, and the worker's buffers are free
 * for others, also when the step is set aside in the middle. */
static int stepped(struct io *io)
{
	struct tls *t = io->tls;
	int settled;

	if (t->waits) {
		t->asked = 1;
		return io_park(io) == IO_DONE ? IO_AGAIN : IO_MEMORY;
	}
	/* A ticket is for the next connection: it need not be a segment of
	 * its own (RFC 8446 4.6.1 lets it come at any time). */
	if (t->result == IO_DONE && t->tickets && t->version == TLS13 &&
		t->secrets && !io->out)
		return io_keep(io, &t->held);
	settled = io_settle(io);
	/* What was parked goes out with what followed it. */
	if (settled == IO_DONE && io->out && io_flush(io) == IO_RESET)
		settled = IO_RESET;
	if (t->result == IO_DONE || t->result == IO_AGAIN)
		return settled == IO_DONE ? t->result : settled;
	return t->result;
}

static struct signer *signer;

void tls_use_signer(struct signer *s)
{
	signer = s;
}

int tls_handshake(struct io *io)
{
	struct tls *t = io->tls;
	int failed = 0;

	if (t->waits)
		return IO_AGAIN;
	io_begin(io);
	/* There is one signature in a handshake. */
	if (t->server && signer && !t->asked)
		t->waits = coroutine_start(step, io, &failed);
	else
		step(io);
	if (failed)
		t->result = IO_MEMORY;
	return stepped(io);
}

int tls_waits(const struct io *io)
{
	return io->tls && io->tls->waits;
}

int tls_resume(struct io *io)
{
	io_begin(io);
	coroutine_resume(&io->tls->waits);
	return stepped(io);
}

/* The connection ends while its handshake waits: it is resumed with an error,
 * so that its stack unwinds; what it then says to the peer is dropped. */
void tls_abandon(struct tls *t)
{
	signer_cancel(signer, t->io);
	io_begin(t->io);
	coroutine_resume(&t->waits);
	io_drop(t->io);
	assert(!t->waits);
}
