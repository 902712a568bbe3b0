/*
 * Framing, one pass over the fields for each kind of fact.  Called once for
 * each whole head; owns nothing.
 */
#include "runtime/http/framing.h"

#include <string.h>

/* What single fields state; only together do they mean something. */
struct stated {
	const struct http_head *h;
	unsigned options;               /* connection options up to now */
	int lengths, codings, upgrades; /* lines */
	int close, keep_alive, upgrade, websocket, expect, expect_other;
};

static void drop(struct http_frame *f, unsigned i)
{
	f->dropped[i / 64] |= (uint64_t)1 << i % 64;
}

/* At most 18 digits, so that no later addition can overflow. */
static enum http_reason read_length(struct http_frame *f, struct http_slice v)
{
	f->has_length = 1;
	if (v.n < 1 || v.n > 18)
		return HTTP_REASON_LENGTH_BAD;
	for (size_t i = 0; i < v.n; i++) {
		if (v.at[i] < '0' || v.at[i] > '9')
			return HTTP_REASON_LENGTH_BAD;
		f->length = f->length * 10 + (uint64_t)(v.at[i] - '0');
	}
	return HTTP_FINE;
}

static enum http_reason read_coding(struct http_frame *f, struct http_slice v)
{
	f->is_chunked = 1;
	return http_is(v, "chunked") ? HTTP_FINE : HTTP_REASON_CODING;
}

/* The fields a connection option names are for this hop only, too (RFC 9110
 * 7.6.1).  Those that frame the message are dropped already. */
static void drop_named(
	struct http_frame *f, const struct http_head *h, struct http_slice name)
{
	unsigned i = http_head_find(h, name, 0);

	for (; i < h->count; i = http_head_find(h, name, i + 1))
		drop(f, i);
}

static enum http_reason read_connection(
	struct http_frame *f, struct stated *s, struct http_slice list)
{
	struct http_slice option;

	while (http_list_next(&list, &option)) {
		if (!http_is_token(option))
			return HTTP_REASON_CONNECTION;
		/* Each is looked for among all fields. */
		if (++s->options > HTTP_OPTIONS_MAX)
			return HTTP_REASON_CONNECTION_MANY;
		if (http_is(option, "close"))
			s->close = 1;
		else if (http_is(option, "keep-alive"))
			s->keep_alive = 1;
		else if (http_is(option, "upgrade"))
			s->upgrade = 1;
		drop_named(f, s->h, option);
	}
	return HTTP_FINE;
}

static void read_te(struct http_frame *f, struct http_slice list)
{
	struct http_slice coding;

	while (http_list_next(&list, &coding))
		if (http_is(coding, "trailers"))
			f->te_trailers = 1;
}

static enum http_reason read_field(
	struct http_frame *f, struct stated *s, unsigned i)
{
	struct http_slice v = http_field_value(s->h, i);

	switch (s->h->field[i].id) {
	case HTTP_FIELD_CONTENT_LENGTH:
		return s->lengths++ ? HTTP_REASON_LENGTH_SEVERAL
				    : read_length(f, v);
	case HTTP_FIELD_TRANSFER_ENCODING:
		return s->codings++ ? HTTP_REASON_CODING : read_coding(f, v);
	case HTTP_FIELD_CONNECTION:
		return read_connection(f, s, v);
	case HTTP_FIELD_UPGRADE:
		s->websocket = s->upgrades++ == 0 && http_is(v, "websocket");
		return HTTP_FINE;
	case HTTP_FIELD_EXPECT:
		s->expect = 1;
		s->expect_other |= !http_is(v, "100-continue");
		return HTTP_FINE;
	case HTTP_FIELD_TE:
		read_te(f, v);
		return HTTP_FINE;
	default:
		return HTTP_FINE;
	}
}

/* RFC 9112 6.1 and 6.3: the end of the body is stated once, by one field. */
static enum http_reason read_fields(
	struct http_frame *f, struct stated *s, const struct http_head *h)
{
	memset(f, 0, sizeof(*f));
	memset(s, 0, sizeof(*s));
	s->h = h;
	for (unsigned i = 0; i < h->count; i++) {
		enum http_reason why;

		if (h->field[i].id == HTTP_FIELD_OTHER)
			continue;
		if (http_field_fate(h->field[i].id) != HTTP_FATE_PASS)
			drop(f, i);
		why = read_field(f, s, i);
		if (why != HTTP_FINE)
			return why;
	}
	if (f->has_length && f->is_chunked)
		return HTTP_REASON_LENGTH_AND_CODING;
	if (f->is_chunked && h->version == HTTP_1_0)
		return HTTP_REASON_CODING_OLD;
	/* RFC 9112 9.3; of both options the safer one counts. */
	f->keep_alive = !s->close && (h->version == HTTP_1_1 || s->keep_alive);
	return HTTP_FINE;
}

/* What the fields announce, where a body can be. */
static enum http_body announced(const struct http_frame *f)
{
	if (f->is_chunked)
		return HTTP_BODY_CHUNKED;
	return f->length > 0 ? HTTP_BODY_LENGTH : HTTP_BODY_NONE;
}

enum http_reason http_frame_request(
	struct http_frame *f, const struct http_head *h, uint64_t limit)
{
	struct stated s;
	enum http_reason why = read_fields(f, &s, h);

	if (why != HTTP_FINE)
		return why;
	if (s.expect_other)
		return HTTP_REASON_EXPECT;
	if (f->length > limit)
		return HTTP_REASON_BODY_LONG;
	f->body = announced(f);
	/* RFC 9110 10.1.1: not in HTTP/1.0, and not without a body. */
	f->expect =
		s.expect && h->version == HTTP_1_1 && f->body != HTTP_BODY_NONE;
	/* RFC 9110 7.8, RFC 6455 4.1; any other upgrade is not taken up. */
	f->upgrade = s.websocket && s.upgrade && h->version == HTTP_1_1 &&
		h->method == HTTP_METHOD_GET && f->body == HTTP_BODY_NONE;
	return HTTP_FINE;
}

/* RFC 9112 6.3: 1xx, 204, 304 and answers to HEAD have no body.  With 304 and
 * HEAD the fields describe a body that is not sent; with the others nobody can
 * tell whether one follows. */
static enum http_reason frame_bodiless(
	struct http_frame *f, const struct http_head *h)
{
	if (h->status == 304 || (h->status >= 200 && h->status != 204))
		return HTTP_FINE;
	if (f->is_chunked || f->length > 0)
		return HTTP_REASON_BODY_UNEXPECTED;
	f->has_length = 0;
	return HTTP_FINE;
}

static enum http_reason frame_switch(
	struct http_frame *f, struct http_asked asked, const struct stated *s)
{
	f->upgrade = asked.upgrade && s->websocket && s->upgrade &&
		s->h->version == HTTP_1_1;
	return f->upgrade ? HTTP_FINE : HTTP_REASON_SWITCH_UNASKED;
}

enum http_reason http_frame_response(struct http_frame *f,
	const struct http_head *h, struct http_asked asked, uint64_t limit)
{
	struct stated s;
	enum http_reason why = read_fields(f, &s, h);

	if (why != HTTP_FINE)
		return why;
	if (h->status == 101) {
		why = frame_switch(f, asked, &s);
		if (why != HTTP_FINE)
			return why;
	}
	if (asked.head || h->status < 200 || h->status == 204 ||
		h->status == 304)
		return frame_bodiless(f, h);
	if (f->length > limit)
		return HTTP_REASON_BODY_LONG;
	f->body = announced(f);
	if (!f->has_length && !f->is_chunked) {
		f->body = HTTP_BODY_CLOSE;
		f->keep_alive = 0;
	}
	return HTTP_FINE;
}

enum http_body http_body_onward(enum http_body body, enum http_version to)
{
	if (body == HTTP_BODY_CHUNKED && to == HTTP_1_0)
		return HTTP_BODY_CLOSE;
	if (body == HTTP_BODY_CLOSE && to == HTTP_1_1)
		return HTTP_BODY_CHUNKED;
	return body;
}
