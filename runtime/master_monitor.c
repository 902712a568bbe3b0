/*
 * The monitor's row of the process table: it is started when there is
 * something for it to do, and what it finds out goes on to the workers.
 */
#include "master.h"

#include "event.h"

static void started(struct child *c)
{
	resolve_ask_again(c->master);
}

static void message(struct child *c, struct ipc_message *m)
{
	struct ipc_resolved *r = &m->body.resolved;

	if (m->head.type == IPC_RESOLVED && m->head.len == sizeof(*r)) {
		r->host[sizeof(r->host) - 1] = 0;
		r->addrs[sizeof(r->addrs) - 1] = 0;
		resolve_answer(c->master, r);
	}
}

const struct proc_kind master_monitor = {
	.name = "monitor", .started = started, .message = message};
