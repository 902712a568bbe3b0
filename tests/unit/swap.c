/* The swap of one table: every stage, and what the children may say in it, in any
 * order. */
/* LINK: runtime/master/swap.c runtime/master/swap_candidate.c runtime/master/swap_children.c runtime/master/swap_outcome.c runtime/master/refusals.c runtime/master/history.c */
/* LIBS: -lev */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "swap_parts.h"

/* ---- the usual course ---- */

static void any_order_of_ready(void **state)
{
	static const unsigned order[6][4] = {{0, 1, 2, 3}, {3, 2, 1, 0},
		{1, 3, 0, 2}, {2, 0, 3, 1}, {3, 0, 1, 2}, {0, 3, 2, 1}};
	char path[8];
	unsigned i, j;

	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "t%u", i);
		load(path);
		assert_int_equal(m.swap.stage, SWAP_PREPARING);
		assert_int_equal(saw.offered, WORKERS);
		assert_int_equal(saw.keys_offered, 1);
		for (j = 0; j < 4; j++) {
			assert_int_equal(saw.committed, 0);
			assert_string_not_equal(m.live->root, path);
			ready(order[i][j]);
		}
		assert_int_equal(saw.committed, WORKERS);
		assert_int_equal(m.swap.stage, SWAP_COMMITTING);
		assert_string_equal(m.live->root, path);
		for (j = 0; j < 4; j++) {
			if (order[i][j] >= WORKERS)
				continue;
			assert_int_equal(m.swap.stage, SWAP_COMMITTING);
			committed(order[i][j]);
		}
		assert_int_equal(m.swap.stage, SWAP_IDLE);
		assert_string_equal(saw.audit, "loaded");
		assert_int_equal(m.live->number, i + 2);
		assert_false(ev_is_active(&m.swap.deadline));
	}
	assert_int_equal(m.loads, 7);
	assert_int_equal(totals.generation, 7);
	assert_int_equal(saw.loaded, options.keep);
	assert_int_equal(m.refusals, 0);
}

/* Workers learn of a new address before the table that needs it, and of a
 * closed one after that. */
static void addresses_come_and_go(void **state)
{
	opens = 1;
	load("next");
	assert_int_equal(saw.listened, 0);
	all_say_ready();
	assert_int_equal(saw.listened, WORKERS);
	assert_int_equal(saw.lent, 1);
	assert_int_equal(m.swap.fresh.count, 0);
	assert_int_equal(m.listeners.count, 1);
	all_commit();
	opens = 0;
	load("same");
	all_say_ready();
	all_commit();
	assert_int_equal(m.listeners.count, 1);
	is_gone = 1;
	load("without");
	assert_int_equal(saw.unlistened, 0);
	all_say_ready();
	assert_int_equal(m.listeners.count, 0);
	assert_int_equal(saw.unlistened, WORKERS);
	all_commit();
}

/* ---- refused by another file of the master ---- */

static void each_room_may_refuse(void **state)
{
	static const char *const rooms[] = {"read", "serial", "files", "crls",
		"state-crls", "tokens", "servers", "listen"};
	char reason[40];
	size_t i;

	for (i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		refuses = rooms[i];
		load("next");
		snprintf(reason, sizeof(reason), "%s refuses", rooms[i]);
		is_refused(reason, "first");
		assert_int_equal(saw.offered, 0);
		assert_int_equal(saw.abandoned, 0);
		assert_int_equal(saw.loaded, 1);
		assert_int_equal(m.refusals, i + 1);
		assert_int_equal(m.last_number, 1);
	}
	refuses = NULL;
	goes_live("next");
}

/* What cannot be kept does not go live, though all could use it. */
static void what_is_not_kept_is_not_live(void **state)
{
	load("next");
	refuses = "state";
	all_say_ready();
	is_refused("state refuses", "first");
	assert_int_equal(saw.abandoned, WORKERS);
	assert_int_equal(saw.loaded, 1);
}

static void rights_do_not_come_back(void **state)
{
	has_unix = 1;
	load("next");
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_string_equal(saw.audit, "refused");
	m.keep_root = 1;
	goes_live("next");
}

/* ---- FAILED ---- */

static void one_that_fails_ends_it(void **state)
{
	unsigned i, before;

	for (i = 0; i <= KEYS; i++)
		for (before = 0; before < 2; before++) {
			saw.closed = saw.keys_forgotten = 0;
			child[i].vetoed = 0;
			load("next");
			if (before)
				ready((i + 1) % (KEYS + 1));
			swap_failed(&child[i], m.last_number, "no");
			assert_int_equal(m.swap.stage, SWAP_IDLE);
			assert_int_equal(saw.abandoned, WORKERS);
			assert_int_equal(saw.keys_forgotten, 1);
			assert_int_equal(saw.closed, 1);
			assert_int_equal(saw.loaded, 1);
			assert_int_equal(killed[i], 0);
			/* What the others say later does not matter. */
			swap_failed(&child[(i + 2) % WORKERS], m.last_number,
				"neither");
			assert_int_equal(killed[(i + 2) % WORKERS], 0);
		}
	is_refused("keys 3: no", "first");
}

/* Who has vetoed once is replaced the next time, and its successor is asked. */
static void a_second_veto_is_not_believed(void **state)
{
	load("next");
	swap_failed(&child[1], m.last_number, "no");
	is_refused("worker 1: no", "first");
	load("next");
	swap_failed(&child[1], m.last_number, "no");
	assert_int_equal(killed[1], 1);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	dies(1);
	starts(1);
	assert_int_equal(saw.offered, WORKERS + 1);
	ready(0);
	ready(2);
	ready(KEYS);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	ready(1);
	all_commit();
	assert_string_equal(m.live->root, "next");
}

/* What all others use one new worker cannot. */
static void who_cannot_use_what_is_live_is_replaced(void **state)
{
	swap_failed(&child[2], m.live->number, "no");
	assert_int_equal(killed[2], 1);
	assert_string_equal(m.live->root, "first");
	assert_int_equal(m.refusals, 0);
	load("next");
	swap_failed(&child[0], m.live->number, "no");
	assert_int_equal(killed[0], 1);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	dies(0);
	starts(0);
	all_say_ready();
	swap_failed(&child[1], m.live->number, "no");
	assert_int_equal(killed[1], 1);
	assert_int_equal(m.swap.stage, SWAP_COMMITTING);
	assert_string_equal(m.live->root, "next");
}

/* ---- a worker dies, or is silent ---- */

static void one_dies_while_preparing(void **state)
{
	load("next");
	ready(0);
	ready(1);
	ready(KEYS);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	dies(2);
	assert_int_equal(m.swap.stage, SWAP_COMMITTING);
	committed(0);
	committed(1);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_string_equal(m.live->root, "next");
}

/* Nobody is left to use it: it waits for one that can. */
static void all_die_while_preparing(void **state)
{
	unsigned i;

	load("next");
	ready(KEYS);
	for (i = 0; i < WORKERS; i++)
		dies(i);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	starts(1);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	ready(1);
	assert_int_equal(m.swap.stage, SWAP_COMMITTING);
	committed(1);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
}

static void the_keys_die_while_preparing(void **state)
{
	load("next");
	ready(0);
	ready(1);
	ready(2);
	dies(KEYS);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	starts(KEYS);
	assert_int_equal(saw.keys_offered, 2);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	ready(KEYS);
	assert_int_equal(m.swap.stage, SWAP_COMMITTING);
}

static void one_dies_while_committing(void **state)
{
	load("next");
	all_say_ready();
	committed(0);
	committed(2);
	assert_int_equal(m.swap.stage, SWAP_COMMITTING);
	dies(1);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_string_equal(saw.audit, "loaded");
}

/* It is not waited for, and does not wake up with the old table. */
static void one_is_silent(void **state)
{
	load("next");
	ready(0);
	ready(1);
	ready(KEYS);
	silent[2] = 1;
	swap_child_silent(&child[2]);
	assert_int_equal(m.swap.stage, SWAP_COMMITTING);
	assert_int_equal(replaced[2], 0);
	committed(0);
	committed(1);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_int_equal(replaced[2], 1);
	assert_int_equal(replaced[0] + replaced[1], 0);
}

static void all_are_silent(void **state)
{
	unsigned i;

	load("next");
	ready(KEYS);
	for (i = 0; i < WORKERS; i++) {
		silent[i] = 1;
		swap_child_silent(&child[i]);
	}
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	silent[1] = 0;
	ready(1);
	assert_int_equal(m.swap.stage, SWAP_COMMITTING);
}

/* Keys in a token it alone has seen. */
static void silent_keys_with_tokens_are_waited_for(void **state)
{
	m.keys_open = 1;
	silent[KEYS] = 1;
	load("next");
	ready(0);
	ready(1);
	ready(2);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	ready(KEYS);
	assert_int_equal(m.swap.stage, SWAP_COMMITTING);
}

/* ---- deadlines ---- */

static void preparing_takes_too_long(void **state)
{
	load("next");
	ready(0);
	ready(2);
	late(60);
	is_refused("a process did not answer within 60 s", "first");
	assert_int_equal(killed[0] + killed[2] + killed[MONITOR], 0);
	assert_int_equal(killed[1], 1);
	assert_int_equal(killed[KEYS], 1);
	assert_int_equal(saw.abandoned, WORKERS);
	assert_int_equal(saw.loaded, 1);
}

static void committing_takes_too_long(void **state)
{
	load("next");
	all_say_ready();
	committed(0);
	committed(1);
	late(30);
	assert_int_equal(killed[2], 1);
	assert_int_equal(killed[0] + killed[1] + killed[KEYS], 0);
	assert_int_equal(m.swap.stage, SWAP_COMMITTING);
	late(30);
	assert_int_equal(killed[2], 2);
	dies(2);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_string_equal(m.live->root, "next");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(any_order_of_ready),
		WITH(addresses_come_and_go),
		WITH(each_room_may_refuse),
		WITH(what_is_not_kept_is_not_live),
		WITH(rights_do_not_come_back),
		WITH(one_that_fails_ends_it),
		WITH(a_second_veto_is_not_believed),
		WITH(who_cannot_use_what_is_live_is_replaced),
		WITH(one_dies_while_preparing),
		WITH(all_die_while_preparing),
		WITH(the_keys_die_while_preparing),
		WITH(one_dies_while_committing),
		WITH(one_is_silent),
		WITH(all_are_silent),
		WITH(silent_keys_with_tokens_are_waited_for),
		WITH(preparing_takes_too_long),
		WITH(committing_takes_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
