/*
 * Listening sockets that a child has stopped (revive.h).  Workers hold the same
 * sockets as the master.  A compromised worker can stop one by a disconnecting
 * connect, which a system call filter cannot tell from others, and then connect
 * it elsewhere.  The kernel reports that by EPOLLHUP, or by EPOLLOUT, which a
 * listening socket never has.  While the socket connects, nothing is reported,
 * so each one is looked at now and then, and when a worker has ended.  The
 * socket is still bound: one listen restores it for all processes that hold it,
 * and the worker is replaced.
 *
 * The epoll descriptor is used for nothing else.
 */
#include "revive.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child_monitor.h"
#include "master.h"
#include "proc.h"
#include "runtime/common/address.h"
#include "runtime/common/event.h"

static struct {
	int epoll; /* 0: none */
	ev_io io;
	unsigned turn; /* the worker whose sockets are looked at next */
} revive;

#define EVENTS (EPOLLOUT | EPOLLRDHUP)

static uint64_t identity(int fd)
{
	uint64_t cookie = 0;
	socklen_t n = sizeof(cookie);

	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &n);
	return cookie;
}

/* The only worker that has this socket, or NULL. */
static struct child *holder(
	struct master *m, const struct listen_sockets *l, unsigned at)
{
	uint64_t mine = identity(l->sock[at]);
	struct child *c = &m->child[at];
	unsigned i;

	for (i = 0; i < l->socks; i++)
		if (i != at && identity(l->sock[i]) == mine)
			return NULL;
	/* While it is lent, two workers have it, or only the borrower. */
	if (c->lent_to)
		return c->pid ? NULL : c->lent_to;
	return c;
}

/* Finds its address, and which worker stopped it, if that can be known. */
static const char *find(
	struct master *m, int fd, char text[128], struct child **who)
{
	unsigned i, j;

	*who = NULL;
	if (fd == m->metrics_fd) {
		*who = proc_of(m, &child_monitor);
		return m->options->metrics;
	}
	for (i = 0; i < m->listeners.count; i++)
		for (j = 0; j < m->listeners.v[i].socks; j++)
			if (m->listeners.v[i].sock[j] == fd) {
				*who = holder(m, &m->listeners.v[i], j);
				return address_text(
					&m->listeners.v[i].addr, text);
			}
	return NULL;
}

/* A connected one must be disconnected first. */
static int listen_again(int fd)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	if (listen(fd, LISTEN_BACKLOG) == 0)
		return 0;
	return connect(fd, &none, sizeof(none)) < 0
		? -1
		: listen(fd, LISTEN_BACKLOG);
}

static void again(struct master *m, int fd)
{
	char text[128], number[24];
	struct child *who;
	const char *address = find(m, fd, text, &who);
	int r = address ? listen_again(fd) : -1;

	event_log(EVENT_ERROR, "listener-ended", "address", address, "process",
		who ? who->kind->name : NULL, "number",
		who ? event_number(number, who->number) : NULL, "reason",
		r < 0 ? strerror(errno) : "it is listening again", NULL);
	if (r < 0)
		revive_drop(fd); /* do not report it again and again */
	if (who)
		proc_kill(who);
}

static void on_end(struct ev_loop *loop, ev_io *w, int events)
{
	struct epoll_event e[16];
	int n = epoll_wait(w->fd, e, sizeof(e) / sizeof(e[0]), 0), i;

	for (i = 0; i < n; i++)
		again(w->data, e[i].data.fd);
}

/* One that cannot be restored is not watched any more. */
static void look(struct master *m, int fd)
{
	struct epoll_event e = {.events = EVENTS, .data.fd = fd};
	socklen_t n = sizeof(int);
	int on = 0;

	if (fd >= 0 &&
		getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 &&
		!on && epoll_ctl(revive.epoll, EPOLL_CTL_MOD, fd, &e) == 0)
		again(m, fd);
}

void revive_look(struct master *m, unsigned worker)
{
	unsigned i;

	for (i = 0; revive.epoll > 0 && i < m->listeners.count; i++)
		if (worker < m->listeners.v[i].socks)
			look(m, m->listeners.v[i].sock[worker]);
}

void revive_look_on(struct master *m)
{
	revive.turn = (revive.turn + 1) % m->options->workers;
	revive_look(m, revive.turn);
	if (revive.epoll > 0)
		look(m, m->metrics_fd);
}

void revive_start(struct master *m)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0) {
		event_log(EVENT_WARNING, "unprotected", "reason",
			strerror(errno), NULL);
		return;
	}
	revive.epoll = fd;
	ev_io_init(&revive.io, on_end, fd, EV_READ);
	revive.io.data = m;
	ev_io_start(m->loop, &revive.io);
}

void revive_add(int fd)
{
	struct epoll_event e = {.events = EVENTS, .data.fd = fd};

	if (revive.epoll > 0 && fd >= 0)
		epoll_ctl(revive.epoll, EPOLL_CTL_ADD, fd, &e);
}

void revive_drop(int fd)
{
	if (revive.epoll > 0 && fd >= 0)
		epoll_ctl(revive.epoll, EPOLL_CTL_DEL, fd, NULL);
}

void revive_stop(struct master *m)
{
	if (revive.epoll <= 0)
		return;
	ev_io_stop(m->loop, &revive.io);
	close(revive.epoll);
	revive.epoll = 0;
}
