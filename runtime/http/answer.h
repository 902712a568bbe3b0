/*
 * Answers that are ours: refusals, `answer`, `redirect`.  Pure.
 */
#ifndef RUNTIME_HTTP_ANSWER_H
#define RUNTIME_HTTP_ANSWER_H

#include "runtime/http/write.h"

/* The phrase of RFC 9110 15; "" for a status that has none. */
const char *http_status_phrase(unsigned status);

struct http_answer {
	unsigned status;              /* 200 to 599 */
	struct http_slice text;       /* body, text/plain; may be empty */
	struct http_slice location;   /* from http_put_location; may be empty */
	const struct http_edit *edit; /* fields to SET or ADD */
	unsigned edits;
	uint8_t head;  /* to a HEAD: the length is told, no body follows */
	uint8_t close; /* say `connection: close` */
};

/* A whole answer with Content-Length (none for 204 and 304, which have no
 * body). 405 says which methods there are (RFC 9110 15.5.6).  Date is not
 * written. */
enum http_reason http_write_answer(
	struct http_out *o, const struct http_answer *a);

/* "HTTP/1.1 100 Continue\r\n\r\n" */
void http_put_continue(struct http_out *o);

/*
 * The URL for a redirect of the request h to another scheme, host or port:
 * SCHEME://HOST[:PORT]PATH[?QUERY] with what h asked for.  host: a name without
 * port; empty for the one h asked for.  port: 0 for none.  The authority is
 * whole before anything of the client's follows, and that begins with a slash:
 * no target can change it.  HTTP_REASON_WRITE_LOCATION when h has no path (`*`)
 * or no host.
 */
enum http_reason http_put_location(struct http_out *o, const char *scheme,
	struct http_slice host, uint16_t port, const struct http_head *h);

#endif
