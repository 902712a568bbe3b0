/*
 * Answers that are ours.  Called when a request is refused, or answered or
 * redirected by the policy; owns nothing.
 */
#include "runtime/http/answer.h"

#include <string.h>

const char *http_status_phrase(unsigned status)
{
	switch (status) {
#define HTTP_PHRASE(status, phrase)                                            \
	case status:                                                           \
		return phrase;
#include "phrases.def"
#undef HTTP_PHRASE
	default:
		return "";
	}
}

static struct http_slice text(const char *s)
{
	return (struct http_slice){s, strlen(s)};
}

static void put_allow(struct http_out *o)
{
	const char *comma = "allow: ";

	for (int m = 1; m < HTTP_METHOD_COUNT; m++) {
		if (!http_method_served((enum http_method)m))
			continue;
		http_put_text(o, comma);
		http_put_text(o, http_method_name((enum http_method)m));
		comma = ", ";
	}
	http_put_text(o, "\r\n");
}

/* RFC 9110 8.6: not with 204; with 304 it would be that of another answer. */
static int has_body(unsigned status)
{
	return status != 204 && status != 304;
}

static void put_length(struct http_out *o, const struct http_answer *a)
{
	if (!has_body(a->status))
		return;
	if (a->text.n > 0)
		http_put_text(o, "content-type: text/plain; charset=utf-8\r\n");
	http_put_text(o, "content-length: ");
	http_put_number(o, a->text.n);
	http_put_text(o, "\r\n");
}

enum http_reason http_write_answer(
	struct http_out *o, const struct http_answer *a)
{
	enum http_reason why;

	http_put_text(o, "HTTP/1.1 ");
	http_put_number(o, a->status);
	http_put_text(o, " ");
	http_put_text(o, http_status_phrase(a->status));
	http_put_text(o, "\r\n");
	put_length(o, a);
	if (a->status == 405)
		put_allow(o);
	if (a->location.n > 0)
		http_put_field(o, text("location"), a->location);
	if (a->close)
		http_put_text(o, "connection: close\r\n");
	why = http_put_edits(o, a->edit, a->edits);
	http_put_text(o, "\r\n");
	if (has_body(a->status) && !a->head)
		http_put(o, a->text);
	if (why != HTTP_FINE)
		return why;
	return o->full ? HTTP_REASON_WRITE_LONG : HTTP_FINE;
}

void http_put_continue(struct http_out *o)
{
	http_put_text(o, "HTTP/1.1 100 Continue\r\n\r\n");
}

enum http_reason http_put_location(struct http_out *o, const char *scheme,
	struct http_slice host, uint16_t port, const struct http_head *h)
{
	struct http_slice name;
	uint16_t none;

	if (host.n == 0)
		host = http_slice(h, h->host_name);
	if (h->form == HTTP_FORM_ASTERISK ||
		http_host_read(host, &name, &none) != 0 || name.n != host.n)
		return HTTP_REASON_WRITE_LOCATION;
	http_put_text(o, scheme);
	http_put_text(o, "://");
	http_put(o, host);
	if (port != 0) {
		http_put_text(o, ":");
		http_put_number(o, port);
	}
	http_put(o, http_head_path(h));
	if (h->has_query) {
		http_put_text(o, "?");
		http_put(o, http_slice(h, h->query));
	}
	return o->full ? HTTP_REASON_WRITE_LONG : HTTP_FINE;
}
