/*
 * The head of a request or of a response (RFC 9112 2 to 5): an incremental,
 * strict parser, a pure function of octets.  It copies nothing: its results are
 * spans of the caller's buffer.  libc only; linked into tlsd, tlsc and the
 * fuzzers.  framing.h tells how the message goes on after its head.
 *
 *	http_head_start(&h);
 *	for (;;) {
 *		switch (http_request_parse(&h, buf, have, limit)) {
 *		case HTTP_MORE: read more into buf[have..), or wait; continue;
 *		case HTTP_WHOLE: h.length octets were the head; go on;
 *		case HTTP_REFUSED: answer http_reason_status(h.reason, 0);
 *		}
 *	}
 *
 * The cost is linear in `have` over any number of calls: a complete line is
 * read once and never again, and in an incomplete last line only the new octets
 * are searched for its LF.  So an octet is looked at three times at most.  The
 * verdict does not depend on how the octets were cut; a refusal comes at the
 * latest with the LF of its line.
 */
#ifndef RUNTIME_HTTP_HEAD_H
#define RUNTIME_HTTP_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/http/field.h"
#include "runtime/http/reason.h"

enum {
	HTTP_FIELDS_MAX = 100,
	HTTP_HEAD_MAX = 65535, /* a larger limit counts as this */
	HTTP_METHOD_MAX = 32,  /* octets */
};

enum http_verdict { HTTP_MORE, HTTP_WHOLE, HTTP_REFUSED };

enum http_method {
	HTTP_METHOD_OTHER,
#define HTTP_METHOD(id, repeatable, served) HTTP_METHOD_##id,
#include "methods.def"
#undef HTTP_METHOD
	HTTP_METHOD_COUNT
};

/* CONNECT's authority form is refused with its method. */
enum http_form { HTTP_FORM_ORIGIN, HTTP_FORM_ABSOLUTE, HTTP_FORM_ASTERISK };

enum http_version { HTTP_1_0 = 10, HTTP_1_1 = 11 };

/* Offset from the first octet of the buffer, and length. */
struct http_span {
	uint16_t at, n;
};

struct http_field {
	struct http_span name, value; /* the value without OWS around it */
	uint8_t id;                   /* enum http_field_id */
};

struct http_head {
	const char *buf; /* of the last call; the spans refer to it */

	/* How far it is. */
	uint32_t line;     /* start of the first line not read yet */
	uint32_t searched; /* no LF in [line, searched); or == line */
	uint8_t begun;     /* the first line is read */

	/* On HTTP_WHOLE. */
	uint32_t length;   /* octets of the head, with the empty line */
	uint8_t version;   /* enum http_version */
	uint8_t method;    /* enum http_method; request */
	uint8_t form;      /* enum http_form; request */
	uint8_t has_query; /* there is a `?`, even if nothing follows; request */
	uint8_t has_host;  /* 0 only in a request of HTTP/1.0, or a response */
	uint16_t port;     /* of Host, 0 when it has none; request */
	uint16_t status;   /* response */
	struct http_span method_text, target; /* as sent; request */
	struct http_span path;  /* empty for an absolute form without: "/" */
	struct http_span query; /* after `?` */
	struct http_span host;  /* the value of Host: with its port */
	struct http_span host_name; /* without port; [v6] keeps its brackets */
	struct http_span phrase;    /* may be empty; response */

	/* On HTTP_REFUSED. */
	enum http_reason reason;
	uint32_t fault_at; /* offset of the octet, or of its line */

	/* Last, as it is not cleared: field[0..count) in the order sent. */
	uint16_t count;
	struct http_field field[HTTP_FIELDS_MAX];
};

/* Before the first call for a message, and before each next message. */
void http_head_start(struct http_head *h);

/*
 * buf[0..n) is all that has arrived of the message, from its first octet, on
 * every call; it may have moved since the last one.  limit: largest head in
 * octets, 431 (or 414 within the request line) above.  Octets after the head
 * are not looked at.  One empty line before a request is skipped (RFC 9112 2.2)
 * and counts towards its length.
 */
enum http_verdict http_request_parse(
	struct http_head *h, const char *buf, size_t n, size_t limit);
enum http_verdict http_response_parse(
	struct http_head *h, const char *buf, size_t n, size_t limit);

static inline struct http_slice http_slice(
	const struct http_head *h, struct http_span s)
{
	return (struct http_slice){h->buf + s.at, s.n};
}

static inline struct http_slice http_field_text(
	const struct http_head *h, unsigned i)
{
	return http_slice(h, h->field[i].name);
}

static inline struct http_slice http_field_value(
	const struct http_head *h, unsigned i)
{
	return http_slice(h, h->field[i].value);
}

/* The path to decide by and to forward, never empty; "*" in asterisk form. */
struct http_slice http_head_path(const struct http_head *h);

/* The first field from number i on whose name is `name`, case ignored; h->count
 * when there is none. */
unsigned http_head_find(
	const struct http_head *h, struct http_slice name, unsigned i);

/* "GET"; "" for HTTP_METHOD_OTHER. */
const char *http_method_name(enum http_method m);
/* Case matters (RFC 9110 9.1). */
enum http_method http_method_find(struct http_slice name);
/* All but CONNECT and TRACE. */
int http_method_served(enum http_method m);
/* GET, HEAD and OPTIONS: may be sent a second time (RFC 9110 9.2.2). */
int http_method_repeatable(enum http_method m);

/* Name or address with an optional port, as Host must be (RFC 9110 7.2):
 * letters, digits, `-`, `.` and `_`, or an IPv6 address in brackets; port 1 to
 * 65535. 0 and *name, *port (0: none), or -1. */
int http_host_read(
	struct http_slice host, struct http_slice *name, uint16_t *port);

#endif
