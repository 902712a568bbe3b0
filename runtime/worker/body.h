/*
 * The body of a message on its way: how it ends where it comes from, and how
 * that is told to whom it goes.  Pure: octets in, the octets to send out, in
 * the same place.  Nothing is kept of a body but where it is.
 */
#ifndef RUNTIME_BODY_H
#define RUNTIME_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/http/chunked.h"
#include "runtime/http/framing.h"

/* Octets that must be free in front of those given, and behind them. */
#define BODY_FRONT (HTTP_CHUNK_HEAD_MAX + 6)
#define BODY_BACK 2

struct body {
	uint8_t in, out;  /* enum http_body */
	uint8_t ended;    /* its last octet has come */
	uint64_t left;    /* in LENGTH: octets to come */
	uint64_t payload; /* octets of it that have come */
	struct http_chunked chunked;
};

enum body_verdict {
	BODY_MORE,  /* all octets were its own, more follow */
	BODY_ENDED, /* it is whole; what is not used is behind it */
	BODY_BAD    /* chunked.reason */
};

/* length: of HTTP_BODY_LENGTH.  limit: the largest payload of a chunked one,
 * UINT64_MAX for none. */
void body_begin(struct body *b, enum http_body in, uint64_t length,
	enum http_body out, uint64_t limit);
/* p[0..n), n > 0, are the octets that follow.  *used of them are the body's;
 * send[0..*len) is to be sent for them, and lies among p and what is free
 * around it.  The octets behind *used are as they were. */
enum body_verdict body_take(struct body *b, uint8_t *p, size_t n, size_t *used,
	uint8_t **send, size_t *len);
/* The source has ended in order.  1: so has the body, and send[0..*len), a
 * constant, is what the target is to hear; 0: it was cut. */
int body_source_ends(struct body *b, const uint8_t **send, size_t *len);

#endif
