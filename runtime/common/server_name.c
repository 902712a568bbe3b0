/*
 * Names of servers (server_name.h).
 */
#include "server_name.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "hash.h"

#define NAME_ROOM 110 /* of a backend's name on the board; a path has as much */

void server_text(const struct table *t, uint32_t server, char *out, size_t n)
{
	const struct tbl_server *s = &t->server[server];
	char ip[INET6_ADDRSTRLEN];

	switch (s->family) {
	case TBL_V4:
		inet_ntop(AF_INET, s->addr, ip, sizeof(ip));
		snprintf(out, n, "%s:%u", ip, s->port);
		break;
	case TBL_V6:
		inet_ntop(AF_INET6, s->addr, ip, sizeof(ip));
		snprintf(out, n, "[%s]:%u", ip, s->port);
		break;
	case TBL_UNIX:
		snprintf(out, n, "unix:%s", table_str(t, s->host_str));
		break;
	default:
		snprintf(out, n, "%s:%u", table_str(t, s->host_str), s->port);
	}
}

void server_name(const struct table *t, uint32_t backend, uint32_t server,
	char out[BOARD_NAME_MAX])
{
	const char *name = table_str(t, t->backend[backend].name_str);
	size_t n = strlen(name);

	memset(out, 0, BOARD_NAME_MAX);
	/* A name that is too long is shortened, but stays unique. */
	if (n <= NAME_ROOM)
		memcpy(out, name, n);
	else
		n = (size_t)snprintf(out, BOARD_NAME_MAX, "%.*s~%08x",
			NAME_ROOM - 9, name, (unsigned)hash_octets(name, n));
	out[n++] = '/';
	server_text(t, server, out + n, BOARD_NAME_MAX - n);
}
