/*
 * The end of a connection: the one function that closes it, and lingering,
 * while an alert or the last answer is still being sent to the client.
 */
#include "conn.h"

#include <assert.h>
#include <sys/socket.h>

#include "backend.h"
#include "limits.h"
#include "log.h"
#include "relay.h"
#include "requests.h"
#include "runtime/table/wire.h"
#include "runtime/tls/tls.h"
#include "tally.h"
#include "worker_state.h"

#define LINGER_OCTETS 262144

/* The alert is being sent.  What the client still says does not matter, but it
 * must be read: otherwise closing would send an RST that overtakes the
 * alert. */
void conn_linger(struct conn *c)
{
	uint8_t waste[16384] __attribute__((uninitialized));
	struct io *io = &c->client;
	ssize_t n = IO_AGAIN;
	int flushed = io_flush(io);

	while (c->bytes[CLIENT] < LINGER_OCTETS) {
		n = recv(io->w.fd, waste, sizeof(waste), MSG_DONTWAIT);
		if (n <= 0)
			break;
		c->bytes[CLIENT] += (uint64_t)n;
		if ((size_t)n < sizeof(waste)) {
			n = -1;
			break;
		}
	}
	if (n == 0 || flushed == IO_RESET ||
		c->bytes[CLIENT] >= LINGER_OCTETS) {
		io_close(io, c->worker->loop, IO_FIN);
		conn_enter(c, CONN_CLOSED);
		return;
	}
	io_watch(io, c->worker->loop, io->out ? EV_READ | EV_WRITE : EV_READ);
}

/* How the other side is to see the end: as an orderly one, or not. */
static enum io_goodbye goodbye(enum close_reason r)
{
	switch (r) {
	case CLOSE_DONE:
	case CLOSE_REJECTED:
	case CLOSE_MALFORMED:
	case CLOSE_HELLO_TIMEOUT:
	case CLOSE_HELLO_TOO_BIG:
	case CLOSE_HELLO_EOF:
	case CLOSE_PROXY_HEADER:
	case CLOSE_LIMIT:
	case CLOSE_REQUEST:
	case CLOSE_KEEP_ALIVE:
	case CLOSE_BACKEND_HANDSHAKE:
	case CLOSE_BACKEND_UNVERIFIED:
		return IO_FIN;
	default:
		return IO_RST;
	}
}

/* An alert record (RFC 8446 5.1, 6) in clear, then FIN. */
static void send_alert(struct conn *c, uint8_t alert)
{
	const uint8_t record[WIRE_ALERT] = {
		TYPE_ALERT, 3, 3, 0, 2, LEVEL_FATAL, alert};

	c->alert = alert;
	io_raw(&c->client, record, sizeof(record));
}

/* A routine close, even where TLS calls it an error.  Browsers leave without
 * close_notify, and a peer that was told the end often just closes and resets
 * what it did not read. */
static int usual(const struct conn *c)
{
	switch (c->reason) {
	case CLOSE_DONE:
	case CLOSE_CLIENT_TRUNCATED:
	case CLOSE_IDLE:
	case CLOSE_REQUEST:
	case CLOSE_KEEP_ALIVE:
		return 1;
	case CLOSE_HELLO_EOF: /* a balancer's look whether we are there */
		return !c->client.in;
	case CLOSE_CLIENT_RESET:
		return c->flow[SERVER].ended;
	case CLOSE_BACKEND_TRUNCATED:
	case CLOSE_BACKEND_RESET:
		return c->flow[CLIENT].ended;
	default:
		return 0;
	}
}

static void count(struct conn *c)
{
	struct worker *w = c->worker;

	if (c->reason == CLOSE_REJECTED)
		w->rejected++;
	else if (!usual(c))
		w->failed++;
	w->bytes[0] += c->bytes[0];
	w->bytes[1] += c->bytes[1];
	tally(c);
}

/* It ended without an octet from the server, and not because of the client.  A
 * server that refused with an alert has answered. */
static int let_down(const struct conn *c)
{
	if (!leg_owes(c->leg) || c->flow[CLIENT].ended)
		return 0;
	switch ((enum close_reason)c->reason) {
	case CLOSE_BACKEND_RESET:
	case CLOSE_BACKEND_TRUNCATED:
	case CLOSE_BACKEND_HANDSHAKE:
	case CLOSE_IDLE:
		return 1;
	default:
		return 0;
	}
}

static void release(struct conn *c)
{
	relay_release(c);
	requests_free(c);
	if (c->leg && let_down(c))
		backend_failed(c->leg);
	if (c->leg)
		leg_close(c->leg, goodbye(c->reason));
	limits_handshake_end(c);
	generation_put(&c->gen);
}

/* How the client's socket ends.  Between requests of HTTP nothing is cut, and a
 * reset would take the last answer away from a client that has ended. */
static enum io_goodbye client_goodbye(const struct conn *c)
{
	if (c->reason == CLOSE_DRAINED && requests_at_rest(c))
		return IO_FIN;
	if (c->reason == CLOSE_CLIENT_TRUNCATED && c->requests)
		return IO_FIN;
	return goodbye((enum close_reason)c->reason);
}

/* HTTP: an orderly end is announced, and the client may still be speaking.  That
 * is read for a while: otherwise closing would send an RST that overtakes the
 * last answer. */
static int says_goodbye(struct conn *c, enum io_goodbye how)
{
	if (!c->requests || how == IO_RST)
		return 0;
	io_shutdown(&c->client);
	return !io_ended(&c->client);
}

void conn_close(struct conn *c, enum close_reason reason, uint8_t alert,
	const char *detail)
{
	struct ev_loop *loop = c->worker->loop;
	struct io *io = &c->client;
	enum io_goodbye how;
	int linger;

	assert(!conn_over(c) && reason != CLOSE_NONE);
	c->reason = (uint8_t)reason;
	if (!detail && c->leg)
		detail = c->leg->detail;
	if (detail)
		c->detail = detail;
	if (alert && !io->tls)
		send_alert(c, alert);
	else if (io->tls && io->alert >= 0)
		c->alert = (uint8_t)io->alert;
	how = client_goodbye(c);
	/* An alert that GnuTLS sent must arrive, too. */
	linger = (c->alert || says_goodbye(c, how)) &&
		reason != CLOSE_CLIENT_RESET && !io_is_dead(io);
	count(c);
	log_close(c);
	release(c);
	if (!linger) {
		io_close(io, loop, how);
		conn_enter(c, CONN_CLOSED);
		return;
	}
	conn_enter(c, CONN_LINGER);
	c->bytes[CLIENT] = 0;
	io_bare(io);
	io_shutdown(io);
	conn_linger(c);
}

void conn_close_all(struct worker *w, enum close_reason reason)
{
	struct conn *c, *next;

	for (c = w->conns; c; c = next) {
		next = c->next;
		if (conn_over(c)) {
			io_close(&c->client, w->loop, IO_FIN);
			conn_enter(c, CONN_CLOSED);
		} else {
			conn_close(c, reason, NO_ALERT, NULL);
		}
		conn_settle(c);
	}
}
