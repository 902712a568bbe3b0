/*
 * The content of files of CAs and CRLs, each read once.
 */
#ifndef COMPILER_DIFF_TRUST_H
#define COMPILER_DIFF_TRUST_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct m_trust;

/* One certificate, or one revocation. */
struct trust_entry {
	uint8_t id[32]; /* SHA-256: of the certificate; of issuer and serial */
	const char *text; /* "CN=x (sha256 0a1b2c3d)", "serial 01 of CN=x" */
};
struct trust_file {
	const char *error;     /* why it cannot be judged, or NULL */
	int absent;            /* that is because nothing is there */
	struct trust_entry *v; /* ascending by id */
	size_t n, cap;
};

struct trust;
struct trust *trust_new(struct arena *a);
/* open: the path as given is in the policy's directory. */
const struct trust_file *trust_cas(
	struct trust *t, const char *open, const char *said);
const struct trust_file *trust_crls(
	struct trust *t, const char *open, const char *said);
/* What a table says, or tlsc has read already. */
const struct trust_file *trust_held(struct trust *t, const struct m_trust *f);
int trust_has(const struct trust_file *f, const uint8_t id[32]);

#endif
