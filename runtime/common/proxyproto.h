/*
 * PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt): who the
 * client really was.  Pure functions of bytes; libc only.
 */
#ifndef RUNTIME_PROXYPROTO_H
#define RUNTIME_PROXYPROTO_H

#include <stddef.h>
#include <stdint.h>

#define PROXY_HEADER_MAX 4096 /* longest header accepted, in octets */

enum proxy_status { PROXY_MORE, PROXY_OK, PROXY_BAD };

/* What a header says.  family 0: it says nothing (LOCAL, UNKNOWN, a unix
 * socket): the connection's own addresses stand. */
struct proxy_header {
	size_t len;          /* octets of the stream it took */
	uint8_t version;     /* 1 or 2 */
	uint8_t family;      /* of the source: TBL_V4, TBL_V6 or 0 */
	uint8_t dest_family; /* another one where a proxy has mixed them */
	uint8_t source[16], dest[16]; /* network order, v4 in the first four */
	uint16_t source_port, dest_port;
	const char *fault; /* on PROXY_BAD: why, a constant */
};

/* buf[0..n): the stream so far, from its first octet, on every call.
 * PROXY_MORE: not complete yet (never beyond PROXY_HEADER_MAX octets). */
enum proxy_status proxyproto_parse(
	const uint8_t *buf, size_t n, struct proxy_header *h);

/* Do these first octets begin like a header of either version?  PROXY_MORE: as
 * far as they go, PROXY_BAD: no. */
enum proxy_status proxyproto_begins(const uint8_t *buf, size_t n);

/* What a header towards a server may carry besides the addresses; NULL or
 * empty fields are left out. */
struct proxy_facts {
	uint8_t family; /* TBL_V4, TBL_V6, or 0 for LOCAL / UNKNOWN */
	const uint8_t *source, *dest;
	uint16_t source_port, dest_port;
	const char *authority;
	size_t authority_len; /* SNI */
	const char *alpn;
	size_t alpn_len;         /* negotiated */
	const char *tls_version; /* "TLSv1.3"; NULL: the client spoke no TLS
	                          * that we decrypted */
	const char *cipher;      /* IANA name */
	const char *client_cn;   /* of a client certificate */
	int client_cert;         /* one was presented */
	int client_verified;     /* and verified */
};

/* Write a header into out (room octets; PROXY_OUT_MAX always suffices);
 * returns its length, 0 when it does not fit. */
#define PROXY_OUT_MAX 1024
size_t proxyproto_write_v1(
	uint8_t *out, size_t room, const struct proxy_facts *f);
size_t proxyproto_write_v2(
	uint8_t *out, size_t room, const struct proxy_facts *f);

/* CRC-32C (Castagnoli), as RFC 4960 appendix B. */
uint32_t proxyproto_crc32c(const void *data, size_t n);

#endif
