/*
 * Which octets may stand where (RFC 9110 5.5 and 5.6.2, RFC 3986 3.3 and 3.4):
 * one table for the whole room.
 */
#ifndef RUNTIME_HTTP_OCTETS_H
#define RUNTIME_HTTP_OCTETS_H

#include <stdint.h>

enum {
	OCTET_TOKEN = 1, /* tchar */
	OCTET_VALUE = 2, /* HTAB, SP, VCHAR, obs-text */
	OCTET_PATH = 4,  /* pchar, `/`, and `%` of a pct-encoded */
	OCTET_QUERY =
		8, /* VCHAR but `"`, `#`, `<`, `>`: what browsers send raw */
	OCTET_HOST = 16, /* ALPHA, DIGIT, `-`, `.`, `_` */
	OCTET_HEX = 32,
	OCTET_UNRESERVED = 64,
	OCTET_PLAIN = 128, /* of a path: the same however it is read */
};

extern const uint8_t http_octets[256];

static inline int http_octet(char c, uint8_t kind)
{
	return http_octets[(uint8_t)c] & kind;
}

static inline char http_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Of a hexadecimal digit. */
static inline unsigned http_hex(char c)
{
	return c <= '9' ? (unsigned)(c - '0')
			: (unsigned)((c | 0x20) - 'a') + 10;
}

#endif
