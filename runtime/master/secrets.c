/*
 * When the secret of session tickets changes, and who is told (secrets.h).  It
 * changes every day; the old one is kept for another day, because clients still
 * hold its tickets.  It also changes when a worker is killed by a signal, and
 * then the old one is forgotten: a compromised worker may have disclosed it,
 * and whoever has it can read and forge tickets.  A secret from a file is for
 * the operator to change.
 */
#include "secrets.h"

#include <string.h>

#include "child_worker.h"
#include "master.h"
#include "proc.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "ticket_secret.h"

static ev_timer daily;
static unsigned told; /* the change that workers know of */

void secrets_tell(struct child *worker)
{
	struct ipc_tickets body;

	ticket_secret_put(&body);
	proc_send(worker, IPC_TICKETS, &body, sizeof(body), NULL, 0);
	explicit_bzero(&body, sizeof(body));
}

void secrets_tell_changed(struct master *m)
{
	unsigned i;

	if (told == ticket_secret_changes())
		return;
	told = ticket_secret_changes();
	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker)
			secrets_tell(&m->child[i]);
}

static void change(
	struct master *m, enum ticket_secret_old old, const char *why)
{
	ticket_secret_fresh(old);
	secrets_tell_changed(m);
	event_log(EVENT_INFO, "tickets-renewed", "reason", why, NULL);
}

static void on_daily(struct ev_loop *loop, ev_timer *w, int events)
{
	change(w->data, TICKET_SECRET_KEEP, "its lifetime is over");
}

void secrets_start(struct master *m)
{
	double every = m->options->tickets_life;

	ev_timer_init(&daily, on_daily, every, every);
	daily.data = m;
	if (!m->options->tickets && every > 0)
		ev_timer_start(m->loop, &daily);
}

void secrets_worker_died(struct child *c)
{
	struct master *m = c->master;

	if (m->ending)
		return;
	if (!m->options->tickets) {
		change(m, TICKET_SECRET_FORGET,
			"a worker was killed by a signal");
		return;
	}
	event_log(EVENT_WARNING, "tickets-kept", "reason",
		"a worker was killed by a signal, but the secret of session "
		"tickets is in a file: if it was an attack, replace that file",
		NULL);
}
