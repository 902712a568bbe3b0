/*
 * One direction of a relay.  It stops while something waits for its target and
 * goes on when that is gone, so at most one buffer waits.  Ends are passed on
 * as what they are: an orderly end as an orderly end, all else as a reset.
 *
 *   ended  dead  something waits  what it does
 *   no     no    no               reads from the source, writes to the target
 *   no     no    yes              waits for the target to be writable
 *   yes    no    yes              the same; then the target gets the end
 *   yes    no    no               nothing: it is over
 *   -      yes   never            nothing: it is over
 *
 * The first SPLICE_AFTER octets are copied.  Later ones are spliced if neither
 * side has TLS and a pipe is available.  .wide grows with each move that took
 * much and left nothing waiting, and is 0 again after any other: a copy takes
 * CHUNK or, if wide, CHUNK_WIDE; a splice up to 2^wide MiB.
 */
#include "flow.h"

#include <assert.h>

#include "backend.h"
#include "conn.h"
#include "inspect.h"
#include "runtime/tls/tls.h"
#include "splice.h"
#include "turn.h"
#include "worker_state.h"

#define CHUNK 65536
#define CHUNK_WIDE (4 * CHUNK)
#define WIDEST 3    /* log2 of the MiB spliced at once */
#define ROUNDS 4    /* moves in a row for one connection */
#define LEAST 32768 /* octets of a read, however little of the turn is left */
#define SPLICE_AFTER 65536

static uint8_t chunk[CHUNK_WIDE];
static size_t left; /* octets that the connection may read in this turn */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

void flow_turn(struct ev_loop *loop)
{
	left = turn_share(loop);
}

static void took(ssize_t n)
{
	if (n <= 0)
		return;
	left -= smaller((size_t)n, left);
	turn_moved((size_t)n);
}

int flow_waits(const struct conn *c, int d)
{
	return conn_io(c, !d)->out || splice_waiting(c->pipe[d]);
}

int flow_over(const struct conn *c, int d)
{
	const struct flow *f = &c->flow[d];

	return (f->ended || f->dead) && !flow_waits(c, d);
}

/* --- ends ---------------------------------------------------------------- */

/* The source's end was not an orderly one. */
static void bad_end(struct conn *c, int d, ssize_t why)
{
	static const enum close_reason reason[2][3] = {
		{CLOSE_CLIENT_TRUNCATED, CLOSE_CLIENT_RESET,
			CLOSE_CLIENT_TLS_ERROR},
		{CLOSE_BACKEND_TRUNCATED, CLOSE_BACKEND_RESET,
			CLOSE_BACKEND_TLS_ERROR},
	};
	const struct tls *tls = conn_io(c, d)->tls;
	const char *detail = NULL;

	if (why == IO_MEMORY) {
		conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
		return;
	}
	if (why == IO_BROKEN && tls)
		detail = tls_error(tls);
	else if (why != IO_BROKEN && c->flow[!d].ended)
		detail = "after the other side's end";
	conn_close(c,
		reason[d][why == IO_TRUNCATED     ? 0
				: why == IO_RESET ? 1
						  : 2],
		0, detail);
}

/* The target takes nothing more.  What it sends is read to its end first: a
 * server may answer, close, and reset what it did not read.  But a client whose
 * early hello waits is not read, so its end would not be seen. */
static void target_dead(struct conn *c, int d)
{
	if (c->flow[!d].ended || inspect_waits(c, !d)) {
		bad_end(c, !d, IO_RESET);
		return;
	}
	c->flow[d].dead = 1;
	buf_free(&conn_io(c, !d)->out);
	splice_drop(&c->pipe[d]);
}

static void end(struct conn *c, int d)
{
	const struct io *to = conn_io(c, !d);

	c->flow[d].ended = 1;
	/* When the other direction is over too, both sockets are closed at
	 * once, which says the same. */
	if (!splice_waiting(c->pipe[d]) &&
		!(flow_over(c, !d) && !to->tls && !to->out))
		io_shutdown(conn_io(c, !d));
	/* The deadline may be a nearer one now. */
	if (d == SERVER && !(flow_over(c, CLIENT) && flow_over(c, SERVER)))
		conn_touch(c);
}

/* --- by splice ----------------------------------------------------------- */

static int may_splice(const struct conn *c, int d)
{
	const struct io *from = conn_io(c, d);

	return !c->worker->options.no_splice && !c->inspect &&
		c->bytes[d] >= SPLICE_AFTER && !from->tls &&
		!conn_io(c, !d)->tls && !from->in;
}

/* An outcome of splice_move.  While the target keeps up, more is taken at
 * once. */
static ssize_t splice_some(struct conn *c, int d)
{
	struct flow *f = &c->flow[d];
	ssize_t n = splice_move(&c->pipe[d], conn_io(c, d), conn_io(c, !d),
		&c->bytes[d],
		smaller((size_t)SPLICE_PIPE << f->wide,
			TURN_SPLICED * (left ? left : LEAST)));

	took((n + TURN_SPLICED - 1) / TURN_SPLICED);
	if (n == SPLICE_NO_PIPE || flow_waits(c, d))
		f->wide = 0;
	else if (n >= SPLICE_MUCH && f->wide < WIDEST)
		f->wide++;
	return n;
}

/* What has been spliced, as step(). */
static int spliced(struct conn *c, int d, ssize_t n)
{
	if (n == IO_EOF)
		end(c, d);
	else if (n == SPLICE_TARGET_DEAD)
		target_dead(c, d);
	else if (n < 0 && n != IO_AGAIN)
		bad_end(c, d, n);
	return n > 0;
}

/* --- by copying ---------------------------------------------------------- */

/* How much to read: with TLS at least what has been read ahead and one more
 * record. */
static size_t read_size(const struct conn *c, int d)
{
	const struct io *from = conn_io(c, d);
	size_t least = LEAST + (from->tls ? buf_len(from->in) : 0);
	size_t most = c->flow[d].wide ? CHUNK_WIDE : CHUNK;

	return inspect_room(c, d, smaller(most, left > least ? left : least));
}

/* A server's answer may be its last.  Where only the client has TLS, the first
 * answer often is.  What is encrypted end to end we cannot tell, so a young
 * connection is asked each time. */
static int may_be_last(const struct conn *c, int d)
{
	const struct io *from = conn_io(c, d);

	if (d != SERVER || from->tls || !io_is_quiet(from))
		return 0;
	return conn_io(c, !d)->tls ? !c->bytes[d]
				   : !c->inspect && c->bytes[d] < SPLICE_AFTER;
}

/* n octets have been read.  An answer and the end after it make one segment:
 * what has come after the answer is added to it; returns how much. */
static size_t look_for_end(struct conn *c, int d, size_t n)
{
	ssize_t more;

	if (!may_be_last(c, d))
		return 0;
	/* A read of no octets would look like an end. */
	assert(n < sizeof(chunk));
	io_heard(conn_io(c, d));
	more = io_take(conn_io(c, d), chunk + n, sizeof(chunk) - n);
	return more > 0 ? (size_t)more : 0;
}

/* The source has ended in order with what came last: the end is passed on with
 * it.  A reset would drop what waits for more in the target's socket. */
static int was_last(const struct conn *c, int d)
{
	const struct io *from = conn_io(c, d);

	return io_ended(from) == IO_EOF && !from->tls && !from->in &&
		!c->inspect;
}

/* n octets have come.  An outcome of io_write. */
static int forward(struct conn *c, int d, size_t n)
{
	struct io *to = conn_io(c, !d);

	c->bytes[d] += n;
	if (d == SERVER)
		backend_answered(c->leg);
	else
		backend_asked(c->leg);
	if (c->inspect)
		return inspect_pass(c, d, chunk, n);
	return was_last(c, d) ? io_write_last(to, chunk, n)
			      : io_write(to, chunk, n);
}

/* Nothing was read, as step(). */
static int nothing(struct conn *c, int d, ssize_t why)
{
	if (why == IO_EOF) {
		if (!c->inspect || inspect_end(c, d) == 0)
			end(c, d);
	} else if (why != IO_AGAIN) {
		bad_end(c, d, why);
	}
	return 0;
}

static int copy(struct conn *c, int d)
{
	struct io *from = conn_io(c, d);
	int r, first = d == CLIENT && !c->bytes[d];
	ssize_t got = io_read(from, chunk, read_size(c, d));
	size_t n;

	took(got);
	if (got <= 0)
		return nothing(c, d, got);
	n = (size_t)got + look_for_end(c, d, (size_t)got);
	r = forward(c, d, n);
	if (conn_over(c))
		return 0;
	if (first && c->mode != MODE_BRIDGE)
		io_acknowledge(&c->leg->io);
	/* What a slow target leaves waiting stays small. */
	c->flow[d].wide = n > CHUNK / 4 * 3 && !flow_waits(c, d);
	if (r == IO_MEMORY)
		bad_end(c, d, r);
	else if (r != IO_DONE)
		target_dead(c, d);
	/* A short read has emptied the socket. */
	return r == IO_DONE &&
		(!io_is_quiet(from) || io_ended(from) || io_pending(from));
}

/* --- the pump ------------------------------------------------------------ */

/* One step; 1: go on, 0: nothing to do now, or closed. */
static int step(struct conn *c, int d)
{
	ssize_t n = may_splice(c, d) ? splice_some(c, d) : SPLICE_NO_PIPE;

	return n == SPLICE_NO_PIPE ? copy(c, d) : spliced(c, d, n);
}

/* The client is not read while its early hello waits.  For a while, what comes
 * after the hello is kept with it, so that a reset is seen. */
static int hears(const struct conn *c, int d)
{
	const struct io *from = conn_io(c, d);

	return !inspect_waits(c, d) ||
		(!io_ended(from) && buf_len(from->in) < CHUNK);
}

static void hear(struct conn *c, int d)
{
	struct io *from = conn_io(c, d);
	ssize_t n = hears(c, d) ? io_take(from, chunk, CHUNK) : IO_AGAIN;

	if (n == IO_RESET)
		bad_end(c, d, n);
	else if (n > 0 && buf_append(&from->in, chunk, (size_t)n) < 0)
		bad_end(c, d, IO_MEMORY);
}

int flow_reads(const struct conn *c, int d)
{
	const struct flow *f = &c->flow[d];

	/* An end mostly comes just before the other side's: taking the socket
	 * out of the kernel's set is left for when it is reported again. */
	return !(f->ended ? f->told : f->dead) && !flow_waits(c, d) &&
		hears(c, d) && !c->paused;
}

void flow_pump(struct conn *c, int d)
{
	const struct flow *f = &c->flow[d];
	struct io *from = conn_io(c, d);
	int round;

	if (c->paused)
		return;
	/* After a known end there is nothing that could go on for ever. */
	for (round = 0;
		(round < ROUNDS && left) || io_pending(from) || io_ended(from);
		round++) {
		/* Nobody will announce what has been read ahead; the rest of
		 * the socket is another turn's. */
		if (round >= ROUNDS || !left)
			io_quiet(from);
		if (conn_over(c) || flow_waits(c, d) || f->ended || f->dead)
			return;
		if (inspect_waits(c, d)) {
			hear(c, d);
			return;
		}
		if (!step(c, d))
			return;
	}
}

void flow_push(struct conn *c, int d)
{
	struct flow *f = &c->flow[d];
	struct io *to = conn_io(c, !d);
	int r = io_flush(to);

	if (r == IO_DONE && splice_waiting(c->pipe[d])) {
		r = splice_push(&c->pipe[d], to);
		if (r == IO_DONE && f->ended)
			io_shutdown(to);
	}
	if (r == IO_RESET)
		target_dead(c, d);
	else if (r == IO_MEMORY)
		bad_end(c, d, r);
}
