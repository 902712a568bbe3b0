/*
 * PEM text (RFC 7468) as GnuTLS reads it: a block may begin anywhere, not only
 * at the start of a line.  Linked into both programs: no files, no clock, no
 * state.
 */
#ifndef RUNTIME_JUDGE_PEM_H
#define RUNTIME_JUDGE_PEM_H

#include <stddef.h>
#include <stdint.h>

struct judge_pem {
	const char *label; /* the text after BEGIN; not NUL-terminated */
	size_t label_len;
	const uint8_t *block; /* from BEGIN's dashes to the octet after END's */
	size_t len;
	int whole; /* it has an END; otherwise the block is its first line */
};

/* The next block of the n octets at *p, which are advanced.  0: none. */
int judge_pem_next(const uint8_t **p, size_t *n, struct judge_pem *b);
int judge_pem_is(const struct judge_pem *b, const char *label);
/* Is there a private key anywhere in the text? */
int judge_pem_has_private(const uint8_t *p, size_t n);

#endif
