/*
 * Request line and status line (RFC 9112 3 and 4), and the forms of a target.
 * Called by head.c; owns nothing.
 *
 * Octets are judged as they are passed, what they mean together only when the
 * line is whole, so that the first fault of a line is the same fault whether
 * the rest of the line is there or not.
 */
#include "runtime/http/head_priv.h"

#include <string.h>

#include "runtime/http/octets.h"

static const struct {
	const char *name;
	uint8_t n, repeatable, served;
} methods[] = {
	{"", 0, 0, 1},
#define HTTP_METHOD(id, repeatable, served)                                    \
	{#id, sizeof(#id) - 1, repeatable, served},
#include "methods.def"
#undef HTTP_METHOD
};

const char *http_method_name(enum http_method m)
{
	return methods[m].name;
}

int http_method_served(enum http_method m)
{
	return methods[m].served;
}

int http_method_repeatable(enum http_method m)
{
	return methods[m].repeatable;
}

enum http_method http_method_find(struct http_slice name)
{
	for (int i = 1; i < HTTP_METHOD_COUNT; i++)
		if (methods[i].n == name.n &&
			memcmp(methods[i].name, name.at, name.n) == 0)
			return (enum http_method)i;
	return HTTP_METHOD_OTHER;
}

/* What is wrong is not one octet of the line. */
static enum http_verdict refuse_line(
	struct http_scan *s, const char *from, enum http_reason why)
{
	s->p = from;
	return http_refuse(s, why);
}

/* --- the request line -------------------------------------------------- */

static enum http_verdict method(struct http_scan *s)
{
	struct http_head *h = s->h;
	const char *from = s->p;

	while (s->p < s->end && http_octet(*s->p, OCTET_TOKEN)) {
		if (s->p - from == HTTP_METHOD_MAX)
			return http_refuse(s, HTTP_REASON_METHOD_LONG);
		s->p++;
	}
	if (s->p == s->end)
		return HTTP_MORE;
	if (*s->p != ' ' || s->p == from)
		return http_refuse_octet(s, HTTP_REASON_METHOD);
	h->method_text = http_span(s, from, s->p);
	h->method = http_method_find(http_slice(h, h->method_text));
	if (!methods[h->method].served)
		return http_refuse(s, HTTP_REASON_METHOD_REFUSED);
	s->p++;
	return HTTP_WHOLE;
}

/* Up to the first `?` the octets of a path are allowed, which are also those
 * of a scheme and a host, but for the brackets of an IPv6 address. */
static enum http_verdict target(struct http_scan *s)
{
	const char *from = s->p;
	uint8_t kind = OCTET_PATH;

	for (; s->p < s->end; s->p++) {
		if (http_octet(*s->p, kind))
			continue;
		if (*s->p == '?')
			kind = OCTET_QUERY;
		else if ((*s->p != '[' && *s->p != ']') || *from == '/')
			break;
	}
	if (s->p == s->end)
		return HTTP_MORE;
	if (*s->p == '\r')
		return http_refuse(s, HTTP_REASON_VERSION); /* HTTP/0.9 */
	if (*s->p != ' ')
		return http_refuse_octet(s, HTTP_REASON_TARGET_OCTET);
	if (s->p == from)
		return http_refuse(s, HTTP_REASON_TARGET);
	s->h->target = http_span(s, from, s->p);
	s->p++;
	return HTTP_WHOLE;
}

/* HTTP/d.d, of which the digits become a number of two. */
static enum http_verdict version(struct http_scan *s, enum http_reason bad)
{
	static const char pattern[] = "HTTP/0.0";
	struct http_head *h = s->h;

	for (const char *want = pattern; *want; want++, s->p++) {
		if (s->p == s->end)
			return HTTP_MORE;
		if (*want != '0' && *s->p == *want)
			continue;
		if (*want != '0' || *s->p < '0' || *s->p > '9')
			return http_refuse_octet(s, bad);
		h->version = (uint8_t)(h->version % 10 * 10 + (*s->p - '0'));
	}
	return HTTP_WHOLE;
}

static int begins(struct http_slice s, const char *lower)
{
	size_t n = strlen(lower);

	return s.n >= n && http_is((struct http_slice){s.at, n}, lower);
}

/* The octets in front of the authority of an absolute form, or 0. */
static unsigned scheme(struct http_slice target)
{
	return begins(target, "http://")     ? 7
		: begins(target, "https://") ? 8
					     : 0;
}

/* target.at[from..n) is a path, maybe empty, and maybe a query. */
static void split(struct http_head *h, size_t from)
{
	struct http_slice t = http_slice(h, h->target);
	const char *mark = memchr(t.at + from, '?', t.n - from);
	size_t path = mark ? (size_t)(mark - t.at) : t.n;

	h->path.at = (uint16_t)(h->target.at + from);
	h->path.n = (uint16_t)(path - from);
	h->has_query = mark != NULL;
	if (mark) {
		h->query.at = (uint16_t)(h->target.at + path + 1);
		h->query.n = (uint16_t)(t.n - path - 1);
	}
}

/* RFC 9112 3.2; OPTIONS of a whole server may come in absolute form as well. */
static enum http_reason read_target(struct http_head *h)
{
	struct http_slice t = http_slice(h, h->target);
	size_t at = scheme(t);

	if (t.at[0] == '/') {
		split(h, 0);
		return HTTP_FINE;
	}
	if (t.n == 1 && t.at[0] == '*' && h->method == HTTP_METHOD_OPTIONS) {
		h->form = HTTP_FORM_ASTERISK;
		return HTTP_FINE;
	}
	if (!at)
		return HTTP_REASON_TARGET;
	while (at < t.n && t.at[at] != '/' && t.at[at] != '?')
		at++;
	split(h, at);
	if (memchr(t.at + at, '[', h->path.n) ||
		memchr(t.at + at, ']', h->path.n))
		return HTTP_REASON_TARGET_OCTET;
	h->form = HTTP_FORM_ABSOLUTE;
	if (h->method == HTTP_METHOD_OPTIONS && at == t.n)
		h->form = HTTP_FORM_ASTERISK;
	return HTTP_FINE;
}

enum http_verdict http_request_line(struct http_scan *s)
{
	struct http_head *h = s->h;
	const char *from = s->p;
	enum http_verdict v;
	enum http_reason why;

	if ((v = method(s)) != HTTP_WHOLE || (v = target(s)) != HTTP_WHOLE ||
		(v = version(s, HTTP_REASON_VERSION)) != HTTP_WHOLE)
		return v;
	if (s->p < s->end && *s->p != '\r')
		return http_refuse_octet(s, HTTP_REASON_VERSION);
	if ((v = http_line_end(s)) != HTTP_WHOLE)
		return v;
	why = h->version == HTTP_1_1 || h->version == HTTP_1_0
		? read_target(h)
		: HTTP_REASON_VERSION_OTHER;
	return why == HTTP_FINE ? HTTP_WHOLE : refuse_line(s, from, why);
}

/* --- the status line --------------------------------------------------- */

static enum http_verdict status_code(struct http_scan *s)
{
	s->h->status = 0;
	for (int i = 0; i < 3; i++, s->p++) {
		if (s->p == s->end)
			return HTTP_MORE;
		if (*s->p < '0' || *s->p > '9')
			return http_refuse_octet(s, HTTP_REASON_STATUS_LINE);
		s->h->status = (uint16_t)(s->h->status * 10 + (*s->p - '0'));
	}
	return HTTP_WHOLE;
}

/* Many a server leaves out the space when it has no phrase to send. */
static enum http_verdict phrase(struct http_scan *s)
{
	const char *from = s->p;

	if (s->p < s->end && *s->p == ' ')
		from = ++s->p;
	else if (s->p < s->end && *s->p != '\r')
		return http_refuse_octet(s, HTTP_REASON_STATUS_LINE);
	while (s->p < s->end && http_octet(*s->p, OCTET_VALUE))
		s->p++;
	s->h->phrase = http_span(s, from, s->p);
	if (s->p < s->end && *s->p != '\r')
		return http_refuse_octet(s, HTTP_REASON_STATUS_LINE);
	return http_line_end(s);
}

enum http_verdict http_status_line(struct http_scan *s)
{
	struct http_head *h = s->h;
	const char *from = s->p;
	enum http_verdict v;

	if ((v = version(s, HTTP_REASON_STATUS_LINE)) != HTTP_WHOLE)
		return v;
	if (s->p == s->end)
		return HTTP_MORE;
	if (*s->p != ' ')
		return http_refuse_octet(s, HTTP_REASON_STATUS_LINE);
	s->p++;
	if ((v = status_code(s)) != HTTP_WHOLE || (v = phrase(s)) != HTTP_WHOLE)
		return v;
	if (h->version != HTTP_1_1 && h->version != HTTP_1_0)
		return refuse_line(s, from, HTTP_REASON_VERSION_OTHER);
	if (h->status < 100 || h->status > 599)
		return refuse_line(s, from, HTTP_REASON_STATUS);
	return HTTP_WHOLE;
}
