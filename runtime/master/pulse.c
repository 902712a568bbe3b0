/*
 * The pulse (pulse.h): every second each child is asked for a sign of life.  A
 * child that has not answered for a few seconds is silent: nobody waits for it,
 * and other workers accept for it.  If it stays silent, it is killed and
 * replaced.  The master counts its own questions, not time: if the whole
 * machine stood still, so did the master.
 */
#include "pulse.h"

#include <stdio.h>

#include "child_keys.h"
#include "child_monitor.h"
#include "commands.h"
#include "lend.h"
#include "master.h"
#include "proc.h"
#include "report.h"
#include "revive.h"
#include "runtime/common/board.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"

#define EVERY 1.0       /* seconds */
#define SILENT 3        /* unanswered */
#define SILENT_YOUNG 10 /* ... after its start */
#define HUNG 10         /* ... and it is killed */
#define HUNG_KEYS 5 /* workers that wait for a signature wait not much longer */
#define HUNG_MONITOR 30 /* it may have 100,000 certificates to look at */
#define HUNG_YOUNG 60   /* before it has sent anything */

static unsigned silent_after(const struct child *c)
{
	return c->heard ? SILENT : SILENT_YOUNG;
}

int pulse_silent(const struct child *c)
{
	return c->pid && c->unanswered >= silent_after(c);
}

static void log_child(
	const struct child *c, enum event_level level, const char *event)
{
	char number[24], pid[24];

	event_log(level, event, "process", c->kind->name, "number",
		event_number(number, c->number), "pid",
		event_number(pid, (uint64_t)c->pid), NULL);
}

static unsigned patience(const struct child *c)
{
	if (!c->heard)
		return HUNG_YOUNG;
	if (c->kind == &child_keys)
		return HUNG_KEYS;
	return c->kind == &child_monitor ? HUNG_MONITOR : HUNG;
}

static void fell_silent(struct child *c)
{
	log_child(c, EVENT_WARNING, "child-silent");
	lend_update(c->master);
	commands_status(c);
	report_take(c, NULL, 0);
	swap_child_silent(c);
}

void pulse_replace(struct child *c)
{
	struct master *m = c->master;

	log_child(c, EVENT_ERROR, "child-hung");
	m->hung++;
	if (!m->handed_over)
		board_totals(m->board)->hung = m->hung;
	proc_kill(c);
}

/* A token's module may be slow, and we cannot know why. */
static int may_wait(const struct child *c)
{
	return c->kind == &child_keys && c->master->keys_open;
}

/* A child that closed its socket without ending cannot be asked.  It would use
 * its old table for ever. */
static void ask(struct child *c)
{
	if (!c->asked && c->sock >= 0) {
		c->asked = 1;
		proc_send(c, IPC_PULSE, NULL, 0, NULL, 0);
		return;
	}
	c->unanswered++;
	if (c->unanswered == silent_after(c))
		fell_silent(c);
	/* Logged once: it may be waiting for a disk. */
	if (c->unanswered == patience(c) && !may_wait(c))
		pulse_replace(c);
}

static void on_pulse(struct ev_loop *loop, ev_timer *w, int events)
{
	struct master *m = w->data;
	unsigned i;

	for (i = 0; i < m->children; i++)
		if (m->child[i].pid)
			ask(&m->child[i]);
	revive_look_on(m);
}

void pulse_heard(struct child *c)
{
	int silent = pulse_silent(c);

	c->asked = 0;
	c->heard = 1;
	c->unanswered = 0;
	if (!silent)
		return;
	log_child(c, EVENT_NOTICE, "child-back");
	lend_update(c->master);
}

void pulse_forget(struct child *c)
{
	c->asked = c->heard = 0;
	c->unanswered = 0;
}

void pulse_start(struct master *m)
{
	ev_timer_init(&m->pulse, on_pulse, EVERY, EVERY);
	m->pulse.data = m;
	ev_timer_start(m->loop, &m->pulse);
}
