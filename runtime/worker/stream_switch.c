/*
 * The connection becomes another protocol's (101, RFC 9110 15.2.2): a client
 * asked for a websocket and its server agreed.  From here on octets are relayed
 * as for any decrypted route.  Called by stream_down.c.
 */
#include "stream_parts.h"

#include "tunnel.h"

/* 101 and what the server has said behind it. */
static int tell_client(struct stream *s, const struct http_head *h,
	const struct http_frame *f, const uint8_t *rest, size_t n)
{
	struct http_edit edit[STREAM_EDITS_MAX];
	struct http_rewrite w = {.edit = edit,
		.edits = stream_edit_response(s, edit),
		.body = HTTP_BODY_NONE,
		.upgrade = 1};
	struct http_out out = {
		.at = (char *)stream_out, .room = STREAM_HEAD_ROOM};

	if (http_write_response(&out, h, f, &w) != HTTP_FINE)
		return IO_BROKEN;
	memcpy(stream_out + out.len, rest, n);
	s->conn->bytes[SERVER] += out.len + n;
	return io_write(stream_client(s), stream_out, out.len + n);
}

/* What the client has said before it heard of it. */
static int tell_server(struct stream *s)
{
	struct buf **ahead = &s->conn->requests->ahead;
	int r = IO_DONE;

	if (*ahead)
		r = io_write(&s->leg->io, buf_data(*ahead), buf_len(*ahead));
	buf_free(ahead);
	return r;
}

int stream_switch(struct stream *s, const struct http_head *h,
	const struct http_frame *f, const uint8_t *rest, size_t n)
{
	struct conn *c = s->conn;
	int ended = c->requests->ended;

	if (n > STREAM_CHUNK || tell_client(s, h, f, rest, n) != IO_DONE) {
		stream_abort(s, STREAM_END_CLIENT_LEFT, NULL);
		return 1;
	}
	if (tell_server(s) != IO_DONE || ended) {
		stream_abort(s, STREAM_END_LEFT, NULL);
		return 1;
	}
	s->status = 101;
	s->first_us = stream_age_us(s);
	stream_over(s, STREAM_END_SWITCHED, NULL);
	c->leg = s->leg;
	s->leg = NULL;
	requests_free(c);
	tunnel_take(c);
	return 1;
}
