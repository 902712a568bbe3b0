/*
 * The swap (swap.h): read the new table, open its new listeners, offer it to
 * every worker (PREPARE).  Only when all can use it (READY), they take it for
 * new connections (LISTEN, COMMIT, UNLISTEN).  A failure before that changes
 * nothing.  Requests made meanwhile wait in line.
 */
#include "swap.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bad_certs.h"
#include "ca_files.h"
#include "certs.h"
#include "check.h"
#include "child_keys.h"
#include "child_monitor.h"
#include "child_worker.h"
#include "commands.h"
#include "crl_files.h"
#include "handover_give.h"
#include "handover_take.h"
#include "history.h"
#include "kept_chains.h"
#include "lend.h"
#include "load.h"
#include "master.h"
#include "proc.h"
#include "pulse.h"
#include "refusals.h"
#include "renew.h"
#include "runtime/common/clock.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "runtime/table/table.h"
#include "secrets.h"
#include "state.h"
#include "swap_candidate.h"
#include "swap_children.h"
#include "swap_outcome.h"

#define PREPARE_WITHIN 60.0 /* enough for 100,000 certificates */
#define COMMIT_WITHIN 30.0
#define RESOLVE_WITHIN 5.0
#define START_CRASHES 3 /* of one worker, before anything is live */

static void offer(struct master *m);
static void next_waiting(struct master *m);

static void set_deadline(struct master *m, double seconds)
{
	ev_timer_stop(m->loop, &m->swap.deadline);
	ev_timer_set(&m->swap.deadline, seconds, 0);
	ev_timer_start(m->loop, &m->swap.deadline);
}

/* The only function that enters SWAP_IDLE.  Call it last: when it returns, the
 * next request may be under way. */
static void idle(struct master *m)
{
	struct swap *s = &m->swap;

	assert(s->stage != SWAP_PREPARING || s->fresh.count == 0);
	ev_timer_stop(m->loop, &s->deadline);
	load_free(&s->candidate);
	s->stage = SWAP_IDLE;
	next_waiting(m);
}

/* Before COMMIT nothing is lost: the old table stays. */
static void give_up(struct master *m, const struct refusal *why)
{
	struct swap *s = &m->swap;
	unsigned i;

	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker)
			child_worker_abandon(
				&m->child[i], s->candidate->number);
	child_keys_forget(m, s->candidate->number);
	listen_close(&s->fresh);
	swap_outcome_tell(m, s->candidate, why);
	idle(m);
}

static void commit(struct master *m)
{
	struct swap *s = &m->swap;
	struct loaded *l = s->candidate;
	unsigned i, j;

	s->candidate = NULL;
	s->stage = SWAP_COMMITTING;
	for (i = 0; i < m->children; i++) {
		if (m->child[i].kind != &child_worker)
			continue;
		for (j = 0; j < s->fresh.count; j++)
			child_worker_listen(&m->child[i], &s->fresh.v[j]);
		child_worker_commit(&m->child[i], l->number);
		if (swap_candidate_in_memory(&s->request))
			resolve_tell(&m->child[i]);
	}
	for (j = 0; j < s->fresh.count; j++)
		lend_listen(m, &s->fresh.v[j]);
	listen_log(&s->fresh);
	listen_merge(&m->listeners, &s->fresh);
	history_push(m, l);
	child_monitor_update(m);
	swap_children_drop_gone(m, &l->view->table);
	resolve_prune(m);
	set_deadline(m, COMMIT_WITHIN);
	check_descriptors(m, &l->view->table);
}

/* The last thing that can be refused: no table goes live that a restart would
 * forget. */
static void keep_and_commit(struct master *m)
{
	struct refusal why = {.id = ""};

	if (state_take(m, m->swap.candidate, m->swap.request.kind, &why) < 0)
		give_up(m, &why);
	else
		commit(m);
}

static void step(struct master *m)
{
	struct swap *s = &m->swap;

	if (s->stage == SWAP_PREPARING && proc_running(m) > 0 &&
		(!m->options->keys_process || proc_of(m, &child_keys)->pid) &&
		swap_children_all(
			m, swap_children_ready, s->candidate->number) &&
		swap_children_someone_ready(m, s->candidate->number))
		keep_and_commit(m);
	if (s->stage == SWAP_COMMITTING &&
		swap_children_all(
			m, swap_children_committed, m->live->number)) {
		swap_children_replace_silent(m);
		swap_outcome_tell(m, m->live, NULL);
		history_trim(m);
		handover_ready(m);
		bad_certs_tell(m);
		kept_chains_save(m);
		certs_check_rest(m);
		crl_files_watch(m);
		ca_files_tell(m);
		renew_watch(m);
		idle(m);
	}
}

static void on_deadline(struct ev_loop *loop, ev_timer *w, int events)
{
	struct master *m = w->data;
	struct refusal why;

	if (m->swap.stage == SWAP_RESOLVING) {
		/* servers without an address are down, which is logged */
		offer(m);
		return;
	}
	if (m->swap.stage == SWAP_PREPARING) {
		refuse(&why, "", "a process did not answer within %.0f s",
			PREPARE_WITHIN);
		swap_children_replace_stuck(
			m, swap_children_ready, m->swap.candidate->number);
		give_up(m, &why);
		return;
	}
	/* One that hangs after READY is replaced; its successor commits. */
	swap_children_replace_stuck(
		m, swap_children_committed, m->live->number);
	set_deadline(m, COMMIT_WITHIN);
}

/* Refused before any worker has heard of it. */
static void refuse_candidate(struct master *m, const struct refusal *why)
{
	struct swap *s = &m->swap;

	if (s->request.kind != SWAP_RENEW || !renew_waits(m, why))
		swap_outcome_tell(m, s->candidate, why);
	idle(m);
}

/* A certificate has become bad, perhaps only until the rest of it is there. */
static int half_written(struct master *m)
{
	const struct swap *s = &m->swap;

	return s->request.kind == SWAP_RENEW && s->candidate->doubt.text[0] &&
		renew_waits(m, &s->candidate->doubt);
}

/* Files were touched, but have the same contents. */
static void nothing_changed(struct master *m)
{
	if (m->renewal_refused)
		swap_outcome_audit(m, "renewal-withdrawn", m->live, NULL);
	m->renewal_refused = 0;
	refusals_count(m);
	renew_settled(m);
	idle(m);
}

/* Loads the files, opens the listeners, and offers the table to all workers. */
static void offer(struct master *m)
{
	struct swap *s = &m->swap;
	struct loaded *l = s->candidate;
	struct refusal why = {.id = ""};
	unsigned i;

	if (swap_candidate_fits(m, &why) < 0 ||
		listen_open(&m->listeners, &l->view->table, m->options->workers,
			&s->fresh, &why) < 0) {
		refuse_candidate(m, &why);
		return;
	}
	if (half_written(m)) {
		listen_close(&s->fresh);
		idle(m);
		return;
	}
	secrets_tell_changed(m);
	if (s->request.kind == SWAP_RENEW && load_same_files(l, m->live)) {
		nothing_changed(m);
		return;
	}
	l->number = ++m->last_number;
	if (!l->origin)
		l->origin = l->number;
	s->stage = SWAP_PREPARING;
	set_deadline(m, PREPARE_WITHIN);
	child_keys_offer(m, l);
	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker)
			child_worker_offer(&m->child[i], l);
}

static void begin(struct master *m, const struct swap_request *r)
{
	struct swap *s = &m->swap;
	struct refusal why = {.id = ""};

	assert(s->stage == SWAP_IDLE && !s->candidate);
	s->request = *r;
	s->begun = clock_now();
	s->candidate = swap_candidate_make(m, r, &why);
	if (!s->candidate) {
		swap_outcome_tell(m, NULL, &why);
		idle(m);
		return;
	}
	resolve_want(m, &s->candidate->view->table);
	if (m->hosts.waiting > 0) {
		s->stage = SWAP_RESOLVING;
		set_deadline(m, RESOLVE_WITHIN);
		return;
	}
	offer(m);
}

void swap_resolved(struct master *m)
{
	if (m->swap.stage != SWAP_RESOLVING || m->hosts.waiting > 0)
		return;
	offer(m);
}

/* Begins the oldest request.  One that is refused at once leads back here
 * through idle(), at most SWAP_WAITING_MAX deep. */
static void next_waiting(struct master *m)
{
	struct swap *s = &m->swap;

	if (s->stage != SWAP_IDLE)
		return;
	if (s->waiting_count > 0 && !m->ending && !m->upgrading) {
		struct swap_request r = s->waiting[0];

		s->waiting_count--;
		memmove(s->waiting, s->waiting + 1,
			s->waiting_count * sizeof(s->waiting[0]));
		begin(m, &r);
	} else if (m->upgrade_wanted) {
		handover_give(m);
	}
}

/* Two requests for the same file, with no client waiting, need one reading. */
static int already_waits(const struct swap *s, const struct swap_request *r)
{
	unsigned i;

	for (i = 0; i < s->waiting_count; i++)
		if (!r->client && !s->waiting[i].client &&
			r->kind == s->waiting[i].kind &&
			strcmp(r->path, s->waiting[i].path) == 0)
			return 1;
	return 0;
}

int swap_ask(struct master *m, const struct swap_request *asked)
{
	struct swap *s = &m->swap;
	struct swap_request r = *asked;

	if (r.kind == SWAP_LOAD && !r.path[0])
		snprintf(r.path, sizeof(r.path), "%s", m->options->policy);
	if (already_waits(s, &r))
		return 0;
	if (s->waiting_count == SWAP_WAITING_MAX || m->ending)
		return -1;
	s->waiting[s->waiting_count++] = r;
	next_waiting(m);
	return 0;
}

void swap_resume(struct master *m)
{
	struct swap *s = &m->swap;
	struct refusal why;
	unsigned i;

	next_waiting(m);
	if (!m->ending)
		return;
	refuse(&why, "", "a new tlsd has taken over; ask again");
	for (i = 0; i < s->waiting_count; i++)
		commands_swapped(m, s->waiting[i].client, NULL, &why);
	s->waiting_count = 0;
}

void swap_init(struct master *m)
{
	ev_timer_init(&m->swap.deadline, on_deadline, 0, 0);
	m->swap.deadline.data = m;
}

void swap_ready(struct child *c)
{
	step(c->master);
}

/* If several processes cannot use a table, the first one's answer ends it.
 * The answers of the others are ignored, and do not count against the next
 * table. */
static int concerns(const struct master *m, uint64_t number)
{
	const struct loaded *l = m->swap.candidate;

	return (l && l->number == number) ||
		(m->live && m->live->number == number);
}

void swap_failed(struct child *c, uint64_t of, const char *text)
{
	struct master *m = c->master;
	struct refusal why;
	char number[24];

	if (!concerns(m, of))
		return;
	/* We have checked the table.  A worker is believed once that it cannot
	 * use one; its place is then taken by a fresh process, which is asked
	 * instead.  So a compromised worker cannot keep out the table that
	 * would end it. */
	if (m->swap.stage == SWAP_PREPARING &&
		m->swap.candidate->number == of && !c->vetoed) {
		c->vetoed = 1;
		refuse(&why, "", "%s %u: %s", c->kind->name, c->number, text);
		give_up(m, &why);
		return;
	}
	/* Or a new worker that cannot use what all others use. */
	event_log(EVENT_ERROR, "child-failed", "process", c->kind->name,
		"number", event_number(number, c->number), "reason", text,
		NULL);
	proc_kill(c);
}

void swap_committed(struct child *c)
{
	step(c->master);
}

void swap_child_started(struct child *c)
{
	struct swap *s = &c->master->swap;

	if (s->stage == SWAP_PREPARING && c->kind == &child_worker)
		child_worker_offer(c, s->candidate);
	if (s->stage == SWAP_PREPARING && c->kind == &child_keys)
		child_keys_offer(c->master, s->candidate);
}

void swap_child_silent(struct child *c)
{
	step(c->master);
}

void swap_child_gone(struct child *c)
{
	struct master *m = c->master;
	struct refusal why;

	if (m->swap.stage == SWAP_PREPARING && !m->live && !m->ending &&
		c->restarts >= START_CRASHES) {
		refuse(&why, "", "%s %u does not start", c->kind->name,
			c->number);
		give_up(m, &why);
		return;
	}
	step(m);
}
