/*
 * From the client to the server: the body of a request, through the chunk.
 * Nothing is read while the server has something in waiting.  Called by
 * requests.c.
 */
#include "stream_parts.h"

#include "backend.h"

#define EARLY_MAX 16384 /* octets of requests to come that may wait */

/* The server takes nothing more; what it has to say about that is heard. */
static void deaf(struct stream *s)
{
	s->deaf = 1;
	buf_free(&s->leg->io.out);
}

/* The body breaks a rule: an answer says so where none has begun. */
static void bad_body(struct stream *s)
{
	enum http_reason why = s->up.chunked.reason;

	if (s->state == STREAM_ANSWER)
		stream_abort(s, STREAM_END_REFUSED, http_reason_word(why));
	else
		stream_refuse(s, why);
}

static int left(struct stream *s, ssize_t why)
{
	stream_abort(s,
		why == IO_MEMORY ? STREAM_END_NO_MEMORY
				 : STREAM_END_CLIENT_LEFT,
		NULL);
	return 1;
}

/* The next octets of the body at STREAM_IN: how many, or 0: not now, or the end
 * of the stream. */
static ssize_t body_octets(struct stream *s)
{
	struct requests *r = s->conn->requests;
	int early = r->ahead != NULL;
	ssize_t n;

	if (!early && r->ended)
		return -(ssize_t)r->ended;
	n = stream_look(stream_client(s), r->ahead);
	if (n > 0 && !early)
		s->conn->bytes[CLIENT] += (uint64_t)n;
	return n;
}

int stream_listen(struct stream *s)
{
	struct requests *r = s->conn->requests;
	struct io *io = stream_client(s);
	ssize_t n;

	if (r->ended || buf_len(r->ahead) >= EARLY_MAX)
		return 0;
	n = io_read(io, STREAM_IN, stream_room(io));
	switch (n) {
	case IO_AGAIN:
		return 0;
	case IO_EOF:
	case IO_TRUNCATED:
		/* It may still listen: what it asked for it gets. */
		r->ended = (uint8_t)-n;
		return 1;
	case IO_RESET:
	case IO_BROKEN:
	case IO_MEMORY:
		return left(s, n);
	}
	s->conn->bytes[CLIENT] += (uint64_t)n;
	return buf_append(&r->ahead, STREAM_IN, (size_t)n) < 0
		? left(s, IO_MEMORY)
		: 1;
}

int stream_up(struct stream *s)
{
	size_t used, len;
	uint8_t *send;
	ssize_t n;
	int r = IO_DONE;

	if (s->up.ended || s->deaf)
		return stream_listen(s);
	if (s->leg->io.out)
		return 0;
	n = body_octets(s);
	if (n == IO_AGAIN)
		return 0;
	if (n <= 0)
		return left(s, n);
	if (body_take(&s->up, STREAM_IN, (size_t)n, &used, &send, &len) ==
		BODY_BAD) {
		bad_body(s);
		return 1;
	}
	if (stream_used(&s->conn->requests->ahead, (size_t)n, used) < 0)
		return left(s, IO_MEMORY);
	if (len)
		r = io_write(&s->leg->io, send, len);
	if (r == IO_MEMORY)
		return left(s, r);
	if (r != IO_DONE)
		deaf(s);
	/* The server's time to answer begins. */
	if (s->up.ended)
		conn_touch(s->conn);
	else
		stream_moved(s);
	return 1;
}

/* The answer is out, and the client has not said all yet: read, so that it sees
 * the answer and not a reset. */
int stream_drain(struct stream *s)
{
	size_t used, len;
	uint8_t *send;
	ssize_t n = body_octets(s);

	if (n == IO_AGAIN)
		return 0;
	if (n > 0 &&
		body_take(&s->up, STREAM_IN, (size_t)n, &used, &send, &len) !=
			BODY_BAD &&
		s->up.payload < s->drain_end) {
		if (stream_used(&s->conn->requests->ahead, (size_t)n, used) < 0)
			return left(s, IO_MEMORY);
		if (s->up.ended)
			stream_enter(s, STREAM_OVER);
		return 1;
	}
	if (n == IO_RESET || n == IO_BROKEN || n == IO_MEMORY)
		return left(s, n);
	s->last = 1;
	stream_enter(s, STREAM_FLUSH);
	return 1;
}
