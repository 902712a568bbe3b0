/*
 * Towards a server: choose one, connect, and try the next one if that fails
 * before the first octet has come through.  The leg's owner is told when none
 * is left.
 */
#include "connect.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "backend.h"
#include "conn.h"
#include "leg.h"
#include "queue.h"
#include "runtime/common/clock.h"
#include "runtime/common/dial.h"
#include "worker_state.h"

/* A new socket that is connecting to l's server; -1 with errno, and what caused
 * it. */
static int open_socket(struct leg *l, enum dial_fault *fault)
{
	const struct table *t = &l->conn->gen->table;
	struct sockaddr_storage to;
	struct dial d = {.keepalive = table_keepalive(t, l->conn->limit)};
	socklen_t len;
	int fd, error;

	*fault = DIAL_SERVERS;
	if (backend_address(l, &to, &len) < 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	if (t->extra_count)
		d.source = table_extra(
			t, TBL_EXTRA_SOURCE, l->backend, &d.sources);
	if (d.source)
		d.turn =
			backend_source_turn(l->conn->gen->backends, l->backend);
	fd = dial((struct sockaddr *)&to, len, &d);
	error = errno;
	if (d.none)
		backend_source_none(l->conn->gen->backends, l->backend, d.none);
	errno = error; /* logging may have changed it */
	if (fd < 0)
		*fault = d.fault;
	return fd;
}

static void connected(struct leg *l)
{
	l->connect_us = (uint32_t)clock_us() - l->connect_us;
	l->detail = NULL; /* of servers that were tried before */
	l->hurry = 0;
	backend_address_worked(l);
	leg_enter(l, LEG_READY);
	l->owner->connected(l);
}

/* Do not try this server again; one with a host name, when all its addresses
 * have been tried. */
static void tick_off(struct leg *l)
{
	if (!backend_more_addresses(l))
		l->tried |= backend_bit(l->server_index -
			l->conn->gen->table.backend[l->backend].server_first);
}

/* The address took no connection.  The server has failed when its last address
 * has. */
static void address_failed(struct leg *l)
{
	backend_address_failed(l);
	if (!backend_more_addresses(l))
		backend_failed(l);
}

/* 1: connecting, 0: closed, -1: this one failed at once.  Lack of memory or of
 * a port is not the server's fault; for another server there may be a port. */
static int attempt(struct leg *l, enum close_reason *reason)
{
	enum dial_fault fault;
	int fd = open_socket(l, &fault), error = errno;

	tick_off(l);
	if (fd >= 0) {
		l->hurry = (uint8_t)backend_better_address(l);
		io_open(&l->io, fd);
		return 1;
	}
	l->detail = strerrorname_np(error);
	if (fault == DIAL_MEMORY) {
		l->owner->failed(l, CLOSE_NO_MEMORY, NULL);
		return 0;
	}
	*reason = fault == DIAL_PORT   ? CLOSE_NO_PORT
		: fault == DIAL_SOURCE ? CLOSE_NO_SOURCE
				       : CLOSE_CONNECT_FAILED;
	if (fault == DIAL_SERVERS)
		address_failed(l);
	return -1;
}

/* The next server, while there is one; before that, the next address of the
 * present one. */
static int next_server(struct leg *l, enum close_reason *reason)
{
	struct backend_choice q = {.backend = l->backend,
		.family = l->conn->family,
		.addr = l->conn->addr};
	int server, r;

	for (;;) {
		if (l->tried_at && backend_more_addresses(l)) {
			server = (int)l->server_index;
		} else {
			q.tried = l->tried;
			server = backend_pick(l->conn->gen->backends, &q);
			l->tried_at = l->passed = 0;
		}
		if (server < 0)
			return server;
		if (backend_hold(l, (uint32_t)server) < 0)
			return -2;
		r = attempt(l, reason);
		if (r >= 0)
			return r;
	}
}

/* Every suitable server is at its limit. */
static void wait_in_line(struct leg *l)
{
	if (queue_join(l) < 0)
		l->owner->failed(l, CLOSE_BACKEND_FULL, NULL);
	else
		leg_enter(l, LEG_QUEUE);
}

/* Afterwards the next server is connecting, or the leg waits, or its owner has
 * been told that it failed. */
static void go(struct leg *l, enum close_reason reason)
{
	int r = next_server(l, &reason);

	if (r == 0)
		return;
	if (r == -2) {
		/* A leg that waits is not counted at a server, such as the one
		 * that has just failed. */
		backend_release(l);
		if (!l->waiter)
			wait_in_line(l);
		return;
	}
	if (r < 0) {
		l->owner->failed(
			l, reason, l->detail ? l->detail : "no server is up");
		return;
	}
	queue_leave(l);
	leg_enter(l, LEG_CONNECT);
	r = l->owner->stands(l);
	if (r > 0)
		connected(l);
	else if (r == 0)
		io_watch(&l->io, l->conn->worker->loop, EV_WRITE);
	else
		connect_failed(l, CLOSE_CONNECT_FAILED, strerrorname_np(errno));
}

void connect_start(struct leg *l)
{
	/* New legs do not overtake those that wait. */
	if (queue_busy(l))
		wait_in_line(l);
	else
		go(l, CLOSE_CONNECT_FAILED);
}

int connect_again(struct leg *l)
{
	go(l, CLOSE_CONNECT_FAILED);
	return l->state != LEG_QUEUE;
}

void connect_failed(struct leg *l, enum close_reason reason, const char *detail)
{
	if (reason == CLOSE_CONNECT_TIMEOUT && l->hurry)
		backend_address_passed(l);
	if (l->state == LEG_CONNECT)
		address_failed(l);
	else
		backend_failed(l);
	l->detail = detail;
	io_close(&l->io, l->conn->worker->loop, IO_FIN);
	go(l, reason);
}

void connect_event(struct leg *l)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(l->io.w.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error)
		connect_failed(l, CLOSE_CONNECT_FAILED, strerrorname_np(error));
	else
		connected(l);
}
