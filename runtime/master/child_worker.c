/*
 * The workers, seen from the master (child_worker.h): what they are told, and
 * what their answers cause.
 */
#include "child_worker.h"

#include <stdio.h>
#include <string.h>

#include "child_keys.h"
#include "child_monitor.h"
#include "commands.h"
#include "history.h"
#include "lend.h"
#include "load.h"
#include "master.h"
#include "proc.h"
#include "report.h"
#include "revive.h"
#include "runtime/common/board.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "runtime/common/privdrop.h"
#include "secrets.h"

void child_worker_offer(struct child *c, struct loaded *l)
{
	struct ipc_generation body = {.number = l->number};
	int fds[2] = {l->table_fd, l->bundle_fd};

	if (!c->pid)
		return;
	history_hold(l, c);
	proc_send(c, IPC_PREPARE, &body, sizeof(body), fds, 2);
}

void child_worker_listen(struct child *c, const struct listen_sockets *l)
{
	proc_send(c, IPC_LISTEN, &l->addr, sizeof(l->addr), &l->sock[c->number],
		1);
}

void child_worker_unlisten(struct child *c, const struct ipc_listener *addr)
{
	proc_send(c, IPC_UNLISTEN, addr, sizeof(*addr), NULL, 0);
}

void child_worker_commit(struct child *c, uint64_t number)
{
	struct ipc_generation body = {.number = number};

	proc_send(c, IPC_COMMIT, &body, sizeof(body), NULL, 0);
}

void child_worker_abandon(struct child *c, uint64_t number)
{
	struct ipc_generation body = {.number = number};

	proc_send(c, IPC_ABANDON, &body, sizeof(body), NULL, 0);
}

void child_worker_retire(struct child *c, uint64_t number)
{
	struct ipc_generation body = {.number = number};

	proc_send(c, IPC_RETIRE, &body, sizeof(body), NULL, 0);
}

void child_worker_shadow(struct child *c, const struct loaded *l)
{
	proc_send(c, IPC_SHADOW, NULL, 0, l ? &l->table_fd : NULL, l ? 1 : 0);
}

/* A new worker begins with the live table; at the first start there is none
 * yet. */
static void started(struct child *c)
{
	struct master *m = c->master;
	unsigned i;

	secrets_tell(c);
	child_keys_connect(c);
	child_monitor_tell_staples(c);
	if (m->shadow)
		child_worker_shadow(c, m->shadow);
	if (m->live) {
		child_worker_offer(c, m->live);
		for (i = 0; i < m->listeners.count; i++)
			child_worker_listen(c, &m->listeners.v[i]);
		child_worker_commit(c, m->live->number);
	}
	swap_child_started(c);
	resolve_tell(c); /* for the table being prepared, too */
}

/* A worker that sends a malformed message is killed: it has crashed, or would
 * never stop. */
static int whole(struct child *c, const struct ipc_message *m, size_t n)
{
	char number[24];

	if (m->head.len == n)
		return 1;
	event_log(EVENT_ERROR, "child-nonsense", "process", c->kind->name,
		"number", event_number(number, c->number), NULL);
	proc_kill(c);
	return 0;
}

static void answered(struct child *c, struct ipc_message *m)
{
	struct ipc_ack *ack = &m->body.ack;

	ack->text[sizeof(ack->text) - 1] = 0;
	if (m->head.type == IPC_READY) {
		c->ready = ack->number;
		swap_ready(c);
	} else if (m->head.type == IPC_FAILED) {
		swap_failed(c, ack->number, ack->text);
	} else if (m->head.type == IPC_COMMITTED) {
		c->committed = ack->number;
		if (c->lent_to)
			lend_update(c->master);
		swap_committed(c);
	} else {
		history_release(c, ack->number);
	}
}

static void message(struct child *c, struct ipc_message *m)
{
	switch (m->head.type) {
	case IPC_READY:
	case IPC_FAILED:
	case IPC_COMMITTED:
	case IPC_RETIRED:
		if (whole(c, m, sizeof(m->body.ack)))
			answered(c, m);
		break;
	case IPC_STATUS:
		if (whole(c, m, sizeof(m->body.status))) {
			c->status = m->body.status;
			commands_status(c);
		}
		break;
	case IPC_REPORT:
		report_take(c, &m->body.report, m->head.len);
		break;
	default:
		break; /* DRAINED: its exit follows */
	}
}

static void gone(struct child *c)
{
	board_worker_gone(c->master->board, c->number);
	revive_look(c->master, c->number);
	history_release_all(c);
	lend_update(c->master);
	commands_status(c);
	report_take(c, NULL, 0);
	swap_child_gone(c);
}

const struct proc_kind child_worker = {.name = "worker",
	.role = PRIVDROP_WORKER,
	.started = started,
	.message = message,
	.gone = gone};
