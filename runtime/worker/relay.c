/*
 * The pump.  Direction d moves octets from half d to half !d; it stops while the
 * target has something in waiting and goes on when that is gone, so at most
 * one buffer waits per direction.  Ends are passed on as what they are: an
 * orderly end as an orderly end, everything else as a reset.
 */
#include "relay.h"

#include <assert.h>

#include "backend.h"
#include "inspect.h"
#include "limits.h"
#include "runtime/common/clock.h"
#include "runtime/table/wire.h"
#include "runtime/tls/tls.h"
#include "splice.h"
#include "turn.h"
#include "worker_state.h"

#define CHUNK 65536
#define CHUNK_WIDE (4 * CHUNK) /* while both sides keep up: fewer wakeups */
#define WIDEST 3               /* log2 of the MiB spliced at once, likewise */
#define ROUNDS 4               /* chunks in a row for one connection */
#define LEAST 32768 /* octets of a read, however little of the turn is left */
#define SPLICE_AFTER 65536 /* octets of a direction that are copied first */

static uint8_t chunk[CHUNK_WIDE];
static size_t left; /* octets that the connection may read in this turn */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* A read has room for what is in hand and one more record of TLS. */
static size_t room(const struct io *io, size_t cap)
{
	size_t least = LEAST + (io->tls ? buf_len(io->in) : 0);

	return smaller(cap, left > least ? left : least);
}

static void took(ssize_t n)
{
	if (n <= 0)
		return;
	left -= smaller((size_t)n, left);
	turn_moved((size_t)n);
}

static int blocked(const struct conn *c, int d)
{
	return conn_io(c, !d)->out || splice_waiting(c->pipe[d]);
}

/* Nothing more will go in this direction, and nothing is in flight. */
static int over(const struct conn *c, int d)
{
	return (c->ended[d] || c->dead[d]) && !blocked(c, d);
}

/* The source's end that was no orderly one. */
static void bad_end(struct conn *c, int d, ssize_t why)
{
	static const enum close_reason reason[2][3] = {
		{CLOSE_CLIENT_TRUNCATED, CLOSE_CLIENT_RESET,
			CLOSE_CLIENT_TLS_ERROR},
		{CLOSE_BACKEND_TRUNCATED, CLOSE_BACKEND_RESET,
			CLOSE_BACKEND_TLS_ERROR},
	};
	const char *detail = NULL;

	if (why == IO_MEMORY) {
		conn_close(c, CLOSE_NO_MEMORY, 0, NULL);
		return;
	}
	if (why == IO_BROKEN && conn_io(c, d)->tls)
		detail = tls_error(conn_io(c, d)->tls);
	else if (why != IO_BROKEN && c->ended[!d])
		detail = "after the other side's end";
	conn_close(c,
		reason[d][why == IO_TRUNCATED     ? 0
				: why == IO_RESET ? 1
						  : 2],
		0, detail);
}

/* The target of d takes nothing more.  What it still has to say is read to
 * its end first: a server may answer, close and reset what it did not read.  But
 * a client whose early hello waits is not read, and its end would be seen by
 * nobody. */
static void target_dead(struct conn *c, int d)
{
	if (c->ended[!d] || inspect_waits(c, !d)) {
		bad_end(c, !d, IO_RESET);
		return;
	}
	c->dead[d] = 1;
	buf_free(&conn_io(c, !d)->out);
	splice_drop(&c->pipe[d]);
}

static void end(struct conn *c, int d)
{
	c->ended[d] = 1;
	/* When the other direction is over too, both sockets are closed at
	 * once: that says the same. */
	if (!splice_waiting(c->pipe[d]) &&
		!(over(c, !d) && !conn_io(c, !d)->tls && !conn_io(c, !d)->out))
		io_shutdown(conn_io(c, !d));
	/* The deadline may be a nearer one now. */
	if (d == SERVER && !(over(c, CLIENT) && over(c, SERVER)))
		conn_touch(c);
}

static int may_splice(const struct conn *c, int d)
{
	return !c->worker->options.no_splice && !c->inspect &&
		c->bytes[d] >= SPLICE_AFTER && !conn_io(c, d)->tls &&
		!conn_io(c, !d)->tls && !conn_io(c, d)->in;
}

/* A server's answer may be its last: the first one behind our TLS often is, and
 * what is encrypted end to end we cannot tell, so there a young connection is
 * asked each time. */
static int may_be_last(const struct conn *c, int d)
{
	if (d != SERVER || conn_io(c, d)->tls || !io_is_quiet(conn_io(c, d)))
		return 0;
	return conn_io(c, !d)->tls ? !c->bytes[d]
				   : !c->inspect && c->bytes[d] < SPLICE_AFTER;
}

/* What came last from d was the last octet: the end is passed on at once, and
 * in order.  A reset would drop what waits for more in the target's socket. */
static int was_last(const struct conn *c, int d)
{
	const struct io *io = conn_io(c, d);

	return io_ended(io) == IO_EOF && !io->tls && !io->in && !c->inspect;
}

/* n octets have come in direction d. */
static int forward(struct conn *c, int d, size_t n)
{
	c->bytes[d] += n;
	if (d == SERVER)
		backend_answered(c->leg);
	else
		backend_asked(c->leg);
	if (c->inspect)
		return inspect_pass(c, d, chunk, n);
	return was_last(c, d) ? io_write_last(conn_io(c, !d), chunk, n)
			      : io_write(conn_io(c, !d), chunk, n);
}

/* An answer and the end behind it make one segment.  What has come behind the
 * answer is added to it; returns how much. */
static ssize_t look_for_end(struct conn *c, int d, size_t n)
{
	ssize_t more;

	if (!may_be_last(c, d))
		return 0;
	assert(n <
		sizeof(chunk)); /* a read of nothing would look like an end */
	io_heard(conn_io(c, d));
	more = io_take(conn_io(c, d), chunk + n, sizeof(chunk) - n);
	return more > 0 ? more : 0;
}

/* Octets without copying; what splice_move says.  While the target keeps up,
 * more is taken at once. */
static ssize_t move(struct conn *c, int d)
{
	ssize_t n = splice_move(&c->pipe[d], conn_io(c, d), conn_io(c, !d),
		&c->bytes[d],
		smaller((size_t)SPLICE_PIPE << c->wide[d],
			TURN_SPLICED * (left ? left : LEAST)));

	took((n + TURN_SPLICED - 1) / TURN_SPLICED);
	if (n == SPLICE_NO_PIPE || blocked(c, d))
		c->wide[d] = 0;
	else if (n >= SPLICE_MUCH && c->wide[d] < WIDEST)
		c->wide[d]++;
	return n;
}

/* One step; 1: go on, 0: nothing to do now or closed. */
static int step(struct conn *c, int d)
{
	size_t cap;
	ssize_t n;
	int r, first = d == CLIENT && !c->bytes[d];

	if (may_splice(c, d)) {
		n = move(c, d);
		if (n != SPLICE_NO_PIPE) {
			if (n == IO_EOF)
				end(c, d);
			else if (n == SPLICE_TARGET_DEAD)
				target_dead(c, d);
			else if (n < 0 && n != IO_AGAIN)
				bad_end(c, d, n);
			return n > 0;
		}
	}
	cap = c->wide[d] ? CHUNK_WIDE : CHUNK;
	n = io_read(conn_io(c, d), chunk,
		inspect_room(c, d, room(conn_io(c, d), cap)));
	took(n);
	if (n > 0) {
		n += look_for_end(c, d, (size_t)n);
		r = forward(c, d, (size_t)n);
		if (conn_over(c))
			return 0;
		if (first && c->mode != MODE_BRIDGE)
			io_acknowledge(&c->leg->io);
		/* What a slow target leaves waiting stays small. */
		c->wide[d] = (size_t)n > CHUNK / 4 * 3 && !blocked(c, d);
		if (r == IO_MEMORY)
			bad_end(c, d, r);
		else if (r != IO_DONE)
			target_dead(c, d);
		/* A short read has emptied the socket. */
		return r == IO_DONE &&
			(!io_is_quiet(conn_io(c, d)) ||
				io_ended(conn_io(c, d)) ||
				io_pending(conn_io(c, d)));
	}
	if (n == IO_EOF) {
		if (c->inspect && inspect_end(c, d) < 0)
			return 0;
		end(c, d);
	} else if (n != IO_AGAIN) {
		bad_end(c, d, n);
	}
	return 0;
}

/* The client is not read while its early hello waits; but what comes behind
 * that joins it for a while, so that a reset is seen. */
static int hears(const struct conn *c, int d)
{
	return !inspect_waits(c, d) ||
		(!io_ended(conn_io(c, d)) &&
			buf_len(conn_io(c, d)->in) < CHUNK);
}

static void hear(struct conn *c, int d)
{
	ssize_t n =
		hears(c, d) ? io_take(conn_io(c, d), chunk, CHUNK) : IO_AGAIN;

	if (n == IO_RESET)
		bad_end(c, d, n);
	else if (n > 0 && buf_append(&conn_io(c, d)->in, chunk, (size_t)n) < 0)
		bad_end(c, d, IO_MEMORY);
}

static void pump(struct conn *c, int d)
{
	int round;

	if (c->paused)
		return;
	/* Behind a known end is nothing that could go on for ever. */
	for (round = 0; (round < ROUNDS && left) || io_pending(conn_io(c, d)) ||
		io_ended(conn_io(c, d));
		round++) {
		/* What is in hand nobody will announce, the rest of the socket
		 * is another turn's. */
		if (round >= ROUNDS || !left)
			io_quiet(conn_io(c, d));
		if (conn_over(c) || blocked(c, d) || c->ended[d] || c->dead[d])
			return;
		if (inspect_waits(c, d)) {
			hear(c, d);
			return;
		}
		if (!step(c, d))
			return;
	}
}

/* What waits for half s to become writable. */
static void push_on(struct conn *c, enum side s)
{
	int d = !s;
	int r = io_flush(conn_io(c, s));

	if (r == IO_DONE && splice_waiting(c->pipe[d])) {
		r = splice_push(&c->pipe[d], conn_io(c, s));
		if (r == IO_DONE && c->ended[d])
			io_shutdown(conn_io(c, s));
	}
	if (r == IO_RESET)
		target_dead(c, d);
	else if (r == IO_MEMORY)
		bad_end(c, d, r);
}

static int wanted(const struct conn *c, enum side s)
{
	int events = 0;

	/* An end mostly comes just before the other side's: taking the socket
	 * out of the kernel's set is left for when it is reported again. */
	if (!(c->ended[s] ? c->quiet[s] : c->dead[s]) && !blocked(c, s) &&
		hears(c, s) && !c->paused)
		events |= EV_READ;
	if (blocked(c, !s))
		events |= EV_WRITE;
	return events;
}

/* Ahead of a bandwidth limit: nothing is read for a while. */
static void throttle(struct conn *c)
{
	double seconds = limits_pause(c);

	if (seconds > 0)
		conn_pause(c, seconds);
}

/* After any movement: finished, or which events to wait for. */
static void rest(struct conn *c)
{
	/* The server may just have given the answer it waited for. */
	if (c->mode == MODE_PASSTHROUGH && c->client.in && !conn_over(c))
		pump(c, CLIENT);
	if (conn_over(c))
		return;
	if (over(c, CLIENT) && over(c, SERVER)) {
		conn_close(c, CLOSE_DONE, 0, NULL);
		return;
	}
	throttle(c);
	c->active = clock_now();
	io_watch(&c->client, c->worker->loop, wanted(c, CLIENT));
	io_watch(&c->leg->io, c->worker->loop, wanted(c, SERVER));
}

/* Where the client had the handshake's last word (our tickets ride on data), one
 * with Nagle's algorithm keeps its request until that is acknowledged: else
 * after 40 ms. */
static void acknowledge_finished(struct conn *c)
{
	const struct tls *t = c->client.tls;

	if (t && (c->tls_version == TLS13 || tls_resumed(t)))
		io_acknowledge(&c->client);
}

void relay_start(struct conn *c)
{
	left = turn_share(c->worker->loop);
	conn_enter(c, CONN_RELAY, "ready");
	if (c->mode == MODE_PASSTHROUGH) {
		inspect_start(c);
	} else {
		tls_adopt(&c->client);
		tls_adopt(&c->leg->io);
	}
	/* The hello, when the connection did not take it at once, or what came
	 * behind the handshake.  A client that has had no answer yet has
	 * nothing more to say; if it has, its watcher will tell. */
	if (c->mode != MODE_PASSTHROUGH || io_pending(&c->client))
		pump(c, CLIENT);
	if (!conn_over(c) && !c->bytes[CLIENT])
		acknowledge_finished(c);
	/* It may be a server that speaks first. */
	if (!conn_over(c) && c->mode == MODE_OFFLOAD && !c->bytes[CLIENT])
		io_acknowledge(&c->leg->io);
	/* What came behind its handshake nobody will announce. */
	if (!conn_over(c) && (c->leg->io.in || io_pending(&c->leg->io)))
		pump(c, SERVER);
	rest(c);
}

void relay_event(struct conn *c, enum side s, int events)
{
	if ((c->wide[CLIENT] || c->wide[SERVER]) &&
		turn_is_other(c->worker->loop, &c->lap[s]))
		return;
	left = turn_share(c->worker->loop);
	c->quiet[s] = c->ended[s];
	if (events & EV_WRITE) {
		push_on(c, s);
		if (!conn_over(c))
			pump(c, !s);
	}
	if ((events & EV_READ) && !conn_over(c))
		pump(c, s);
	/* A write that failed leaves the last word to the target's own end. */
	if (!conn_over(c) && c->dead[!s])
		pump(c, s);
	rest(c);
}

void relay_resume(struct conn *c)
{
	left = turn_share(c->worker->loop);
	conn_unpause(c);
	pump(c, CLIENT);
	if (!conn_over(c))
		pump(c, SERVER);
	rest(c);
}

void relay_release(struct conn *c)
{
	inspect_free(&c->inspect);
	splice_drop(&c->pipe[0]);
	splice_drop(&c->pipe[1]);
}
