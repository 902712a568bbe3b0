/*
 * Heads written from parsed fields.  Called for every request that goes to a
 * server and every response that goes to a client; owns nothing.
 */
#include "runtime/http/write.h"

#include <string.h>

void http_put(struct http_out *o, struct http_slice s)
{
	if (o->full || s.n > o->room - o->len) {
		o->full = 1;
		return;
	}
	if (s.n == 0)
		return;
	memcpy(o->at + o->len, s.at, s.n);
	o->len += s.n;
}

void http_put_text(struct http_out *o, const char *terminated)
{
	http_put(o, (struct http_slice){terminated, strlen(terminated)});
}

void http_put_number(struct http_out *o, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	http_put(o, (struct http_slice){digits + at, sizeof(digits) - at});
}

void http_put_field(
	struct http_out *o, struct http_slice name, struct http_slice value)
{
	char *p = o->at + o->len;

	if (o->full || name.n + value.n + 4 > o->room - o->len) {
		o->full = 1;
		return;
	}
	memcpy(p, name.at, name.n);
	p += name.n;
	memcpy(p, ": ", 2);
	if (value.n > 0)
		memcpy(p + 2, value.at, value.n);
	memcpy(p + 2 + value.n, "\r\n", 2);
	o->len += name.n + value.n + 4;
}

/* --- edits ------------------------------------------------------------- */

/* RFC 3875 4.1.18: to many servers `content_length` is the same as
 * Content-Length, so the sender has no more say over it. */
static int is_ours(struct http_slice name)
{
	return http_field_fate(http_field_find_folded(name)) != HTTP_FATE_PASS;
}

/* Does the edit take away the fields of that name? */
static int takes(const struct http_edit *e, struct http_slice name)
{
	if (e->kind == HTTP_EDIT_ADD || e->name.n != name.n ||
		!http_folds(e->name, name))
		return 0;
	return e->kind != HTTP_EDIT_TESTED || !http_same(e->name, name);
}

static int is_taken(const struct http_rewrite *w, struct http_slice name)
{
	for (unsigned i = 0; i < w->edits; i++)
		if (takes(&w->edit[i], name))
			return 1;
	return 0;
}

static void put_passing(struct http_out *o, const struct http_head *h,
	const struct http_frame *f, const struct http_rewrite *w)
{
	for (unsigned i = 0; i < h->count; i++) {
		struct http_slice name = http_field_text(h, i);
		int known = h->field[i].id != HTTP_FIELD_OTHER;

		if (http_frame_drops(f, i) || (!known && is_ours(name)) ||
			is_taken(w, name))
			continue;
		http_put_field(o, name, http_field_value(h, i));
	}
}

/* Of several SETs of one name the last one holds. */
static int is_replaced(const struct http_edit *e, unsigned i, unsigned n)
{
	for (unsigned k = i + 1; k < n; k++)
		if (takes(&e[k], e[i].name))
			return 1;
	return 0;
}

enum http_reason http_put_edits(
	struct http_out *o, const struct http_edit *e, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (e[i].kind == HTTP_EDIT_REMOVE ||
			e[i].kind == HTTP_EDIT_TESTED || is_ours(e[i].name) ||
			is_replaced(e, i, n))
			continue;
		if (!http_is_token(e[i].name) || !http_is_value(e[i].value))
			return HTTP_REASON_WRITE_VALUE;
		http_put_field(o, e[i].name, e[i].value);
	}
	return HTTP_FINE;
}

/* --- framing ----------------------------------------------------------- */

/* RFC 9112 6: what the receiver is told of the body.  A length that is known is
 * told even where no body comes (HEAD, 304, a POST of nothing); a coding is
 * not, which RFC 9112 6.1 leaves open. */
static void put_framing(struct http_out *o, const struct http_frame *f,
	const struct http_rewrite *w)
{
	if (w->body == HTTP_BODY_CHUNKED) {
		http_put_text(o, "transfer-encoding: chunked\r\n");
	} else if (w->body != HTTP_BODY_CLOSE && f->has_length) {
		http_put_text(o, "content-length: ");
		http_put_number(o, f->length);
		http_put_text(o, "\r\n");
	}
	if (w->upgrade)
		http_put_text(
			o, "connection: upgrade\r\nupgrade: websocket\r\n");
	else if (w->close)
		http_put_text(o, "connection: close\r\n");
	else if (w->keep_alive)
		http_put_text(o, "connection: keep-alive\r\n");
}

static enum http_reason put_fields(struct http_out *o,
	const struct http_head *h, const struct http_frame *f,
	const struct http_rewrite *w)
{
	enum http_reason why;

	put_framing(o, f, w);
	put_passing(o, h, f, w);
	why = http_put_edits(o, w->edit, w->edits);
	http_put_text(o, "\r\n");
	if (why != HTTP_FINE)
		return why;
	return o->full ? HTTP_REASON_WRITE_LONG : HTTP_FINE;
}

/* --- heads ------------------------------------------------------------- */

enum http_reason http_write_request(struct http_out *o,
	const struct http_head *h, const struct http_frame *f,
	const struct http_rewrite *w)
{
	http_put(o, http_slice(h, h->method_text));
	http_put_text(o, " ");
	http_put(o, http_head_path(h));
	if (h->has_query) {
		http_put_text(o, "?");
		http_put(o, http_slice(h, h->query));
	}
	http_put_text(o, " HTTP/1.1\r\n");
	if (w->host.n > 0 || h->has_host)
		http_put_field(o, (struct http_slice){"host", 4},
			w->host.n > 0 ? w->host : http_slice(h, h->host));
	return put_fields(o, h, f, w);
}

enum http_reason http_write_response(struct http_out *o,
	const struct http_head *h, const struct http_frame *f,
	const struct http_rewrite *w)
{
	http_put_text(o, "HTTP/1.1 ");
	http_put_number(o, h->status);
	http_put_text(o, " ");
	http_put(o, http_slice(h, h->phrase));
	http_put_text(o, "\r\n");
	return put_fields(o, h, f, w);
}
