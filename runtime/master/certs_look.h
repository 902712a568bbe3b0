/*
 * Certificates are looked at, key and chain, in a process that ends with it, so
 * that no number of a private key is ever in the master's memory.  Contents that
 * were found good are remembered, and not looked at again.
 */
#ifndef RUNTIME_MASTER_CERTS_LOOK_H
#define RUNTIME_MASTER_CERTS_LOOK_H

#include <stdint.h>
#include <sys/types.h>

struct bundle;
struct table;

/* The first 16 octets of a hash over contents. */
struct certs_digest {
	uint64_t a, b;
};

/* What was found of one certificate; of a good one, what to remember. */
struct certs_look_outcome {
	uint32_t cert;
	int bad, keep;
	struct certs_digest digest;
	char text[512];
};

/* Some of its certificates are not known to be good. */
int certs_look_unknown(const struct table *t, const struct bundle *b);

enum certs_depth { CERTS_TO_FIRST_BAD, CERTS_TO_THE_END };
/* Starts the process for those, `most` at most.  The descriptor to read outcomes
 * from, or -1 with errno. */
int certs_look_begin(const struct table *t, const struct bundle *b,
	uint32_t most, enum certs_depth depth, pid_t *pid);
/* The next one; 0: there are no more. */
int certs_look_next(int fd, struct certs_look_outcome *o);
void certs_look_forget(void);

#endif
