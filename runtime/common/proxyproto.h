/*
 * PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt): who the
 * client really is.  Pure functions; libc only.
 */
#ifndef RUNTIME_PROXYPROTO_H
#define RUNTIME_PROXYPROTO_H

#include <stddef.h>
#include <stdint.h>

#define PROXY_HEADER_MAX 4096 /* longest header accepted, in octets */

enum proxy_status { PROXY_MORE, PROXY_OK, PROXY_BAD };

/* The contents of a header. family 0: it says nothing (LOCAL, UNKNOWN, a Unix
 * socket), and the connection's own addresses are valid. */
struct proxy_header {
	size_t len;                   /* length in octets */
	uint8_t version;              /* 1 or 2 */
	uint8_t family;               /* of the source: TBL_V4, TBL_V6 or 0 */
	uint8_t dest_family;          /* differs if a proxy mixes families */
	uint8_t source[16], dest[16]; /* network order, v4 in the first four */
	uint16_t source_port, dest_port;
	const char *fault; /* the reason for PROXY_BAD, a constant */
};

/* buf[0..n): on every call the stream from its first octet.  PROXY_MORE: not
 * complete yet (never after PROXY_HEADER_MAX octets). */
enum proxy_status proxyproto_parse(
	const uint8_t *buf, size_t n, struct proxy_header *h);

/* Do these first octets begin a header of either version?  PROXY_MORE: so far,
 * yes; PROXY_BAD: no. */
enum proxy_status proxyproto_begins(const uint8_t *buf, size_t n);

/* What a header to a server may contain besides the addresses.  NULL or empty
 * fields are left out. */
struct proxy_facts {
	uint8_t family; /* TBL_V4, TBL_V6, or 0 for LOCAL / UNKNOWN */
	const uint8_t *source, *dest;
	uint16_t source_port, dest_port;
	const char *authority;
	size_t authority_len; /* SNI */
	const char *alpn;
	size_t alpn_len; /* negotiated */
	/* "TLSv1.3"; NULL: no TLS, or not decrypted by us */
	const char *tls_version;
	const char *cipher;    /* IANA name */
	const char *client_cn; /* of a client certificate */
	int client_cert;       /* one was presented */
	int client_verified;   /* and verified */
};

/* Writes a header into out (space octets; PROXY_OUT_MAX always suffices).
 * Returns its length; 0: it does not fit. */
#define PROXY_OUT_MAX 1024
size_t proxyproto_write_v1(
	uint8_t *out, size_t space, const struct proxy_facts *f);
size_t proxyproto_write_v2(
	uint8_t *out, size_t space, const struct proxy_facts *f);

/* CRC-32C (Castagnoli), as RFC 4960 appendix B. */
uint32_t proxyproto_crc32c(const void *data, size_t n);

#endif
