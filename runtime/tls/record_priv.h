/*
 * What the files of record.h share: record.c (sending, and the life of it),
 * record_keys.c (keys) and record_open.c (receiving).  Nobody else includes it.
 */
#ifndef RUNTIME_RECORD_PRIV_H
#define RUNTIME_RECORD_PRIV_H

#include "aead.h"
#include "message.h"
#include "record.h"

enum { EXPLICIT = 8 }; /* octets of a nonce that the record has */

/* HandshakeType. */
enum {
	MSG_HELLO_REQUEST = 0,
	MSG_CLIENT_HELLO = 1,
	MSG_TICKET = 4,
	MSG_KEY_UPDATE = 24
};

/* RFC 8446 5.5: AES-GCM keys are good for 2^24.5 full records. */
#define UPDATE_AFTER ((uint64_t)1 << 24)

struct direction {
	struct aead aead;
	uint8_t iv[AEAD_NONCE]; /* 1.2 GCM: the salt in the first four */
	uint64_t sequence;
	uint8_t secret[48]; /* TLS 1.3 */
};

struct record {
	struct direction in, out;
	uint64_t update_after;
	gnutls_mac_algorithm_t prf;
	uint16_t plain_max; /* of a record we send */
	uint16_t in_max;    /* of one we take; both RFC 6066 4 */
	uint8_t is_13, is_server, explicit_nonce, secret_size;
	uint8_t silent;
	struct message message; /* the peer's, after the handshake */
	uint8_t update_due;     /* a KeyUpdate is to be sent */
	uint8_t no_renego_due;  /* a no_renegotiation alert is to be sent */
	uint8_t refused_renego; /* it was, once */
};

/* record_keys.c: the next generation of a direction's keys (RFC 8446 7.2).  -1:
 * no memory. */
int record_update(const struct record *r, struct direction *d);
/* record.c: the nonce of the next record; explicit_part is the record's own. */
void record_nonce(const struct record *r, const struct direction *d,
	const uint8_t *explicit_part, uint8_t nonce[AEAD_NONCE]);
/* record.c: its additional data, for a header and octets of plaintext; returns
 * how many octets. */
size_t record_ad(const struct record *r, const struct direction *d,
	const uint8_t *header, size_t plain, uint8_t ad[13]);

static inline uint64_t record_get64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

static inline void record_put64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

#endif
