/*
 * What the files of credentials.h share: credentials.c (trust, priorities, and
 * the life of it all), credentials_certs.c (certificates) and
 * credentials_tickets.c (ticket keys).  Nobody else includes it.
 */
#ifndef RUNTIME_CREDENTIALS_PRIV_H
#define RUNTIME_CREDENTIALS_PRIV_H

#include "certificate.h"
#include "credentials.h"

#define CREDENTIALS_CACHE 4096 /* priorities and ticket keys, of each */

struct credentials {
	const struct table *table;
	const struct bundle *bundle;
	struct certificate **cert; /* by CERT index; NULL: not yet loaded */
	uint8_t *bad;              /* by CERT index: could not be loaded */
	uint8_t *used;             /* by CERT index: since the hand passed */
	uint32_t *held;            /* CERT indices of those that are loaded */
	uint32_t held_count, held_max, hand;
	int unserved; /* the bundle says so of some */
	gnutls_certificate_credentials_t *backend; /* by BACKEND index */
	struct priority *priorities;
	struct trust *trusts;
	struct ticket_key *ticket_keys;
	unsigned tickets_epoch; /* of the secrets that those are made of */
	struct key_source keys;
};

/* credentials_certs.c: what GnuTLS calls for a session's certificate; frees the
 * certificates. */
int credentials_retrieve(gnutls_session_t s,
	const struct gnutls_cert_retr_st *info, gnutls_pcert_st **certs,
	unsigned *count, gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count,
	gnutls_privkey_t *key, unsigned *flags);
void credentials_certs_free(struct credentials *c);
/* credentials_tickets.c */
void credentials_tickets_forget(struct credentials *c);

#endif
