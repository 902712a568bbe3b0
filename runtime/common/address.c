/*
 * Addresses (address.h).
 */
#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/table.h"

socklen_t address_make(const struct ipc_listener *a, union address *s)
{
	memset(s, 0, sizeof(*s));
	switch (a->family) {
	case TBL_V4:
		s->in.sin_family = AF_INET;
		s->in.sin_port = htons(a->port);
		memcpy(&s->in.sin_addr, a->addr, 4);
		return sizeof(s->in);
	case TBL_V6:
		s->in6.sin6_family = AF_INET6;
		s->in6.sin6_port = htons(a->port);
		memcpy(&s->in6.sin6_addr, a->addr, 16);
		return sizeof(s->in6);
	default:
		s->un.sun_family = AF_UNIX;
		memcpy(s->un.sun_path, a->path, sizeof(s->un.sun_path));
		return sizeof(s->un);
	}
}

int address_read(const union address *s, struct ipc_listener *a)
{
	memset(a, 0, sizeof(*a));
	switch (s->sa.sa_family) {
	case AF_INET:
		a->family = TBL_V4;
		a->port = ntohs(s->in.sin_port);
		memcpy(a->addr, &s->in.sin_addr, 4);
		return 0;
	case AF_INET6:
		a->family = TBL_V6;
		a->port = ntohs(s->in6.sin6_port);
		memcpy(a->addr, &s->in6.sin6_addr, 16);
		return 0;
	case AF_UNIX:
		a->family = TBL_UNIX;
		snprintf(a->path, sizeof(a->path), "%s", s->un.sun_path);
		return 0;
	default:
		return -1;
	}
}

const char *address_text(const struct ipc_listener *a, char buf[128])
{
	char host[INET6_ADDRSTRLEN];

	switch (a->family) {
	case TBL_V4:
		inet_ntop(AF_INET, a->addr, host, sizeof(host));
		snprintf(buf, 128, "%s:%u", host, a->port);
		break;
	case TBL_V6:
		inet_ntop(AF_INET6, a->addr, host, sizeof(host));
		snprintf(buf, 128, "[%s]:%u", host, a->port);
		break;
	default:
		snprintf(buf, 128, "unix:%.108s", a->path);
	}
	return buf;
}

int address_parse(const char *text, struct ipc_listener *a)
{
	const char *colon = strrchr(text, ':');
	char host[64], *end;
	unsigned long port;
	size_t n = colon ? (size_t)(colon - text) : 0;

	if (n == 0 || n >= sizeof(host))
		return -1;
	port = strtoul(colon + 1, &end, 10);
	if (end == colon + 1 || *end || port == 0 || port > 65535)
		return -1;
	memset(a, 0, sizeof(*a));
	a->port = (uint16_t)port;
	if (text[0] == '[' && text[n - 1] == ']') {
		snprintf(host, sizeof(host), "%.*s", (int)n - 2, text + 1);
		a->family = TBL_V6;
		return inet_pton(AF_INET6, host, a->addr) == 1 ? 0 : -1;
	}
	snprintf(host, sizeof(host), "%.*s", (int)n, text);
	a->family = TBL_V4;
	return inet_pton(AF_INET, host, a->addr) == 1 ? 0 : -1;
}

/* With a port or without, in brackets or not. */
static int one_of_list(const char *text)
{
	struct ipc_listener a;
	char with_port[80];

	if (address_parse(text, &a) == 0)
		return 0;
	if (inet_pton(AF_INET6, text, a.addr) == 1)
		return 0;
	snprintf(with_port, sizeof(with_port), "%s:53", text);
	return address_parse(with_port, &a);
}

int address_list(const char *text)
{
	char one[72];
	size_t n;

	do {
		n = strcspn(text, ",");
		if (n >= sizeof(one))
			return -1;
		snprintf(one, sizeof(one), "%.*s", (int)n, text);
		if (one_of_list(one) < 0)
			return -1;
		text += n;
	} while (*text++ == ',');
	return 0;
}
