/*
 * TLS: GnuTLS sessions for handshakes, and for the data of those that our own
 * record layer (tls_record.c) does not take over.  The wire is io.c's: pulling replays octets that were read
 * before there was a session (the ClientHello), pushing never blocks, so
 * GNUTLS_E_AGAIN only ever means "more from the peer".  Owns the sessions.
 */
#include "tls.h"

#include <assert.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "coroutine.h"
#include "io.h"
#include "signer.h"
#include "tls_priv.h"

#define RECORD_MAX 16384

/* RFC 8446 4.1.2: the second ClientHello is the first with a few changes, and
 * the name is none of them.  A client that is routed by one name and served
 * under another would have walked around the policy. */
static int check_name(gnutls_session_t s, unsigned type, unsigned post,
	unsigned incoming, const gnutls_datum_t *msg)
{
	struct tls *t = gnutls_session_get_ptr(s);
	char name[256];
	size_t n = sizeof(name);
	unsigned kind = 0;

	if (gnutls_server_name_get(s, name, &n, &kind, 0) < 0)
		n = 0;
	if (n == strlen(t->query.sni) &&
		!strncasecmp(name, t->query.sni, n))
		return 0;
	t->sni_changed = 1;
	return GNUTLS_E_ILLEGAL_PARAMETER;
}

struct cert_query *credentials_query(gnutls_session_t s)
{
	struct tls *t = gnutls_session_get_ptr(s);

	return &t->query;
}

/* A client that was asked for a certificate may have none (then only "require"
 * refuses it, in GnuTLS); one that it shows must be good. */
static int check_client(gnutls_session_t s)
{
	struct tls *t = gnutls_session_get_ptr(s);
	unsigned count = 0, status = 0;

	if (!gnutls_certificate_get_peers(s, &count) || !count)
		return 0;
	if (gnutls_certificate_verify_peers2(s, &status) >= 0 && !status)
		return 0;
	t->unverified = 1;
	return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

static int check_server(gnutls_session_t s)
{
	struct tls *t = gnutls_session_get_ptr(s);
	int r = sessions_verify(t->slot, s, t->verify, &t->why);

	if (r < 0)
		t->unverified = 1;
	return r;
}

/* Follows the records GnuTLS pulls (it asks for a header, then for a body), so
 * that we know when it holds no part of one. */
static void follow(struct tls *t, const uint8_t *p, size_t n)
{
	size_t part;

	while (n) {
		if (t->body_left) {
			part = n < t->body_left ? n : t->body_left;
			t->body_left -= (uint16_t)part;
			p += part;
			n -= part;
			continue;
		}
		if (t->head_have == 3)
			t->head_len = (uint16_t)(*p << 8);
		if (t->head_have == 4)
			t->body_left = t->head_len | *p;
		t->head_have = (uint8_t)((t->head_have + 1) % 5);
		p++;
		n--;
	}
}

static ssize_t pull(void *io, void *p, size_t n)
{
	ssize_t got = io_pull(io, p, n);

	if (got > 0)
		follow(((struct io *)io)->tls, p, (size_t)got);
	return got;
}

static struct tls *start(struct io *io, unsigned flags)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->io = io;
	if (gnutls_init(&t->s, flags | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) <
		0) {
		free(t);
		return NULL;
	}
	gnutls_session_set_ptr(t->s, t);
	gnutls_transport_set_ptr(t->s, io);
	gnutls_transport_set_pull_function(t->s, pull);
	gnutls_transport_set_push_function(t->s, io_push);
	gnutls_handshake_set_timeout(t->s, 0);
	return t;
}

static int keep_secret(gnutls_session_t s, const char *label,
	const gnutls_datum_t *secret)
{
	struct tls *t = gnutls_session_get_ptr(s);

	record_keylog(t->secrets, label, secret);
	return 0;
}

static int use_records;

void tls_use_records(int on)
{
	use_records = on;
}

/* Let the record layer have what it will need; without memory for it the
 * session stays GnuTLS's. */
static void watch_secrets(struct tls *t)
{
	if (!use_records)
		return;
	t->secrets = calloc(1, sizeof(*t->secrets));
	if (t->secrets)
		gnutls_session_set_keylog_function(t->s, keep_secret);
}

static int set_alpn(gnutls_session_t s, const uint8_t *p, size_t len)
{
	gnutls_datum_t names[32];
	unsigned n = 0;
	size_t i;

	for (i = 0; i < len && n < 32; i += 1u + p[i]) {
		names[n].data = (unsigned char *)p + i + 1;
		names[n++].size = p[i];
	}
	return gnutls_alpn_set_protocols(s, names, n, 0);
}

/* Signed certificate timestamps (RFC 6962 3.3.1), for clients that ask.  In
 * TLS 1.3 they belong into the Certificate message, whose extensions GnuTLS
 * does not let us fill; and a resumption shows no certificate. */
#define EXTENSION_SCT 18

static int heard_sct(gnutls_session_t s, const unsigned char *p, size_t n)
{
	return 0;
}

static int say_sct(gnutls_session_t s, gnutls_buffer_t to)
{
	struct tls *t = gnutls_session_get_ptr(s);
	const uint8_t *p;
	size_t n;

	if (credentials_scts(&t->query, &p, &n) < 0)
		return 0;
	return gnutls_buffer_append_data(to, p, n) < 0 ?
		GNUTLS_E_MEMORY_ERROR : (int)n;
}

static int offer_scts(gnutls_session_t s)
{
	return gnutls_session_ext_register(s, "signed_certificate_timestamp",
		EXTENSION_SCT, GNUTLS_EXT_TLS, heard_sct, say_sct, NULL, NULL,
		NULL, GNUTLS_EXT_FLAG_CLIENT_HELLO |
			GNUTLS_EXT_FLAG_TLS12_SERVER_HELLO |
			GNUTLS_EXT_FLAG_TLS);
}

int tls_start_server(struct io *io, const struct tls_server *s)
{
	struct tls *t = start(io, GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET |
		(s->ticket_key ? 0 : GNUTLS_NO_TICKETS));
	gnutls_datum_t alpn = { (unsigned char *)s->alpn, s->alpn_len };

	if (!t)
		return -1;
	t->server = 1;
	t->query = s->query;
	t->tickets = s->ticket_key != NULL;
	if (gnutls_priority_set(t->s, s->priority) < 0 ||
		gnutls_credentials_set(t->s, GNUTLS_CRD_CERTIFICATE,
			s->credentials) < 0)
		goto fail;
	if (s->ticket_key &&
		gnutls_session_ticket_enable_server(t->s, s->ticket_key) < 0)
		goto fail;
	if (s->alpn && gnutls_alpn_set_protocols(t->s, &alpn, 1, 0) < 0)
		goto fail;
	if (credentials_has_scts(s->query.credentials, s->query.action) &&
		offer_scts(t->s) < 0)
		goto fail;
	if (s->client_auth)
		gnutls_certificate_server_set_request(t->s,
			s->client_auth == 2 ? GNUTLS_CERT_REQUIRE :
					      GNUTLS_CERT_REQUEST);
	if (s->client_auth)
		gnutls_session_set_verify_function(t->s, check_client);
	gnutls_handshake_set_hook_function(t->s, GNUTLS_HANDSHAKE_CLIENT_HELLO,
		GNUTLS_HOOK_POST, check_name);
	watch_secrets(t);
	io->tls = t;
	return 0;
fail:
	tls_free(&t);
	return -1;
}

int tls_start_client(struct io *io, const struct tls_client *c)
{
	/* One key share, of the group the server took last time: making another
	 * costs as much as the exchange. */
	struct tls *t = start(io, GNUTLS_CLIENT | GNUTLS_KEY_SHARE_TOP);

	if (!t)
		return -1;
	if (gnutls_priority_set(t->s, c->priority) < 0 ||
		gnutls_credentials_set(t->s, GNUTLS_CRD_CERTIFICATE,
			c->credentials) < 0)
		goto fail;
	if (c->sni && gnutls_server_name_set(t->s, GNUTLS_NAME_DNS, c->sni,
			strlen(c->sni)) < 0)
		goto fail;
	if (c->alpn && set_alpn(t->s, c->alpn, c->alpn_len) < 0)
		goto fail;
	t->verify = c->verify;
	if (t->verify)
		gnutls_session_set_verify_function(t->s, check_server);
	t->slot = c->slot;
	if (t->slot)
		sessions_offer(t->slot, t->s);
	watch_secrets(t);
	io->tls = t;
	return 0;
fail:
	tls_free(&t);
	return -1;
}

/* Alerts that concern nobody (RFC 8446 6: warnings other than close_notify)
 * and interrupted calls. */
static int harmless(int r)
{
	return r == GNUTLS_E_INTERRUPTED ||
	       r == GNUTLS_E_WARNING_ALERT_RECEIVED;
}

/* A failed operation as an outcome, remembering why. */
static int fail(struct io *io, int r)
{
	struct tls *t = io->tls;

	t->error = r;
	if (r == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
		t->unverified = 1;
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

/* The alert that fits an error of ours or the peer's; none in answer to an
 * alert. */
static void complain(struct io *io, int r)
{
	int level;

	if (r == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return;
	io->alert = (int16_t)gnutls_error_to_alert(r, &level);
	gnutls_alert_send(io->tls->s, GNUTLS_AL_FATAL,
		(gnutls_alert_description_t)io->alert);
}

static uint16_t wire_version(gnutls_session_t s)
{
	switch (gnutls_protocol_get_version(s)) {
	case GNUTLS_TLS1_3:
		return 0x0304;
	case GNUTLS_TLS1_2:
		return 0x0303;
	case GNUTLS_TLS1_1:
		return 0x0302;
	default:
		return 0x0301;
	}
}

/* What the log wants to know when the session is gone. */
static void keep_facts(struct tls *t)
{
	gnutls_datum_t name;

	t->version = wire_version(t->s);
	t->suite = gnutls_ciphersuite_get(t->s);
	t->resumed = gnutls_session_is_resumed(t->s) != 0;
	if (gnutls_alpn_get_selected_protocol(t->s, &name) >= 0)
		t->alpn = strndup((const char *)name.data, name.size);
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
	if (t->version == 0x0304)
		t->wants_ticket = 1;
	else
		sessions_keep(t->slot, t->s);
}

/* Something was read: perhaps the ticket.  have: the server's data has begun,
 * so none will come. */
static void look_for_ticket(struct io *io, int have)
{
	struct tls *t = io->tls;

	if (gnutls_session_get_flags(t->s) & GNUTLS_SFLAGS_SESSION_TICKET)
		sessions_keep(t->slot, t->s);
	else if (!have)
		return;
	t->wants_ticket = 0;
}

void tls_adopt(struct io *io)
{
	struct tls *t = io->tls;

	if (!t || !t->secrets || !t->s || t->wants_ticket)
		return;
	/* Not in the middle of a record that GnuTLS has begun. */
	if (t->head_have || t->body_left)
		return;
	if (!gnutls_record_check_pending(t->s))
		t->record = record_take(t->s, t->server, t->secrets);
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

/* One step of the handshake, on whatever stack. */
static void step(void *arg)
{
	struct io *io = arg;
	struct tls *t = io->tls;
	int r;

	do
		r = gnutls_handshake(t->s);
	while (r < 0 && harmless(r));
	if (r == 0) {
		cert_query_done(&t->query);
		keep_facts(t);
		want_session(t);
		if (t->tickets && t->version == 0x0304)
			gnutls_session_ticket_send(t->s, 1, 0);
		t->result = IO_DONE;
	} else if (r == GNUTLS_E_AGAIN) {
		t->result = IO_AGAIN;
	} else {
		t->result = fail(io, r);
		if (t->result == IO_BROKEN)
			complain(io, r);
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
	if (t->result == IO_DONE && t->tickets && t->version == 0x0304 &&
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

/* Renegotiation (RFC 5246 7.4.1.1) was asked for: refused once by a warning
 * as RFC 5746 4.2 allows, then by the end.  0: go on reading. */
static int refuse_renegotiation(struct tls *t)
{
	if (t->refused++)
		return -1;
	return gnutls_alert_send(t->s, GNUTLS_AL_WARNING,
		GNUTLS_A_NO_RENEGOTIATION);
}

/* One record or an outcome; 0 is the orderly end. */
static ssize_t receive(struct io *io, uint8_t *p, size_t cap)
{
	struct tls *t = io->tls;
	ssize_t n;

	for (;;) {
		n = gnutls_record_recv(t->s, p, cap);
		if (n >= 0)
			return n;
		/* Also said after a ticket or a key update, with whole records
		 * behind it that no watcher will announce again. */
		if (n == GNUTLS_E_AGAIN && io_ahead(io))
			continue;
		if (n == GNUTLS_E_REHANDSHAKE &&
			refuse_renegotiation(t) == 0)
			continue;
		if (!harmless((int)n))
			return n;
	}
}

/* The end that came behind octets is kept for the next call: the peer may
 * wait for our answer to its close_notify, and nothing else would say so. */
ssize_t tls_read(struct io *io, uint8_t *p, size_t cap)
{
	struct tls *t = io->tls;
	size_t have = 0;
	ssize_t n = GNUTLS_E_AGAIN;

	if (t->record)
		return tls_record_read(io, p, cap);
	if (t->end)
		return t->end;
	io_begin(io);
	while (cap - have >= RECORD_MAX) {
		n = receive(io, p + have, cap - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (n <= 0 && n != GNUTLS_E_AGAIN)
		t->end = (int8_t)(n == 0 ? IO_EOF : fail(io, (int)n));
	if (t->end == IO_BROKEN)
		complain(io, (int)n);
	if (io_settle(io) == IO_MEMORY)
		return IO_MEMORY;
	if (t->wants_ticket && !t->end)
		look_for_ticket(io, have > 0);
	if (!t->end && !io->in)
		tls_adopt(io);
	if (have)
		return (ssize_t)have;
	return t->end ? t->end : IO_AGAIN;
}

int tls_pending(const struct io *io)
{
	/* In our own layer .in is a part of a record: its rest will be
	 * announced. */
	if (io->tls->record)
		return io->tls->end != 0;
	return io->tls->end || io->in ||
		gnutls_record_check_pending(io->tls->s) > 0;
}

int tls_write(struct io *io, const uint8_t *p, size_t n)
{
	struct tls *t = io->tls;
	ssize_t done;
	int settled;

	if (t->record)
		return tls_record_write(io, p, n);
	io_begin(io);
	while (n) {
		done = gnutls_record_send(t->s, p,
			n < RECORD_MAX ? n : RECORD_MAX);
		if (done == GNUTLS_E_INTERRUPTED)
			continue;
		if (done < 0) {
			io_settle(io);
			return io->rst ? IO_RESET : fail(io, (int)done);
		}
		p += done;
		n -= (size_t)done;
	}
	settled = io_settle(io);
	return settled;
}

void tls_bye(struct io *io)
{
	if (io->tls->record) {
		tls_record_alert(io, GNUTLS_A_CLOSE_NOTIFY);
		return;
	}
	io_begin(io);
	gnutls_bye(io->tls->s, GNUTLS_SHUT_WR);
	io_settle(io);
}

void tls_alert(struct io *io, uint8_t alert)
{
	io->alert = alert;
	if (io->tls->record) {
		tls_record_alert(io, alert);
		return;
	}
	io_begin(io);
	gnutls_alert_send(io->tls->s, GNUTLS_AL_FATAL,
		(gnutls_alert_description_t)alert);
	io_settle(io);
}

/* The connection ends while its handshake waits: it is resumed with an error,
 * so that its stack unwinds; what it then says to the peer is dropped. */
static void abandon(struct tls *t)
{
	signer_cancel(signer, t->io);
	io_begin(t->io);
	coroutine_resume(&t->waits);
	io_begin(t->io);
	assert(!t->waits);
}

void tls_free(struct tls **t)
{
	if (!*t)
		return;
	if ((*t)->waits)
		abandon(*t);
	if ((*t)->s)
		gnutls_deinit((*t)->s);
	cert_query_done(&(*t)->query);
	tls_record_cool(*t);
	record_free(&(*t)->record);
	if ((*t)->secrets)
		gnutls_memset((*t)->secrets, 0, sizeof(*(*t)->secrets));
	free((*t)->secrets);
	free((*t)->alpn);
	buf_free(&(*t)->held);
	free(*t);
	*t = NULL;
}

const char *tls_error(const struct tls *t)
{
	return t->why   ? t->why :
	       t->error ? gnutls_strerror(t->error) :
			  "";
}

int tls_unverified(const struct tls *t)
{
	return t->unverified;
}

int tls_sni_changed(const struct tls *t)
{
	return t->sni_changed;
}

const char *tls_version(const struct tls *t)
{
	static const char *const words[] = { "1.0", "1.1", "1.2", "1.3" };

	return t->version ? words[t->version - 0x0301] : "";
}

uint16_t tls_version_wire(const struct tls *t)
{
	return t->version;
}

int tls_peer_cn(const struct tls *t, const char **cn)
{
	static char name[256];
	const gnutls_datum_t *list;
	gnutls_x509_crt_t crt;
	unsigned count = 0;
	size_t n = sizeof(name);

	*cn = name;
	name[0] = 0;
	list = t->s ? gnutls_certificate_get_peers(t->s, &count) : NULL;
	if (!list || !count || gnutls_x509_crt_init(&crt) < 0)
		return 0;
	if (gnutls_x509_crt_import(crt, list, GNUTLS_X509_FMT_DER) < 0 ||
		gnutls_x509_crt_get_dn_by_oid(crt,
			GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &n) < 0)
		name[0] = 0;
	gnutls_x509_crt_deinit(crt);
	return 1;
}

const char *tls_suite(const struct tls *t)
{
	return t->suite ? t->suite : "";
}

size_t tls_alpn(const struct tls *t, const uint8_t **p)
{
	*p = (const uint8_t *)t->alpn;
	return t->alpn ? strlen(t->alpn) : 0;
}

int tls_resumed(const struct tls *t)
{
	return t->resumed;
}
