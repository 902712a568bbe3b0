/*
 * tlsd's options, as the command line gave them.
 */
#ifndef RUNTIME_MASTER_OPTIONS_H
#define RUNTIME_MASTER_OPTIONS_H

#include "runtime/seal/signature.h"

#define WORKERS_MAX 256

struct options {
	const char *policy;  /* the table's path */
	const char *base;    /* what its paths are relative to */
	const char *control; /* socket path, or NULL */
	const char *log;
	const char *audit;   /* or NULL: into the log */
	const char *state;   /* directory of what outlives us, or NULL */
	const char *tickets; /* file of the tickets' secret, or NULL */
	const char *user;    /* children's user, or NULL */
	const char *metrics; /* address:port of the metrics listener, or NULL */
	unsigned workers;
	unsigned keep; /* tables that stay loaded, the live one included */
	double drain;  /* seconds; negative: from the policy's limits */
	double tickets_life; /* seconds until the secret changes; 0: never */
	int check, no_splice, gnutls_records, log_json;
	int keys_process; /* private keys only there */
	int signed_only;  /* --pubkey: tables must be signed by this key */
	struct signature_key pubkey;
	char **argv; /* as we were called: for the upgrade */
};

#endif
