/*
 * To a server: choose, connect, and before the first octet has come through
 * try the next one when that fails.  The client is told by an alert when none
 * is left; no TLS session stands in the way of it yet.
 */
#include "conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "backend.h"
#include "proxyout.h"
#include "queue.h"
#include "runtime/common/dial.h"
#include "worker_state.h"

/* A fresh socket that is connecting to c's server; -1 with errno, and whose
 * fault that is. */
static int open_socket(struct conn *c, enum dial_fault *fault)
{
	const struct table *t = &c->gen->table;
	uint32_t backend = conn_action(c)->backend;
	struct sockaddr_storage to;
	struct dial d = {.keepalive = table_keepalive(t, c->limit)};
	socklen_t len;
	int fd, error;

	*fault = DIAL_SERVERS;
	if (backend_address(c, &to, &len) < 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	if (t->extra_count)
		d.source =
			table_extra(t, TBL_EXTRA_SOURCE, backend, &d.sources);
	if (d.source)
		d.turn = backend_source_turn(c->gen->backends, backend);
	fd = dial((struct sockaddr *)&to, len, &d);
	error = errno;
	if (d.none)
		backend_source_none(c->gen->backends, backend, d.none);
	errno = error; /* a line of the log may have had errors of its own */
	if (fd < 0)
		*fault = d.fault;
	return fd;
}

static void connected(struct conn *c)
{
	c->connect_us = conn_age_us(c);
	c->detail = NULL; /* of servers that were tried before */
	c->hurry = 0;
	backend_address_worked(c);
	if (c->mode != MODE_OFFLOAD)
		backend_asked(c);
	switch (c->mode) {
	case MODE_PASSTHROUGH:
		if (proxyout_send(c) < 0)
			return;
		relay_start(c);
		return;
	case MODE_BRIDGE:
		if (proxyout_send(c) < 0)
			return;
		bridge_start(c);
		return;
	default:
		handshake_start(c);
	}
}

/* Passthrough: the hello itself shows whether the connection stands.  Nothing
 * of it is lost when it does not: another server may get it. */
static int hello_went(struct conn *c)
{
	struct io *from = &c->io[CLIENT];
	size_t len = buf_len(from->in);
	ssize_t n;

	if (len > c->hello_left)
		len = c->hello_left;
	n = send(c->io[SERVER].w.fd, buf_data(from->in), len, MSG_NOSIGNAL);
	if (n < 0) /* the error is taken from the socket: it shows once */
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	buf_consume(&from->in, (size_t)n);
	c->hello_left -= (uint32_t)n;
	io_acknowledge(&c->io[SERVER]);
	c->bytes[CLIENT] += (uint64_t)n;
	return 1;
}

/* Over loopback and fast networks the connection may stand already; then the
 * wakeup can be spared.  -1 with errno: it has failed already. */
static int stands(struct conn *c)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	if (c->mode == MODE_PASSTHROUGH && c->io[CLIENT].in &&
		!c->gen->table.backend[conn_action(c)->backend].proxy)
		return hello_went(c);
	return getpeername(
		       c->io[SERVER].w.fd, (struct sockaddr *)&peer, &len) == 0;
}

/* This server is not to be tried again; a host name when its addresses have
 * been. */
static void tick_off(struct conn *c)
{
	if (!backend_more_addresses(c))
		c->tried |= backend_bit(c->server_index -
			c->gen->table.backend[conn_action(c)->backend]
				.server_first);
}

/* It took no connection.  The server has failed when its last address has. */
static void address_failed(struct conn *c)
{
	backend_address_failed(c);
	if (!backend_more_addresses(c))
		backend_failed(c);
}

/* 1: connecting, 0: closed, -1: this one failed at once.  What we lack is not
 * the server's fault; ports may be left for another one. */
static int attempt(struct conn *c, enum close_reason *reason)
{
	enum dial_fault fault;
	int fd = open_socket(c, &fault), error = errno;

	tick_off(c);
	if (fd >= 0) {
		c->hurry = (uint8_t)backend_better_address(c);
		io_open(&c->io[SERVER], fd);
		return 1;
	}
	c->detail = strerrorname_np(error);
	if (fault == DIAL_MEMORY) {
		conn_close(c, CLOSE_NO_MEMORY, ALERT_INTERNAL_ERROR, NULL);
		return 0;
	}
	*reason = fault == DIAL_PORT   ? CLOSE_NO_PORT
		: fault == DIAL_SOURCE ? CLOSE_NO_SOURCE
				       : CLOSE_CONNECT_FAILED;
	if (fault == DIAL_SERVERS)
		address_failed(c);
	return -1;
}

/* The next server, while there is one; the next address of the present one
 * before. */
static int next_server(struct conn *c, enum close_reason *reason)
{
	struct backend_choice q = {.backend = conn_action(c)->backend,
		.family = c->family,
		.addr = c->addr};
	int server, r;

	for (;;) {
		if (c->tried_at && backend_more_addresses(c)) {
			server = (int)c->server_index;
		} else {
			q.tried = c->tried;
			server = backend_pick(c->gen->backends, &q);
			c->tried_at = c->passed = 0;
		}
		if (server < 0)
			return server;
		if (backend_hold(c, (uint32_t)server) < 0)
			return -2;
		r = attempt(c, reason);
		if (r >= 0)
			return r;
	}
}

/* Every server that would do is at its limit. */
static void wait_in_line(struct conn *c)
{
	if (queue_join(c) < 0)
		conn_close(c, CLOSE_BACKEND_FULL, ALERT_INTERNAL_ERROR, NULL);
	else
		conn_enter(c, CONN_QUEUE, "servers full");
}

/* The next server is connecting, or the connection has ended for reason, or it
 * waits. */
static void go(struct conn *c, enum close_reason reason)
{
	int r = next_server(c, &reason);

	if (r == 0)
		return;
	if (r == -2) {
		/* Who waits holds no place: one that failed just now, say. */
		backend_release(c);
		if (!c->waiter)
			wait_in_line(c);
		return;
	}
	if (r < 0) {
		conn_close(c, reason, ALERT_INTERNAL_ERROR,
			c->detail ? NULL : "no server is up");
		return;
	}
	queue_leave(c);
	if (c->state == CONN_CONNECT)
		conn_touch(c);
	else
		conn_enter(c, CONN_CONNECT, "server chosen");
	r = stands(c);
	if (r > 0)
		connected(c);
	else if (r == 0)
		io_watch(&c->io[SERVER], c->worker->loop, EV_WRITE);
	else
		connect_failed(c, CLOSE_CONNECT_FAILED, strerrorname_np(errno));
}

void connect_start(struct conn *c)
{
	/* Nobody overtakes those who wait. */
	if (queue_busy(c))
		wait_in_line(c);
	else
		go(c, CLOSE_CONNECT_FAILED);
}

int connect_again(struct conn *c)
{
	go(c, CLOSE_CONNECT_FAILED);
	return c->state != CONN_QUEUE;
}

void connect_failed(
	struct conn *c, enum close_reason reason, const char *detail)
{
	if (reason == CLOSE_CONNECT_TIMEOUT && c->hurry)
		backend_address_passed(c);
	if (c->state == CONN_CONNECT)
		address_failed(c);
	else
		backend_failed(c);
	c->detail = detail;
	io_close(&c->io[SERVER], c->worker->loop, 0);
	go(c, reason);
}

void connect_event(struct conn *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(c->io[SERVER].w.fd, SOL_SOCKET, SO_ERROR, &error, &len) <
		0)
		error = errno;
	if (error)
		connect_failed(c, CLOSE_CONNECT_FAILED, strerrorname_np(error));
	else
		connected(c);
}
