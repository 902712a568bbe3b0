/*
 * The keys process, seen from the master (child_keys.h).  It gets every
 * generation with its private keys, and one end of a socket pair to each
 * worker.  It drops a generation when no worker has connections under it.
 */
#include "child_keys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "child_worker.h"
#include "facts.h"
#include "load.h"
#include "master.h"
#include "proc.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "runtime/common/privdrop.h"

int child_keys_allow_tokens(
	struct master *m, const struct loaded *l, struct refusal *why)
{
	if (m->keys_open || !facts_have_tokens(l))
		return 0;
	if (!m->options->keys_process) {
		refuse(why, "TC0423",
			"keys in PKCS#11 tokens need --keys "
			"process");
		return -1;
	}
	m->keys_open = 1;
	event_log(EVENT_WARNING, "unprotected", "reason",
		"the policy has keys in PKCS#11 tokens: the keys process can "
		"see files and make any system call",
		NULL);
	/* A confined one is replaced; its successor is sent what is missing. */
	proc_hang_up(proc_of(m, &child_keys));
	return 0;
}

void child_keys_offer(struct master *m, const struct loaded *l)
{
	struct ipc_generation body = {.number = l->number};
	int fds[2] = {l->table_fd, l->keys_fd};

	if (l->keys_fd >= 0)
		proc_send(proc_of(m, &child_keys), IPC_PREPARE, &body,
			sizeof(body), fds, 2);
}

void child_keys_forget(struct master *m, uint64_t number)
{
	struct ipc_generation body = {.number = number};

	proc_send(proc_of(m, &child_keys), IPC_FORGET, &body, sizeof(body),
		NULL, 0);
}

void child_keys_connect(struct child *worker)
{
	struct child *keys = proc_of(worker->master, &child_keys);
	struct ipc_signer body = {.worker = worker->number};
	int pair[2];

	if (!keys->pid || !worker->pid)
		return;
	if (ipc_pair(pair) < 0) {
		event_log(EVENT_ERROR, "keys-connect", "reason",
			strerror(errno), NULL);
		return;
	}
	ipc_no_fds(pair[0]);
	ipc_no_fds(pair[1]);
	proc_send(keys, IPC_SIGNER, &body, sizeof(body), &pair[0], 1);
	proc_send(worker, IPC_SIGNER, &body, sizeof(body), &pair[1], 1);
	close(pair[0]);
	close(pair[1]);
}

/* After a crash it gets everything again.  Until then workers wait or fail
 * single handshakes; connections that are past their handshake do not
 * notice. */
static void started(struct child *c)
{
	struct master *m = c->master;
	const struct loaded *l;
	unsigned i;

	for (l = m->live; l; l = l->next)
		child_keys_offer(m, l);
	for (l = m->retiring; l; l = l->next)
		child_keys_offer(m, l);
	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker)
			child_keys_connect(&m->child[i]);
	swap_child_started(c);
}

static void message(struct child *c, struct ipc_message *m)
{
	struct ipc_ack *ack = &m->body.ack;

	if (m->head.len != sizeof(*ack))
		return;
	ack->text[sizeof(ack->text) - 1] = 0;
	if (m->head.type == IPC_READY) {
		if (ack->number > c->ready)
			c->ready = ack->number;
		swap_ready(c);
	} else if (m->head.type == IPC_FAILED) {
		swap_failed(c, ack->number, ack->text);
	}
}

static void gone(struct child *c)
{
	swap_child_gone(c);
}

const struct proc_kind child_keys = {.name = "keys",
	.role = PRIVDROP_KEYS,
	.started = started,
	.message = message,
	.gone = gone};
