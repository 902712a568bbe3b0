/*
 * Between head.c, which walks the lines, and first_line.c and host.c, which
 * read the first one and judge what it says together with Host.
 */
#ifndef RUNTIME_HTTP_HEAD_PRIV_H
#define RUNTIME_HTTP_HEAD_PRIV_H

#include "runtime/http/head.h"

/* The part of the buffer that is read: p is the next octet; end follows the
 * last one that has arrived and is within the limit. */
struct http_scan {
	struct http_head *h;
	const char *p, *end;
};

static inline struct http_span http_span(
	const struct http_scan *s, const char *from, const char *to)
{
	return (struct http_span){
		(uint16_t)(from - s->h->buf), (uint16_t)(to - from)};
}

/* Because of the octet at p. */
enum http_verdict http_refuse(struct http_scan *s, enum http_reason why);
/* The same, but LF and NUL have reasons of their own. */
enum http_verdict http_refuse_octet(
	struct http_scan *s, enum http_reason otherwise);

/* Each reads a part of a line from p on: HTTP_WHOLE when it is complete, with
 * p after it; HTTP_MORE when the octets end before that. */
enum http_verdict http_line_end(struct http_scan *s);
enum http_verdict http_request_line(struct http_scan *s);
enum http_verdict http_status_line(struct http_scan *s);

/* All lines are read: exactly one Host, and the target agrees with it. */
enum http_reason http_judge_host(struct http_head *h);

#endif
