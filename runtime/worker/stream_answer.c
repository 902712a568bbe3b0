/*
 * Answers of our own: refusals, failures of servers, and what a policy says
 * itself.  Called by the rooms of a stream; each answer ends the request.
 */
#include "stream_parts.h"

#include <string.h>

#include "backend.h"
#include "listener.h"

#define LOCATION_MAX 8192

static struct http_slice text_of(const char *s)
{
	return (struct http_slice){s, strlen(s)};
}

/* The server, if there is one, is told that nobody waits for it any more. */
static void forget_server(struct stream *s, enum stream_end end)
{
	if (s->leg && end == STREAM_END_NO_ANSWER && leg_owes(s->leg))
		backend_failed(s->leg);
	stream_drop_leg(s, s->sent ? IO_RST : IO_FIN);
	buf_free(&s->request);
	buf_free(&s->behind);
}

/* A client that waits for 100 does not know whether the body is still wanted
 * (RFC 9110 10.1.1), so nothing can follow on this connection. */
static void settle_last(struct stream *s)
{
	stream_look_for_last(s);
	if (s->expects && !s->up.ended)
		s->last = 1;
	/* No answer of ours says keep-alive. */
	if (s->version == HTTP_1_0)
		s->last = 1;
}

static void send_it(struct stream *s, struct http_answer *a,
	enum stream_end end, const char *detail)
{
	struct http_out out = {
		.at = (char *)stream_out, .room = STREAM_HEAD_ROOM};
	enum http_reason why;

	forget_server(s, end);
	settle_last(s);
	a->head = s->method == HTTP_METHOD_HEAD;
	a->close = s->last;
	why = http_write_answer(&out, a);
	if (why != HTTP_FINE) {
		stream_abort(s, STREAM_END_INTERNAL, http_reason_word(why));
		return;
	}
	s->status = (uint16_t)a->status;
	s->first_us = stream_age_us(s);
	if (io_write(stream_client(s), stream_out, out.len) != IO_DONE) {
		stream_abort(s, STREAM_END_CLIENT_LEFT, NULL);
		return;
	}
	s->conn->bytes[SERVER] += out.len;
	s->down.payload = a->head ? 0 : a->text.n;
	stream_over(s, end, detail);
	stream_said(s);
}

void stream_answer(struct stream *s, unsigned status, enum stream_end end,
	const char *detail)
{
	char text[80];
	struct http_out t = {.at = text, .room = sizeof(text)};
	struct http_answer a = {.status = status};

	if (stream_end_close(end) == CLOSE_REQUEST)
		s->last = 1;
	http_put_number(&t, status);
	http_put_text(&t, " ");
	http_put_text(&t, http_status_phrase(status));
	http_put_text(&t, "\n");
	a.text = (struct http_slice){text, t.len};
	send_it(s, &a, end, detail);
}

void stream_refuse(struct stream *s, enum http_reason why)
{
	stream_answer(s, http_reason_status(why, 0), STREAM_END_REFUSED,
		http_reason_word(why));
}

void stream_answer_text(struct stream *s, const struct tbl_caction *a)
{
	struct http_edit edit[STREAM_EDITS_MAX];
	struct http_answer answer = {.status = a->status,
		.text = text_of(table_str(stream_table(s), a->text_str)),
		.edit = edit,
		.edits = stream_edit_response(s, edit)};

	send_it(s, &answer, STREAM_END_ANSWERED, NULL);
}

void stream_redirect(struct stream *s, const struct tbl_caction *a,
	const struct http_head *h)
{
	static char room[LOCATION_MAX];
	struct http_out location = {.at = room, .room = sizeof(room)};
	const char *url = table_str(stream_table(s), a->text_str);
	struct http_edit edit[STREAM_EDITS_MAX];
	struct http_answer answer = {.status = a->status,
		.edit = edit,
		.edits = stream_edit_response(s, edit)};
	enum http_reason why = HTTP_FINE;

	if (*url)
		http_put_text(&location, url);
	else
		why = http_put_location(
			&location, "https", (struct http_slice){NULL, 0}, 0, h);
	if (why != HTTP_FINE || location.full) {
		stream_refuse(s, why ? why : HTTP_REASON_WRITE_LOCATION);
		return;
	}
	answer.location = (struct http_slice){room, location.len};
	send_it(s, &answer, STREAM_END_REDIRECTED, NULL);
}
