/*
 * Lending (lend.h): while a worker is dead or hangs, another one accepts the
 * connections that the kernel queues for it.  So as long as there is a living
 * worker, every listening socket has one that accepts from it.
 */
#include "lend.h"

#include <string.h>

#include "child_worker.h"
#include "master.h"
#include "proc.h"
#include "pulse.h"
#include "runtime/common/ipc.h"
#include "runtime/table/table.h"

static int accepts(const struct child *c)
{
	return c->kind == &child_worker && c->pid && c->sock >= 0 &&
		c->committed && !pulse_silent(c);
}

static void lend_one(struct child *c, const struct listen_sockets *l)
{
	struct ipc_lend body;

	/* All workers share the same one anyway. */
	if (l->addr.family == TBL_UNIX)
		return;
	memset(&body, 0, sizeof(body));
	body.listener = l->addr;
	body.worker = c->number;
	proc_send(c->lent_to, IPC_LEND, &body, sizeof(body),
		&l->sock[c->number], 1);
}

/* The next one in the row, so that several searches find different ones. */
static struct child *lender_of(struct child *c)
{
	struct master *m = c->master;
	unsigned i, workers = m->options->workers;

	for (i = 1; i < workers; i++) {
		struct child *other = &m->child[(c->number + i) % workers];

		if (accepts(other))
			return other;
	}
	return NULL;
}

static void lend(struct child *c)
{
	struct master *m = c->master;
	unsigned i;

	c->lent_to = lender_of(c);
	for (i = 0; c->lent_to && i < m->listeners.count; i++)
		lend_one(c, &m->listeners.v[i]);
}

static void take_back(struct child *c)
{
	struct ipc_lend body;

	memset(&body, 0, sizeof(body));
	body.worker = c->number;
	proc_send(c->lent_to, IPC_UNLEND, &body, sizeof(body), NULL, 0);
	c->lent_to = NULL;
}

void lend_update(struct master *m)
{
	unsigned i;

	/* In a drain nothing new is accepted; lent sockets are emptied. */
	if (!m->live || m->ending)
		return;
	for (i = 0; i < m->options->workers; i++) {
		struct child *c = &m->child[i];
		int needs = !accepts(c);

		if (c->lent_to && (!needs || !accepts(c->lent_to)))
			take_back(c);
		if (needs && !c->lent_to)
			lend(c);
	}
}

void lend_listen(struct master *m, const struct listen_sockets *l)
{
	unsigned i;

	for (i = 0; i < m->options->workers; i++)
		if (m->child[i].lent_to)
			lend_one(&m->child[i], l);
}
