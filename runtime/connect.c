/*
 * To a server: choose, connect, and before the first octet has come through
 * try the next one when that fails.  The client is told by an alert when none
 * is left; no TLS session stands in the way of it yet.
 */
#include "conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend.h"
#include "proxyout.h"
#include "queue.h"
#include "worker_state.h"

#define ADDRESSES_TRIED 8 /* of one host name */

/* A fresh socket that is connecting; -1 with errno.  The acknowledgement that
 * ends TCP's handshake may ride on what we say: mostly that is soon; for when it
 * is not see io_acknowledge. */
static int open_socket(struct backends *b, uint32_t server)
{
	struct sockaddr_storage to;
	socklen_t len;
	int fd, e, one = 1, zero = 0;

	if (backend_address(b, server, &to, &len) < 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		0);
	if (fd < 0)
		return -1;
	if (to.ss_family != AF_UNIX) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &zero, sizeof(zero));
	}
	if (connect(fd, (struct sockaddr *)&to, len) == 0 ||
		errno == EINPROGRESS)
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

static void connected(struct conn *c)
{
	c->connect_us = conn_age_us(c);
	c->detail = NULL; /* of servers that were tried before */
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
	return getpeername(c->io[SERVER].w.fd, (struct sockaddr *)&peer,
		       &len) == 0;
}

/* This server is not to be tried again; a host name when its addresses have
 * been. */
static void tick_off(struct conn *c, uint32_t server)
{
	uint32_t many = backend_addresses(c->gen->backends, server);

	if (++c->same < many && c->same < ADDRESSES_TRIED)
		return;
	c->same = 0;
	c->tried |= backend_bit(server -
		c->gen->table.backend[conn_action(c)->backend].server_first);
}

/* 1: connecting, 0: closed, -1: this one failed at once. */
static int attempt(struct conn *c, uint32_t server)
{
	int fd = open_socket(c->gen->backends, server);

	tick_off(c, server);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
		conn_close(c, CLOSE_NO_MEMORY, ALERT_INTERNAL_ERROR,
			"descriptors");
		return 0;
	}
	if (fd < 0) {
		c->detail = strerrorname_np(errno);
		backend_failed(c);
		return -1;
	}
	io_open(&c->io[SERVER], fd);
	return 1;
}

/* The next server, while there is one. */
static int next_server(struct conn *c)
{
	struct backend_choice q = { .backend = conn_action(c)->backend,
		.family = c->family, .addr = c->addr };
	int server, r;

	for (;;) {
		q.tried = c->tried;
		server = backend_pick(c->gen->backends, &q);
		if (server < 0)
			return server;
		if (backend_hold(c, (uint32_t)server) < 0)
			return -2;
		r = attempt(c, (uint32_t)server);
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
	int r = next_server(c);

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
		connect_failed(c, CLOSE_CONNECT_FAILED,
			strerrorname_np(errno));
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

void connect_failed(struct conn *c, enum close_reason reason,
	const char *detail)
{
	backend_failed(c);
	c->detail = detail;
	io_close(&c->io[SERVER], c->worker->loop, 0);
	go(c, reason);
}

void connect_event(struct conn *c)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(c->io[SERVER].w.fd, SOL_SOCKET, SO_ERROR, &error,
		    &len) < 0)
		error = errno;
	if (error)
		connect_failed(c, CLOSE_CONNECT_FAILED,
			strerrorname_np(error));
	else
		connected(c);
}
