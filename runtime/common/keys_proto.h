/*
 * Messages between a worker and the keys process: one request, one answer, on a
 * SOCK_SEQPACKET pair.  Only the octets in use are sent.  The keys process
 * trusts nothing in a request but its length.
 */
#ifndef RUNTIME_KEYS_PROTO_H
#define RUNTIME_KEYS_PROTO_H

#include <stddef.h>
#include <stdint.h>

enum keys_op { KEYS_SIGN_DATA = 1, KEYS_SIGN_HASH };

#define KEYS_INPUT_MAX 4096
#define KEYS_OUTPUT_MAX 2048 /* an RSA-16384 signature */

struct keys_request {
	uint64_t id; /* returned in the answer */
	uint64_t generation;
	uint32_t cert;      /* CERT index in that generation's table */
	uint32_t op;        /* enum keys_op */
	uint32_t algorithm; /* gnutls_sign_algorithm_t */
	uint32_t len;       /* of input */
	uint8_t input[KEYS_INPUT_MAX];
};

struct keys_answer {
	uint64_t id;
	int32_t error; /* 0 or a negative GnuTLS code */
	uint32_t len;  /* of output */
	uint8_t output[KEYS_OUTPUT_MAX];
};

#define KEYS_REQUEST_HEAD offsetof(struct keys_request, input)
#define KEYS_ANSWER_HEAD offsetof(struct keys_answer, output)

#endif
