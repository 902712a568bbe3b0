/*
 * What GnuTLS needs of a generation: certificates and keys, trust, cached
 * priorities, ticket keys; made of the table and the bundle and nothing else.
 * Everything is made at first use, so a table with a hundred thousand
 * certificates starts as fast as one with two.  The master uses the same code
 * to refuse a table whose files do not fit (credentials_check).
 */
#ifndef RUNTIME_CREDENTIALS_H
#define RUNTIME_CREDENTIALS_H

#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/common/bundle.h"
#include "runtime/table/table.h"

struct credentials;
struct certificate;
struct staple;
struct judge_crls;

/* Which certificate a session is to show.  Each session keeps one (struct
 * tls). */
struct cert_query {
	struct credentials *credentials;
	uint32_t action;
	const char *sni; /* "" if the client sent none; outlives the session */
	uint8_t key_types; /* KEY_RSA | KEY_EC of priority.h */
	/* What was shown; referenced until the handshake's end. */
	struct certificate *given;
	struct staple *staple;
};
/* The handshake is over: gives up what was shown. */
void credentials_query_done(struct cert_query *q);
/* The SCT list of the certificate that is shown (RFC 6962 3.3); -1: none. */
int credentials_scts(const struct cert_query *q, const uint8_t **p, size_t *n);
/* Some certificate of the action comes with one. */
int credentials_has_scts(const struct credentials *c, uint32_t action);

/* The table and bundle must outlive it.  NULL: no memory. */
struct credentials *credentials_new(
	const struct table *t, const struct bundle *b);
void credentials_free(struct credentials **c);
/* Private keys are with the keys process; before the first use. */
struct signer;
void credentials_use_signer(
	struct credentials *c, struct signer *s, uint64_t generation);

/* Make everything but the certificates once and throw it away: CAs parse,
 * every profile gives a priority.  -1 with a sentence in err that
 * names the file. */
int credentials_check(
	const struct table *t, const struct bundle *b, char *err, size_t n);

/* NULL on failure (the file was bad or memory ran out).  Owned by c. */
gnutls_certificate_credentials_t credentials_server(
	struct credentials *c, uint32_t action);
/* The CRLs beside their CAs; NULL: none. */
const struct crl_file *credentials_lists(
	struct credentials *c, uint32_t action);
gnutls_certificate_credentials_t credentials_client(
	struct credentials *c, uint32_t backend);
/* Owned by c. NULL: the profile gives none, or memory ran out.  A group that
 * the profile does not have is ignored. */
struct priority_wish;
gnutls_priority_t credentials_priority(
	struct credentials *c, const struct priority_wish *w);
/* Each resumption domain has its own ticket key, so tickets of one are not
 * valid in another.  The key is made of the frontend's name, the profile and
 * the trust settings of the action, and of a secret: the newest, or the one
 * that a ticket in the ClientHello was made with (tickets.h).  NULL: there is
 * no secret, so no tickets. */
const gnutls_datum_t *credentials_ticket_key(struct credentials *c,
	uint32_t frontend, uint32_t action, const uint8_t *hello, size_t n);

/* The key types of the certificates that fit the name best: an exact name
 * before a wildcard before any other.  0: none could be loaded. */
unsigned credentials_key_types(
	struct credentials *c, uint32_t action, const char *sni);

/* A certificate that is not served because its files cannot be used, if no other
 * one of the action covers the name; TBL_NONE: there is none. */
uint32_t credentials_missing(
	struct credentials *c, uint32_t action, const char *sni);

#endif
