/*
 * PROXY protocol: reads what a trusted balancer says about the client, and
 * writes the same for our servers.  Section numbers are those of
 * proxy-protocol.txt.
 */
#include "proxyproto.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "grammar/table.h"

static const uint8_t signature[12] = "\r\n\r\n\0\r\nQUIT\n";

enum { V1_MAX = 107, V2_FIXED = 16 };
enum { V2_LOCAL = 0x20, V2_PROXY = 0x21 };
enum { FAM_UNSPEC = 0, FAM_INET = 1, FAM_INET6 = 2, FAM_UNIX = 3 };
enum {
	TLV_ALPN = 0x01,
	TLV_AUTHORITY = 0x02,
	TLV_CRC32C = 0x03,
	TLV_SSL = 0x20,
	TLV_SSL_VERSION = 0x21,
	TLV_SSL_CN = 0x22,
	TLV_SSL_CIPHER = 0x23,
};
enum { SSL_CLIENT = 1, SSL_CERT_CONN = 2, SSL_CERT_SESS = 4 };

static enum proxy_status bad(struct proxy_header *h, const char *fault)
{
	h->fault = fault;
	return PROXY_BAD;
}

/* CRC-32C with the four octets of the checksum itself taken as zero. */
static uint32_t crc32c_except(const uint8_t *p, size_t n, size_t hole)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= i - hole < 4 ? 0 : p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0x82f63b78 & -(crc & 1));
	}
	return ~crc;
}

uint32_t proxyproto_crc32c(const void *data, size_t n)
{
	return crc32c_except(data, n, n);
}

static int unmap_one(uint8_t addr[16])
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	if (memcmp(addr, prefix, 12) != 0)
		return 0;
	memmove(addr, addr + 12, 4);
	memset(addr + 4, 0, 12);
	return 1;
}

/* A balancer with IPv6 sockets may write an IPv4 client as ::ffff:a.b.c.d (RFC
 * 4291 2.5.5.2): for every test of sources it is that IPv4 client.  One that
 * knows the client from elsewhere (X-Forwarded-For, another PROXY header)
 * writes it so together with an IPv6 destination. */
static void unmap(struct proxy_header *h)
{
	h->dest_family = h->family;
	if (h->family != TBL_V6 || !unmap_one(h->source))
		return;
	h->family = TBL_V4;
	if (unmap_one(h->dest))
		h->dest_family = TBL_V4;
}

/* --- version 1 (2.1) --------------------------------------------------- */

/* The next word of a line, up to a space or the end of the line. */
static const char *next_word(char **line)
{
	char *word = *line, *space = strchr(word, ' ');

	if (space)
		*space = 0;
	*line = space ? space + 1 : word + strlen(word);
	return word;
}

/* A decimal port without leading zeros; -1 otherwise. */
static int read_port(const char *s)
{
	int port = 0;

	if (!*s || (s[0] == '0' && s[1]))
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		port = port * 10 + (*s - '0');
		if (port > 65535)
			return -1;
	}
	return port;
}

static enum proxy_status read_v1_line(char *line, struct proxy_header *h)
{
	const char *proto, *source, *dest;
	int af, sport, dport;

	proto = next_word(&line);
	if (strcmp(proto, "UNKNOWN") == 0)
		return PROXY_OK; /* 2.1: the rest is to be ignored */
	if (strcmp(proto, "TCP4") != 0 && strcmp(proto, "TCP6") != 0)
		return bad(h, "v1: not TCP4, TCP6 or UNKNOWN");
	af = proto[3] == '4' ? AF_INET : AF_INET6;
	source = next_word(&line);
	dest = next_word(&line);
	if (inet_pton(af, source, h->source) != 1 ||
		inet_pton(af, dest, h->dest) != 1)
		return bad(h, "v1: bad address");
	sport = read_port(next_word(&line));
	dport = read_port(line);
	if (sport < 0 || dport < 0)
		return bad(h, "v1: bad port");
	h->source_port = (uint16_t)sport;
	h->dest_port = (uint16_t)dport;
	h->family = af == AF_INET ? TBL_V4 : TBL_V6;
	unmap(h);
	return PROXY_OK;
}

static enum proxy_status parse_v1(
	const uint8_t *buf, size_t n, struct proxy_header *h)
{
	char line[V1_MAX + 1];
	const uint8_t *end = memchr(buf, '\n', n < V1_MAX ? n : V1_MAX);
	size_t len;

	if (!end)
		return n < V1_MAX ? PROXY_MORE : bad(h, "v1: line too long");
	len = (size_t)(end - buf);
	if (len < 6 || end[-1] != '\r')
		return bad(h, "v1: line does not end in CR LF");
	if (memchr(buf, 0, len))
		return bad(h, "v1: NUL in the line");
	memcpy(line, buf, len - 1);
	line[len - 1] = 0;
	h->version = 1;
	h->len = len + 1;
	return read_v1_line(line + 6, h);
}

/* --- version 2 (2.2) --------------------------------------------------- */

/* The TLVs fill their space exactly, and a checksum among them is right. */
static enum proxy_status check_tlvs(
	const uint8_t *buf, size_t at, size_t end, struct proxy_header *h)
{
	while (at < end) {
		size_t len;

		if (end - at < 3)
			return bad(h, "v2: a TLV is cut off");
		len = (size_t)buf[at + 1] << 8 | buf[at + 2];
		if (end - at - 3 < len)
			return bad(h, "v2: a TLV is longer than the header");
		if (buf[at] == TLV_CRC32C) {
			const uint8_t *v = buf + at + 3;
			uint32_t crc;

			if (len != 4)
				return bad(h, "v2: checksum of wrong length");
			crc = (uint32_t)v[0] << 24 | (uint32_t)v[1] << 16 |
				(uint32_t)v[2] << 8 | v[3];
			if (crc32c_except(buf, end, at + 3) != crc)
				return bad(h, "v2: wrong CRC-32C");
		}
		at += 3 + len;
	}
	return PROXY_OK;
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static enum proxy_status read_v2_addresses(
	const uint8_t *p, size_t size, struct proxy_header *h)
{
	memcpy(h->source, p, size);
	memcpy(h->dest, p + size, size);
	h->source_port = get16(p + 2 * size);
	h->dest_port = get16(p + 2 * size + 2);
	h->family = size == 4 ? TBL_V4 : TBL_V6;
	unmap(h);
	return PROXY_OK;
}

static enum proxy_status read_v2(const uint8_t *buf, struct proxy_header *h)
{
	static const size_t space[] = {
		[FAM_UNSPEC] = 0,
		[FAM_INET] = 12,
		[FAM_INET6] = 36,
		[FAM_UNIX] = 216,
	};
	unsigned family = buf[13] >> 4, transport = buf[13] & 15;
	size_t at = V2_FIXED;
	enum proxy_status st = PROXY_OK;

	if (buf[12] != V2_LOCAL && buf[12] != V2_PROXY)
		return bad(h, "v2: unknown version or command");
	if (family > FAM_UNIX || transport > 2)
		return bad(h, "v2: unknown address family or transport");
	if (h->len - at < space[family])
		return bad(h, "v2: too short for its addresses");
	if (buf[12] == V2_PROXY && transport == 1 && family == FAM_INET)
		st = read_v2_addresses(buf + at, 4, h);
	if (buf[12] == V2_PROXY && transport == 1 && family == FAM_INET6)
		st = read_v2_addresses(buf + at, 16, h);
	if (st != PROXY_OK)
		return st;
	/* 2.2: after an unspecified family the rest has no format */
	if (family == FAM_UNSPEC)
		return PROXY_OK;
	return check_tlvs(buf, at + space[family], h->len, h);
}

static enum proxy_status parse_v2(
	const uint8_t *buf, size_t n, struct proxy_header *h)
{
	if (n < V2_FIXED)
		return PROXY_MORE;
	h->version = 2;
	h->len = V2_FIXED + (size_t)get16(buf + 14);
	if (h->len > PROXY_HEADER_MAX)
		return bad(h, "v2: header too long");
	return n < h->len ? PROXY_MORE : read_v2(buf, h);
}

static enum proxy_status begins_with(
	const uint8_t *buf, size_t n, const void *text, size_t len)
{
	if (memcmp(buf, text, n < len ? n : len) != 0)
		return PROXY_BAD;
	return n < len ? PROXY_MORE : PROXY_OK;
}

enum proxy_status proxyproto_begins(const uint8_t *buf, size_t n)
{
	enum proxy_status v1 = begins_with(buf, n, "PROXY ", 6);

	return v1 != PROXY_BAD
		? v1
		: begins_with(buf, n, signature, sizeof(signature));
}

enum proxy_status proxyproto_parse(
	const uint8_t *buf, size_t n, struct proxy_header *h)
{
	memset(h, 0, sizeof(*h));
	if (memcmp(buf, signature, n < 12 ? n : 12) == 0)
		return n < 12 ? PROXY_MORE : parse_v2(buf, n, h);
	if (memcmp(buf, "PROXY ", n < 6 ? n : 6) == 0)
		return n < 6 ? PROXY_MORE : parse_v1(buf, n, h);
	return bad(h, "no PROXY header");
}

/* --- writing ----------------------------------------------------------- */

size_t proxyproto_write_v1(
	uint8_t *out, size_t space, const struct proxy_facts *f)
{
	char source[INET6_ADDRSTRLEN], dest[INET6_ADDRSTRLEN];
	int af = f->family == TBL_V4 ? AF_INET : AF_INET6;
	int n;

	if (f->family == 0) {
		n = snprintf((char *)out, space, "PROXY UNKNOWN\r\n");
	} else {
		inet_ntop(af, f->source, source, sizeof(source));
		inet_ntop(af, f->dest, dest, sizeof(dest));
		n = snprintf((char *)out, space, "PROXY TCP%d %s %s %u %u\r\n",
			af == AF_INET ? 4 : 6, source, dest, f->source_port,
			f->dest_port);
	}
	return n > 0 && (size_t)n < space ? (size_t)n : 0;
}

/* A header being written; n > space once it no longer fits. */
struct out {
	uint8_t *p;
	size_t n, space;
};

static void put(struct out *o, const void *data, size_t n)
{
	if (o->n + n <= o->space && n > 0)
		memcpy(o->p + o->n, data, n);
	o->n += n;
}

static void put16(struct out *o, unsigned value)
{
	uint8_t b[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	put(o, b, 2);
}

static void put_tlv(struct out *o, uint8_t type, const void *data, size_t n)
{
	put(o, &type, 1);
	put16(o, (unsigned)n);
	put(o, data, n);
}

/* PP2_TYPE_SSL (2.2.5): five fixed octets, then its own TLVs. */
static void put_ssl(struct out *o, const struct proxy_facts *f)
{
	uint8_t fixed[5] = {SSL_CLIENT, 0, 0, 0, 1};
	uint8_t type = TLV_SSL;
	size_t start;

	if (f->client_cert)
		fixed[0] |= SSL_CERT_CONN | SSL_CERT_SESS;
	if (f->client_verified)
		fixed[4] = 0;
	put(o, &type, 1);
	put16(o, 0);
	start = o->n;
	put(o, fixed, sizeof(fixed));
	put_tlv(o, TLV_SSL_VERSION, f->tls_version, strlen(f->tls_version));
	if (f->cipher)
		put_tlv(o, TLV_SSL_CIPHER, f->cipher, strlen(f->cipher));
	if (f->client_cn)
		put_tlv(o, TLV_SSL_CN, f->client_cn, strlen(f->client_cn));
	if (o->n <= o->space) {
		o->p[start - 2] = (uint8_t)((o->n - start) >> 8);
		o->p[start - 1] = (uint8_t)(o->n - start);
	}
}

static void put_addresses(struct out *o, const struct proxy_facts *f)
{
	size_t size = f->family == TBL_V4 ? 4 : 16;

	if (f->family == 0)
		return;
	put(o, f->source, size);
	put(o, f->dest, size);
	put16(o, f->source_port);
	put16(o, f->dest_port);
}

/* The checksum comes last.  It covers the header, with itself as zero. */
static void put_checksum(struct out *o)
{
	uint32_t crc = 0;
	uint8_t *p;

	put_tlv(o, TLV_CRC32C, &crc, 4);
	if (o->n > o->space)
		return;
	o->p[14] = (uint8_t)((o->n - V2_FIXED) >> 8);
	o->p[15] = (uint8_t)(o->n - V2_FIXED);
	crc = proxyproto_crc32c(o->p, o->n);
	p = o->p + o->n - 4;
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(crc >> (24 - 8 * i));
}

size_t proxyproto_write_v2(
	uint8_t *out, size_t space, const struct proxy_facts *f)
{
	struct out o = {out, 0, space};
	uint8_t fixed[4] = {f->family ? V2_PROXY : V2_LOCAL, 0, 0, 0};

	if (f->family)
		fixed[1] = f->family == TBL_V4 ? FAM_INET << 4 | 1
					       : FAM_INET6 << 4 | 1;
	put(&o, signature, sizeof(signature));
	put(&o, fixed, sizeof(fixed));
	put_addresses(&o, f);
	if (f->family == 0)
		return o.n <= space ? o.n : 0;
	if (f->authority_len)
		put_tlv(&o, TLV_AUTHORITY, f->authority, f->authority_len);
	if (f->alpn_len)
		put_tlv(&o, TLV_ALPN, f->alpn, f->alpn_len);
	if (f->tls_version)
		put_ssl(&o, f);
	put_checksum(&o);
	return o.n <= space ? o.n : 0;
}
