/*
 * Whom a file of CAs makes us trust: its certificates as a set, known by their
 * fingerprints.  tlsc writes them into the table by this, and tlsd compares by
 * this.  No files, no clock, no state.
 */
#ifndef RUNTIME_SEAL_TRUST_H
#define RUNTIME_SEAL_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/table/table.h"

struct seal_trusted {
	uint8_t sha256[32]; /* of the DER */
	/* UTF-8 that hides nothing, cut at its end; "?": there is none. */
	char subject[TBL_SUBJECT_MAX + 1];
};

/* The certificates of judge_public's PEM, ascending by fingerprint, each once;
 * for free().  NULL: no memory. */
struct seal_trusted *seal_trusted(
	const uint8_t *pem, size_t len, size_t *count);

/* Does a file hold what the table says of it, when it does?  -1, with a sentence
 * in err that names what came and what went. */
int seal_trust_fits(const struct table *t, const char *path, const uint8_t *pem,
	size_t len, char *err, size_t n);

/* A file of CAs of which the table says nothing, neither what it holds nor that
 * it is live, so that a signature does not cover it; NULL: there is none. */
const char *seal_trust_unbound(const struct table *t);

#endif
