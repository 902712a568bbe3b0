/*
 * The worker: the loop, and the messages of the master.  Called by main.c in
 * the child.
 */
#include "worker.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "conn.h"
#include "limits.h"
#include "listener.h"
#include "log.h"
#include "report.h"
#include "requests.h"
#include "runtime/common/board.h"
#include "runtime/common/board_share.h"
#include "runtime/common/spare.h"
#include "runtime/tls/coroutine.h"
#include "runtime/tls/signer.h"
#include "runtime/tls/staple.h"
#include "runtime/tls/tickets.h"
#include "runtime/tls/tls.h"
#include "shadow.h"
#include "slack.h"
#include "splice.h"
#include "worker_state.h"

void worker_post(
	struct worker *w, enum ipc_type type, const void *body, size_t len)
{
	if (ipc_post(&w->queue, w->ipc, type, body, len, NULL, 0) < 0) {
		ev_break(w->loop, EVBREAK_ALL);
		return;
	}
	ev_io_stop(w->loop, &w->ipc_watch);
	ev_io_set(&w->ipc_watch, w->ipc,
		EV_READ | (w->queue.first ? EV_WRITE : 0));
	ev_io_start(w->loop, &w->ipc_watch);
}

static void drained(struct worker *w)
{
	if (!w->draining || w->conns)
		return;
	worker_post(w, IPC_DRAINED, NULL, 0);
	if (!w->queue.first)
		ev_break(w->loop, EVBREAK_ALL);
}

void worker_conn_gone(struct worker *w)
{
	slack_conn_gone(w);
	drained(w);
}

static void on_drain_over(struct ev_loop *loop, ev_timer *t, int events)
{
	struct worker *w = t->data;

	conn_close_all(w, CLOSE_DRAINED);
	drained(w);
}

static void drain(struct worker *w, uint32_t deadline_ms)
{
	listener_remove_all(w);
	requests_drain(w);
	w->draining = 1;
	ev_timer_stop(w->loop, &w->drain_timer);
	ev_timer_init(&w->drain_timer, on_drain_over, deadline_ms / 1e3, 0.);
	w->drain_timer.data = w;
	ev_timer_start(w->loop, &w->drain_timer);
	drained(w);
}

static void status(struct worker *w, uint64_t tag)
{
	struct ipc_status s = {.tag = tag,
		.accepted = w->accepted,
		.rejected = w->rejected,
		.failed = w->failed};
	struct generation *g;
	struct conn *c;
	uint32_t n = 0, i;

	for (g = w->all; g && n < IPC_STATUS_GENERATIONS; g = g->next)
		s.generation[n++].number = g->number;
	s.generations = n;
	s.bytes_in = w->bytes[CLIENT];
	s.bytes_out = w->bytes[SERVER];
	for (c = w->conns; c; c = c->next) {
		if (!c->gen)
			continue;
		s.live++;
		s.bytes_in += c->bytes[CLIENT];
		s.bytes_out += c->bytes[SERVER];
		for (i = 0; i < n; i++)
			if (s.generation[i].number == c->gen->number)
				s.generation[i].live++;
	}
	worker_post(w, IPC_STATUS, &s, sizeof(s));
}

/* Every generation's connections go to the new addresses from now on. */
static void resolved(struct worker *w, struct ipc_resolved *r)
{
	struct generation *g;

	r->host[sizeof(r->host) - 1] = 0;
	r->addrs[sizeof(r->addrs) - 1] = 0;
	for (g = w->all; g; g = g->next)
		if (g->backends)
			backend_resolved(g->backends, r->host, r->addrs,
				strlen(r->addrs));
}

/* The message's descriptor is the caller's now. */
static int take_fd(struct ipc_message *m)
{
	int fd = m->fd[0];

	m->fd[0] = -1;
	return fd;
}

static void take_tickets(struct ipc_tickets *t)
{
	tickets_take(t);
	gnutls_memset(t, 0, sizeof(*t));
}

static void take_staple(const struct ipc_message *m)
{
	if (staple_keep(&m->body.staple, m->head.len) < 0)
		log_note("a staple was lost", NULL);
}

/* fd -1: no shadow table any more. */
static void take_shadow(struct worker *w, int fd)
{
	shadow_free(&w->shadow);
	if (fd >= 0)
		w->shadow = shadow_new(fd);
}

static void dispatch(struct worker *w, struct ipc_message *m)
{
	switch ((enum ipc_type)m->head.type) {
	case IPC_PREPARE:
		worker_prepare(w, m);
		break;
	case IPC_COMMIT:
		worker_commit(w, m->body.generation.number);
		break;
	case IPC_ABANDON:
		worker_abandon(w, m->body.generation.number);
		break;
	case IPC_LISTEN:
		listener_add(w, &m->body.listener, take_fd(m));
		break;
	case IPC_UNLISTEN:
		listener_remove(w, &m->body.listener);
		break;
	case IPC_LEND:
		listener_borrow(w, &m->body.lend, take_fd(m));
		break;
	case IPC_UNLEND:
		listener_give_back(w, m->body.lend.worker);
		break;
	case IPC_RETIRE:
		worker_retire(w, m->body.generation.number);
		break;
	case IPC_PULSE:
		worker_post(w, IPC_PULSE, NULL, 0);
		break;
	case IPC_DRAIN:
		drain(w, m->body.drain.deadline_ms);
		break;
	case IPC_STATUS_ASK:
		status(w, m->body.ask.tag);
		break;
	case IPC_RECOUNT:
		limits_count_again(w);
		break;
	case IPC_TICKETS:
		take_tickets(&m->body.tickets);
		break;
	case IPC_RESOLVED:
		resolved(w, &m->body.resolved);
		break;
	case IPC_SHADOW:
		take_shadow(w, m->fd[0]);
		break;
	case IPC_REPORT_ASK:
		report(w, &m->body.report_ask);
		break;
	case IPC_SIGNER:
		worker_use_signer(w, take_fd(m));
		break;
	case IPC_STAPLE:
		take_staple(m);
		break;
	default:
		log_note("unknown message from the master", NULL);
	}
}

static void on_ipc(struct ev_loop *loop, ev_io *watch, int events)
{
	struct worker *w = watch->data;
	struct ipc_message m;
	int r, i;

	if (events & EV_WRITE) {
		r = ipc_flush(&w->queue, w->ipc);
		if (r < 0) {
			ev_break(loop, EVBREAK_ALL);
			return;
		}
		if (r == 0) {
			ev_io_stop(loop, watch);
			ev_io_set(watch, w->ipc, EV_READ);
			ev_io_start(loop, watch);
			drained(w);
		}
	}
	for (i = 0; i < 64; i++) {
		r = spare_recv(w->ipc, &m);
		if (r == 0) {
			ev_break(loop, EVBREAK_ALL);
			return;
		}
		if (r < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				log_note("an invalid message from the master",
					strerrorname_np(errno));
			return;
		}
		dispatch(w, &m);
		ipc_close(&m);
		spare_keep();
	}
}

/* Spare descriptors that a message has used are replaced as soon as any other
 * is free. */
static void on_prepare(struct ev_loop *loop, ev_prepare *p, int events)
{
	spare_keep();
	log_flush();
}

static void finish(struct worker *w)
{
	struct generation *g;

	struct generation *live = w->live;

	w->live = NULL;
	generation_put(&live);
	shadow_free(&w->shadow);
	/* Generations that were prepared and never committed have a reference
	 * of their own. */
	listener_remove_all(w);
	conn_close_all(w, CLOSE_DRAINED);
	while ((g = w->all))
		generation_put(&g);
	log_end();
	ipc_queue_clear(&w->queue);
	staple_forget_all();
	tickets_forget();
	splice_finish();
	spare_free();
	if (w->signer) {
		ev_io_stop(w->loop, &w->signer_watch);
		signer_free(&w->signer);
	}
	coroutine_drain();
	free(w->hello_scratch);
	if (w->board)
		board_unmap(&w->board);
	close(w->ipc);
	ev_loop_destroy(w->loop);
}

int worker_main(int ipc_fd, const struct worker_options *o)
{
	static struct worker w;
	ev_prepare before_sleep;

	w.options = *o;
	w.ipc = ipc_fd;
	w.loop = ev_loop_new(EVFLAG_AUTO);
	w.board = o->board_fd < 0 ? NULL : board_map(o->board_fd);
	if (w.board)
		board_use_share(o->share);
	capacity_measure(&w.capacity, o->workers);
	backend_use_board(w.board, o->number);
	if (!w.loop)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	/* Sessions come and go all the time: giving memory back to the kernel
	 * and fetching it again would cost more than they do. */
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_TOP_PAD, 1 << 20);
	tls_use_records(o->records);
	log_open(o->log_fd, o->log_format, o->syslog);
	listener_reserve();
	spare_keep();
	ev_io_init(&w.ipc_watch, on_ipc, w.ipc, EV_READ);
	w.ipc_watch.data = &w;
	ev_io_start(w.loop, &w.ipc_watch);
	ev_prepare_init(&before_sleep, on_prepare);
	ev_prepare_start(w.loop, &before_sleep);
	ev_run(w.loop, 0);
	finish(&w);
	return 0;
}
