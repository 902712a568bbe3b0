/*
 * OCSP (RFC 6960, in the profile of RFC 5019): the request for a certificate,
 * the judgement of an answer, and the little HTTP around both.  Pure functions
 * of octets and of the time they are given; monitor/ocsp.c does the talking.
 */
#ifndef RUNTIME_OCSP_H
#define RUNTIME_OCSP_H

#include <gnutls/x509.h>
#include <stddef.h>
#include <stdint.h>

#define OCSP_HOST_MAX 254
#define OCSP_PATH_MAX 1024

/* Where a responder listens; only http, as the answer is signed. */
struct ocsp_url {
	char host[OCSP_HOST_MAX];
	char port[6];
	char path[OCSP_PATH_MAX]; /* begins with a slash */
};
/* 0, or -1: not such a URL.  It comes from a certificate, so nothing that could
 * end a line of the request is accepted. */
int ocsp_url_parse(const char *text, size_t n, struct ocsp_url *u);
/* The first one a certificate names (RFC 5280 4.2.2.1); -1: none. */
int ocsp_url_of(gnutls_x509_crt_t leaf, struct ocsp_url *u);

/* A whole HTTP request, for free(); NULL: no memory, or the certificates do
 * not belong together. */
char *ocsp_request(const struct ocsp_url *u, gnutls_x509_crt_t leaf,
	gnutls_x509_crt_t issuer, size_t *n);

/* The body of an HTTP answer, of which p has what has come so far; end: nothing
 * follows.  1 with body and len (inside p), 0: more must come, -1 with words in
 * why. */
int ocsp_body(const char *p, size_t n, int end, const uint8_t **body,
	size_t *len, const char **why);

struct ocsp_facts {
	int64_t this_update;
	int64_t until; /* its nextUpdate; without one, half a day on */
};
/* NULL if the response says now that leaf is good and was issued by issuer
 * (NULL: not checked); f is filled.  Otherwise what is wrong, in words. */
const char *ocsp_judge(const uint8_t *der, size_t n, gnutls_x509_crt_t leaf,
	gnutls_x509_crt_t issuer, int64_t now, struct ocsp_facts *f);

/* Seconds from now until the next one is to be fetched, well ahead of the end
 * of this one. */
double ocsp_refresh(const struct ocsp_facts *f, int64_t now);
/* Seconds until the next attempt, after this many failures in a row. */
double ocsp_retry(unsigned failures);

#endif
