/*
 * Limits on the board: counts over several workers, rates with an exact clock
 * of the test's own, entries that are replaced, what a crash leaves.
 */
/* LINK: runtime/common/board.c runtime/common/board_heal.c runtime/common/board_limit.c runtime/common/board_limit_find.c runtime/common/board_server.c runtime/common/board_register.c runtime/common/board_share.c runtime/table/siphash.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <sys/stat.h>

#include "board_fixture.h"

static uint8_t other[16] = {192, 0, 2, 8};

static void connections_of_all_workers(void **state)
{
	struct tbl_limit l = {.conns = 3, .conns_source = 2};
	struct board_hold h[4];

	(void)state;
	assert_int_equal(enter(0, &l, addr, 1, &h[0]), BOARD_OK);
	assert_int_equal(enter(1, &l, addr, 1, &h[1]), BOARD_OK);
	assert_int_equal(
		enter(0, &l, addr, 1, &h[2]), BOARD_CONNECTIONS_SOURCE);
	assert_int_equal(enter(0, &l, other, 1, &h[2]), BOARD_OK);
	assert_int_equal(enter(1, &l, other, 1, &h[3]), BOARD_CONNECTIONS);
	board_leave(b, 1, &h[1]);
	board_leave(b, 1, &h[1]); /* twice is once */
	assert_int_equal(enter(1, &l, other, 1, &h[3]), BOARD_OK);
	assert_int_equal(board_totals(b)->connections_live, 3);
	assert_int_equal(board_totals(b)->limited[BOARD_CONNECTIONS], 1);
	assert_int_equal(board_totals(b)->limited[BOARD_CONNECTIONS_SOURCE], 1);
}

static void a_crash_gives_back(void **state)
{
	struct tbl_limit l = {.conns = 1, .conns_source = 1, .hs_flight = 1};
	struct board_hold h, again;
	struct board_server *s = board_server_take(b, "pay/192.0.2.1:443");

	(void)state;
	assert_int_equal(enter(1, &l, addr, 1, &h), BOARD_OK);
	assert_int_equal(board_handshake(b, 1, &l, 1, &h), BOARD_OK);
	board_server_count(b, 1, s, 1);
	board_server_count(b, 0, s, 1);
	board_worker_gone(b, 1);
	assert_int_equal(board_server_live(b, s), 1);
	assert_int_equal(enter(0, &l, addr, 1, &again), BOARD_OK);
	assert_int_equal(board_handshake(b, 0, &l, 1, &again), BOARD_OK);
	assert_int_equal(board_totals(b)->connections_live, 1);
}

static void sources_are_v6_64s(void **state)
{
	struct tbl_limit l = {.conns_source = 1};
	uint8_t a[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 1};
	uint8_t same[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 2};
	uint8_t next[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 2, 1};
	struct board_hold h;

	(void)state;
	assert_int_equal(board_enter(b, 0, &l, "x", TBL_V6, a, 1, &h), 0);
	assert_int_equal(board_enter(b, 0, &l, "x", TBL_V6, same, 1, &h),
		BOARD_CONNECTIONS_SOURCE);
	assert_int_equal(board_enter(b, 0, &l, "x", TBL_V6, next, 1, &h), 0);
	assert_int_equal(board_enter(b, 0, &l, "y", TBL_V6, same, 1, &h), 0);
	assert_int_equal(board_enter(b, 0, &l, "x", 0, a, 1, &h), 0);
}

/* How many of n tries at one moment get in. */
static unsigned burst(const struct tbl_limit *l, const uint8_t *from,
	unsigned n, uint64_t now)
{
	unsigned in = 0;

	for (unsigned i = 0; i < n; i++) {
		struct board_hold h;

		if (enter(i % 2, l, from, now, &h) == BOARD_OK) {
			in++;
			board_leave(b, i % 2, &h);
		}
	}
	return in;
}

static void rates_are_a_second_s_worth(void **state)
{
	struct tbl_limit l = {.conn_rate_source = 20, .conn_rate = 30};
	uint64_t now = 1000000000;

	(void)state;
	assert_int_equal(burst(&l, addr, 100, now), 20);
	assert_int_equal(burst(&l, other, 100, now), 10); /* of the total */
	assert_int_equal(burst(&l, addr, 100, now + 49999), 0);
	assert_int_equal(burst(&l, addr, 100, now + 50000), 1);
	assert_int_equal(burst(&l, addr, 100, now + 5000000), 20);
	l.conn_rate_source = 1;
	l.conn_rate = 0;
	now += 100000000;
	assert_int_equal(burst(&l, other, 5, now), 1);
	assert_int_equal(burst(&l, other, 5, now + 999999), 0);
	assert_int_equal(burst(&l, other, 5, now + 1000000), 1);
}

static void handshakes_and_flight(void **state)
{
	struct tbl_limit l = {.hs_flight = 1, .hs_rate_source = 2};
	struct board_hold h[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(enter(0, &l, addr, 1, &h[i]), BOARD_OK);
	assert_int_equal(board_handshake(b, 0, &l, 1, &h[0]), BOARD_OK);
	assert_int_equal(board_handshake(b, 0, &l, 1, &h[1]), BOARD_IN_FLIGHT);
	board_handshake_end(b, 0, &h[0]);
	assert_int_equal(board_handshake(b, 0, &l, 1, &h[1]), BOARD_OK);
	board_handshake_end(b, 0, &h[1]);
	assert_int_equal(
		board_handshake(b, 0, &l, 1, &h[2]), BOARD_HANDSHAKES_SOURCE);
}

/* The last place is its own: a PROXY header names the source later. */
static void a_hold_is_not_in_its_own_way(void **state)
{
	struct tbl_limit l = {.conns = 1, .conns_source = 1};
	struct board_hold h, second;

	(void)state;
	memset(&h, 0, sizeof(h));
	assert_int_equal(
		board_move(b, 0, &l, "x", TBL_UNIX, addr, 1, &h), BOARD_OK);
	assert_int_equal(
		board_move(b, 0, &l, "x", TBL_V4, addr, 1, &h), BOARD_OK);
	memset(&second, 0, sizeof(second));
	assert_int_equal(board_move(b, 1, &l, "x", TBL_V4, other, 1, &second),
		BOARD_CONNECTIONS);
	assert_int_equal(atomic_load(&board_totals(b)->connections_live), 1);
	board_leave(b, 0, &h);
	assert_int_equal(
		board_move(b, 1, &l, "x", TBL_V4, other, 1, &second), BOARD_OK);
	board_leave(b, 1, &second);
	assert_int_equal(atomic_load(&board_totals(b)->connections_live), 0);
}

static size_t memory_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (size_t)st.st_blocks * 512;
}

/* Of a board for many workers little is in use: to take back what one had costs
 * no memory, and what is in use is all taken back. */
static void a_death_takes_no_memory(void **state)
{
	struct tbl_limit l = {.conns_source = 100};
	struct board_hold h;
	int fd = board_create(BOARD_WORKERS_MAX);
	size_t before;
	uint8_t from[16] = {10};
	unsigned i;

	(void)state;
	b = board_map(fd);
	assert_non_null(b);
	for (i = 0; i < 100; i++) {
		from[1] = (uint8_t)i;
		assert_int_equal(
			enter(i % 2 ? 7 : 255, &l, from, 1, &h), BOARD_OK);
	}
	before = memory_of(fd);
	board_worker_gone(b, 7);
	board_heal(b);
	assert_int_equal(board_totals(b)->connections_live, 50);
	board_worker_gone(b, 255);
	assert_int_equal(board_totals(b)->connections_live, 0);
	assert_true(memory_of(fd) < before + (4u << 20));
	board_unmap(&b);
	close(fd);
}

/* As many policies as there were, each with a name of its own. */
static void names_of_limits_give_way(void **state)
{
	struct tbl_limit l = {.conns = 1};
	struct board_hold held, h;
	char name[32];
	unsigned i;

	(void)state;
	assert_int_equal(board_enter(b, 0, &l, "held", TBL_V4, addr, 1, &held),
		BOARD_OK);
	for (i = 0; i < 3 * BOARD_LIMITS; i++) {
		snprintf(name, sizeof(name), "limit-%u", i);
		assert_int_equal(
			board_enter(b, 1, &l, name, TBL_V4, addr, 1, &h),
			BOARD_OK);
		board_leave(b, 1, &h);
	}
	/* The one that is in use is still there, and full. */
	assert_int_equal(board_enter(b, 1, &l, "held", TBL_V4, addr, 1, &h),
		BOARD_CONNECTIONS);
}

/* Each has its own count, however many a policy has. */
static void limits_do_not_share(void **state)
{
	static struct board_hold h[5000];
	struct tbl_limit l = {.conns = 1};
	char name[32];
	unsigned i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "limit-%u", i);
		assert_int_equal(
			board_enter(b, i % 2, &l, name, TBL_V4, addr, 1, &h[i]),
			BOARD_OK);
	}
	assert_int_equal(enter(0, &l, addr, 1, &h[0]), BOARD_OK);
}

/* What is still owed is not forgotten for another's sake. */
static void a_rate_that_owes_stays(void **state)
{
	struct tbl_limit l = {.conn_rate = 1};
	struct board_hold h;
	char name[32];
	unsigned i;

	(void)state;
	assert_int_equal(
		board_enter(b, 0, &l, "owes", TBL_V4, addr, 1, &h), BOARD_OK);
	board_leave(b, 0, &h);
	for (i = 0; i < 3 * BOARD_LIMITS; i++) {
		snprintf(name, sizeof(name), "limit-%u", i);
		board_limit_find(b, name, 1);
	}
	assert_int_equal(
		board_enter(b, 0, &l, "owes", TBL_V4, addr, 1, &h), BOARD_RATE);
}

static void queues_are_bounded_for_all(void **state)
{
	struct board_hold h[3];

	(void)state;
	assert_int_equal(board_queue(b, 0, "web", 2, &h[0]), 1);
	assert_int_equal(board_queue(b, 1, "web", 2, &h[1]), 1);
	assert_int_equal(board_queue(b, 0, "web", 2, &h[2]), 0);
	assert_int_equal(board_queue(b, 0, "other", 2, &h[2]), 1);
	board_leave(b, 1, &h[1]);
	assert_int_equal(board_queue(b, 0, "web", 2, &h[1]), 1);
	/* What a dead worker had waiting is taken back, and is no connection. */
	board_worker_gone(b, 0);
	assert_int_equal(board_queue(b, 1, "web", 2, &h[0]), 1);
	assert_int_equal(board_queue(b, 1, "web", 2, &h[1]), 1);
	assert_int_equal(atomic_load(&board_totals(b)->connections_live), 0);
}

static void a_route_s_limit_takes_over(void **state)
{
	struct tbl_limit a = {.conns = 1}, c = {.conns = 1};
	struct board_hold h, second;

	(void)state;
	assert_int_equal(enter(0, &a, addr, 1, &h), BOARD_OK);
	assert_int_equal(
		board_move(b, 0, &c, "route", TBL_V4, addr, 1, &h), BOARD_OK);
	assert_int_equal(enter(0, &a, addr, 1, &second), BOARD_OK);
	assert_int_equal(
		board_move(b, 0, &c, "route", TBL_V4, addr, 1, &second),
		BOARD_CONNECTIONS);
	board_leave(b, 0, &second); /* still held under the first */
	assert_int_equal(enter(0, &a, addr, 1, &second), BOARD_OK);
}

static void bandwidth_says_how_long(void **state)
{
	struct tbl_limit l = {.bandwidth_source = 1000000};
	struct board_hold h;

	(void)state;
	assert_int_equal(enter(0, &l, addr, 1, &h), BOARD_OK);
	assert_int_equal(board_bytes(b, &l, 1000, &h, 100000), 0);
	assert_int_equal(board_bytes(b, &l, 1000, &h, 500000), 500000);
	assert_int_equal(board_bytes(b, &l, 10000000, &h, 1), 0);
}

/* More sources than entries: those in use stay, idle ones are replaced. */
static void sources_in_use_stay(void **state)
{
	struct tbl_limit l = {.conns_source = 1};
	struct board_hold held, h;

	(void)state;
	assert_int_equal(enter(0, &l, addr, 1, &held), BOARD_OK);
	for (uint32_t i = 0; i < 400000; i++) {
		uint8_t a[16] = {
			10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

		assert_int_equal(enter(0, &l, a, 1000000ull * i, &h), BOARD_OK);
		board_leave(b, 0, &h);
	}
	assert_int_equal(enter(0, &l, addr, 1, &h), BOARD_CONNECTIONS_SOURCE);
}

/* Live connections from very many sources at once; which were refused. */
static uint64_t crowd(uint32_t n, uint32_t *in)
{
	struct tbl_limit l = {.conns_source = 1};
	uint64_t refused = 0;
	struct board_hold h;

	*in = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint8_t a[16] = {
			10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

		if (enter(0, &l, a, 1, &h) == BOARD_OK)
			++*in;
		else
			refused = refused * 31 + i;
	}
	return refused;
}

/* Who finds no place of its own is counted with others, not left out. */
static void nobody_is_uncounted(void **state)
{
	uint32_t in;

	(void)state;
	crowd(300000, &in);
	assert_in_range(in, 100000, BOARD_SOURCES);
}

/* Which sources share a place cannot be worked out from the program. */
static void places_are_secret(void **state)
{
	uint32_t in;
	uint64_t one = crowd(120000, &in);

	tear_down(state);
	set_up(state);
	assert_true(one != crowd(120000, &in));
}

/* A rate that is owed is not forgotten for one that owes nothing. */
static void debts_stay(void **state)
{
	struct tbl_limit owe = {.conn_rate_source = 1}, l = {.conns_source = 9};
	struct board_hold h;

	(void)state;
	assert_int_equal(enter(0, &owe, addr, 1000000, &h), BOARD_OK);
	board_leave(b, 0, &h);
	for (uint32_t i = 0; i < 400000; i++) {
		uint8_t a[16] = {
			10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

		assert_int_equal(enter(0, &l, a, 1000001, &h), BOARD_OK);
		board_leave(b, 0, &h);
	}
	assert_int_equal(enter(0, &owe, addr, 1000002, &h), BOARD_RATE_SOURCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BOARD(connections_of_all_workers),
		WITH_BOARD(a_crash_gives_back),
		WITH_BOARD(sources_are_v6_64s),
		WITH_BOARD(rates_are_a_second_s_worth),
		WITH_BOARD(handshakes_and_flight),
		cmocka_unit_test(a_death_takes_no_memory),
		WITH_BOARD(names_of_limits_give_way),
		WITH_BOARD(limits_do_not_share),
		WITH_BOARD(a_rate_that_owes_stays),
		WITH_BOARD(a_route_s_limit_takes_over),
		WITH_BOARD(a_hold_is_not_in_its_own_way),
		WITH_BOARD(queues_are_bounded_for_all),
		WITH_BOARD(bandwidth_says_how_long),
		WITH_BOARD(sources_in_use_stay),
		WITH_BOARD(nobody_is_uncounted),
		WITH_BOARD(places_are_secret),
		WITH_BOARD(debts_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
