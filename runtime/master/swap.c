/*
 * The swap (swap.h): read the new table, open its new listeners, offer it to
 * every worker (PREPARE), and only when all can use it (READY) let them take
 * it for new connections (LISTEN, COMMIT, UNLISTEN).  Any failure before that
 * leaves everything as it was.  Loads asked for meanwhile wait in line.
 */
#include "swap.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certs.h"
#include "check.h"
#include "child_keys.h"
#include "child_monitor.h"
#include "child_worker.h"
#include "commands.h"
#include "crl_files.h"
#include "facts.h"
#include "files.h"
#include "handover.h"
#include "history.h"
#include "lend.h"
#include "load.h"
#include "master.h"
#include "places.h"
#include "proc.h"
#include "pulse.h"
#include "refusals.h"
#include "renew.h"
#include "renew_fits.h"
#include "runtime/common/board.h"
#include "runtime/common/clock.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "runtime/table/table.h"
#include "secrets.h"
#include "state.h"

#define PREPARE_WITHIN 60.0 /* 100,000 certificates take their time */
#define COMMIT_WITHIN 30.0
#define RESOLVE_WITHIN 5.0
#define START_CRASHES 3 /* of one worker, before anything is live */

static void offer(struct master *m);
static void next_waiting(struct master *m);

static void audit(struct master *m, const char *action, const struct loaded *l,
	const struct refusal *why)
{
	char generation[24], serial[24], ms[24];
	const struct swap_request *r = &m->swap.request;

	snprintf(ms, sizeof(ms), "%.1f", (clock_now() - m->swap.begun) * 1e3);
	event_audit(why ? EVENT_ERROR : EVENT_NOTICE, action, "by", r->by,
		"policy", l ? l->path : r->path, "generation",
		l && l->number ? event_number(generation, l->number) : NULL,
		"root", l ? l->root : NULL, "semantic", l ? l->semantic : NULL,
		"serial",
		l && l->serial ? event_number(serial, l->serial) : NULL,
		"signer", l ? l->signer : NULL, "id", why ? why->id : NULL,
		"reason", why ? why->text : NULL, "ms", ms, NULL);
}

static void set_deadline(struct master *m, double seconds)
{
	ev_timer_stop(m->loop, &m->swap.deadline);
	ev_timer_set(&m->swap.deadline, seconds, 0);
	ev_timer_start(m->loop, &m->swap.deadline);
}

/* For the metrics. */
static void count(struct master *m)
{
	struct board_totals *t = board_totals(m->board);

	t->loads = m->loads;
	t->rollbacks = m->rollbacks;
	if (!m->live)
		return;
	t->generation = m->live->number;
	t->serial = m->live->serial;
	t->loaded_at = (uint64_t)ev_time();
}

static const char *const done_word[] = {[SWAP_LOAD] = "loaded",
	[SWAP_ROLLBACK] = "rollback",
	[SWAP_RENEW] = "renewed",
	[SWAP_HANDED] = "loaded"};

/* Their files are in memory, and nothing on disk is asked about: the operator
 * or a tlsd before us has decided. */
static int is_in_memory(const struct swap_request *r)
{
	return r->kind == SWAP_ROLLBACK || r->kind == SWAP_HANDED;
}

/* The only way into SWAP_IDLE, and the last thing done there: the next request
 * may be under way when this returns. */
static void idle(struct master *m)
{
	struct swap *s = &m->swap;

	assert(s->stage != SWAP_PREPARING || s->fresh.count == 0);
	ev_timer_stop(m->loop, &s->deadline);
	load_free(&s->candidate);
	s->stage = SWAP_IDLE;
	next_waiting(m);
}

/* The outcome of a swap, good (why NULL) or bad, for everyone who wants to know.
 * idle() comes after it. */
static void tell_outcome(
	struct master *m, const struct loaded *l, const struct refusal *why)
{
	struct swap *s = &m->swap;
	uint64_t client = s->request.client;

	refusals_note(m, &s->request, why);
	if (why) {
		; /* counted */
	} else if (s->request.kind == SWAP_ROLLBACK) {
		m->rollbacks++;
	} else if (s->request.kind == SWAP_RENEW) {
		m->renewals++;
	} else {
		m->loads++;
	}
	if (!why && s->request.kind != SWAP_RENEW)
		m->unix_wanted = 0;
	count(m);
	audit(m, why ? "refused" : done_word[s->request.kind], l, why);
	if (client)
		commands_swapped(m, client, l, why);
	if (why && !m->live)
		master_abort(m, why);
}

/* Before anything is live, nothing is lost: the old table goes on. */
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
	tell_outcome(m, s->candidate, why);
	idle(m);
}

/* One that hangs takes what it has been sent when it wakes up, and is replaced
 * when it does not; keys in tokens it alone has seen. */
static int is_passed_over(const struct child *c)
{
	return pulse_silent(c) && c->master->live &&
		!(c->kind == &child_keys && c->master->keys_open);
}

static int all(struct master *m, int (*test)(const struct child *, uint64_t),
	uint64_t number)
{
	unsigned i;

	for (i = 0; i < m->children; i++)
		if (m->child[i].pid && !is_passed_over(&m->child[i]) &&
			!test(&m->child[i], number))
			return 0;
	return 1;
}

/* The monitor is not asked: it serves what is live, and no client waits. */
static int is_ready(const struct child *c, uint64_t number)
{
	return c->kind == &child_monitor || c->ready == number;
}

/* Of the workers somebody must be able to use it. */
static int someone_is_ready(const struct master *m, uint64_t number)
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

static int is_committed(const struct child *c, uint64_t number)
{
	return c->kind != &child_worker || c->committed >= number;
}

/* Workers first hear that an address is gone, then we close our copy: the
 * kernel must not queue for a socket that nobody accepts from. */
static void drop_gone(struct master *m, const struct table *t)
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
		if (is_in_memory(&s->request))
			resolve_tell(&m->child[i]);
	}
	for (j = 0; j < s->fresh.count; j++)
		lend_listen(m, &s->fresh.v[j]);
	listen_merge(&m->listeners, &s->fresh);
	history_push(m, l);
	child_monitor_update(m);
	drop_gone(m, &l->view->table);
	resolve_prune(m);
	set_deadline(m, COMMIT_WITHIN);
	check_descriptors(m, &l->view->table);
}

/* What is decided from now on is decided by the new table: nobody wakes up with
 * the old one. */
static void replace_silent(struct master *m)
{
	unsigned i;

	for (i = 0; i < m->children; i++) {
		struct child *c = &m->child[i];

		if (pulse_silent(c) && !is_committed(c, m->live->number))
			pulse_replace(c);
	}
}

/* The last that can be refused: nothing goes live that a restart forgets. */
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
		all(m, is_ready, s->candidate->number) &&
		someone_is_ready(m, s->candidate->number))
		keep_and_commit(m);
	if (s->stage == SWAP_COMMITTING &&
		all(m, is_committed, m->live->number)) {
		replace_silent(m);
		tell_outcome(m, m->live, NULL);
		history_trim(m);
		handover_ready(m);
		certs_check_rest(m);
		crl_files_watch(m);
		renew_watch(m);
		idle(m);
	}
}

/* A process that has not answered in such a time will not carry traffic
 * either. */
static void replace_stuck(struct master *m,
	int (*answered)(const struct child *, uint64_t), uint64_t number)
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

static void on_deadline(struct ev_loop *loop, ev_timer *w, int events)
{
	struct master *m = w->data;
	struct refusal why;

	if (m->swap.stage == SWAP_RESOLVING) {
		offer(m); /* servers without address are down, and logged */
		return;
	}
	if (m->swap.stage == SWAP_PREPARING) {
		refuse(&why, "", "a process did not answer within %.0f s",
			PREPARE_WITHIN);
		replace_stuck(m, is_ready, m->swap.candidate->number);
		give_up(m, &why);
		return;
	}
	/* One that hangs after READY is replaced; its replacement commits. */
	replace_stuck(m, is_committed, m->live->number);
	set_deadline(m, COMMIT_WITHIN);
}

/* A signed table of yesterday is still signed: its serial gives it away.  A
 * rollback is the operator's own word and may go below. */
static struct loaded *load_new_serial(
	struct master *m, const struct swap_request *r, struct refusal *why)
{
	struct loaded *l;

	if (strcmp(r->path, m->options->policy) == 0)
		m->policy_seen = renew_stat(r->path);
	l = load_read(r->path, r->by, m->options, why);
	if (l && state_serial_fits(m, l, why) < 0)
		load_free(&l);
	return l;
}

static struct loaded *make_candidate(
	struct master *m, const struct swap_request *r, struct refusal *why)
{
	const struct loaded *old;

	if (r->kind == SWAP_LOAD)
		return load_new_serial(m, r, why);
	if (r->kind == SWAP_HANDED) {
		struct loaded *l = m->handed;

		m->handed = NULL;
		return l;
	}
	if (r->kind == SWAP_RENEW)
		return load_again(m->live, r->by, 0, why);
	old = history_find(m, r->number, why);
	return old ? load_again(old, r->by, 1, why) : NULL;
}

/* Refused before any worker has heard of it. */
static void refuse_candidate(struct master *m, const struct refusal *why)
{
	struct swap *s = &m->swap;

	if (s->request.kind != SWAP_RENEW || !renew_waits(m, why))
		tell_outcome(m, s->candidate, why);
	idle(m);
}

/* Rights that the workers gave up do not come back; those of a successor start
 * with what its policy needs (handover_give). */
static int reachable(struct master *m, struct refusal *why)
{
	const char *own = m->options->policy, *path = m->swap.candidate->path;
	int elsewhere = strcmp(own, path) != 0;

	if (!m->live || m->keep_root || !facts_have_unix(m->swap.candidate))
		return 0;
	m->unix_wanted = 1;
	refuse(why, "",
		"the policy names unix servers, and the running "
		"workers gave up the right to reach one; "
		"%s%s%s\"kill -USR2 %d\" starts workers that can, and "
		"ends no connection",
		elsewhere ? "put it at " : "", elsewhere ? own : "",
		elsewhere ? ": then " : "", (int)getpid());
	return -1;
}

/* Of the table in use, for what its files hold now: also when a command or a
 * signal says so, which is how programs that renew certificates tell. */
static int is_renewal(const struct master *m)
{
	return m->swap.request.kind != SWAP_ROLLBACK && m->live &&
		strcmp(m->swap.candidate->root, m->live->root) == 0;
}

/* Files were touched and hold what they held. */
static void nothing_changed(struct master *m)
{
	if (m->renewal_refused)
		audit(m, "renewal-withdrawn", m->live, NULL);
	m->renewal_refused = 0;
	refusals_count(m);
	renew_settled(m);
	idle(m);
}

/* Files, listeners, then the offer to all workers. */
static void offer(struct master *m)
{
	struct swap *s = &m->swap;
	struct loaded *l = s->candidate;
	struct refusal why = {.id = ""};
	unsigned i;

	if ((!is_in_memory(&s->request) &&
		    files_load(l, m->options, &m->hosts, &why) < 0) ||
		(is_renewal(m) && renew_fits(m->live, l, &why) < 0) ||
		(!is_in_memory(&s->request) && m->live &&
			crl_files_follow(m->live, l, &why) < 0) ||
		(!is_in_memory(&s->request) &&
			state_crls_fit(m, l, &why) < 0) ||
		reachable(m, &why) < 0 ||
		child_keys_allow_tokens(m, l, &why) < 0 ||
		places_take(m, l, &why) < 0 ||
		listen_open(&m->listeners, &l->view->table, m->options->workers,
			&s->fresh, &why) < 0) {
		refuse_candidate(m, &why);
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
	s->candidate = make_candidate(m, r, &why);
	if (!s->candidate) {
		tell_outcome(m, NULL, &why);
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

/* Begins what has waited longest; one that is refused at once comes to idle(),
 * and so back to here: as deep as the line is long (SWAP_WAITING_MAX). */
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

/* The same file asked for by nobody in particular need not be read twice. */
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

/* Of several that cannot use a table the first is its end; what the others say
 * then is no news, and not about the next one. */
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
	/* The table has been checked by us; a worker is believed once that it
	 * cannot use one.  After that its place is taken by a fresh process,
	 * which is asked instead: a worker that somebody has taken over must
	 * not keep out the table that ends it. */
	if (m->swap.stage == SWAP_PREPARING &&
		m->swap.candidate->number == of && !c->vetoed) {
		c->vetoed = 1;
		refuse(&why, "", "%s %u: %s", c->kind->name, c->number, text);
		give_up(m, &why);
		return;
	}
	/* Or: a new worker that cannot use what all others use. */
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
