/*
 * The monitor, seen from the master (child_monitor.h).  It is started when
 * there is something for it to do.  Its findings are passed on to the workers
 * or written on the board.
 */
#include "child_monitor.h"

#include "child_worker.h"
#include "facts.h"
#include "load.h"
#include "master.h"
#include "proc.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "runtime/common/privdrop.h"
#include "runtime/tls/staple.h"

/* The live table, without private keys. */
static void offer(struct child *c)
{
	const struct loaded *l = c->master->live;
	struct ipc_generation body;
	int fds[2];

	if (!l)
		return;
	body.number = l->number;
	fds[0] = l->table_fd;
	fds[1] = l->public_fd >= 0 ? l->public_fd : l->bundle_fd;
	if (facts_want_monitor(l) || c->master->metrics_fd >= 0)
		proc_send(c, IPC_PREPARE, &body, sizeof(body), fds, 2);
	else
		proc_send(c, IPC_ABANDON, &body, sizeof(body), NULL, 0);
}

void child_monitor_update(struct master *m)
{
	struct child *c = proc_of(m, &child_monitor);

	if (c->pid)
		offer(c);
	else if (m->metrics_fd >= 0 || (m->live && facts_want_monitor(m->live)))
		proc_start(c);
}

static void started(struct child *c)
{
	struct master *m = c->master;
	struct ipc_listener body = {.family = 0};

	resolve_ask_again(m);
	if (m->metrics_fd >= 0)
		proc_send(
			c, IPC_LISTEN, &body, sizeof(body), &m->metrics_fd, 1);
	offer(c);
}

static void tell_worker(void *arg, const struct ipc_staple *m, size_t len)
{
	proc_send(arg, IPC_STAPLE, m, len, NULL, 0);
}

void child_monitor_tell_staples(struct child *worker)
{
	staple_each(tell_worker, worker);
}

/* Not decoded here; kept for workers that start later. */
static void take_staple(struct master *m, const struct ipc_message *in)
{
	unsigned i;

	if (staple_keep(&in->body.staple, in->head.len) < 0)
		return;
	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker && m->child[i].pid)
			tell_worker(
				&m->child[i], &in->body.staple, in->head.len);
}

static void message(struct child *c, struct ipc_message *m)
{
	struct ipc_resolved *r = &m->body.resolved;

	if (m->head.type == IPC_RESOLVED && m->head.len >= IPC_RESOLVED_LEAST) {
		r->host[sizeof(r->host) - 1] = 0;
		r->addrs[sizeof(r->addrs) - 1] = 0;
		resolve_answer(c->master, r);
	} else if (m->head.type == IPC_STAPLE) {
		take_staple(c->master, m);
	}
}

const struct proc_kind child_monitor = {.name = "monitor",
	.role = PRIVDROP_MONITOR,
	.started = started,
	.message = message};
