/*
 * The second leg of a bridge: TLS towards the server, before the client's
 * handshake is answered, so that a server that fails or cannot be verified
 * gives the client an alert, and the protocol the server chose (ALPN) is the
 * one the client hears.
 */
#include "conn.h"

#include <string.h>

#include "backend.h"
#include "runtime/table/hello.h"
#include "runtime/tls/credentials.h"
#include "runtime/tls/priority.h"
#include "runtime/tls/sessions.h"
#include "runtime/tls/tls.h"
#include "worker_state.h"

#define OFFER_MAX 4096

static const struct tbl_backend *backend(const struct conn *c)
{
	return &c->gen->table.backend[conn_action(c)->backend];
}

static size_t add(uint8_t *out, size_t n, const char *token, size_t len)
{
	if (n + 1 + len > OFFER_MAX)
		return n;
	out[n] = (uint8_t)len;
	memcpy(out + n + 1, token, len);
	return n + 1 + len;
}

/* Tokens of the table's list [first, count), those of the client only when
 * its offer is given. */
static size_t from_list(const struct table *t, uint32_t first, uint32_t count,
	const struct hello *client, uint8_t *out)
{
	size_t n = 0, k;
	uint32_t i;

	for (i = 0; i < count; i++) {
		const struct tbl_alpn *a = &t->alpn[t->alpnref[first + i]];
		const char *token = table_str(t, a->token_str);
		int wanted = client == NULL;

		for (k = 0; client && k < client->alpn_len;
			k += 1u + client->alpn[k])
			wanted |= client->alpn[k] == a->len &&
				!memcmp(client->alpn + k + 1, token, a->len);
		if (wanted)
			n = add(out, n, token, a->len);
	}
	return n;
}

/* What to offer the server: the backend's own list; else what the client
 * offers, as far as the action's list allows.  -1: those have nothing in
 * common. */
static int offer(struct conn *c, uint8_t *out, size_t *n)
{
	const struct table *t = &c->gen->table;
	const struct tbl_action *a = conn_action(c);
	const struct tbl_backend *b = backend(c);
	const struct buf *in = c->io[CLIENT].in;
	struct hello h;

	memset(&h, 0, sizeof(h));
	*n = 0;
	if (!in ||
		hello_parse(&h, buf_data(in), buf_len(in),
			c->worker->hello_limit,
			c->worker->hello_scratch) != HELLO_OK)
		return -1;
	if (b->alpn_count) {
		*n = from_list(t, b->alpn_first, b->alpn_count, NULL, out);
		return 0;
	}
	if (!h.alpn)
		return 0;
	if (a->alpn_count) {
		*n = from_list(t, a->alpn_first, a->alpn_count, &h, out);
		return *n ? 0 : -1;
	}
	if (h.alpn_len <= OFFER_MAX) {
		memcpy(out, h.alpn, h.alpn_len);
		*n = h.alpn_len;
	}
	return 0;
}

static void names(struct conn *c, struct tls_client *s)
{
	const struct table *t = &c->gen->table;
	const struct tbl_backend *b = backend(c);
	const char *verify = table_str(t, b->verify_name_str);
	const char *sni = table_str(t, b->sni_str);

	if (!*sni)
		sni = *verify ? verify : conn_sni(c);
	if (!*verify)
		verify = sni;
	s->sni = *sni ? sni : NULL;
	if (b->ca_str || (b->flags & TBL_BACKEND_SYSTEM_CA))
		s->verify = verify;
}

void bridge_start(struct conn *c)
{
	uint8_t protocols[OFFER_MAX];
	struct tls_client s = {.alpn = protocols};
	size_t n;

	if (limits_handshake(c) < 0)
		return;
	if (offer(c, protocols, &n) < 0) {
		conn_close(c, CLOSE_HANDSHAKE_FAILED,
			ALERT_NO_APPLICATION_PROTOCOL,
			"no common ALPN protocol");
		return;
	}
	s.alpn_len = (uint16_t)n;
	if (!n)
		s.alpn = NULL;
	names(c, &s);
	s.slot = sessions_slot(
		c->gen->sessions, conn_action(c)->backend, s.sni ? s.sni : "");
	s.priority = credentials_priority(c->gen->credentials,
		backend(c)->profile, 0, sessions_group(s.slot), 0);
	s.credentials = credentials_client(
		c->gen->credentials, conn_action(c)->backend);
	if (!s.priority || !s.credentials ||
		tls_start_client(&c->io[SERVER], &s) < 0) {
		conn_close(
			c, CLOSE_NO_MEMORY, ALERT_INTERNAL_ERROR, "second leg");
		return;
	}
	conn_enter(c, CONN_LEG2, "server stands");
	/* It is ours to speak. */
	c->io[SERVER].drained = 1;
	bridge_event(c);
	if (c->state == CONN_LEG2)
		io_acknowledge(&c->io[SERVER]);
}

/* GnuTLS crosses key exchanges with ciphers, so a server could choose a suite
 * below TLS 1.3 that the profile does not name. */
static int suite_allowed(const struct conn *c)
{
	const char *name = tls_suite(c->io[SERVER].tls);
	uint16_t code = priority_suite_code(name);

	return code &&
		priority_has_suite(&c->gen->table, backend(c)->profile, code);
}

static void failed(struct conn *c, int why)
{
	const struct tls *t = c->io[SERVER].tls;
	const char *detail = why == IO_TRUNCATED ? "server left"
		: why == IO_RESET                ? "server reset"
						 : tls_error(t);

	/* It has said nothing that counts, and nothing of the client's has
	 * gone to it: another server may do better. */
	if (why == IO_TRUNCATED || why == IO_RESET) {
		connect_failed(c, CLOSE_BACKEND_HANDSHAKE, detail);
		return;
	}
	/* An alert is an answer: what a client asks for must not take a server
	 * away from the others. */
	if (c->io[SERVER].alert_got >= 0)
		backend_answered(c);
	conn_close(c,
		tls_unverified(t) ? CLOSE_BACKEND_UNVERIFIED
				  : CLOSE_BACKEND_HANDSHAKE,
		ALERT_INTERNAL_ERROR, detail);
}

void bridge_event(struct conn *c)
{
	struct io *io = &c->io[SERVER];
	int r;

	if (io->out && io_flush(io) == IO_RESET) {
		failed(c, IO_RESET);
		return;
	}
	r = tls_handshake(io);
	if (r == IO_AGAIN) {
		io_watch(io, c->worker->loop,
			io->out ? EV_READ | EV_WRITE : EV_READ);
		return;
	}
	if (r != IO_DONE) {
		failed(c, r);
		return;
	}
	backend_answered(c);
	if (!suite_allowed(c)) {
		tls_alert(io, ALERT_HANDSHAKE_FAILURE);
		conn_close(c, CLOSE_BACKEND_HANDSHAKE, ALERT_INTERNAL_ERROR,
			"suite outside the profile");
	} else {
		handshake_start(c);
	}
}
