/*
 * The children that a swap waits for (swap_children.h).
 */
#include "swap_children.h"

#include <stddef.h>

#include "child_keys.h"
#include "child_monitor.h"
#include "child_worker.h"
#include "listen.h"
#include "load.h"
#include "master.h"
#include "pulse.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"

/* A child that hangs processes its messages when it wakes up, or is replaced.
 * But only the keys process has seen its tokens. */
static int is_passed_over(const struct child *c)
{
	return pulse_silent(c) && c->master->live &&
		!(c->kind == &child_keys && c->master->keys_open);
}

int swap_children_all(
	struct master *m, swap_children_test *test, uint64_t number)
{
	unsigned i;

	for (i = 0; i < m->children; i++)
		if (m->child[i].pid && !is_passed_over(&m->child[i]) &&
			!test(&m->child[i], number))
			return 0;
	return 1;
}

/* The monitor is not asked: no client waits for it. */
int swap_children_ready(const struct child *c, uint64_t number)
{
	return c->kind == &child_monitor || c->ready == number;
}

/* At least one worker must be able to use it. */
int swap_children_someone_ready(const struct master *m, uint64_t number)
{
	unsigned i, running = 0;

	for (i = 0; i < m->children; i++) {
		const struct child *c = &m->child[i];

		if (c->kind != &child_worker || !c->pid)
			continue;
		if (c->ready == number && !pulse_silent(c))
			return 1;
		running++;
	}
	return !running;
}

int swap_children_committed(const struct child *c, uint64_t number)
{
	return c->kind != &child_worker || c->committed >= number;
}

/* From now on the new table decides: no worker may wake up with the old one. */
void swap_children_replace_silent(struct master *m)
{
	unsigned i;

	for (i = 0; i < m->children; i++) {
		struct child *c = &m->child[i];

		if (pulse_silent(c) &&
			!swap_children_committed(c, m->live->number))
			pulse_replace(c);
	}
}

/* A process that has not answered by now will not carry traffic either. */
void swap_children_replace_stuck(
	struct master *m, swap_children_test *answered, uint64_t number)
{
	char text[24];
	unsigned i;

	for (i = 0; i < m->children; i++) {
		struct child *c = &m->child[i];

		if (!c->pid || answered(c, number))
			continue;
		event_log(EVENT_ERROR, "child-stuck", "process", c->kind->name,
			"number", event_number(text, c->number), NULL);
		proc_kill(c);
	}
}

/* Workers first, then our copy: the kernel must not queue connections for a
 * socket from which nobody accepts. */
void swap_children_drop_gone(struct master *m, const struct table *t)
{
	unsigned i, j;

	for (i = 0; i < m->listeners.count;) {
		struct ipc_listener addr = m->listeners.v[i].addr;

		if (listen_wanted(t, &addr)) {
			i++;
			continue;
		}
		for (j = 0; j < m->children; j++)
			if (m->child[j].kind == &child_worker)
				child_worker_unlisten(&m->child[j], &addr);
		listen_drop(&m->listeners, i);
	}
}
