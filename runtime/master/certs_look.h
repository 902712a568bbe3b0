/*
 * Certificates and keys are checked in a separate process, so that private keys
 * are never decoded in the master's memory.  Contents that passed are
 * remembered and not checked again.
 */
#ifndef RUNTIME_MASTER_CERTS_LOOK_H
#define RUNTIME_MASTER_CERTS_LOOK_H

#include <stdint.h>
#include <sys/types.h>

struct bundle;
struct table;

/* The first 16 octets of a hash of the contents. */
struct certs_digest {
	uint64_t a, b;
};

/* The result for one certificate; if it is good, the hash to remember. */
struct certs_look_outcome {
	uint32_t cert;
	int bad, keep;
	struct certs_digest digest;
	char text[512];
};

/* Some of its certificates are not known to be good. */
int certs_look_unknown(const struct table *t, const struct bundle *b);

enum certs_depth { CERTS_TO_FIRST_BAD, CERTS_TO_THE_END };
/* Starts a process that checks those, at most `most`.  Returns the descriptor
 * to read outcomes from, or -1 with errno. */
int certs_look_begin(const struct table *t, const struct bundle *b,
	uint32_t most, enum certs_depth depth, pid_t *pid);
/* The next outcome; 0: there are no more. */
int certs_look_next(int fd, struct certs_look_outcome *o);
void certs_look_forget(void);

#endif
