/*
 * The owner of a tunnel's leg.  It makes the leg's states the connection's and
 * takes the steps of the mode once a server is connected: passthrough relays at
 * once; a bridge secures the leg first and then, as offload does, answers the
 * client's handshake.  The client is told of a failure by an alert: there is no
 * TLS session with it yet.
 */
#include "tunnel.h"

#include <errno.h>
#include <sys/socket.h>

#include "backend.h"
#include "bridge.h"
#include "conn.h"
#include "connect.h"
#include "handshake.h"
#include "leg.h"
#include "limits.h"
#include "offer.h"
#include "proxyout.h"
#include "relay.h"
#include "runtime/table/wire.h"
#include "worker_state.h"

static void entered(struct leg *l)
{
	static const enum conn_state states[] = {
		[LEG_QUEUE] = CONN_QUEUE,
		[LEG_CONNECT] = CONN_CONNECT,
		[LEG_TLS] = CONN_LEG2,
	};
	struct conn *c = l->conn;

	if (c->state == states[l->state])
		conn_touch(c);
	else
		conn_enter(c, states[l->state]);
}

/* Passthrough: sending the hello shows whether the socket is connected.
 * Nothing of the hello is lost if it is not: another server may get it. */
static int hello_went(struct leg *l)
{
	struct conn *c = l->conn;
	struct io *from = &c->client;
	size_t len = buf_len(from->in);
	ssize_t n;

	if (len > c->hello_left)
		len = c->hello_left;
	n = send(l->io.w.fd, buf_data(from->in), len, MSG_NOSIGNAL);
	if (n < 0) /* the error is taken from the socket: it shows once */
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	buf_consume(&from->in, (size_t)n);
	c->hello_left -= (uint32_t)n;
	io_acknowledge(&l->io);
	c->bytes[CLIENT] += (uint64_t)n;
	return 1;
}

/* Over loopback and fast networks the socket may be connected already, which
 * saves a wakeup. */
static int stands(struct leg *l)
{
	const struct conn *c = l->conn;
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	if (c->mode == MODE_PASSTHROUGH && c->client.in &&
		!c->gen->table.backend[l->backend].proxy)
		return hello_went(l);
	return getpeername(l->io.w.fd, (struct sockaddr *)&peer, &len) == 0;
}

static void secure(struct conn *c)
{
	uint8_t protocols[OFFER_MAX];
	size_t n;

	if (limits_handshake(c) < 0)
		return;
	if (offer_make(c, protocols, &n) < 0)
		conn_close(c, CLOSE_HANDSHAKE_FAILED,
			ALERT_NO_APPLICATION_PROTOCOL,
			"no common ALPN protocol");
	else
		bridge_start(c->leg, protocols, n);
}

static void connected(struct leg *l)
{
	struct conn *c = l->conn;

	c->connect_us = conn_age_us(c);
	if (c->mode == MODE_OFFLOAD) {
		handshake_start(c);
		return;
	}
	backend_asked(l);
	if (proxyout_send(l) < 0)
		return;
	if (c->mode == MODE_BRIDGE)
		secure(c);
	else
		relay_start(c);
}

static void secured(struct leg *l)
{
	handshake_start(l->conn);
}

static void failed(struct leg *l, enum close_reason reason, const char *detail)
{
	conn_close(l->conn, reason, ALERT_INTERNAL_ERROR, detail);
}

static int left(struct leg *l)
{
	struct conn *c = l->conn;
	char octet;
	ssize_t n = recv(c->client.w.fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return 0;
	conn_close(c, CLOSE_CLIENT_RESET, NO_ALERT, "queued");
	return 1;
}

static void event(struct leg *l, int events)
{
	if (l->conn->state == CONN_RELAY)
		relay_event(l->conn, SERVER, events);
}

static void settle(struct leg *l)
{
	conn_settle(l->conn);
}

static const struct leg_owner tunnel = {
	.entered = entered,
	.stands = stands,
	.connected = connected,
	.secured = secured,
	.failed = failed,
	.left = left,
	.event = event,
	.settle = settle,
};

void tunnel_start(struct conn *c)
{
	if (c->mode != MODE_PASSTHROUGH && handshake_refused(c))
		return;
	c->leg = leg_new(c, &tunnel, conn_action(c)->backend);
	if (!c->leg) {
		conn_close(c, CLOSE_NO_MEMORY, ALERT_INTERNAL_ERROR, NULL);
		return;
	}
	/* What was wrong with the hello counts until a server fails or
	 * works. */
	c->leg->detail = c->detail;
	c->detail = NULL;
	connect_start(c->leg);
}

void tunnel_take(struct conn *c)
{
	c->leg->owner = &tunnel;
	relay_start(c);
}
