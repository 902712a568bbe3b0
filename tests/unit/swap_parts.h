/*
 * A master for the tests of the swap.  The list of tables (master/history.c)
 * and the loop are real.  Tables, children and the other files of the master
 * are stand-ins (swap_rooms.h).  Deadlines pass when the test says so.
 */
#ifndef TESTS_SWAP_PARTS_H
#define TESTS_SWAP_PARTS_H

#include "swap_rooms.h"

/* ---- the children ---- */

static inline void ready(unsigned i)
{
	child[i].ready =
		m.swap.candidate ? m.swap.candidate->number : m.live->number;
	swap_ready(&child[i]);
}

static inline void committed(unsigned i)
{
	child[i].committed = m.live->number;
	swap_committed(&child[i]);
}

static inline void dies(unsigned i)
{
	child[i].pid = 0;
	child[i].ready = child[i].committed = 0;
	swap_child_gone(&child[i]);
}

static inline void starts(unsigned i)
{
	child[i].pid = (pid_t)(100 + i);
	child[i].vetoed = silent[i] = 0;
	swap_child_started(&child[i]);
}

/* The stage's time is over. */
static inline void late(double seconds)
{
	assert_true(ev_is_active(&m.swap.deadline));
	assert_float_equal(
		ev_timer_remaining(m.loop, &m.swap.deadline), seconds, .001);
	ev_timer_stop(m.loop, &m.swap.deadline);
	ev_invoke(m.loop, &m.swap.deadline, EV_TIMER);
}

static inline int asks(enum swap_kind kind, const char *path, uint64_t client)
{
	struct swap_request r = {.kind = kind, .client = client, .by = "test"};

	snprintf(r.path, sizeof(r.path), "%s", path);
	return swap_ask(&m, &r);
}

static inline void load(const char *path)
{
	saw.offered = saw.committed = saw.abandoned = saw.keys_offered = 0;
	assert_int_equal(asks(SWAP_LOAD, path, 0), 0);
}

static inline void all_say_ready(void)
{
	unsigned i;

	for (i = 0; i <= KEYS; i++)
		ready(i);
}

static inline void all_commit(void)
{
	unsigned i;

	for (i = 0; i < WORKERS; i++)
		committed(i);
}

static inline void goes_live(const char *path)
{
	load(path);
	all_say_ready();
	all_commit();
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_string_equal(m.live->root, path);
}

static inline int setup_empty(void **state)
{
	unsigned i;

	memset(&m, 0, sizeof(m));
	memset(child, 0, sizeof(child));
	memset(silent, 0, sizeof(silent));
	memset(killed, 0, sizeof(killed));
	memset(replaced, 0, sizeof(replaced));
	memset(&saw, 0, sizeof(saw));
	memset(&totals, 0, sizeof(totals));
	refuses = NULL;
	hosts_unknown = 0;
	same_files = has_unix = opens = is_gone = 0;
	options = (struct options){.policy = "first",
		.workers = WORKERS,
		.keep = 3,
		.keys_process = 1};
	m.loop = ev_loop_new(EVFLAG_AUTO);
	m.options = &options;
	m.child = child;
	m.children = CHILDREN;
	for (i = 0; i < CHILDREN; i++) {
		child[i].master = &m;
		child[i].number = i;
		child[i].pid = (pid_t)(100 + i);
		child[i].kind = i < WORKERS ? &child_worker
			: i == KEYS         ? &child_keys
					    : &child_monitor;
	}
	swap_init(&m);
	return 0;
}

/* One table is live. */
static inline int setup(void **state)
{
	setup_empty(state);
	goes_live("first");
	return 0;
}

static inline int teardown(void **state)
{
	struct loaded *l;

	while ((l = m.live)) {
		m.live = l->next;
		load_free(&l);
	}
	while ((l = m.retiring)) {
		m.retiring = l->next;
		load_free(&l);
	}
	load_free(&m.swap.candidate);
	ev_loop_destroy(m.loop);
	return saw.loaded == 0 ? 0 : -1;
}

static inline void is_refused(const char *reason, const char *live)
{
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_false(ev_is_active(&m.swap.deadline));
	assert_null(m.swap.candidate);
	assert_string_equal(saw.audit, "refused");
	assert_string_equal(saw.reason, reason);
	assert_string_equal(m.last_refusal.text, reason);
	if (live)
		assert_string_equal(m.live->root, live);
	else
		assert_null(m.live);
	assert_int_equal(saw.committed, 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define FIRST(test) cmocka_unit_test_setup_teardown(test, setup_empty, teardown)

#endif
