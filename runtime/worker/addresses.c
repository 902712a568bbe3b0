/*
 * Addresses of a host name (addresses.h).  Called by backend.c for every
 * connection to a server that has a name.
 */
#include "addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/common/hash.h"

struct addresses {
	unsigned count, next; /* whose turn it is */
	struct sockaddr_storage at[];
};

static int parse_one(
	const char *line, size_t n, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	char text[INET6_ADDRSTRLEN];

	if (!n || n >= sizeof(text))
		return -1;
	memcpy(text, line, n);
	text[n] = 0;
	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return 0;
	}
	return -1;
}

struct addresses *addresses_parse(const char *p, size_t n, uint16_t port)
{
	struct addresses *a =
		malloc(sizeof(*a) + ADDRESSES_MAX * sizeof(a->at[0]));
	struct addresses *fit;
	const char *end = p + n, *eol;

	if (!a)
		return NULL;
	a->count = a->next = 0;
	for (; p < end && a->count < ADDRESSES_MAX; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (!eol)
			eol = end;
		if (parse_one(p, (size_t)(eol - p), port, &a->at[a->count]) ==
			0)
			a->count++;
	}
	fit = realloc(a, sizeof(*a) + a->count * sizeof(a->at[0]));
	return fit ? fit : a;
}

unsigned addresses_count(const struct addresses *a)
{
	return a->count;
}

const struct sockaddr_storage *addresses_at(
	const struct addresses *a, unsigned i)
{
	return &a->at[i];
}

/* What the board knows an address by. */
static uint32_t hash_of(const struct addresses *a, unsigned i)
{
	const struct sockaddr_in *v4 = (const void *)&a->at[i];
	const struct sockaddr_in6 *v6 = (const void *)&a->at[i];

	return (uint32_t)(a->at[i].ss_family == AF_INET
			? hash_octets(&v4->sin_addr, 4)
			: hash_octets(&v6->sin6_addr, 16));
}

static int is_tried(uint64_t tried, unsigned i)
{
	return tried >> i & 1;
}

int addresses_next(struct addresses *a, struct board_server *server,
	uint64_t tried, uint64_t now)
{
	unsigned start, k, i;
	int spare = -1;

	if (!a->count)
		return -1;
	/* The turn moves on once a connection, not once an attempt: otherwise
	 * every second attempt would fall to the other one of two addresses,
	 * and the turn with it. */
	start = tried ? a->next + a->count - 1 : a->next++;
	for (k = 0; k < a->count; k++) {
		i = (start + k) % a->count;
		if (is_tried(tried, i))
			continue;
		if (!server || board_address_try(server, hash_of(a, i), now))
			return (int)i;
		if (spare < 0)
			spare = (int)i;
	}
	return spare;
}

int addresses_better(const struct addresses *a,
	const struct board_server *server, uint64_t tried, uint64_t now)
{
	unsigned i;

	for (i = 0; i < a->count; i++)
		if (!is_tried(tried, i) &&
			(!server ||
				!board_address_failing(
					server, hash_of(a, i), now)))
			return 1;
	return 0;
}

void addresses_failed(const struct addresses *a, unsigned i,
	struct board_server *server, uint64_t now)
{
	if (server && a->count > 1 && i < a->count)
		board_address_failed(server, hash_of(a, i), now);
}

void addresses_worked(
	const struct addresses *a, unsigned i, struct board_server *server)
{
	if (server && a->count > 1 && i < a->count)
		board_address_worked(server, hash_of(a, i));
}
