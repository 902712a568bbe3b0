/*
 * Servers on the board, and the board between processes: who registers a server,
 * what its connections meet, and what two tlsd share.
 */
/* LINK: runtime/common/board.c runtime/common/board_heal.c runtime/common/board_limit.c runtime/common/board_limit_find.c runtime/common/board_server.c runtime/common/board_register.c runtime/common/board_share.c runtime/table/siphash.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <sys/wait.h>

#include "board_fixture.h"

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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares),
		WITH_BOARD(servers_eject_and_warm),
		WITH_BOARD(a_full_board_still_answers),
		WITH_BOARD(servers_come_and_go),
		WITH_BOARD(rubbish_in_the_register),
		WITH_BOARD(addresses_are_remembered),
		WITH_BOARD(processes_share_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
