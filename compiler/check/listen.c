/*
 * TC0309: listeners that cannot be opened together.  tlsd opens IPv6 sockets
 * with IPV6_V6ONLY, so [::]:443 and 0.0.0.0:443 do not conflict; an IPv4-mapped
 * address is never right.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "priv.h"

struct where {
	const struct m_listener *l;
	const struct m_frontend *fe;
	size_t order;
};

static int any(const struct m_listener *l)
{
	static const uint8_t zero[16];
	return (l->family == TBL_V4 || l->family == TBL_V6) &&
		!memcmp(l->addr, zero, 16);
}

static int mapped(const struct m_listener *l)
{
	static const uint8_t prefix[12] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	return l->family == TBL_V6 && !memcmp(l->addr, prefix, 12);
}

static int cmp(const void *x, const void *y)
{
	const struct where *a = x, *b = y;
	int d = a->l->family - b->l->family;
	if (!d)
		d = a->l->port - b->l->port;
	if (!d)
		d = memcmp(a->l->addr, b->l->addr, 16);
	if (!d && a->l->path && b->l->path)
		d = strcmp(a->l->path, b->l->path);
	if (!d)
		d = a->order < b->order ? -1 : 1;
	return d;
}

static const char *shown(const struct m_listener *l, char *buf, size_t size)
{
	char addr[INET6_ADDRSTRLEN];

	if (l->family == TBL_UNIX) {
		snprintf(buf, size, "unix:\"%s\"", l->path);
		return buf;
	}
	inet_ntop(l->family == TBL_V4 ? AF_INET : AF_INET6, l->addr, addr,
		sizeof(addr));
	snprintf(buf, size, l->family == TBL_V4 ? "%s:%u" : "[%s]:%u", addr,
		l->port);
	return buf;
}

static void conflict(struct check *c, const struct where *a,
	const struct where *b, const char *how)
{
	const struct where *first = a->order < b->order ? a : b;
	const struct where *second = first == a ? b : a;
	char buf[160];

	struct diag *g = diag_add(c->d, DIAG_TC0309, second->l->span, how,
		shown(second->l, buf, sizeof(buf)));
	diag_label(g, first->l->span, "%s, of frontend '%s'",
		shown(first->l, buf, sizeof(buf)), first->fe->name.text);
	diag_help(g, "remove one of them");
}

void check_listeners(struct check *c)
{
	struct {
		struct where *v;
		size_t n, cap;
	} all = {NULL, 0, 0};
	const struct model *m = c->m;

	for (size_t f = 0; f < m->frontends.n; f++)
		for (size_t i = 0; i < m->frontends.v[f].listeners.n; i++) {
			const struct m_frontend *fe = &m->frontends.v[f];
			const struct m_listener *l = &fe->listeners.v[i];
			if (mapped(l)) {
				struct diag *g =
					diag_add(c->d, DIAG_TC0309, l->span,
						"'listen' does not take "
						"IPv4-mapped IPv6 addresses");
				diag_help(g, "write the IPv4 address instead");
				continue;
			}
			PUSH(c->a, &all) = (struct where){l, fe, all.n};
		}
	if (!all.n)
		return;
	qsort(all.v, all.n, sizeof(*all.v), cmp);
	/* The wildcard sorts first among the addresses of one port. */
	size_t wild = SIZE_MAX;
	for (size_t i = 0; i < all.n; i++) {
		const struct where *w = &all.v[i], *prev = w - 1;
		int same_port = i && prev->l->family == w->l->family &&
			prev->l->port == w->l->port;
		if (!same_port)
			wild = SIZE_MAX;
		if (same_port && w->l->family == TBL_UNIX
				? !strcmp(prev->l->path, w->l->path)
				: same_port &&
					!memcmp(prev->l->addr, w->l->addr, 16))
			conflict(
				c, prev, w, "%s is listened on more than once");
		else if (wild != SIZE_MAX && w->l->family != TBL_UNIX)
			conflict(c, &all.v[wild], w,
				"%s overlaps a wildcard address of the same "
				"port");
		if (any(w->l) && wild == SIZE_MAX)
			wild = i;
	}
}
