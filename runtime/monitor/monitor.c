/*
 * The monitor process (monitor.h): its loop and its messages with the master.
 */
#include "monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "http.h"
#include "metrics.h"
#include "ocsp.h"
#include "resolve.h"
#include "runtime/common/board.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/common/spare.h"

static struct {
	struct ev_loop *loop;
	int ipc;
	ev_io io;
	struct ipc_queue queue;
	struct board *board;
	int metrics; /* there is a metrics listener */
	struct metrics_facts facts;
} monitor;

static void watch_io(void)
{
	ev_io_stop(monitor.loop, &monitor.io);
	ev_io_set(&monitor.io, monitor.ipc,
		EV_READ | (monitor.queue.first ? EV_WRITE : 0));
	ev_io_start(monitor.loop, &monitor.io);
}

void monitor_send(enum ipc_type type, const void *body, size_t len)
{
	if (ipc_post(&monitor.queue, monitor.ipc, type, body, len, NULL, 0) < 0)
		ev_break(monitor.loop, EVBREAK_ALL);
	else
		watch_io();
}

/* Strings of the facts point into the table, which the checks keep. */
static void tell_metrics(struct generation *g)
{
	struct metrics_facts fresh;

	if (!monitor.metrics ||
		metrics_facts_make(&fresh, g->number, &g->table, g->bundle) < 0)
		return;
	monitor_http_facts(NULL);
	metrics_facts_free(&monitor.facts);
	monitor.facts = fresh;
	monitor_http_facts(&monitor.facts);
}

void monitor_staple_until(const char *certificate, int64_t until)
{
	size_t i;

	for (i = 0; i < monitor.facts.cert_count; i++)
		if (strcmp(monitor.facts.cert[i].name, certificate) == 0)
			monitor.facts.cert[i].staple_until = until;
}

/* Uses the live table from now on. */
static void use(struct ipc_message *m)
{
	char err[512];
	struct generation *g = generation_map(m->body.generation.number,
		m->fd[0], m->fd[1], err, sizeof(err));

	if (g) {
		tell_metrics(g);
		monitor_ocsp_use(g);
		monitor_check_use(g); /* lets the one before go */
	} else {
		event_log(EVENT_ERROR, "monitor", "reason", err, NULL);
	}
}

static void message(struct ipc_message *m)
{
	switch (m->head.type) {
	case IPC_PREPARE:
		use(m);
		break;
	case IPC_ABANDON:
		monitor_ocsp_use(NULL);
		monitor_check_use(NULL);
		break;
	case IPC_RESOLVE:
		m->body.host.host[sizeof(m->body.host.host) - 1] = 0;
		monitor_resolve_host(m->body.host.host);
		break;
	case IPC_UNRESOLVE:
		m->body.host.host[sizeof(m->body.host.host) - 1] = 0;
		monitor_resolve_forget(m->body.host.host);
		break;
	case IPC_LISTEN:
		monitor.metrics = 1;
		monitor_http_start(monitor.loop, m->fd[0], monitor.board);
		m->fd[0] = -1;
		break;
	case IPC_PULSE:
		monitor_send(IPC_PULSE, NULL, 0);
		break;
	default:
		break;
	}
}

static void on_io(struct ev_loop *loop, ev_io *w, int events)
{
	static struct ipc_message m;
	int r;

	if ((events & EV_WRITE) && ipc_flush(&monitor.queue, monitor.ipc) < 0) {
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	while ((r = spare_recv(monitor.ipc, &m)) > 0) {
		message(&m);
		ipc_close(&m);
		spare_keep();
	}
	if (r == 0 || errno != EAGAIN)
		ev_break(loop, EVBREAK_ALL); /* the master has ended */
	else
		watch_io();
}

void monitor_init(void)
{
	monitor_resolve_init();
}

int monitor_main(int ipc_fd, int board_fd)
{
	monitor.board = board_map(board_fd);
	if (!monitor.board)
		return 1;
	monitor.loop = ev_default_loop(EVFLAG_AUTO);
	monitor.ipc = ipc_fd;
	ev_io_init(&monitor.io, on_io, ipc_fd, EV_READ);
	ev_io_start(monitor.loop, &monitor.io);
	monitor_resolve_start(monitor.loop);
	monitor_ocsp_start(monitor.loop);
	monitor_check_start(monitor.loop, monitor.board);
	ev_run(monitor.loop, 0);
	if (monitor.metrics)
		monitor_http_stop();
	metrics_facts_free(&monitor.facts);
	monitor_ocsp_stop();
	monitor_check_stop();
	monitor_resolve_stop();
	ipc_queue_clear(&monitor.queue);
	board_unmap(&monitor.board);
	return 0;
}
