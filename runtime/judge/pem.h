/*
 * PEM text (RFC 7468) as GnuTLS reads it: a block begins wherever the dashes
 * stand, not only at the start of a line.  Of the room that both programs link:
 * no files, no clock, no state.
 */
#ifndef RUNTIME_JUDGE_PEM_H
#define RUNTIME_JUDGE_PEM_H

#include <stddef.h>
#include <stdint.h>

struct judge_pem {
	const char *label; /* what stands after BEGIN; not ended by a NUL */
	size_t label_len;
	const uint8_t *block; /* from BEGIN's dashes to behind END's */
	size_t len;
	int whole; /* it has its own end; else the block is its first line */
};

/* The next block of the n octets at *p, which go on behind it.  0: none. */
int judge_pem_next(const uint8_t **p, size_t *n, struct judge_pem *b);
int judge_pem_is(const struct judge_pem *b, const char *label);
/* There is a private key somewhere in the text. */
int judge_pem_has_private(const uint8_t *p, size_t n);

#endif
