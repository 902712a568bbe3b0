/*
 * What a head says about what follows it (RFC 9112 6, 7 and 9; RFC 9110
 * 7.6.1, 7.8 and 10.1.1): how the body ends, whether the connection goes on,
 * what is expected, which fields are for this hop only.  Facts, no decisions;
 * everything two readers could take differently is refused.  Pure.
 */
#ifndef RUNTIME_HTTP_FRAMING_H
#define RUNTIME_HTTP_FRAMING_H

#include <stdint.h>

#include "runtime/http/head.h"

enum {
	HTTP_OPTIONS_MAX = 32, /* elements of all Connection fields together */
};

enum http_body {
	HTTP_BODY_NONE,
	HTTP_BODY_LENGTH,  /* exactly .length octets, at least one */
	HTTP_BODY_CHUNKED, /* chunked.h */
	HTTP_BODY_CLOSE,   /* until the server closes; responses only */
};

struct http_frame {
	enum http_body body;
	uint64_t length;     /* of Content-Length when has_length */
	uint8_t has_length;  /* also of HEAD and 304, where no body comes */
	uint8_t is_chunked;  /* the same for Transfer-Encoding */
	uint8_t keep_alive;  /* the sender lets the connection stay open */
	uint8_t expect;      /* a 1.1 request with a body waits for 100 */
	uint8_t upgrade;     /* request: asks for websocket (GET, 1.1, no body);
	                      * response: 101, and it was asked for */
	uint8_t te_trailers; /* TE: trailers */
	uint64_t dropped[2]; /* bit i: field i is not for the next hop */
};

/* What a response answers. */
struct http_asked {
	uint8_t head;    /* HEAD: no body, whatever the fields say */
	uint8_t upgrade; /* http_frame.upgrade of the request as it went out */
};

/*
 * h is whole.  limit: largest body in octets, of which only Content-Length can
 * be held against it here; UINT64_MAX for none.  HTTP_FINE and *f, or a reason.
 */
enum http_reason http_frame_request(
	struct http_frame *f, const struct http_head *h, uint64_t limit);
enum http_reason http_frame_response(struct http_frame *f,
	const struct http_head *h, struct http_asked asked, uint64_t limit);

/* Is field i hop-by-hop, named in Connection, or one that the writer writes
 * itself (fields.def)? */
static inline int http_frame_drops(const struct http_frame *f, unsigned i)
{
	return f->dropped[i / 64] >> i % 64 & 1;
}

/* How a body that ends so goes on to a receiver of that version: chunked is
 * until close for HTTP/1.0 (RFC 9112 6.1), and until close is chunked for
 * HTTP/1.1, so that a cut answer can be seen. */
enum http_body http_body_onward(enum http_body body, enum http_version to);

#endif
