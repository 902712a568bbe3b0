/*
 * What files of CAs and CRLs hold, read once each.
 */
#ifndef COMPILER_DIFF_TRUST_H
#define COMPILER_DIFF_TRUST_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* One certificate, or one revocation. */
struct trust_entry {
	uint8_t id[32];   /* SHA-256: of the certificate; of issuer and serial */
	const char *text; /* "CN=x (sha256 0a1b2c3d)", "serial 01 of CN=x" */
};
struct trust_file {
	const char *error; /* why it cannot be judged, or NULL */
	struct trust_entry *v; /* ascending by id */
	size_t n, cap;
};

struct trust;
struct trust *trust_new(struct arena *a);
const struct trust_file *trust_cas(struct trust *t, const char *path);
const struct trust_file *trust_crls(struct trust *t, const char *path);
int trust_has(const struct trust_file *f, const uint8_t id[32]);

#endif
