/* Servers and listeners; see endpoint.h. */
#include "endpoint.h"

#include <arpa/inet.h>
#include <string.h>

#include "grammar/table.h"
#include "arena.h"

static const char *text(
	struct arena *a, uint8_t family, const uint8_t *addr, uint16_t port)
{
	char buf[INET6_ADDRSTRLEN];

	inet_ntop(
		family == TBL_V4 ? AF_INET : AF_INET6, addr, buf, sizeof(buf));
	return arena_printf(
		a, family == TBL_V4 ? "%s:%u" : "[%s]:%u", buf, port);
}

const char *endpoint_server(struct arena *a, const struct m_server *s)
{
	if (s->family == TBL_UNIX)
		return arena_printf(a, "unix:\"%s\"", s->host);
	if (s->family == TBL_HOST)
		return arena_printf(a, "%s:%u", s->host, s->port);
	return text(a, s->family, s->addr, s->port);
}

const char *endpoint_listener(struct arena *a, const struct m_listener *l)
{
	if (l->family == TBL_UNIX)
		return arena_printf(a, "unix:\"%s\"", l->path);
	return text(a, l->family, l->addr, l->port);
}

int endpoint_loopback(const struct m_server *s)
{
	static const uint8_t one[16] = {[15] = 1};

	if (s->family == TBL_V4)
		return s->addr[0] == 127;
	return s->family == TBL_V6 && !memcmp(s->addr, one, 16);
}

int endpoint_inside(const struct m_server *s)
{
	const uint8_t *a = s->addr;

	if (s->family == TBL_V4)
		return a[0] == 127 || a[0] == 10 ||
			(a[0] == 172 && (a[1] & 0xf0) == 16) ||
			(a[0] == 192 && a[1] == 168) ||
			(a[0] == 169 && a[1] == 254);
	if (s->family == TBL_V6)
		return endpoint_loopback(s) || (a[0] & 0xfe) == 0xfc ||
			(a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
	return 1;
}

static int same_host(const struct m_server *a, const struct m_server *b)
{
	return a->host == b->host ||
		(a->host && b->host && strcmp(a->host, b->host) == 0);
}

int endpoint_neighbours(const struct m_server *a, const struct m_server *b)
{
	if (a->family != b->family || !same_host(a, b))
		return 0;
	if (a->family == TBL_V4)
		return memcmp(a->addr, b->addr, 3) == 0;
	return a->family != TBL_V6 || memcmp(a->addr, b->addr, 8) == 0;
}

int endpoint_same(const struct m_server *a, const struct m_server *b)
{
	return a->family == b->family && a->port == b->port &&
		memcmp(a->addr, b->addr, 16) == 0 && same_host(a, b);
}

static int any(const struct m_listener *l)
{
	static const uint8_t zero[16];

	return memcmp(l->addr, zero, 16) == 0;
}

int endpoint_covers(
	const struct m_listener *outer, const struct m_listener *inner)
{
	if (outer->family != inner->family)
		return 0;
	if (outer->family == TBL_UNIX)
		return strcmp(outer->path, inner->path) == 0;
	return outer->port == inner->port &&
		(any(outer) || memcmp(outer->addr, inner->addr, 16) == 0);
}

int endpoint_overlap(const struct m_listener *a, const struct m_listener *b)
{
	return endpoint_covers(a, b) || endpoint_covers(b, a);
}
