/*
 * What the files of the hello share: hello.c (records and messages),
 * hello_ext.c (extensions, as far as the decision needs them) and hello_judge.c
 * (what a server must refuse).  No other file includes it.
 */
#ifndef RUNTIME_HELLO_PRIV_H
#define RUNTIME_HELLO_PRIV_H

#include "hello.h"

/* IANA's TLS ExtensionType values. */
enum {
	EXT_SERVER_NAME = 0,
	EXT_MAX_FRAGMENT_LENGTH = 1,
	EXT_STATUS_REQUEST = 5,
	EXT_SUPPORTED_GROUPS = 10,
	EXT_EC_POINT_FORMATS = 11,
	EXT_SIGNATURE_ALGORITHMS = 13,
	EXT_HEARTBEAT = 15,
	EXT_ALPN = 16,
	EXT_PADDING = 21,
	EXT_ENCRYPT_THEN_MAC = 22,
	EXT_EXTENDED_MASTER_SECRET = 23,
	EXT_RECORD_SIZE_LIMIT = 28,
	EXT_SESSION_TICKET = 35,
	EXT_PRE_SHARED_KEY = 41,
	EXT_EARLY_DATA = 42,
	EXT_SUPPORTED_VERSIONS = 43,
	EXT_COOKIE = 44,
	EXT_PSK_KEY_EXCHANGE_MODES = 45,
	EXT_POST_HANDSHAKE_AUTH = 49,
	EXT_SIGNATURE_ALGORITHMS_CERT = 50,
	EXT_KEY_SHARE = 51,
	EXT_ENCRYPTED_CLIENT_HELLO = 0xfe0d,
	EXT_RENEGOTIATION_INFO = 0xff01,
};

/* What is left to read.  Readers return 0, or -1 when it is too short. */
struct cursor {
	const uint8_t *p, *end;
};

static inline size_t hello_left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

static inline int hello_uint(struct cursor *c, unsigned octets, uint32_t *out)
{
	if (hello_left(c) < octets)
		return -1;
	*out = 0;
	while (octets--)
		*out = *out << 8 | *c->p++;
	return 0;
}

/* A vector with a length prefix of `octets` octets. */
static inline int hello_vector(
	struct cursor *c, unsigned octets, struct cursor *out)
{
	uint32_t len;

	if (hello_uint(c, octets, &len) != 0 || hello_left(c) < len)
		return -1;
	out->p = c->p;
	out->end = c->p += len;
	return 0;
}

static inline int hello_skip(struct cursor *c, size_t n)
{
	if (hello_left(c) < n)
		return -1;
	c->p += n;
	return 0;
}

/* RFC 8701: 0x0a0a, 0x1a1a, ... */
static inline int hello_is_grease(uint32_t code)
{
	return (code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff);
}

/* What an extension says; HELLO_FAULT_NONE when all is well. */
enum hello_fault hello_ext_read(
	struct hello *h, uint32_t type, struct cursor body);

#endif
