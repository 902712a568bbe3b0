/*
 * A connection whose requests are seen (HTTP/1.1 on a route with a site): what
 * it keeps between them, and its events.  One request at a time is served, in a
 * stream (stream.h); those that come early wait, and are answered in order.
 * A connection at rest has none of the buffers below.
 */
#ifndef RUNTIME_REQUESTS_H
#define RUNTIME_REQUESTS_H

#include <stdint.h>

#include "runtime/common/buf.h"

struct conn;
struct http_head;
struct leg;
struct stream;
struct worker;

struct requests {
	struct buf *ahead;      /* of the client: read and not yet used */
	struct http_head *head; /* of a head that comes in pieces, its place */
	struct stream *stream;  /* the request that is served, or NULL */
	struct leg *leg;        /* at rest: to the server that answered last */
	char *subject;          /* of the client's certificate, and behind
	                         * its end the fingerprint; or NULL */
	double begun;           /* clock_now(): the head's first octet */
	uint64_t served;        /* requests that have begun */
	uint32_t site;          /* SITE */
	uint16_t hello_tls;     /* the highest version that the hello offered */
	uint8_t ended;          /* enum io_outcome, negated, of the client's
	                         * last octet; 0: it may say more */
};

/* The connection's route has a site: 0, or -1: no memory. */
int requests_new(struct conn *c, uint32_t site);
/* The client's handshake is over, or there is none (clear). */
void requests_start(struct conn *c);
/* Events of the client's socket. */
void requests_event(struct conn *c, int events);
/* Whatever can be done now is done; for legs, and after any change. */
void requests_run(struct conn *c);
/* The deadline of the present state: how long it is, and it is over. */
double requests_seconds(const struct conn *c);
void requests_timeout(struct conn *c);
/* The end of a pause that a bandwidth limit asked for. */
void requests_resume(struct conn *c);
/* The connection ends, for c->reason: what is held is given back. */
void requests_free(struct conn *c);
/* Does it wait for a request, and has none of its octets?  0 also without
 * requests. */
int requests_at_rest(const struct conn *c);
/* The worker drains: who waits for nothing is sent away. */
void requests_drain(struct worker *w);
/* What must hold after every event. */
void requests_check(const struct conn *c);

#endif
