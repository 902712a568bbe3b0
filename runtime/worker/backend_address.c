/*
 * The addresses of a leg's server: which one next, and what became of it.
 */
#include "backend_priv.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "conn.h"
#include "leg.h"

#define ADDRESSES_TRIED 8 /* of one host name, by one connection */

static unsigned tried(const struct leg *l)
{
	return (unsigned)__builtin_popcountll(l->tried_at);
}

static int has_untried(const struct leg *l, const struct addresses *a)
{
	return tried(l) < addresses_count(a) && tried(l) < ADDRESSES_TRIED;
}

/* One that was given up in a hurry and may only be slow.  DNS may have changed
 * meanwhile. */
static int passed_address(struct leg *l, const struct addresses *a)
{
	unsigned i;

	if (!l->passed)
		return -1;
	i = (unsigned)__builtin_ctzll(l->passed);
	l->passed &= l->passed - 1;
	return i < addresses_count(a) ? (int)i : -1;
}

/* A host name's. */
static int next_address(
	struct leg *l, struct sockaddr_storage *to, socklen_t *len)
{
	struct addresses *a =
		l->conn->gen->backends->addresses[l->server_index];
	int i;

	if (!a)
		return -1;
	i = has_untried(l, a)
		? addresses_next(a, l->server->board, l->tried_at, board_now())
		: passed_address(l, a);
	if (i < 0)
		return -1;
	l->address = (uint8_t)i;
	l->tried_at |= UINT64_C(1) << i;
	*to = *addresses_at(a, (unsigned)i);
	*len = to->ss_family == AF_INET ? sizeof(struct sockaddr_in)
					: sizeof(struct sockaddr_in6);
	return 0;
}

int backend_address(struct leg *l, struct sockaddr_storage *to, socklen_t *len)
{
	const struct table *t = &l->conn->gen->table;
	const struct tbl_server *s = &t->server[l->server_index];
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	struct sockaddr_un *un = (struct sockaddr_un *)to;
	const char *path;

	memset(to, 0, sizeof(*to));
	switch (s->family) {
	case TBL_V4:
		v4->sin_family = AF_INET;
		v4->sin_port = htons(s->port);
		memcpy(&v4->sin_addr, s->addr, 4);
		*len = sizeof(*v4);
		return 0;
	case TBL_V6:
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(s->port);
		memcpy(&v6->sin6_addr, s->addr, 16);
		*len = sizeof(*v6);
		return 0;
	case TBL_UNIX:
		path = table_str(t, s->host_str);
		if (strlen(path) >= sizeof(un->sun_path))
			return -1;
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, path, strlen(path) + 1);
		*len = sizeof(*un);
		return 0;
	default:
		return next_address(l, to, len);
	}
}

/* Those of l's server.  NULL: its address is not a host name, or l has no
 * server. */
static const struct addresses *addresses_of(const struct leg *l)
{
	return l->server ? l->conn->gen->backends->addresses[l->server_index]
			 : NULL;
}

int backend_more_addresses(const struct leg *l)
{
	const struct addresses *a = addresses_of(l);

	return a && (has_untried(l, a) || l->passed);
}

int backend_better_address(const struct leg *l)
{
	const struct addresses *a = addresses_of(l);

	return a && has_untried(l, a) &&
		addresses_better(a, l->server->board, l->tried_at, board_now());
}

void backend_address_passed(struct leg *l)
{
	if (addresses_of(l))
		l->passed |= UINT64_C(1) << l->address;
}

void backend_address_failed(struct leg *l)
{
	const struct addresses *a = addresses_of(l);

	if (a)
		addresses_failed(a, l->address, l->server->board, board_now());
}

void backend_address_worked(struct leg *l)
{
	const struct addresses *a = addresses_of(l);

	if (a)
		addresses_worked(a, l->address, l->server->board);
}
