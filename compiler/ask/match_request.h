/*
 * What a table does with a request: decided by the runtime's own lookup
 * (runtime/content/content.h), and told with its clause.
 */
#ifndef COMPILER_MATCH_REQUEST_H
#define COMPILER_MATCH_REQUEST_H

#include <stdio.h>

#include "runtime/content/content.h"

enum match_verdict {
	MATCH_SERVED,
	MATCH_REFUSED,     /* the request itself: reason */
	MATCH_MISDIRECTED, /* 421: Host is another connection's */
	MATCH_AMBIGUOUS    /* 400: other is the clause of another reading */
};

struct match_request {
	enum match_verdict verdict;
	unsigned status;         /* of our own answer; 0: a backend answers */
	enum http_reason reason; /* REFUSED */
	char host[260];          /* MISDIRECTED */
	struct route_decision elsewhere; /* MISDIRECTED: where Host leads */
	int has_elsewhere;
	uint32_t site;
	struct content_answer answer; /* SERVED, AMBIGUOUS */
	char reading[300];            /* AMBIGUOUS: the path in another way */
};

/* bytes[0..n): a request as it is sent; its body is not looked at.  limit: a
 * LIMIT.  hello and action (what it was decided as) are of the connection, or
 * NULL where there is none: a frontend without TLS, whose client is q's.  0, or
 * -1 with err: the head is not whole. */
int match_request(const struct table *t, uint32_t site, uint32_t limit,
	const struct route_query *q, const struct route_decision *hello,
	const char *bytes, size_t n, struct match_request *out, char *err,
	size_t err_size);

/* For people: the answer, and in brackets what decided.  A line. */
void match_request_print(
	const struct table *t, const struct match_request *r, FILE *f);
/* The object of tlsc(1), MACHINE FORMATS. */
void match_request_json(
	const struct table *t, const struct match_request *r, FILE *f);
/* Does it agree with "answer 403", "redirect 308", "to api", "421"?  -1: expect
 * is none of these. */
int match_request_expected(const struct table *t, const struct match_request *r,
	const char *expect);

#endif
