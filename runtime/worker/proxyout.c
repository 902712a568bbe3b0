/*
 * The PROXY header towards a server: who the client is, and what was negotiated
 * with it if we decrypt.  Sent once a connection, when the server's socket is
 * connected; for offload after the handshake, when those facts are known.
 */
#include "proxyout.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "conn.h"
#include "leg.h"
#include "runtime/common/proxyproto.h"
#include "runtime/tls/tls.h"

enum { PROXY_OUT_V1 = 1, PROXY_OUT_V2 = 2 };

/* The address that the client connected to, in the client's family; 0: it has
 * none there. */
static int local_address(const struct conn *c, uint8_t addr[16], uint16_t *port)
{
	union {
		struct sockaddr_storage any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} to;
	socklen_t len = sizeof(to);
	const uint8_t *a6 = to.v6.sin6_addr.s6_addr;

	if (c->proxied) {
		memcpy(addr, c->proxied->addr, 16);
		*port = c->proxied->port;
		return 1;
	}
	memset(&to, 0, sizeof(to));
	if (getsockname(c->client.w.fd, (struct sockaddr *)&to, &len) < 0)
		return 0;
	if (c->family == TBL_V4 && to.any.ss_family == AF_INET)
		memcpy(addr, &to.v4.sin_addr, 4);
	else if (c->family == TBL_V4 && to.any.ss_family == AF_INET6)
		memcpy(addr, a6 + 12, 4);
	else if (c->family == TBL_V6 && to.any.ss_family == AF_INET6)
		memcpy(addr, a6, 16);
	else
		return 0;
	*port = ntohs(
		to.any.ss_family == AF_INET ? to.v4.sin_port : to.v6.sin6_port);
	return 1;
}

/* Both addresses of a header are of one family: an IPv4 client with an IPv6
 * destination is written as a mapped address, as it came. */
static void mix(const struct conn *c, struct proxy_facts *f, uint8_t source[16])
{
	if (!c->proxied || c->proxied->family == c->family)
		return;
	memset(source, 0, 10);
	memset(source + 10, 0xff, 2);
	memcpy(source + 12, c->addr, 4);
	f->family = c->proxied->family;
	f->source = source;
}

int proxyout_send(struct leg *l)
{
	const struct conn *c = l->conn;
	uint8_t version = c->gen->table.backend[l->backend].proxy;
	uint8_t out[PROXY_OUT_MAX], to[16] = {0}, from[16];
	struct proxy_facts f = {0};
	const uint8_t *alpn = NULL;
	char tls[16];
	size_t n;

	if (!version)
		return 0;
	if (local_address(c, to, &f.dest_port)) {
		f.family = c->family;
		f.source = c->addr;
		f.source_port = c->port;
		f.dest = to;
		mix(c, &f, from);
	}
	f.authority = conn_sni(c);
	f.authority_len = strlen(f.authority);
	if (c->client.tls) {
		struct tls *t = c->client.tls;

		f.alpn_len = tls_alpn(t, &alpn);
		f.alpn = (const char *)alpn;
		memcpy(tls, "TLSv", 4);
		memcpy(tls + 4, tls_version(t), strlen(tls_version(t)) + 1);
		f.tls_version = tls;
		f.cipher = tls_suite(t);
		f.client_cert = tls_peer_cn(t, &f.client_cn);
		f.client_verified = f.client_cert;
	}
	n = version == PROXY_OUT_V1 ? proxyproto_write_v1(out, sizeof(out), &f)
				    : proxyproto_write_v2(out, sizeof(out), &f);
	if (n && io_raw(&l->io, out, n) == IO_DONE)
		return 0;
	l->owner->failed(
		l, n ? CLOSE_BACKEND_RESET : CLOSE_INTERNAL, "PROXY header");
	return -1;
}
