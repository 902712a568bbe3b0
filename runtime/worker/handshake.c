/*
 * The TLS handshake with the client (offload, bridge).  What can be refused by
 * looking at the hello is refused here with the right alert, before there is a
 * session; the hello itself is replayed to GnuTLS out of io.in.
 */
#include "handshake.h"

#include <string.h>

#include "conn.h"
#include "grammar/words.h"
#include "limits.h"
#include "proxyout.h"
#include "relay.h"
#include "requests.h"
#include "runtime/table/hello.h"
#include "runtime/table/wire.h"
#include "runtime/tls/credentials.h"
#include "runtime/tls/priority.h"
#include "runtime/tls/tls.h"
#include "worker_state.h"

/* Parse the hello again: it is still at the front of what was read. */
static int peek(struct conn *c, struct hello *h)
{
	const struct buf *in = c->client.in;

	memset(h, 0, sizeof(*h));
	return in &&
		hello_parse(h, buf_data(in), buf_len(in),
			c->worker->hello_limit,
			c->worker->hello_scratch) == HELLO_OK;
}

/* GnuTLS gives up on a message in too many records, so the hello is put into as
 * few as can hold it.  The transcript is made of messages, not of records (RFC
 * 8446 4.4.1). */
static int reframe(struct conn *c, const struct hello *h)
{
	struct buf *in = c->client.in, *out = NULL;
	const uint8_t *p = buf_data(in);
	uint32_t at = 0, len = h->gather.need, n, room = 0;
	uint8_t head[WIRE_HEADER] = {TYPE_HANDSHAKE, p[1], p[2]};

	if (h->raw_len == WIRE_HEADER + len)
		return 0;
	for (at = 0; at < h->raw_len; at += WIRE_HEADER + n) {
		n = (uint32_t)(p[at + 3] << 8 | p[at + 4]);
		for (uint32_t done = 0, part; done < n; done += part) {
			if (!room) {
				room = len < WIRE_PLAIN_MAX ? len
							    : WIRE_PLAIN_MAX;
				len -= room;
				head[3] = (uint8_t)(room >> 8);
				head[4] = (uint8_t)room;
				if (buf_append(&out, head, WIRE_HEADER) < 0)
					goto fail;
			}
			part = n - done < room ? n - done : room;
			if (buf_append(&out, p + at + WIRE_HEADER + done,
				    part) < 0)
				goto fail;
			room -= part;
		}
	}
	if (buf_append(&out, p + at, buf_len(in) - at) < 0)
		goto fail;
	buf_free(&c->client.in);
	c->client.in = out;
	return 0;
fail:
	buf_free(&out);
	return -1;
}

static int offers(const struct hello *h, const char *token, size_t len)
{
	size_t i;

	for (i = 0; h->alpn && i < h->alpn_len; i += 1u + h->alpn[i])
		if (h->alpn[i] == len && !memcmp(h->alpn + i + 1, token, len))
			return 1;
	return 0;
}

/* Where requests are seen they have to be of a version that we speak. */
static int is_served(const struct conn *c, const char *token)
{
	return !c->requests || !strcmp(token, "http/1.1");
}

/* RFC 7301 3.2: the server chooses among what the client offers.  -1: the
 * policy names protocols and so does the client, and they have none in
 * common. */
static int choose_alpn(
	const struct conn *c, const struct hello *h, struct tls_server *s)
{
	const struct table *t = &c->gen->table;
	const struct tbl_action *a = conn_action(c);
	const uint8_t *p;
	size_t n;
	uint32_t i;

	if (!h->alpn)
		return 0;
	/* Bridge: the server has chosen; the client hears the same. */
	if (c->leg && c->leg->io.tls) {
		n = tls_alpn(c->leg->io.tls, &p);
		if (n && offers(h, (const char *)p, n)) {
			s->alpn = p;
			s->alpn_len = (uint8_t)n;
		}
		return 0;
	}
	for (i = 0; i < a->alpn_count; i++) {
		const struct tbl_alpn *x =
			&t->alpn[t->alpnref[a->alpn_first + i]];

		if (!offers(h, table_str(t, x->token_str), x->len) ||
			!is_served(c, table_str(t, x->token_str)))
			continue;
		s->alpn = (const uint8_t *)table_str(t, x->token_str);
		s->alpn_len = (uint8_t)x->len;
		return 0;
	}
	return a->alpn_count ? -1 : 0;
}

/* Which suites the session may use.  In TLS 1.3 the profile's; below, the one
 * that is chosen here, because GnuTLS cannot be given a list.  Returns an
 * alert, or 0; *why is set if the hello is malformed. */
static uint8_t choose_suite(struct conn *c, const struct hello *h,
	struct tls_server *s, const char **why)
{
	const struct table *t = &c->gen->table;
	uint32_t profile = conn_action(c)->profile;
	const struct tbl_profile *p = &t->profile[profile];
	uint16_t version =
		h->max_version < p->tls_max ? h->max_version : p->tls_max;
	enum hello_fault fault;
	uint16_t suite = 0;

	if (version < p->tls_min || !version)
		return ALERT_PROTOCOL_VERSION;
	s->version = version;
	s->hello = h;
	fault = hello_judge(h, version);
	if (fault) {
		*why = hello_fault_word(fault);
		return hello_fault_alert(fault);
	}
	s->query.key_types = (uint8_t)credentials_key_types(
		c->gen->credentials, c->action, conn_sni(c));
	if (version == TLS13) {
		if (!priority_common13(t, profile, h->suites, h->suites_len))
			return ALERT_HANDSHAKE_FAILURE;
	} else {
		suite = priority_choose(t, profile, version, h->suites,
			h->suites_len, s->query.key_types);
		if (!suite)
			return ALERT_HANDSHAKE_FAILURE;
		s->query.key_types &= (uint8_t)priority_key_types(suite);
	}
	s->priority = credentials_priority(c->gen->credentials,
		&(struct priority_wish){.profile = profile,
			.suite = suite,
			.group = h->key_share_first,
			.server = 1});
	s->credentials = credentials_server(c->gen->credentials, c->action);
	return s->priority && s->credentials ? 0 : ALERT_INTERNAL_ERROR;
}

/* RFC 7627 5.3: a session with extended master secret must not be resumed
 * without; GnuTLS would, so such a client gets a full handshake. */
static int may_resume(const struct conn *c, const struct hello *h)
{
	const struct tbl_profile *p =
		&c->gen->table.profile[conn_action(c)->profile];

	/* Names with an underscore: see tls_hello.c. */
	return (p->flags & TBL_PROFILE_TICKETS) && !strchr(h->sni, '_') &&
		(h->has_ems || h->max_version >= TLS13);
}

static const char *refusal(uint8_t alert)
{
	switch (alert) {
	case ALERT_PROTOCOL_VERSION:
		return "no common TLS version";
	case ALERT_HANDSHAKE_FAILURE:
		return "no common cipher suite";
	default:
		return "no usable certificate or profile";
	}
}

/* Showing another certificate would be worse than an alert: the client would
 * warn of an attack. */
int handshake_refused(struct conn *c)
{
	const struct table *t = &c->gen->table;
	uint32_t i = credentials_missing(
		c->gen->credentials, c->action, conn_sni(c));

	if (i == TBL_NONE)
		return 0;
	conn_close(c, CLOSE_CERTIFICATE_MISSING,
		words_missing_alert(t->cert[i].missing),
		table_str(t, t->cert[i].name_str));
	return 1;
}

void handshake_start(struct conn *c)
{
	struct tls_server s = {.query = {.credentials = c->gen->credentials,
				       .action = c->action,
				       .sni = conn_sni(c)},
		.client_auth = conn_action(c)->client_auth,
		.hello_max = conn_limit(c)->hello_bytes};
	const char *why = NULL;
	struct hello h;
	uint8_t alert;

	if (limits_handshake(c) < 0)
		return;
	if (!peek(c, &h)) {
		conn_close(c, CLOSE_INTERNAL, ALERT_INTERNAL_ERROR, "hello");
		return;
	}
	alert = choose_suite(c, &h, &s, &why);
	if (alert) {
		conn_close(c, CLOSE_HANDSHAKE_FAILED, alert,
			why ? why : refusal(alert));
		return;
	}
	if (choose_alpn(c, &h, &s) < 0) {
		conn_close(c, CLOSE_HANDSHAKE_FAILED,
			ALERT_NO_APPLICATION_PROTOCOL,
			"no common ALPN protocol");
		return;
	}
	if (may_resume(c, &h))
		s.ticket_key = credentials_ticket_key(c->gen->credentials,
			c->frontend, c->action, buf_data(c->client.in),
			buf_len(c->client.in));
	/* The hello points into what reframe() replaces. */
	if (tls_start_server(&c->client, &s) < 0 || reframe(c, &h) < 0) {
		conn_close(c, CLOSE_NO_MEMORY, ALERT_INTERNAL_ERROR, NULL);
		return;
	}
	if (c->leg)
		io_watch(&c->leg->io, c->worker->loop, 0);
	conn_enter(c, CONN_HANDSHAKE);
	/* The client can say nothing more before our flight. */
	io_quiet(&c->client);
	handshake_event(c);
}

static void failed(struct conn *c, int why)
{
	const struct tls *t = c->client.tls;

	if (tls_sni_changed(t))
		conn_close(c, CLOSE_SNI_CHANGED, NO_ALERT, NULL);
	else if (tls_hello_changed(t))
		conn_close(c, CLOSE_HELLO_CHANGED, NO_ALERT, NULL);
	else if (why == IO_RESET)
		conn_close(c, CLOSE_CLIENT_RESET, NO_ALERT, NULL);
	else if (why == IO_MEMORY)
		conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
	else
		conn_close(c, CLOSE_HANDSHAKE_FAILED, NO_ALERT,
			why == IO_TRUNCATED ? "client left" : tls_error(t));
}

/* After a step of the handshake. */
static void stepped(struct conn *c, int r)
{
	struct io *io = &c->client;

	if (r == IO_AGAIN) {
		/* While a signature is awaited the client has to wait, and what
		 * has been written so far waits for the rest of the flight. */
		io_watch(io, c->worker->loop,
			tls_waits(io)     ? 0
				: io->out ? EV_READ | EV_WRITE
					  : EV_READ);
		return;
	}
	if (r != IO_DONE) {
		failed(c, r);
		return;
	}
	limits_handshake_end(c);
	c->handshake_us = conn_age_us(c);
	c->tls_version = tls_version_wire(io->tls);
	if (c->requests) {
		requests_start(c);
		return;
	}
	if (c->mode == MODE_OFFLOAD && proxyout_send(c->leg) < 0)
		return;
	relay_start(c);
}

void handshake_event(struct conn *c)
{
	struct io *io = &c->client;

	if (io->out && io_flush(io) == IO_RESET)
		failed(c, IO_RESET);
	else
		stepped(c, tls_handshake(io));
}

void handshake_resume(struct conn *c)
{
	io_quiet(&c->client);
	stepped(c, tls_resume(&c->client));
}
