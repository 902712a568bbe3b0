/*
 * Listening sockets.  Owns them, their references to generations, and the
 * descriptor in reserve.
 */
#include "listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"
#include "log.h"
#include "runtime/common/keepalive.h"
#include "worker_state.h"

#define BATCH 64 /* connections accepted in a row */
#define PAUSE_SECONDS .05

static int reserve = -1;

void listener_reserve(void)
{
	if (reserve < 0)
		reserve = eventfd(0, EFD_CLOEXEC);
}

/* No descriptor is left.  The newest connections are refused at once instead of
 * hanging in the queue; then accepting pauses, so that others can end. */
static void refuse(struct listener *l)
{
	int fd;

	log_note("out of descriptors: refusing connections", NULL);
	if (reserve >= 0) {
		close(reserve);
		reserve = -1;
		fd = accept4(
			l->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			close(fd);
			l->worker->accepted++;
			l->worker->failed++;
		}
	}
	listener_reserve();
	ev_io_stop(l->worker->loop, &l->watch);
	ev_timer_stop(l->worker->loop, &l->pause);
	ev_timer_set(&l->pause, PAUSE_SECONDS, 0.);
	ev_timer_start(l->worker->loop, &l->pause);
}

/* 1: accepted, 0: nothing there. */
static int accept_one(struct listener *l)
{
	union {
		struct sockaddr any;
		struct sockaddr_storage room;
	} peer;
	socklen_t len = sizeof(peer);
	int fd = accept4(
		l->watch.fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		if (len < sizeof(sa_family_t))
			peer.any.sa_family = AF_UNIX;
		conn_accept(l->worker, l, fd, &peer.any);
		return 1;
	}
	switch (errno) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		refuse(l);
		return 0;
	case ECONNABORTED:
	case EINTR:
	case EPROTO:
		return 1;
	default:
		return 0;
	}
}

/* One connection a turn while they come one by one: that saves the call that
 * finds the queue empty.  If the very next turn brings another, they come in
 * crowds, and twice as many are taken. */
static void on_accept(struct ev_loop *loop, ev_io *w, int events)
{
	struct listener *l = w->data;
	unsigned turn = ev_iteration(loop), i;

	if (turn - l->turn > 1)
		l->batch = 1;
	else if (l->batch < BATCH)
		l->batch *= 2;
	l->turn = turn;
	for (i = 0; i < l->batch && accept_one(l); i++)
		;
}

static void on_pause_over(struct ev_loop *loop, ev_timer *t, int events)
{
	struct listener *l = t->data;

	ev_io_start(loop, &l->watch);
}

static void add(struct worker *w, const struct ipc_listener *key, int fd,
	uint32_t lender)
{
	struct listener *l = calloc(1, sizeof(*l));
	int one = 1;

	if (!l) {
		close(fd);
		return;
	}
	l->worker = w;
	l->key = *key;
	l->lender = lender;
	ev_io_init(&l->watch, on_accept, fd, EV_READ);
	l->watch.data = l;
	ev_timer_init(&l->pause, on_pause_over, 0., 0.);
	l->pause.data = l;
	/* Accepted sockets inherit it, which saves a system call for each. */
	if (key->family != TBL_UNIX) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		keepalive_count(fd);
	}
	l->next = w->listeners;
	w->listeners = l;
	if (w->live)
		listener_commit(w, w->live);
}

void listener_add(struct worker *w, const struct ipc_listener *key, int fd)
{
	add(w, key, fd, LISTENER_OWN);
}

void listener_borrow(struct worker *w, const struct ipc_lend *lend, int fd)
{
	add(w, &lend->listener, fd, lend->worker);
}

static void key_of(const struct table *t, const struct tbl_listener *l,
	struct ipc_listener *key)
{
	memset(key, 0, sizeof(*key));
	key->family = l->family;
	key->port = l->port;
	memcpy(key->addr, l->addr, sizeof(key->addr));
	if (l->family == TBL_UNIX)
		snprintf(key->path, sizeof(key->path), "%s",
			table_str(t, l->path_str));
}

static int find(const struct generation *g, const struct ipc_listener *key,
	uint32_t *frontend)
{
	const struct table *t = &g->table;
	struct ipc_listener mine;
	uint32_t i;

	for (i = 0; i < t->listener_count; i++) {
		key_of(t, &t->listener[i], &mine);
		if (!ipc_listener_equal(&mine, key))
			continue;
		*frontend = t->listener[i].frontend;
		return 1;
	}
	return 0;
}

void listener_commit(struct worker *w, struct generation *g)
{
	struct listener *l;
	uint32_t frontend;

	for (l = w->listeners; l; l = l->next) {
		if (l->gen == g || !find(g, &l->key, &frontend))
			continue;
		generation_put(&l->gen);
		l->gen = generation_get(g);
		l->frontend = frontend;
		/* Inherited as well. */
		if (l->key.family != TBL_UNIX)
			keepalive_set(l->watch.fd,
				table_keepalive(&g->table,
					g->table.frontend[frontend].limit));
		if (!ev_is_active(&l->watch) && !ev_is_active(&l->pause))
			ev_io_start(w->loop, &l->watch);
	}
}

static void destroy(struct listener **at)
{
	struct listener *l = *at;

	*at = l->next;
	ev_io_stop(l->worker->loop, &l->watch);
	ev_timer_stop(l->worker->loop, &l->pause);
	close(l->watch.fd);
	generation_put(&l->gen);
	free(l);
}

static void empty(struct listener *l)
{
	int i;

	for (i = 0; l->gen && i < 65536 && accept_one(l); i++)
		;
}

void listener_give_back(struct worker *w, uint32_t worker)
{
	struct listener **at = &w->listeners;

	while (*at) {
		if ((*at)->lender == worker)
			destroy(at);
		else
			at = &(*at)->next;
	}
}

void listener_remove(struct worker *w, const struct ipc_listener *key)
{
	struct listener **at = &w->listeners;

	while (*at) {
		if (ipc_listener_equal(&(*at)->key, key)) {
			empty(*at);
			destroy(at);
		} else {
			at = &(*at)->next;
		}
	}
}

void listener_remove_all(struct worker *w)
{
	while (w->listeners) {
		empty(w->listeners);
		destroy(&w->listeners);
	}
}
