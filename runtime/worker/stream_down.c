/*
 * From the server to the client: the head of the answer, written anew, and its
 * body through the chunk.  Nothing is read while the client has something in
 * waiting.  Called by requests.c.
 *
 * An answer that was cut never looks whole: as long as no head has gone out it
 * becomes a 502, afterwards the client's connection is reset.
 */
#include "stream_parts.h"

#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "runtime/tls/tls.h"

#define ANSWER_HEAD_MAX 65535

static void no_memory(struct stream *s)
{
	stream_abort(s, STREAM_END_NO_MEMORY, NULL);
}

/* --- the server's end ---------------------------------------------------- */

/* A connection that was used before may have ended while the request was on its
 * way: what may be sent twice is sent again, on a fresh one (RFC 9110 9.2.2). */
static int again(struct stream *s)
{
	if (!s->reused || !http_method_repeatable(s->method) ||
		s->up.in != HTTP_BODY_NONE || s->behind || s->status)
		return 0;
	stream_drop_leg(s, IO_RST);
	s->reused = 0;
	stream_find_server(s);
	return 1;
}

static void cut(struct stream *s, ssize_t why)
{
	const char *detail = why == IO_RESET ? "reset"
		: why == IO_TRUNCATED        ? "no close_notify"
					     : "end of stream";

	if (why == IO_MEMORY) {
		no_memory(s);
		return;
	}
	if (why == IO_BROKEN && s->leg->io.tls)
		detail = tls_error(s->leg->io.tls);
	if (s->state == STREAM_ANSWER)
		stream_abort(s, STREAM_END_CUT_ANSWER, detail);
	else if (!again(s)) {
		if (leg_owes(s->leg))
			backend_failed(s->leg);
		stream_answer(s, 502, STREAM_END_LEFT, detail);
	}
}

static void bad(struct stream *s, enum http_reason why)
{
	s->last = 1;
	if (s->state == STREAM_ANSWER)
		stream_abort(s, STREAM_END_CUT_ANSWER, http_reason_word(why));
	else
		stream_answer(
			s, 502, STREAM_END_BAD_ANSWER, http_reason_word(why));
}

/* --- to the client ------------------------------------------------------- */

/* 0, or -1: the stream has ended. */
static int send_client(struct stream *s, const uint8_t *p, size_t n)
{
	int r = n ? io_write(stream_client(s), p, n) : IO_DONE;

	if (r == IO_DONE) {
		s->conn->bytes[SERVER] += n;
		stream_moved(s);
		return 0;
	}
	if (r == IO_MEMORY)
		no_memory(s);
	else
		stream_abort(s, STREAM_END_CLIENT_LEFT, NULL);
	return -1;
}

/* The answer is whole.  Its server's connection serves again when nothing about
 * it was odd. */
static void answered(struct stream *s)
{
	if (s->keeps && !s->behind && s->up.ended && !s->deaf)
		stream_keep_leg(s);
	else
		stream_drop_leg(s, s->up.ended ? IO_FIN : IO_RST);
	stream_over(s, STREAM_END_SERVED, NULL);
	stream_said(s);
}

/* --- the head ------------------------------------------------------------ */

/* 1: there are octets; 0: not now; -1: the server has ended, which is dealt
 * with. */
static int more(struct stream *s, struct stream_octets *o)
{
	int n = stream_octets(&s->leg->io, &s->behind, s->head != NULL, o);

	if (n > 0) {
		backend_answered(s->leg);
		return 1;
	}
	if (n == IO_AGAIN)
		return 0;
	cut(s, n);
	return -1;
}

/* The head's octets are done with. */
static void consume(
	struct stream *s, const struct stream_octets *o, size_t length)
{
	if (stream_octets_used(&s->behind, &s->head, o, length) < 0)
		no_memory(s);
}

static enum http_reason write_head(struct stream *s, struct http_out *out,
	const struct http_head *h, const struct http_frame *f)
{
	struct http_edit edit[STREAM_EDITS_MAX];
	struct http_rewrite w = {.edit = edit,
		.edits = h->status < 200 ? 0 : stream_edit_response(s, edit),
		.body = http_body_onward(f->body, s->version),
		.upgrade = h->status == 101};

	if (h->status >= 200)
		stream_look_for_last(s);
	/* Of an answer without length to HTTP/1.0 the end is its end. */
	if (f->body != HTTP_BODY_NONE && w.body == HTTP_BODY_CLOSE)
		s->last = 1;
	if (h->status >= 200) {
		w.close = s->last;
		w.keep_alive = !s->last && s->version == HTTP_1_0;
	}
	return http_write_response(out, h, f, &w);
}

static struct http_out fresh_out(void)
{
	return (struct http_out){
		.at = (char *)stream_out, .room = STREAM_HEAD_ROOM};
}

/* 100 and 102 are for us, 103 is for a client that can tell it from the answer
 * (RFC 9110 15.2). */
static int interim(struct stream *s, const struct stream_octets *o,
	const struct http_head *h, const struct http_frame *f)
{
	struct http_out out = fresh_out();
	uint32_t length = h->length;

	if (h->status == 103 && s->version == HTTP_1_1 &&
		write_head(s, &out, h, f) == HTTP_FINE &&
		send_client(s, stream_out, out.len) < 0)
		return 1;
	consume(s, o, length);
	return 1;
}

/* What came with the head goes out with it; what is no part of the body is odd,
 * and waits to be seen.  *len octets of it are behind the first at of
 * stream_out.  0, or -1: the stream has ended. */
static int first_of_body(struct stream *s, const struct stream_octets *o,
	size_t length, size_t at, size_t *len)
{
	size_t n = o->n - length, used = 0;
	uint8_t *send;

	*len = 0;
	if (n && !s->down.ended) {
		if (body_take(&s->down, o->p + length, n, &used, &send, len) ==
			BODY_BAD) {
			bad(s, s->down.chunked.reason);
			return -1;
		}
		memcpy(stream_out + at, send, *len);
	}
	if (buf_append(&s->behind, o->p + length + used, n - used) == 0)
		return 0;
	no_memory(s);
	return -1;
}

static int answer(struct stream *s, const struct stream_octets *o,
	const struct http_head *h, const struct http_frame *f)
{
	struct http_out out = fresh_out();
	enum http_reason why = write_head(s, &out, h, f);
	size_t len = 0;

	if (why != HTTP_FINE) {
		bad(s, why);
		return 1;
	}
	body_begin(&s->down, f->body, f->length,
		http_body_onward(f->body, s->version), UINT64_MAX);
	s->keeps = f->keep_alive && f->body != HTTP_BODY_CLOSE;
	if (!o->is_kept && first_of_body(s, o, h->length, out.len, &len) < 0)
		return 1;
	s->status = h->status;
	s->first_us = stream_age_us(s);
	buf_free(&s->request);
	stream_enter(s, STREAM_ANSWER);
	if (o->is_kept)
		consume(s, o, h->length);
	if (send_client(s, stream_out, out.len + len) == 0 && s->down.ended)
		answered(s);
	return 1;
}

static int whole(struct stream *s, const struct stream_octets *o,
	const struct http_head *h)
{
	struct http_asked asked = {
		.head = s->method == HTTP_METHOD_HEAD, .upgrade = s->upgrade};
	struct http_frame f;
	enum http_reason why = http_frame_response(&f, h, asked, UINT64_MAX);

	if (why != HTTP_FINE) {
		bad(s, why);
		return 1;
	}
	if (h->status == 101)
		return stream_switch(
			s, h, &f, o->p + h->length, o->n - h->length);
	if (h->status < 200)
		return interim(s, o, h, &f);
	return answer(s, o, h, &f);
}

static int head(struct stream *s)
{
	static struct http_head once;
	struct http_head *h = s->head ? s->head : &once;
	struct stream_octets o = {.n = 0};
	int r = more(s, &o);

	if (r <= 0)
		return -r; /* 1: something has changed */
	if (h == &once)
		http_head_start(h);
	switch (http_response_parse(
		h, (const char *)o.p, o.n, ANSWER_HEAD_MAX)) {
	case HTTP_MORE:
		if (stream_octets_wait(&s->behind, &s->head, &o, h) < 0)
			no_memory(s);
		return 1;
	case HTTP_WHOLE:
		return whole(s, &o, h);
	default:
		bad(s, h->reason);
		return 1;
	}
}

/* --- the body ------------------------------------------------------------ */

static int source_ended(struct stream *s, ssize_t why)
{
	const uint8_t *send;
	size_t len;

	if (why != IO_EOF || !body_source_ends(&s->down, &send, &len))
		cut(s, why);
	else if (send_client(s, send, len) == 0)
		answered(s);
	return 1;
}

static int body(struct stream *s)
{
	size_t used, len;
	uint8_t *send;
	ssize_t n = stream_look(&s->leg->io, s->behind);

	if (n == IO_AGAIN)
		return 0;
	if (n <= 0)
		return source_ended(s, n);
	if (body_take(&s->down, STREAM_IN, (size_t)n, &used, &send, &len) ==
		BODY_BAD) {
		bad(s, s->down.chunked.reason);
		return 1;
	}
	if (stream_used(&s->behind, (size_t)n, used) < 0) {
		no_memory(s);
		return 1;
	}
	if (send_client(s, send, len) == 0 && s->down.ended)
		answered(s);
	return 1;
}

int stream_down(struct stream *s)
{
	if (stream_client(s)->out)
		return 0;
	return s->state == STREAM_ASK ? head(s) : body(s);
}
