/*
 * The decision about an HTTP request: which clause of a site applies.  Pure: no
 * allocation, no clock, libc only; linked into tlsd (every request) and tlsc
 * (match, test, proofs), so that what is proved is what runs.  A room of its own
 * above runtime/table and runtime/http: neither has to know the other.
 *
 * Servers read paths and queries differently.  So the decision is made for every
 * reading of the path (http/path.h) and of the query, and a request is served
 * only if all of them get the same answer: the same CACTION and the same edits.
 */
#ifndef RUNTIME_CONTENT_CONTENT_H
#define RUNTIME_CONTENT_CONTENT_H

#include "runtime/http/head.h"
#include "runtime/http/path.h"
#include "runtime/table/route.h"

enum content_verdict {
	CONTENT_DECIDED,
	CONTENT_PATH_AMBIGUOUS,  /* 400: two readings of the path differ */
	CONTENT_QUERY_AMBIGUOUS, /* 400: two readings of the query differ */
	CONTENT_REFUSED          /* by the path: see reason */
};

struct content_query {
	uint32_t site;                /* SITE */
	const struct http_head *head; /* of a request, HTTP_WHOLE */
	/* The client, as in route_query. */
	uint8_t family;
	uint8_t addr[16];
};

struct content_answer {
	enum content_verdict verdict;
	/* HTTP_FINE but on CONTENT_REFUSED; its status is
	 * http_reason_status(reason, 0). */
	enum http_reason reason;
	/* Of the path as it was sent and the query as it was sent; on
	 * CONTENT_REFUSED none of these is set. */
	uint32_t clause; /* CCLAUSE */
	uint32_t action; /* CACTION */
	uint32_t list;   /* CLIST: the bucket; metrics count by it */
	/* The bucket's path; NULL: `under "/"`. */
	const struct tbl_pathrec *bucket;
	uint8_t is_exact; /* `is`, not `under` */
	uint64_t terms;   /* the bits that were set */
	/* When ambiguous: the clause that another reading meets, and which of
	 * the path it is (of the scratch's; 0 when it is the query's). */
	uint32_t other;
	unsigned reading;
};

/* scratch is the caller's and holds the readings afterwards. */
void content_decide(const struct table *t, const struct content_query *q,
	struct http_readings *scratch, struct content_answer *a);

/* The parts of it, for who explains: the bucket of one reading of a path, and
 * the first clause of a bucket for a set of terms.  *bucket may be NULL. */
uint32_t content_list(const struct table *t, uint32_t site,
	struct http_slice path, const struct tbl_pathrec **bucket,
	uint8_t *is_exact);
uint32_t content_clause(const struct table *t, uint32_t list, uint64_t terms);
/* Which terms hold, with the query read in way 0 to CONTENT_QUERY_WAYS - 1; 0 is
 * as it was sent. */
#define CONTENT_QUERY_WAYS 4
uint64_t content_terms(
	const struct table *t, const struct content_query *q, unsigned way);
/* Are two lists' edits the same? */
int content_same_edits(const struct table *t, uint32_t a, uint32_t b);

/* The SITE of an ACTION, or TBL_NONE: octets are relayed unseen. */
static inline uint32_t content_site(const struct table *t, uint32_t action)
{
	return t->site_count ? t->content[action] : TBL_NONE;
}

/* The SITE of a FRONTEND whose listeners have no TLS, or TBL_NONE: it has. */
static inline uint32_t content_clear_site(
	const struct table *t, uint32_t frontend)
{
	return t->site_count ? t->clear[frontend] : TBL_NONE;
}

/* What a LIMIT says about requests; NULL in a table without sites. */
static inline const struct tbl_climit *content_limit(
	const struct table *t, uint32_t limit)
{
	return t->site_count ? &t->climit[limit] : NULL;
}

/*
 * Is the request for the host that the connection was decided for?  1 when the
 * decision with the name of Host, and all else as in the hello, ends in the same
 * action; 0: answer 421 (RFC 9110 15.5.20).  An address in Host is no name: the
 * hello of such a client has none (RFC 6066 3).  Without Host, which only
 * HTTP/1.0 may leave out, 1.
 */
int content_host_fits(const struct table *t, const struct route_query *hello,
	uint32_t action, const struct http_head *head);
/* The query for it: 0, or -1 when Host is no name that a hello could have. */
int content_host_query(const struct route_query *hello,
	const struct http_head *head, struct route_query *out);

/* The header edits for requests or responses that met a list, in order, the
 * site's first: start with *at = 0; NULL at the end.  At most
 * 2 * TBL_EDITS_MAX in all. */
const struct tbl_edit *content_edit_next(const struct table *t, uint32_t site,
	uint32_t list, enum tbl_editside side, uint32_t *at);

/* Does a term of the site look at a header field of that name, `_` counting as
 * `-`?  A field whose name is not that one but folds to it must not reach a
 * server, which may take it for it. */
int content_looks_like(
	const struct table *t, uint32_t site, struct http_slice name);

/*
 * The backend for a request that met a TO: the one that the sticky cookie names,
 * else by weight and `random`, 32 even bits.  *told is 1 when the cookie named
 * it; else, if the action is sticky, the answer shall set the cookie to the
 * backend's token.  The cookie counts only if it is there once.
 */
uint32_t content_backend(const struct table *t, uint32_t action,
	const struct http_head *head, uint32_t random, int *told);
/* The same of a cookie's value; at NULL: none. */
uint32_t content_split(const struct table *t, uint32_t action,
	struct http_slice cookie, uint32_t random, int *told);
/* What the cookie says: of the backend's name only, so that it outlives a
 * change of policy, and tells nothing.  Hexadecimal. */
#define CONTENT_TOKEN_LEN 16
void content_token(const struct table *t, uint32_t backend,
	char out[CONTENT_TOKEN_LEN + 1]);
/* The value of a cookie that is there exactly once; at NULL: it is not. */
struct http_slice content_cookie(
	const struct http_head *head, struct http_slice name);

/* Where a CCLAUSE stands, for people: "edge.tls:57", or "content clause 12" of a
 * table without a source map. */
const struct tbl_srcmap *content_source(const struct table *t, uint32_t clause);
void content_place(const struct table *t, uint32_t clause, char *out, size_t n);
/* The path of a bucket, for people; is_exact says which of the two it is.
 * Not terminated. */
struct http_slice content_bucket_path(const struct content_answer *a);

#endif
