/* Which table a swap takes up, and when: the line of requests, names that are not
 * resolved yet, rollbacks, renewals, the first table. */
/* LINK: runtime/master/swap.c runtime/master/swap_candidate.c runtime/master/swap_children.c runtime/master/swap_outcome.c runtime/master/refusals.c runtime/master/history.c */
/* LIBS: -lev */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "swap_parts.h"

/* ---- names ---- */

static void names_are_waited_for(void **state)
{
	hosts_unknown = 2;
	load("next");
	assert_int_equal(m.swap.stage, SWAP_RESOLVING);
	assert_int_equal(saw.offered, 0);
	all_say_ready();
	assert_int_equal(m.swap.stage, SWAP_RESOLVING);
	m.hosts.waiting = 1;
	swap_resolved(&m);
	assert_int_equal(m.swap.stage, SWAP_RESOLVING);
	m.hosts.waiting = 0;
	swap_resolved(&m);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	assert_int_equal(saw.offered, WORKERS);
	swap_resolved(&m);
	assert_int_equal(saw.offered, WORKERS);
	all_say_ready();
	all_commit();
	assert_string_equal(m.live->root, "next");
}

static void names_take_too_long(void **state)
{
	hosts_unknown = 1;
	load("next");
	late(5);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	all_say_ready();
	all_commit();
	assert_string_equal(m.live->root, "next");
}

/* Refused when the names have come: the next one is not forgotten. */
static void names_and_the_next(void **state)
{
	hosts_unknown = 1;
	load("bad");
	hosts_unknown = 0;
	assert_int_equal(asks(SWAP_LOAD, "good", 0), 0);
	refuses = "files";
	late(5);
	assert_int_equal(m.refusals, 2);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_int_equal(m.swap.waiting_count, 0);
	assert_int_equal(saw.loaded, 1);
}

/* ---- loads meanwhile ---- */

static void others_wait_in_line(void **state)
{
	load("a");
	assert_int_equal(asks(SWAP_LOAD, "b", 7), 0);
	assert_int_equal(asks(SWAP_LOAD, "c", 0), 0);
	assert_int_equal(asks(SWAP_LOAD, "c", 0), 0); /* twice is once */
	assert_int_equal(asks(SWAP_LOAD, "c", 8), 0); /* but not to a client */
	assert_int_equal(m.swap.waiting_count, 3);
	all_say_ready();
	assert_int_equal(m.swap.waiting_count, 3);
	all_commit();
	assert_string_equal(m.live->root, "a");
	assert_int_equal(saw.outcomes, 0);
	assert_string_equal(m.swap.candidate->root, "b");
	swap_failed(&child[0], m.last_number, "no");
	assert_int_equal(saw.client, 7);
	assert_int_equal(saw.refused_outcomes, 1);
	assert_string_equal(m.swap.candidate->root, "c");
	saw.committed = 0;
	all_say_ready();
	all_commit();
	saw.committed = 0;
	all_say_ready();
	all_commit();
	assert_int_equal(saw.client, 8);
	assert_int_equal(saw.outcomes, 2);
	assert_int_equal(saw.refused_outcomes, 1);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_int_equal(m.swap.waiting_count, 0);
	assert_string_equal(m.live->root, "c");
}

static void the_line_has_an_end(void **state)
{
	char path[8];
	unsigned i;

	load("a");
	for (i = 0; i < SWAP_WAITING_MAX; i++) {
		snprintf(path, sizeof(path), "w%u", i);
		assert_int_equal(asks(SWAP_LOAD, path, 0), 0);
	}
	assert_int_equal(asks(SWAP_LOAD, "more", 0), -1);
	assert_int_equal(asks(SWAP_LOAD, "w3", 0), 0);
	assert_int_equal(m.swap.waiting_count, SWAP_WAITING_MAX);
	m.swap.waiting_count = 0;
	m.ending = MASTER_DRAINS;
	assert_int_equal(asks(SWAP_LOAD, "late", 0), -1);
	m.ending = MASTER_STAYS;
}

static void the_default_is_the_policy(void **state)
{
	goes_live("next");
	saw.committed = 0;
	load("");
	assert_string_equal(m.swap.candidate->root, "first");
}

/* A new tlsd is started when no swap is under way. */
static void an_upgrade_waits(void **state)
{
	load("a");
	m.upgrade_wanted = 1;
	assert_int_equal(asks(SWAP_LOAD, "b", 0), 0);
	assert_int_equal(saw.handed_over, 0);
	all_say_ready();
	all_commit();
	assert_int_equal(saw.handed_over, 0);
	saw.committed = 0;
	all_say_ready();
	all_commit();
	assert_int_equal(saw.handed_over, 1);
}

/* While a new tlsd starts, the line waits: it continues if the start fails, and
 * is refused once the new one serves. */
static void the_line_stands_for_an_upgrade(void **state)
{
	m.upgrading = 1;
	assert_int_equal(asks(SWAP_LOAD, "a", 5), 0);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	m.upgrading = 0;
	swap_resume(&m);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	saw.committed = 0;
	all_say_ready();
	all_commit();
	assert_int_equal(saw.client, 5);
	m.upgrading = 1;
	assert_int_equal(asks(SWAP_LOAD, "b", 6), 0);
	m.ending = MASTER_DRAINS;
	swap_resume(&m);
	assert_int_equal(saw.client, 6);
	assert_int_equal(saw.refused_outcomes, 1);
	assert_int_equal(m.swap.waiting_count, 0);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
}

/* From the tlsd before us: no file is asked. */
static void what_is_handed_over_asks_no_file(void **state)
{
	m.handed = table_new("handed", "upgrade");
	refuses = "files";
	assert_int_equal(asks(SWAP_HANDED, "", 0), 0);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	assert_null(m.handed);
	all_say_ready();
	assert_int_equal(saw.told, WORKERS);
	all_commit();
	assert_string_equal(m.live->root, "handed");
	assert_string_equal(saw.audit, "loaded");
	assert_int_equal(saw.looked, 0);
}

/* Only the policy's own file is remembered as seen. */
static void the_policy_is_looked_at(void **state)
{
	assert_int_equal(m.policy_seen, 1);
	goes_live("elsewhere");
	assert_int_equal(m.policy_seen, 1);
	goes_live("first");
	assert_int_equal(m.policy_seen, 2);
}

/* ---- rollback and renewal ---- */

static void a_rollback_asks_no_file(void **state)
{
	goes_live("second");
	saw.committed = saw.told = 0;
	refuses = "files";
	assert_int_equal(asks(SWAP_ROLLBACK, "", 9), 0);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	assert_string_equal(m.swap.candidate->root, "first");
	assert_int_equal(m.swap.candidate->number, 3);
	assert_int_equal(m.swap.candidate->origin, 1);
	all_say_ready();
	assert_int_equal(saw.told, WORKERS);
	all_commit();
	assert_string_equal(saw.audit, "rollback");
	assert_string_equal(m.live->root, "first");
	assert_int_equal(m.rollbacks, 1);
	assert_int_equal(m.loads, 2);
	assert_int_equal(saw.client, 9);
	/* Of two that are equal the newer is kept. */
	assert_int_equal(saw.loaded, 2);
}

static void a_rollback_to_nowhere(void **state)
{
	assert_int_equal(asks(SWAP_ROLLBACK, "", 9), 0);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_int_equal(saw.refused_outcomes, 1);
	assert_string_equal(m.live->root, "first");
}

/* Half of a change: nothing is refused, counted or left over. */
static void a_renewal_waits(void **state)
{
	saw.committed = 0;
	refuses = "renew";
	waits = 1;
	assert_int_equal(asks(SWAP_RENEW, "", 0), 0);
	waits = 0;
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_int_equal(m.refusals, 0);
	assert_int_equal(m.renewal_refused, 0);
	assert_int_equal(saw.loaded, 1);
	assert_int_equal(asks(SWAP_RENEW, "", 0), 0);
	is_refused("renew refuses", "first");
	assert_int_equal(totals.refused[BOARD_REFUSED_RENEWAL], 1);
	assert_int_equal(totals.refused_now[BOARD_NOW_FILES], 1);
	assert_int_equal(totals.refused[BOARD_REFUSED_POLICY], 0);
}

static void renewals(void **state)
{
	saw.committed = 0;
	refuses = "renew";
	assert_int_equal(asks(SWAP_RENEW, "", 0), 0);
	is_refused("renew refuses", "first");
	assert_int_equal(m.renewal_refused, 1);
	refuses = NULL;
	same_files = 1;
	assert_int_equal(asks(SWAP_RENEW, "", 0), 0);
	assert_int_equal(m.swap.stage, SWAP_IDLE);
	assert_string_equal(saw.audit, "renewal-withdrawn");
	assert_int_equal(m.renewal_refused, 0);
	assert_int_equal(saw.loaded, 1);
	same_files = 0;
	assert_int_equal(asks(SWAP_RENEW, "", 0), 0);
	all_say_ready();
	all_commit();
	assert_string_equal(saw.audit, "renewed");
	assert_int_equal(m.renewals, 1);
	assert_int_equal(m.live->number, 2);
}

/* ---- the first table ---- */

static void the_first_must_be_good(void **state)
{
	refuses = "files";
	load("first");
	is_refused("files refuses", NULL);
	assert_int_equal(saw.aborted, 1);
	refuses = NULL;
	load("first");
	swap_failed(&child[0], m.last_number, "no");
	is_refused("worker 0: no", NULL);
	assert_int_equal(saw.aborted, 2);
	assert_int_equal(saw.loaded, 0);
}

static void workers_that_do_not_start(void **state)
{
	load("first");
	child[1].restarts = 2;
	dies(1);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	child[1].restarts = 3;
	dies(1);
	is_refused("worker 1 does not start", NULL);
	assert_int_equal(saw.aborted, 1);
}

/* Who is silent is waited for, as long as nothing serves. */
static void the_first_waits_for_all(void **state)
{
	silent[2] = 1;
	load("first");
	ready(0);
	ready(1);
	ready(KEYS);
	assert_int_equal(m.swap.stage, SWAP_PREPARING);
	ready(2);
	assert_int_equal(m.swap.stage, SWAP_COMMITTING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(names_are_waited_for),
		WITH(names_take_too_long),
		WITH(names_and_the_next),
		WITH(others_wait_in_line),
		WITH(the_line_has_an_end),
		WITH(the_default_is_the_policy),
		WITH(an_upgrade_waits),
		WITH(the_line_stands_for_an_upgrade),
		FIRST(what_is_handed_over_asks_no_file),
		WITH(the_policy_is_looked_at),
		WITH(a_rollback_asks_no_file),
		WITH(a_rollback_to_nowhere),
		WITH(renewals),
		WITH(a_renewal_waits),
		FIRST(the_first_must_be_good),
		FIRST(workers_that_do_not_start),
		FIRST(the_first_waits_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
