/*
 * Balancing: shares by weight, few clients moved, slow servers avoided and
 * found again, and who takes part at all.  Counts, no clock but our own.
 */
/* LINK: runtime/worker/balance.c */
/* LIBS: -lm */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "runtime/common/hash.h"
#include "runtime/worker/balance.h"

enum { ROBIN, LEAST, HASH, TWO };
enum { MAX = 16, CLIENTS = 20000 };

static struct balance_server s[MAX];
static struct balance b;
static unsigned got[MAX];

static int fresh(void **state)
{
	char name[32];

	(void)state;
	memset(s, 0, sizeof(s));
	memset(&b, 0, sizeof(b));
	memset(got, 0, sizeof(got));
	for (int i = 0; i < MAX; i++) {
		snprintf(name, sizeof(name), "web/10.0.0.%d:443", i);
		s[i].key = hash_octets(name, strlen(name));
		s[i].weight = 256;
		s[i].fit = BALANCE_FIT;
	}
	return 0;
}

static int one(unsigned how, size_t n, uint64_t client, uint64_t now)
{
	struct balance_client c = {
		.key = hash_octets(&client, sizeof(client)), .now_us = now};
	int at = balance_choose(&b, how, s, n, &c);

	if (at >= 0)
		got[at]++;
	return at;
}

static void run(unsigned how, size_t n, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		one(how, n, i, 0);
}

static void round_robin_shares(void **state)
{
	(void)state;
	s[0].weight = 3 * 256;
	s[2].weight = 0;
	run(ROBIN, 3, 400);
	assert_int_equal(got[0], 300);
	assert_int_equal(got[1], 100);
	assert_int_equal(got[2], 0);
	/* spread: never more than three of the heavy one in a row */
	for (unsigned i = 0, row = 0; i < 40; i++) {
		row = one(ROBIN, 3, 0, 0) == 0 ? row + 1 : 0;
		assert_true(row <= 3);
	}
}

static void warm_up(void **state)
{
	(void)state;
	s[1].weight = 16; /* a sixteenth of its share */
	run(ROBIN, 2, 17 * 10);
	assert_int_equal(got[0], 160);
	assert_int_equal(got[1], 10);
}

static void least_and_ties(void **state)
{
	(void)state;
	s[0].live = 3;
	s[1].live = 1;
	assert_int_equal(one(LEAST, 2, 0, 0), 1);
	s[0].weight = 4 * 256; /* (3+1)/4 < (1+1)/1 */
	assert_int_equal(one(LEAST, 2, 0, 0), 0);
	fresh(NULL);
	run(LEAST, 4, 400); /* nothing lasts: everybody is idle */
	for (int i = 0; i < 4; i++)
		assert_int_equal(got[i], 100);
}

static void hash_is_consistent(void **state)
{
	static int before[CLIENTS];
	unsigned moved = 0, to_new = 0;
	int at;

	(void)state;
	for (unsigned i = 0; i < CLIENTS; i++)
		before[i] = one(HASH, 9, i, 0);
	for (int i = 0; i < 9; i++)
		assert_in_range(
			got[i], CLIENTS / 9 * 9 / 10, CLIENTS / 9 * 11 / 10);
	for (unsigned i = 0; i < CLIENTS; i++) {
		at = one(HASH, 10, i, 0);
		moved += at != before[i];
		to_new += at == 9;
	}
	assert_int_equal(moved, to_new); /* nobody else moved */
	assert_in_range(moved, CLIENTS / 10 * 9 / 10, CLIENTS / 10 * 11 / 10);
	/* One goes: its clients alone find another. */
	s[4].fit = BALANCE_OUT;
	for (unsigned i = 0; i < CLIENTS; i++) {
		at = one(HASH, 9, i, 0);
		assert_true(before[i] == 4 ? at != 4 : at == before[i]);
	}
}

static void hash_weights(void **state)
{
	(void)state;
	s[0].weight = 3 * 256;
	run(HASH, 2, CLIENTS);
	assert_in_range(got[0], CLIENTS / 100 * 73, CLIENTS / 100 * 77);
}

/* Closed loop: so many clients ask again when they are answered; a server
 * answers each of its connections after its own time.  Steps of 1 ms. */
static void simulate(unsigned how, const unsigned *ms, size_t n,
	unsigned clients, unsigned steps)
{
	unsigned until[64] = {0};
	int at[64];

	memset(at, -1, sizeof(at));
	for (unsigned t = 0; t < steps; t++)
		for (unsigned c = 0; c < clients; c++) {
			if (at[c] >= 0 && until[c] > t)
				continue;
			if (at[c] >= 0) {
				uint32_t *l = &s[at[c]].latency_us;

				s[at[c]].live--;
				*l = *l ? *l - *l / 8 + ms[at[c]] * 125
					: ms[at[c]] * 1000;
			}
			at[c] = one(how, n, t * 64 + c, t * 1000);
			until[c] = t + ms[at[c]];
			s[at[c]].live++;
		}
}

static void two_avoids_the_slow(void **state)
{
	static const unsigned ms[4] = {5, 5, 100, 5};
	unsigned robin, two, all, i;

	(void)state;
	simulate(ROBIN, ms, 4, 32, 10000);
	robin = got[2];
	for (all = 0, i = 0; i < 4; i++)
		all += got[i];
	assert_in_range(robin, all / 4 - 8, all / 4 + 8);
	fresh(NULL);
	simulate(TWO, ms, 4, 32, 10000);
	two = got[2];
	for (i = 0; i < 4; i++)
		if (i != 2)
			assert_true(got[i] > 20 * two);
	/* and so much more is done in the same time */
	assert_true(got[0] + got[1] + got[3] > 3 * all);
	assert_true(two > 0);
	assert_true(two < robin);
}

static void two_finds_the_recovered(void **state)
{
	static const unsigned slow[2] = {5, 200}, well[2] = {5, 5};
	unsigned before;

	(void)state;
	simulate(TWO, slow, 2, 8, 5000);
	before = got[1];
	assert_true(before < got[0] / 20);
	for (int i = 0; i < 2; i++)
		s[i].live = 0;
	simulate(TWO, well, 2, 8, 60000);
	got[0] = got[1] = 0;
	for (int i = 0; i < 2; i++)
		s[i].live = 0;
	simulate(TWO, well, 2, 8, 2000);
	assert_true(got[1] > got[0] / 3);
}

static void two_tries_the_cold(void **state)
{
	(void)state;
	s[0].latency_us = s[1].latency_us = 10;
	run(TWO, 3, 300);
	assert_in_range(got[2], 50, 250);
}

static void two_weights(void **state)
{
	(void)state;
	s[0].weight = 8 * 256;
	run(TWO, 3, 900);
	assert_true(got[0] > 2 * (got[1] + got[2]));
}

static void who_takes_part(void **state)
{
	(void)state;
	for (unsigned how = ROBIN; how <= TWO; how++) {
		fresh(NULL);
		s[0].fit = s[1].fit = BALANCE_DOUBT;
		s[2].fit = BALANCE_FULL;
		s[3].fit = BALANCE_FIT;
		s[4].weight = 0;
		run(how, 5, 50);
		assert_int_equal(got[3], 50);
		s[3].fit = BALANCE_OUT;
		assert_int_equal(one(how, 5, 0, 0), BALANCE_WAIT);
		s[2].fit = BALANCE_OUT;
		run(how, 5, 50);
		assert_int_equal(got[0] + got[1], 50);
		s[0].fit = s[1].fit = BALANCE_OUT;
		assert_int_equal(one(how, 5, 0, 0), BALANCE_NONE);
		assert_int_equal(one(how, 0, 0, 0), BALANCE_NONE);
	}
}

static void one_server(void **state)
{
	(void)state;
	for (unsigned how = ROBIN; how <= TWO; how++)
		for (int i = 0; i < 5; i++)
			assert_int_equal(one(how, 1, 7, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(round_robin_shares, fresh),
		cmocka_unit_test_setup(warm_up, fresh),
		cmocka_unit_test_setup(least_and_ties, fresh),
		cmocka_unit_test_setup(hash_is_consistent, fresh),
		cmocka_unit_test_setup(hash_weights, fresh),
		cmocka_unit_test_setup(two_avoids_the_slow, fresh),
		cmocka_unit_test_setup(two_finds_the_recovered, fresh),
		cmocka_unit_test_setup(two_tries_the_cold, fresh),
		cmocka_unit_test_setup(two_weights, fresh),
		cmocka_unit_test_setup(who_takes_part, fresh),
		cmocka_unit_test_setup(one_server, fresh),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
