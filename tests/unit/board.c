/*
 * The board: counts over several workers, rates with an exact clock of the
 * test's own, entries that give way, what a crash leaves behind.
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
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/common/board_parts.h"

static struct board *b;
static uint8_t addr[16] = {192, 0, 2, 7}, other[16] = {192, 0, 2, 8};

static int set_up(void **state)
{
	int fd = board_create(2);

	(void)state;
	assert_true(fd >= 0);
	b = board_map(fd);
	close(fd);
	assert_non_null(b);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	board_unmap(&b);
	return 0;
}

static enum board_verdict enter(unsigned worker, const struct tbl_limit *l,
	const uint8_t *from, uint64_t now, struct board_hold *h)
{
	return board_enter(b, worker, l, "standard", TBL_V4, from, now, h);
}

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

/* More sources than places: those in use stay, idle ones give way. */
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

static void servers_eject_and_warm(void **state)
{
	struct board_server *s = board_server_take(b, "api/a"), *t;
	unsigned at = 0;

	(void)state;
	assert_ptr_equal(s, board_server(b, "api/a"));
	for (int i = 0; i < BOARD_EJECT_AFTER; i++) {
		assert_true(board_server_usable(s, 1000));
		board_server_failed(s, 1000);
	}
	assert_false(board_server_usable(s, 1000));
	assert_true(board_server_usable(s, 1000 + BOARD_EJECT_US));
	board_server_worked(s, 100, 200, 5000000);
	assert_true(board_server_usable(s, 0));
	assert_int_equal(board_server_warmth(s, 1000, 5500000), 128);
	assert_int_equal(board_server_warmth(s, 1000, 6000000), 256);
	assert_int_equal(board_server_warmth(s, 0, 5000000), 256);
	board_server_health(s, BOARD_UNHEALTHY, 1);
	assert_false(board_server_usable(s, 1));
	board_server_health(s, BOARD_HEALTHY, 9000000);
	assert_true(board_server_usable(s, 1));
	/* A check ends no ejection, and does not shorten the next one. */
	for (int i = 0; i < BOARD_EJECT_AFTER; i++)
		board_server_failed(s, 1000);
	board_server_health(s, BOARD_UNHEALTHY, 1000);
	board_server_health(s, BOARD_HEALTHY, 1000);
	assert_false(board_server_usable(s, 1000));
	board_server_failed(s, 1000 + BOARD_EJECT_US);
	assert_false(board_server_usable(s, 1000 + 2 * BOARD_EJECT_US));
	board_server_worked(s, 0, 0, 9000000);
	assert_true(board_server_usable(s, 1000));
	assert_int_equal(s->connect_us, 100);
	t = board_server_next(b, &at);
	assert_ptr_equal(s, t);
	assert_null(board_server_next(b, &at));
}

static struct board_server *nth(int i)
{
	char name[40];

	snprintf(name, sizeof(name), "s/%d", i);
	return board_server_take(b, name);
}

static void a_full_board_still_answers(void **state)
{
	char name[40];

	(void)state;
	for (int i = 0; i < (int)BOARD_SERVERS; i++)
		assert_non_null(nth(i));
	assert_int_equal(board_servers_used(b), BOARD_SERVERS);
	assert_null(board_server_take(b, "one too many"));
	assert_non_null(board_server(b, "s/4711"));
	board_server_give(b, board_server(b, "s/4711"));
	assert_null(board_server(b, "s/4711"));
	assert_non_null(board_server_take(b, "one too many"));
	for (int i = 0, over = 0; over < 100; i++) {
		snprintf(name, sizeof(name), "route=\"%d\"", i);
		over += strcmp(board_metric(b, name)->labels, BOARD_OVERFLOW) ==
			0;
		assert_true(i < 2 * BOARD_METRICS);
	}
	assert_string_equal(
		board_metric(b, "route=\"17\"")->labels, "route=\"17\"");
}

/* Tables come and go for ever: places are free again, and those that stay are
 * found. */
static void servers_come_and_go(void **state)
{
	struct board_server *stays = board_server_take(b, "web/stays"), *s;
	unsigned at = 0, n = 0;

	(void)state;
	stays->total = 17;
	for (int round = 0; round < 40; round++) {
		for (int i = 0; i < 6000; i++)
			assert_non_null(nth(round * 5000 + i));
		for (int i = 0; i < (round == 39 ? 6000 : 5000); i++)
			board_server_give(b, nth(round * 5000 + i));
		assert_ptr_equal(board_server(b, "web/stays"), stays);
	}
	assert_int_equal(stays->total, 17);
	assert_int_equal(board_servers_used(b), 1);
	while ((s = board_server_next(b, &at)))
		n++;
	assert_int_equal(n, 1);
	/* A new one knows nothing of who was there. */
	s = nth(1);
	board_server_failed(s, 1000);
	board_server_count(b, 0, s, 1);
	board_server_give(b, s);
	s = nth(2);
	assert_int_equal(s->failures, 0);
	assert_int_equal(board_server_live(b, s), 0);
}

/* What a broken worker writes into the index leads nowhere. */
static void rubbish_in_the_register(void **state)
{
	unsigned at = 0;

	(void)state;
	nth(1);
	memset((void *)b->server_index, 0x7f, sizeof(b->server_index));
	assert_null(board_server(b, "s/1"));
	assert_null(board_server_take(b, "s/2"));
	memset((void *)b->server_index, 0xff, sizeof(b->server_index));
	assert_null(board_server(b, "s/1"));
	assert_non_null(board_server_take(b, "s/2"));
	board_server_give(b, board_server(b, "s/2"));
	memset((void *)b->server_key, 0x55, sizeof(b->server_key));
	while (board_server_next(b, &at))
		;
	assert_null(board_server_take(b, "s/3"));
	/* The master knows better. */
	memset((void *)b->server_index, 0x7f, sizeof(b->server_index));
	board_register_heal(b);
	board_server_restore(b, 3, "s/1");
	board_server_restore(b, 4, "s/2");
	assert_ptr_equal(board_server(b, "s/1"), board_server_first(b) + 3);
	assert_ptr_equal(board_server(b, "s/2"), board_server_first(b) + 4);
	assert_string_equal(board_server(b, "s/1")->name, "s/1");
}

/* Of a name's addresses: one that fails is tried again by one connection. */
static void addresses_are_remembered(void **state)
{
	struct board_server *s = board_server_take(b, "api/a");
	uint64_t later = 1000000 + BOARD_FAILING_S * 1000000ull;

	(void)state;
	assert_true(board_address_try(s, 7, 1000000));
	board_address_failed(s, 7, 1000000);
	assert_true(board_address_failing(s, 7, 2000000));
	assert_false(board_address_try(s, 7, 2000000));
	assert_true(board_address_try(s, 8, 2000000));
	assert_true(board_address_try(s, 7, later));
	assert_false(board_address_try(s, 7, later)); /* the other one does */
	board_address_worked(s, 7);
	assert_true(board_address_try(s, 7, later));
	/* Of very many the oldest are forgotten. */
	for (uint32_t i = 1; i <= BOARD_FAILING + 1; i++)
		board_address_failed(s, i, i * 1000000ull);
	assert_false(board_address_failing(s, 1, 9000000));
	assert_true(board_address_failing(s, BOARD_FAILING + 1, 9000000));
	/* Nothing of ours lies that far ahead. */
	memset((void *)s->failing, 0xff, sizeof(s->failing));
	assert_true(board_address_try(s, UINT32_MAX, 1000000));
}

/* Two processes count the same things at once; nothing is lost. */
static void processes_share_it(void **state)
{
	struct tbl_limit l = {.conns_source = 1000000};
	pid_t child = fork();
	struct board_metric *m = board_metric(b, "x=\"1\"");
	int status;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct board_hold h;

		enter(child ? 0 : 1, &l, addr, 1, &h);
		atomic_fetch_add(&m->count, 1);
		if (i % 2)
			board_leave(b, child ? 0 : 1, &h);
	}
	if (!child)
		_exit(0);
	waitpid(child, &status, 0);
	assert_int_equal(m->count, 40000);
	assert_int_equal(board_totals(b)->connections_live, 20000);
	board_worker_gone(b, 1);
	assert_int_equal(board_totals(b)->connections_live, 10000);
}

/* Two tlsd on one board; each child is one that takes over. */
static int successor(int fd, int (*does)(int fd))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(does(fd));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Counts, and goes without a word.  What it saw, or 99. */
static int takes_over(int fd)
{
	struct tbl_limit l = {.conns = 3};
	struct board_hold h;
	int share = board_take_share(b, fd), n;

	if (share != 1)
		return 99;
	for (n = 0; enter(1, &l, addr, 1, &h) == BOARD_OK; n++)
		;
	board_server_count(b, 0, board_server_take(b, "web/192.0.2.1:443"), 1);
	return n;
}

static int finds_none(int fd)
{
	return board_take_share(b, fd) == -1 ? 0 : 99;
}

static int makes_way(int fd)
{
	if (board_take_share(b, fd) != 1)
		return 99;
	return successor(fd, finds_none);
}

static void shares(void **state)
{
	struct tbl_limit l = {.conns = 3};
	struct board_hold h, again;
	struct board_server *s;
	char layout[BOARD_LAYOUT_MAX], less[BOARD_LAYOUT_MAX];
	int fd = board_create(2), few = board_create(1);

	(void)state;
	b = board_map(few);
	board_layout(less);
	board_unmap(&b);
	b = board_map(fd);
	board_layout(layout);
	assert_string_not_equal(layout, less);
	assert_int_equal(board_take_share(b, fd), 0);
	s = board_server_take(b, "web/192.0.2.1:443");
	assert_int_equal(enter(1, &l, addr, 1, &h), BOARD_OK);
	board_server_count(b, 0, s, 1);
	/* Limits hold for both together. */
	assert_int_equal(successor(fd, takes_over), 2);
	assert_int_equal(enter(0, &l, addr, 1, &again), BOARD_CONNECTIONS);
	assert_int_equal(board_server_live(b, s), 2);
	assert_int_equal(board_totals(b)->connections_live, 3);
	/* The next one takes back what that one left, and nothing of ours. */
	assert_int_equal(successor(fd, takes_over), 2);
	assert_int_equal(board_server_live(b, s), 2);
	board_sweep(b, fd);
	assert_int_equal(board_server_live(b, s), 1);
	assert_int_equal(board_totals(b)->connections_live, 1);
	assert_int_equal(enter(0, &l, addr, 1, &again), BOARD_OK);
	/* Our own workers end in our share. */
	board_worker_gone(b, 1);
	assert_int_equal(board_totals(b)->connections_live, 1);
	/* A third at the same time has none. */
	assert_int_equal(successor(fd, makes_way), 0);
	/* A worker that outlived its master takes back what was taken back. */
	board_server_count(b, 1, s, -1);
	assert_int_equal(board_server_live(b, s), 1);
	board_unmap(&b);
	close(fd);
	close(few);
}

int main(void)
{
#define WITH_BOARD(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares),
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
		WITH_BOARD(servers_eject_and_warm),
		WITH_BOARD(a_full_board_still_answers),
		WITH_BOARD(servers_come_and_go),
		WITH_BOARD(rubbish_in_the_register),
		WITH_BOARD(addresses_are_remembered),
		WITH_BOARD(processes_share_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
