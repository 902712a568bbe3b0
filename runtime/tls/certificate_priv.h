/*
 * What certificate.c and certificate_load.c share.  Nobody else includes it.
 */
#ifndef RUNTIME_CERTIFICATE_PRIV_H
#define RUNTIME_CERTIFICATE_PRIV_H

#include "certificate.h"
#include "runtime/judge/cert.h"

struct certificate {
	unsigned refs;
	gnutls_pcert_st chain[JUDGE_CHAIN_MAX];
	unsigned count;
	gnutls_privkey_t key;
	gnutls_pk_algorithm_t pk;
	gnutls_ecc_curve_t curve;   /* of an ECDSA key */
	gnutls_ocsp_data_st staple; /* from a file */
	uint8_t has_staple;
	uint8_t fetched;  /* the monitor may have one */
	uint8_t leaf[32]; /* SHA-256 of the leaf: its name there */
	gnutls_datum_t scts;
	int64_t from, until; /* the whole chain's dates */
	char **name;         /* lower-case DNS names of the leaf */
	unsigned names;
};

#endif
