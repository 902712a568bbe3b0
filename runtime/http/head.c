/*
 * The lines of a head, from its first octet to the empty line (RFC 9112 2.1 and
 * 5).  Called for every request and response; owns nothing.
 */
#include "runtime/http/head_priv.h"

#include <string.h>

#include "runtime/http/octets.h"

void http_head_start(struct http_head *h)
{
	memset(h, 0, offsetof(struct http_head, field));
}

enum http_verdict http_refuse(struct http_scan *s, enum http_reason why)
{
	s->h->reason = why;
	s->h->fault_at = (uint32_t)(s->p - s->h->buf);
	return HTTP_REFUSED;
}

enum http_verdict http_refuse_octet(
	struct http_scan *s, enum http_reason otherwise)
{
	switch (*s->p) {
	case '\n':
		return http_refuse(s, HTTP_REASON_BARE_LF);
	case '\0':
		return http_refuse(s, HTTP_REASON_NUL);
	default:
		return http_refuse(s, otherwise);
	}
}

enum http_verdict http_line_end(struct http_scan *s)
{
	if (s->end - s->p < 2)
		return HTTP_MORE;
	if (s->p[1] != '\n')
		return http_refuse(s, HTTP_REASON_BARE_CR);
	s->p += 2;
	return HTTP_WHOLE;
}

/* --- fields ------------------------------------------------------------ */

/* The first octet from p on that no value may have, or end.  Eight octets at a
 * time while none is a control character; HTAB is left to single steps. */
static const char *value_end(const char *p, const char *end)
{
	const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
	uint64_t x, del;

	for (;;) {
		while (end - p >= 8) {
			memcpy(&x, p, 8);
			del = x ^ ones * 0x7f;
			if ((((x - ones * 0x20) & ~x) | ((del - ones) & ~del)) &
				tops)
				break;
			p += 8;
		}
		while (p < end && http_octet(*p, OCTET_VALUE)) {
			p++;
			if (p[-1] == '\t')
				break;
		}
		if (p == end || !http_octet(*p, OCTET_VALUE))
			return p;
	}
}

static enum http_verdict name_fault(struct http_scan *s, const char *from)
{
	switch (*s->p) {
	case ':':
		return http_refuse(s, HTTP_REASON_NAME_EMPTY);
	case '\r':
		return http_refuse(s, HTTP_REASON_NO_COLON);
	case ' ':
	case '\t':
		return http_refuse(s,
			s->p == from ? HTTP_REASON_FOLD
				     : HTTP_REASON_NAME_SPACE);
	default:
		return http_refuse_octet(s, HTTP_REASON_NAME);
	}
}

static int is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* From the colon on; *value is the value without the OWS around it. */
static enum http_verdict field_value(
	struct http_scan *s, struct http_span *value)
{
	const char *from, *to;
	enum http_verdict v;

	while (s->p < s->end && is_space(*s->p))
		s->p++;
	from = s->p;
	s->p = to = value_end(from, s->end);
	if (s->p == s->end)
		return HTTP_MORE;
	if (*s->p != '\r')
		return http_refuse_octet(s, HTTP_REASON_VALUE);
	if ((v = http_line_end(s)) != HTTP_WHOLE)
		return v;
	while (to > from && is_space(to[-1]))
		to--;
	*value = http_span(s, from, to);
	return HTTP_WHOLE;
}

static enum http_verdict field(struct http_scan *s)
{
	struct http_head *h = s->h;
	struct http_field *f = &h->field[h->count];
	const char *from = s->p;
	enum http_verdict v;

	if (s->p < s->end && h->count == HTTP_FIELDS_MAX)
		return http_refuse(s, HTTP_REASON_FIELDS_MANY);
	while (s->p < s->end && http_octet(*s->p, OCTET_TOKEN))
		s->p++;
	if (s->p == s->end)
		return HTTP_MORE;
	if (*s->p != ':' || s->p == from)
		return name_fault(s, from);
	f->name = http_span(s, from, s->p);
	s->p++;
	if ((v = field_value(s, &f->value)) != HTTP_WHOLE)
		return v;
	f->id = (uint8_t)http_field_find(from, f->name.n);
	h->count++;
	return HTTP_WHOLE;
}

/* --- lines ------------------------------------------------------------- */

/* Some old clients send an empty line after a body, in front of the next
 * request (RFC 9112 2.2). */
static enum http_verdict request_begin(struct http_scan *s)
{
	enum http_verdict v;

	if (s->h->line == 0 && s->p < s->end && *s->p == '\r') {
		if ((v = http_line_end(s)) != HTTP_WHOLE)
			return v;
	}
	return http_request_line(s);
}

static enum http_verdict judge_request(struct http_head *h)
{
	h->reason = http_judge_host(h);
	return h->reason == HTTP_FINE ? HTTP_WHOLE : HTTP_REFUSED;
}

/* HTTP_WHOLE: the empty line has been read. */
static enum http_verdict lines(
	struct http_scan *s, enum http_verdict (*first)(struct http_scan *))
{
	struct http_head *h = s->h;
	enum http_verdict v;
	int last;

	for (;;) {
		last = h->begun && s->p < s->end && *s->p == '\r';
		v = last ? http_line_end(s) : h->begun ? field(s) : first(s);
		if (v != HTTP_WHOLE)
			return v;
		h->begun = 1;
		h->line = h->searched = (uint32_t)(s->p - h->buf);
		if (last)
			return HTTP_WHOLE;
	}
}

static enum http_verdict parse(struct http_head *h, const char *buf, size_t n,
	size_t limit, enum http_verdict (*first)(struct http_scan *))
{
	struct http_scan s = {h, buf + h->line, NULL};
	enum http_verdict v;

	if (limit > HTTP_HEAD_MAX)
		limit = HTTP_HEAD_MAX;
	if (n > limit)
		n = limit;
	h->buf = buf;
	s.end = buf + n;
	/* At the limit even a line without LF is read, so that the reason for a
	 * refusal does not depend on how the octets arrived. */
	if (h->searched > h->line && n < limit &&
		!memchr(buf + h->searched, '\n', n - h->searched)) {
		h->searched = (uint32_t)n;
		return HTTP_MORE;
	}
	v = lines(&s, first);
	if (v == HTTP_WHOLE)
		h->length = h->line;
	if (v != HTTP_MORE)
		return v;
	h->searched = (uint32_t)n;
	if (n < limit)
		return HTTP_MORE;
	return http_refuse(&s,
		first == request_begin && !h->begun ? HTTP_REASON_TARGET_LONG
						    : HTTP_REASON_HEAD_LONG);
}

enum http_verdict http_request_parse(
	struct http_head *h, const char *buf, size_t n, size_t limit)
{
	enum http_verdict v = parse(h, buf, n, limit, request_begin);

	return v == HTTP_WHOLE ? judge_request(h) : v;
}

enum http_verdict http_response_parse(
	struct http_head *h, const char *buf, size_t n, size_t limit)
{
	return parse(h, buf, n, limit, http_status_line);
}

/* --- what was found ---------------------------------------------------- */

struct http_slice http_head_path(const struct http_head *h)
{
	if (h->form == HTTP_FORM_ASTERISK)
		return (struct http_slice){"*", 1};
	if (h->path.n == 0)
		return (struct http_slice){"/", 1};
	return http_slice(h, h->path);
}

unsigned http_head_find(
	const struct http_head *h, struct http_slice name, unsigned i)
{
	while (i < h->count && !http_same(http_field_text(h, i), name))
		i++;
	return i;
}
