/*
 * Making sessions: everything GnuTLS is told before the handshake, and what it
 * asks of us during it (names, certificates, trust).  The wire is io.c's:
 * pulling replays octets that were read before there was a session (the
 * ClientHello), pushing never blocks.
 */
#include "tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io.h"
#include "nonces.h"
#include "peer.h"
#include "tickets.h"
#include "tls_priv.h"

/* The session must not outlive the certificate that it rests on, and GnuTLS has
 * one lifetime for all sessions under a key.  In TLS 1.3 we send the tickets
 * ourselves; below, this one is valid for a second and under a key that is
 * never asked for again. */
static void no_ticket(struct tls *t)
{
	t->tickets = 0;
	gnutls_db_set_cache_expiration(t->s, 1);
}

/* A client that was asked for a certificate may have none (then only "require"
 * refuses it, in GnuTLS); one that it shows must be good. */
static int check_client(gnutls_session_t s)
{
	struct tls *t = gnutls_session_get_ptr(s);
	struct peer_question q = {.role = PEER_CLIENT,
		.lists = credentials_lists(
			t->query.credentials, t->query.action),
		.now = (int64_t)time(NULL)};
	struct peer_answer a;
	unsigned count = 0;
	int r;

	if (!gnutls_certificate_get_peers(s, &count) || !count)
		return 0;
	r = peer_verify(s, &q, &a);
	if (r < 0) {
		t->unverified = 1;
		t->why = a.why;
		t->wrong = a.alert;
		return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
	}
	if (a.until - q.now < TICKETS_CLIENT_LIFE)
		no_ticket(t);
	return 0;
}

static int check_server(gnutls_session_t s)
{
	struct tls *t = gnutls_session_get_ptr(s);
	struct peer_answer a;
	int r = sessions_verify(t->slot, s, t->verify, &a);

	t->until = a.until;
	if (r < 0) {
		t->unverified = 1;
		t->why = a.why;
		t->wrong = a.alert;
	}
	return r;
}

int tls_recheck(struct tls *t)
{
	if (!gnutls_session_is_resumed(t->s))
		return 0;
	if (t->server)
		return t->client_auth ? check_client(t->s) : 0;
	return t->verify ? check_server(t->s) : 0;
}

static void keep_last(struct tls *t, const uint8_t *p, size_t n)
{
	size_t most = sizeof(t->pulled_last), old = n < most ? most - n : 0;

	memmove(t->pulled_last, t->pulled_last + most - old, old);
	memcpy(t->pulled_last + old, p + (n - (most - old)), most - old);
}

static ssize_t pull(void *io, void *p, size_t n)
{
	struct tls *t = ((struct io *)io)->tls;
	ssize_t got = io_pull(io, p, n);

	if (got <= 0)
		return got;
	t->pulled += (uint32_t)got;
	keep_last(t, p, (size_t)got);
	if (tls_hello_wire(t, p, (size_t)got) == 0)
		return got;
	errno = EIO;
	return -1;
}

static ssize_t push(void *io, const void *p, size_t n)
{
	nonces_gnutls(((struct io *)io)->tls->s);
	return io_push(io, p, n);
}

/* All messages of a handshake, both sides': a chain of 54 KB from each and the
 * names of 64 KB of CAs.  A ClientHello comes on top. */
#define MESSAGES_MAX (256 << 10)
#define HELLO_MAX (128 << 10) /* no hello's lengths can say more */

static struct tls *start(struct io *io, unsigned flags)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->io = io;
	t->until = INT64_MAX;
	if (gnutls_init(&t->s, flags | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) <
		0) {
		free(t);
		return NULL;
	}
	gnutls_session_set_ptr(t->s, t);
	gnutls_transport_set_ptr(t->s, io);
	gnutls_transport_set_pull_function(t->s, pull);
	gnutls_transport_set_push_function(t->s, push);
	gnutls_handshake_set_timeout(t->s, 0);
	gnutls_handshake_set_max_packet_length(t->s, MESSAGES_MAX);
	return t;
}

static int keep_secret(
	gnutls_session_t s, const char *label, const gnutls_datum_t *secret)
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
	return gnutls_buffer_append_data(to, p, n) < 0 ? GNUTLS_E_MEMORY_ERROR
						       : (int)n;
}

static int offer_scts(gnutls_session_t s)
{
	return gnutls_session_ext_register(s, "signed_certificate_timestamp",
		EXTENSION_SCT, GNUTLS_EXT_TLS, heard_sct, say_sct, NULL, NULL,
		NULL,
		GNUTLS_EXT_FLAG_CLIENT_HELLO |
			GNUTLS_EXT_FLAG_TLS12_SERVER_HELLO |
			GNUTLS_EXT_FLAG_TLS);
}

int tls_start_server(struct io *io, const struct tls_server *s)
{
	struct tls *t = start(io,
		GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET |
			(s->ticket_key ? 0 : GNUTLS_NO_TICKETS));
	gnutls_datum_t alpn = {(unsigned char *)s->alpn, s->alpn_len};

	if (!t)
		return -1;
	t->server = 1;
	gnutls_handshake_set_max_packet_length(t->s,
		MESSAGES_MAX +
			(s->hello_max < HELLO_MAX ? s->hello_max : HELLO_MAX));
	t->query = s->query;
	t->tickets = s->ticket_key != NULL;
	if (gnutls_priority_set(t->s, s->priority) < 0 ||
		gnutls_credentials_set(
			t->s, GNUTLS_CRD_CERTIFICATE, s->credentials) < 0)
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
			s->client_auth == 2 ? GNUTLS_CERT_REQUIRE
					    : GNUTLS_CERT_REQUEST);
	t->client_auth = s->client_auth;
	if (s->client_auth) {
		gnutls_session_set_verify_function(t->s, check_client);
		gnutls_db_set_cache_expiration(t->s, TICKETS_CLIENT_LIFE);
	}
	tls_hello_server(t, s);
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
	uint8_t octets[16];

	if (!t)
		return -1;
	if (gnutls_priority_set(t->s, c->priority) < 0 ||
		gnutls_credentials_set(
			t->s, GNUTLS_CRD_CERTIFICATE, c->credentials) < 0)
		goto fail;
	if (c->sni && !peer_address(c->sni, octets) &&
		gnutls_server_name_set(
			t->s, GNUTLS_NAME_DNS, c->sni, strlen(c->sni)) < 0)
		goto fail;
	if (c->alpn && set_alpn(t->s, c->alpn, c->alpn_len) < 0)
		goto fail;
	t->verify = c->verify;
	if (t->verify)
		gnutls_session_set_verify_function(t->s, check_server);
	t->slot = c->slot;
	if (t->slot)
		sessions_offer(t->slot, t->s);
	tls_hello_client(t);
	watch_secrets(t);
	io->tls = t;
	return 0;
fail:
	tls_free(&t);
	return -1;
}
