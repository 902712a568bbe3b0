/*
 * tlsd's command line.
 */
#ifndef RUNTIME_MASTER_OPTIONS_H
#define RUNTIME_MASTER_OPTIONS_H

#include "runtime/seal/signature.h"

#define WORKERS_MAX 256

struct options {
	const char *policy;  /* the table's path */
	const char *base;    /* the directory of its relative paths */
	const char *control; /* socket path, or NULL */
	const char *log;
	const char *audit; /* NULL: audit lines go to the log */
	const char *state; /* a directory for what must outlive tlsd, or NULL */
	const char *tickets; /* file of the tickets' secret, or NULL */
	const char *user;    /* children's user, or NULL */
	const char *metrics; /* address:port of the metrics listener, or NULL */
	unsigned workers;
	unsigned keep; /* how many tables stay loaded, including the live one */
	double drain;  /* seconds; negative: from the policy's limits */
	double tickets_life; /* seconds until the secret changes; 0: never */
	int check, no_splice, gnutls_records, log_json;
	int keys_process; /* private keys only in the keys process */
	int strict;       /* one bad certificate refuses all */
	int forget;       /* chains are not kept in the state directory */
	int signed_only;  /* --pubkey: tables must be signed by this key */
	struct signature_key pubkey;
	char **argv; /* for the upgrade */
};

#endif
