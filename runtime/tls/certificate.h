/*
 * One certificate chain with its key, read from the bundle.
 */
#ifndef RUNTIME_CERTIFICATE_H
#define RUNTIME_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/common/bundle.h"
#include "runtime/table/table.h"
#include "staple.h"

struct certificate;

/* Where keys are: in the bundle (NULL), or with the keys process, which knows
 * them by generation. */
struct signer;
struct key_source {
	struct signer *signer;
	uint64_t generation;
};

/* For certificate_load: without its private key. */
extern const struct key_source certificate_no_key;
/* NULL with a sentence in err: unreadable, or key and certificate differ.  The
 * caller holds the one reference. */
struct certificate *certificate_load(const struct table *t,
	const struct bundle *b, uint32_t index, const struct key_source *keys,
	char *err, size_t n);
struct certificate *certificate_get(struct certificate *x);
void certificate_free(struct certificate **x); /* drops a reference */

/* How well its subject alternative names fit; smaller is better. */
enum cert_match { CERT_MATCH_EXACT, CERT_MATCH_WILDCARD, CERT_MATCH_NONE };
enum cert_match certificate_match(
	const struct certificate *x, const char *name);
/* Every certificate of the chain is within its dates. */
int certificate_is_valid(const struct certificate *x, int64_t now);
unsigned certificate_key_type(const struct certificate *x); /* priority.h */
/* Its key can do this in TLS 1.3, or below. */
int certificate_signs(
	const struct certificate *x, gnutls_sign_algorithm_t sign, int is_13);
/* For GnuTLS's retrieve callback; everything stays the certificate's, but
 * *staple (NULL, or one fetched by the monitor) is the caller's. */
void certificate_give(struct certificate *x, gnutls_pcert_st **certs,
	unsigned *count, gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count,
	gnutls_privkey_t *key, struct staple **staple);
/* Its SignedCertificateTimestampList (RFC 6962 3.3), from a file; size 0: it
 * has none. */
const gnutls_datum_t *certificate_scts(const struct certificate *x);

#endif
