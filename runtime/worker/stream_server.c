/*
 * A server for a request: the connection that answered this client last, when
 * it is one of the same backend and nothing is odd about it, else a fresh one.
 * Called by requests.c; what becomes of the leg it is told by that (leg.h).
 */
#include "stream_parts.h"

#include <string.h>
#include <sys/socket.h>

#include "backend.h"
#include "bridge.h"
#include "connect.h"
#include "proxyout.h"
#include "runtime/tls/tls.h"
#include "worker_state.h"

/* What may be said to a server in its handshake. */
static const uint8_t http11[] = "\x08http/1.1";

/* --- told by the leg ----------------------------------------------------- */

static struct stream *stream_of(const struct leg *l)
{
	return l->conn->requests->stream;
}

static void on_entered(struct leg *l)
{
	conn_touch(l->conn);
}

static int on_stands(struct leg *l)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	return getpeername(l->io.w.fd, (struct sockaddr *)&peer, &len) == 0;
}

static void on_connected(struct leg *l)
{
	stream_of(l)->server_us = stream_age_us(stream_of(l));
	if (proxyout_send(l) < 0)
		return;
	if (l->conn->gen->table.backend[l->backend].profile != TBL_NONE)
		bridge_start(l, http11, sizeof(http11) - 1);
}

static void on_secured(struct leg *l)
{
	tls_adopt(&l->io);
}

static void on_failed(
	struct leg *l, enum close_reason reason, const char *detail)
{
	stream_of(l)->failed = (uint8_t)reason;
	stream_of(l)->detail = detail;
}

static int on_left(struct leg *l)
{
	return 0; /* the client's own events tell */
}

static void on_event(struct leg *l, int events)
{
	struct conn *c = l->conn;

	/* What cannot be sent any more shows when it is read. */
	if (events & EV_WRITE && io_flush(&l->io) == IO_RESET &&
		c->requests->stream)
		c->requests->stream->deaf = 1;
	if (events & EV_WRITE && c->requests->stream)
		stream_moved(c->requests->stream);
}

static void on_settle(struct leg *l)
{
	struct conn *c = l->conn;

	requests_run(c);
	conn_settle(c);
}

static const struct leg_owner owner = {
	.entered = on_entered,
	.stands = on_stands,
	.connected = on_connected,
	.secured = on_secured,
	.failed = on_failed,
	.left = on_left,
	.event = on_event,
	.settle = on_settle,
};

/* --- at rest ------------------------------------------------------------- */

void stream_resting_leg(struct conn *c)
{
	struct leg *l = c->requests->leg;

	/* A ticket of TLS is no octet; all else is none of a request's. */
	if (!l || io_read(&l->io, STREAM_IN, STREAM_CHUNK) == IO_AGAIN)
		return;
	leg_close(l, IO_FIN);
	leg_free(&c->requests->leg);
}

/* Places at a server that are counted are not kept for who may never come. */
static int may_rest(const struct stream *s)
{
	const struct table *t = stream_table(s);

	return !s->conn->requests->leg && !s->leg->io.out && !s->last &&
		!t->server[s->leg->server_index].max_conns;
}

void stream_keep_leg(struct stream *s)
{
	if (!may_rest(s)) {
		stream_drop_leg(s, IO_FIN);
		return;
	}
	s->conn->requests->leg = s->leg;
	s->leg = NULL;
}

void stream_drop_leg(struct stream *s, enum io_goodbye how)
{
	if (!s->leg)
		return;
	if (s->leg->state != LEG_CLOSED)
		leg_close(s->leg, how);
	leg_free(&s->leg);
}

/* --- a server ------------------------------------------------------------ */

static int reuse(struct stream *s)
{
	struct requests *r = s->conn->requests;

	if (!r->leg)
		return 0;
	if (r->leg->backend == s->backend && backend_is_usable(r->leg))
		stream_resting_leg(s->conn);
	else
		leg_close(r->leg, IO_FIN);
	if (r->leg && r->leg->state == LEG_CLOSED)
		leg_free(&r->leg);
	if (!r->leg)
		return 0;
	s->leg = r->leg;
	r->leg = NULL;
	s->reused = 1;
	leg_again(s->leg);
	return 1;
}

void stream_find_server(struct stream *s)
{
	s->failed = 0;
	s->sent = 0;
	if (!reuse(s)) {
		s->leg = leg_new(s->conn, &owner, s->backend);
		if (!s->leg) {
			stream_abort(s, STREAM_END_NO_MEMORY, NULL);
			return;
		}
	}
	stream_enter(s, STREAM_SERVER);
	if (!s->reused)
		connect_start(s->leg);
}

/* No server would do. */
static int failed(struct stream *s)
{
	switch ((enum close_reason)s->failed) {
	case CLOSE_BACKEND_FULL:
		stream_answer(s, 503, STREAM_END_FULL, s->detail);
		break;
	case CLOSE_CONNECT_TIMEOUT:
		stream_answer(s, 504, STREAM_END_UNREACHED, s->detail);
		break;
	case CLOSE_NO_MEMORY:
		stream_abort(s, STREAM_END_NO_MEMORY, NULL);
		break;
	default:
		stream_answer(s, 502, STREAM_END_UNREACHED,
			s->detail ? s->detail : words_close[s->failed]);
	}
	return 1;
}

/* RFC 9110 10.1.1: the server is there, so the body may come.  0: not yet,
 * something of an earlier answer is on its way. */
static int invite(struct stream *s)
{
	struct http_out out = {
		.at = (char *)stream_out, .room = STREAM_HEAD_ROOM};

	if (!s->expects)
		return 1;
	if (stream_client(s)->out)
		return 0;
	s->expects = 0;
	/* It did not wait. */
	if (s->conn->requests->ahead)
		return 1;
	http_put_continue(&out);
	if (io_write(stream_client(s), stream_out, out.len) == IO_DONE)
		return 1;
	stream_abort(s, STREAM_END_CLIENT_LEFT, NULL);
	return -1;
}

/* What has come of the body goes out with the head; *len octets of it are at
 * stream_out + at.  0, or -1: the stream has ended. */
static int first_of_body(struct stream *s, size_t at, size_t *len)
{
	struct buf **ahead = &s->conn->requests->ahead;
	uint8_t *send;
	size_t used;
	ssize_t n;

	*len = 0;
	if (!*ahead || s->up.ended)
		return 0;
	n = stream_look(stream_client(s), *ahead);
	if (body_take(&s->up, STREAM_IN, (size_t)n, &used, &send, len) ==
		BODY_BAD) {
		stream_refuse(s, s->up.chunked.reason);
		return -1;
	}
	memcpy(stream_out + at, send, *len);
	buf_consume(ahead, used);
	return 0;
}

/* The head goes out. */
static void ask(struct stream *s)
{
	struct io *io = &s->leg->io;
	size_t n = buf_len(s->request), len;
	int r;

	memcpy(stream_out, buf_data(s->request), n);
	if (first_of_body(s, n, &len) < 0)
		return;
	s->server_index = s->leg->server_index;
	s->sent = 1;
	stream_enter(s, STREAM_ASK);
	backend_asked(s->leg);
	r = io_write(io, stream_out, n + len);
	if (!s->reused)
		io_acknowledge(io);
	if (r == IO_MEMORY)
		stream_abort(s, STREAM_END_NO_MEMORY, NULL);
	else if (r != IO_DONE)
		s->deaf = 1; /* reading tells why */
}

int stream_server(struct stream *s)
{
	int r;

	if (s->failed)
		return failed(s);
	if (s->leg->state != LEG_READY)
		return s->up.ended ? stream_listen(s) : 0;
	r = invite(s);
	if (r > 0)
		ask(s);
	return r != 0;
}
