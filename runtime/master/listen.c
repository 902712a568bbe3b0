/*
 * Listening sockets (listen.h): one SO_REUSEPORT socket per worker and address.
 * They are opened here and stay open here, so that connections the kernel has
 * queued for a worker survive that worker.  A Unix listener is one socket that
 * all workers share.
 */
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listen_adopted.h"
#include "listen_socket.h"
#include "refuse.h"
#include "revive.h"
#include "runtime/common/address.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "runtime/table/table.h"

static void from_table(const struct table *t, const struct tbl_listener *l,
	struct ipc_listener *a)
{
	memset(a, 0, sizeof(*a));
	a->family = l->family;
	a->port = l->port;
	memcpy(a->addr, l->addr, sizeof(a->addr));
	if (l->family == TBL_UNIX)
		snprintf(a->path, sizeof(a->path), "%s",
			table_str(t, l->path_str));
}

int listen_wanted(const struct table *t, const struct ipc_listener *addr)
{
	struct ipc_listener a;
	uint32_t i;

	for (i = 0; i < t->listener_count; i++) {
		from_table(t, &t->listener[i], &a);
		if (ipc_listener_equal(&a, addr))
			return 1;
	}
	return 0;
}

static int have_it(const struct listeners *l, const struct ipc_listener *a)
{
	unsigned i;

	for (i = 0; i < l->count; i++)
		if (ipc_listener_equal(&l->v[i].addr, a))
			return 1;
	return 0;
}

/* Uses the adopted sockets, then opens more.  If the kernel refuses that (a
 * socket without SO_REUSEPORT), workers share.  0: none was adopted. */
static int use_adopted(
	struct listen_sockets *l, const union address *s, socklen_t len)
{
	unsigned i, have = 0;

	while (have < l->socks &&
		(l->sock[have] = listen_adopted_take(&l->addr)) >= 0)
		have++;
	if (have == 0)
		return 0;
	for (i = have; i < l->socks; i++) {
		l->sock[i] = l->addr.family == TBL_UNIX
			? -1
			: listen_socket_inet(s, len, l->keepalive);
		if (l->sock[i] < 0)
			l->sock[i] =
				fcntl(l->sock[i % have], F_DUPFD_CLOEXEC, 3);
		if (l->sock[i] < 0)
			return -1;
	}
	return 1;
}

void listen_hand_over(struct listeners *l)
{
	unsigned i;

	for (i = 0; i < l->count; i++)
		l->v[i].own.ino = 0;
}

/* Remembers which file to remove. */
static void own_path(struct listen_sockets *l)
{
	if (l->addr.family == TBL_UNIX)
		unixpath_mark(l->addr.path, &l->own);
}

void listen_own(struct listeners *l)
{
	unsigned i;

	for (i = 0; i < l->count; i++)
		own_path(&l->v[i]);
}

static int open_sockets(struct listen_sockets *l)
{
	union address s;
	socklen_t len = address_make(&l->addr, &s);
	unsigned i;
	int r = use_adopted(l, &s, len);

	if (r != 0)
		return r < 0 ? -1 : 0;
	if (l->addr.family == TBL_UNIX) {
		l->sock[0] = listen_socket_unix(&s);
		if (l->sock[0] < 0)
			return -1;
		for (i = 1; i < l->socks; i++)
			l->sock[i] = fcntl(l->sock[0], F_DUPFD_CLOEXEC, 3);
		own_path(l);
		return 0;
	}
	if (listen_socket_probe(&s, len) < 0)
		return -1;
	for (i = 0; i < l->socks; i++) {
		l->sock[i] = listen_socket_inet(&s, len, l->keepalive);
		if (l->sock[i] < 0)
			return -1;
	}
	return 0;
}

static void close_one(struct listen_sockets *l)
{
	unsigned i;

	for (i = 0; i < l->socks; i++) {
		revive_drop(l->sock[i]);
		if (l->sock[i] >= 0)
			close(l->sock[i]);
	}
	free(l->sock);
	if (l->own.ino)
		unixpath_remove(l->addr.path, &l->own);
}

static struct listen_sockets *grow(struct listeners *l)
{
	struct listen_sockets *v = realloc(l->v, (l->count + 1) * sizeof(*v));

	if (!v)
		abort();
	l->v = v;
	memset(&v[l->count], 0, sizeof(*v));
	return &v[l->count++];
}

static int open_one(struct listeners *fresh, const struct ipc_listener *a,
	uint32_t keepalive, unsigned workers, struct refusal *why)
{
	struct listen_sockets *l = grow(fresh);
	unsigned i;

	l->addr = *a;
	l->keepalive = keepalive;
	l->socks = workers;
	l->sock = malloc(workers * sizeof(*l->sock));
	if (!l->sock)
		abort();
	for (i = 0; i < workers; i++)
		l->sock[i] = -1;
	if (open_sockets(l) == 0)
		return 0;
	listen_socket_refuse(a, errno, why);
	return -1;
}

static uint32_t keepalive_of(
	const struct table *t, const struct tbl_listener *l)
{
	return table_keepalive(t, t->frontend[l->frontend].limit);
}

#define TOLD_MOST 4 /* addresses in one message */

static void append(struct refusal *why, const char *text)
{
	size_t n = strlen(why->text);

	snprintf(why->text + n, sizeof(why->text) - n, "; %s", text);
}

int listen_open(const struct listeners *have, const struct table *t,
	unsigned workers, struct listeners *fresh, struct refusal *why)
{
	struct refusal one = {.id = ""};
	struct ipc_listener a;
	uint32_t i, bad = 0;

	memset(fresh, 0, sizeof(*fresh));
	for (i = 0; i < t->listener_count && bad < TOLD_MOST; i++) {
		from_table(t, &t->listener[i], &a);
		if (have_it(have, &a) || have_it(fresh, &a) ||
			open_one(fresh, &a, keepalive_of(t, &t->listener[i]),
				workers, &one) == 0)
			continue;
		if (bad++ > 0)
			append(why, one.text);
		else
			*why = one;
	}
	if (bad)
		listen_close(fresh);
	return bad ? -1 : 0;
}

#define LOGGED_OCTETS 2000 /* of addresses; a line has 4096 in all */

void listen_log(const struct listeners *fresh)
{
	char text[LOGGED_OCTETS + 32] = "", one[128], count[24];
	size_t n = 0;
	unsigned i;

	for (i = 0; i < fresh->count; i++) {
		address_text(&fresh->v[i].addr, one);
		if (n + strlen(one) + 1 >= LOGGED_OCTETS)
			break;
		n += (size_t)sprintf(text + n, "%s%s", i ? " " : "", one);
	}
	if (i < fresh->count)
		sprintf(text + n, " and %u more", fresh->count - i);
	if (fresh->count)
		event_log(EVENT_NOTICE, "listening", "count",
			event_number(count, fresh->count), "addresses", text,
			NULL);
}

void listen_merge(struct listeners *have, struct listeners *fresh)
{
	unsigned i, j;

	for (i = 0; i < fresh->count; i++) {
		*grow(have) = fresh->v[i];
		for (j = 0; j < fresh->v[i].socks; j++)
			revive_add(fresh->v[i].sock[j]);
	}
	free(fresh->v);
	memset(fresh, 0, sizeof(*fresh));
}

void listen_drop(struct listeners *have, unsigned i)
{
	close_one(&have->v[i]);
	have->v[i] = have->v[--have->count];
}

void listen_close(struct listeners *l)
{
	while (l->count > 0)
		listen_drop(l, l->count - 1);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

int listen_metrics(const char *text, struct refusal *why)
{
	struct ipc_listener a;
	union address s;
	socklen_t len;
	int fd;

	if (address_parse(text, &a) < 0) {
		refuse(why, "", "--metrics needs ADDRESS:PORT, not '%s'", text);
		return -1;
	}
	len = address_make(&a, &s);
	fd = listen_socket_probe(&s, len) < 0
		? -1
		: listen_socket_inet(&s, len, TBL_KEEPALIVE);
	if (fd < 0)
		listen_socket_refuse(&a, errno, why);
	return fd;
}
