/*
 * Heads that go out: written anew from what was parsed, never copied.  The
 * fields that frame a message (fields.def) are ours; those for one hop and
 * those named in Connection are gone before ours are added.  So is a field that
 * imitates one of them with `_` for `-`.  Pure.
 */
#ifndef RUNTIME_HTTP_WRITE_H
#define RUNTIME_HTTP_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/http/framing.h"
#include "runtime/http/head.h"

/* A bounded buffer of the caller's.  What does not fit is not written, and
 * `full` is set: then nothing of it may be sent. */
struct http_out {
	char *at;
	size_t room, len;
	int full;
};

void http_put(struct http_out *o, struct http_slice s);
void http_put_text(struct http_out *o, const char *terminated);
void http_put_number(struct http_out *o, uint64_t n);
/* A line; nothing is checked. */
void http_put_field(
	struct http_out *o, struct http_slice name, struct http_slice value);

/*
 * Done in their order; a name that does not PASS (fields.def) is passed over.
 *   SET     replaces all fields of that name, and those that fold to it (with
 *           `_` for `-`)
 *   REMOVE  takes those away
 *   ADD     leaves them and adds one
 *   TESTED  leaves the fields of that name, and takes those away that only fold
 *           to it: for a name that was decided by
 */
enum http_edit_kind {
	HTTP_EDIT_SET,
	HTTP_EDIT_REMOVE,
	HTTP_EDIT_ADD,
	HTTP_EDIT_TESTED,
};
struct http_edit {
	enum http_edit_kind kind;
	struct http_slice name;  /* a token */
	struct http_slice value; /* may come from the client: it is checked */
};

/* What SET and ADD write; HTTP_REASON_WRITE_VALUE for what no field may be. */
enum http_reason http_put_edits(
	struct http_out *o, const struct http_edit *e, unsigned n);

struct http_rewrite {
	const struct http_edit *edit;
	unsigned edits;
	struct http_slice host; /* request: instead of the one received */
	enum http_body body; /* how the body goes out; a length as received */
	uint8_t close;       /* say `connection: close` */
	uint8_t upgrade;     /* say `upgrade: websocket` */
	uint8_t keep_alive;  /* say `connection: keep-alive`: to HTTP/1.0 */
};

/*
 * Request line (always in origin or asterisk form, HTTP/1.1), Host, framing,
 * then the fields that pass, then those set.  HTTP_FINE, or
 * HTTP_REASON_WRITE_LONG or HTTP_REASON_WRITE_VALUE with nothing of use in *o.
 */
enum http_reason http_write_request(struct http_out *o,
	const struct http_head *h, const struct http_frame *f,
	const struct http_rewrite *w);
/* The same with a status line.  The reason phrase is the server's. */
enum http_reason http_write_response(struct http_out *o,
	const struct http_head *h, const struct http_frame *f,
	const struct http_rewrite *w);

#endif
