/*
 * What a table does with a client: one query, or a stream of them as JSON
 * lines, decided by the runtime's own lookup (runtime/table/route.h).
 */
#ifndef COMPILER_MATCH_H
#define COMPILER_MATCH_H

#include <stdio.h>

#include "runtime/table/route.h"

/* A query as people write it; NULL is the default: the only frontend, no SNI,
 * 192.0.2.1, TLS 1.3. */
struct match_text {
	const char *listener, *sni, *source, *tls;
	const char *const *alpn;
	size_t alpn_count;
};

/* A query that no client can send (or that the table has no frontend for) is
 * refused: -1, with the reason in err.  *name (254 octets) is room for the
 * stored form of an international name. */
int match_query(const struct table *t, const struct match_text *x,
	struct route_query *q, char name[256], char *err, size_t err_size);

/* *offers_alpn: it offers protocols, known here or not.  A captured
 * ClientHello: the octets of a TLS stream from its start, or a bare
 * handshake message.  q has frontend and address already (match_query without
 * SNI).  1: what the parser refuses, and so the malformed arm's; err says why.
 * 0: q is complete, its name in name.  -1: not decidable: err. */
int match_hello(const struct table *t, const uint8_t *bytes, size_t len,
	struct route_query *q, char name[256], int *offers_alpn, char *err,
	size_t err_size);

struct match_answer {
	struct route_decision decision;
	const char *mode;    /* "passthrough", ... */
	const char *backend; /* NULL: reject, or a site */
	const char *site;    /* that decides about requests; or NULL */
	const char *reason;  /* NULL: not a reject */
	const char *enforce; /* profile of "enforcing", or NULL */
	const char *route;   /* or "no-sni", ... */
	const char *frontend;
	const char *file; /* NULL when the table does not say */
	uint32_t line, column;
	int shares_line; /* other clauses are on it, too */
	/* match_judge: the alert that ends the handshake, and why; or NULL. */
	const char *refused;
	char why[300];
	/* match_place: the pattern that the name matches (NULL: none; not
	 * NUL-terminated), and its place (NULL: not known). */
	const char *name;
	size_t name_len;
	const char *name_file;
	uint32_t name_line;
	int in_list; /* the file is a map or list */
};

struct model;
struct sources;
/* Can the handshake that follows the decision succeed? */
void match_judge(const struct table *t, const struct route_query *q,
	int offers_alpn, struct match_answer *a);
/* The model that the table was made from knows its names' places. */
void match_place(const struct table *t, const struct route_query *q,
	const struct model *m, struct sources *s, struct match_answer *a);

/* trace (may be NULL): one line for each clause looked at. */
void match_decide(const struct table *t, const struct route_query *q,
	struct match_answer *a, FILE *trace);
/* For people: the action, and in brackets what decided. */
void match_print(const struct match_answer *a, FILE *f);
/* The object of tlsc(1), MACHINE FORMATS, with a newline. */
void match_json(const struct match_answer *a, FILE *f);
/* What is expected; NULL: any. */
struct match_expect {
	const char *mode, *reason, *backend, *enforce, *site;
};
int match_agrees(const struct match_answer *a, const struct match_expect *x);
/* match_expect.c: does the answer agree with "bridge to api", "bridge", "reject" or "reject
 * access-denied"?  -1: expect is not an action, err says why. */
int match_expected(const struct match_answer *a, const char *expect, char *err,
	size_t err_size);

/* One query a line in, one answer a line out, in order.  The number of lines
 * that were no possible query; -1 when reading or writing failed. */
long match_stream(const struct table *t, const struct model *m,
	struct sources *s, FILE *in, FILE *out);

#endif
