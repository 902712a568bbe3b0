/* What one turn of the loop gives to each of those who are ready in it. */
/* LINK: runtime/worker/turn.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ev.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runtime/worker/turn.h"

#define MOST 600
#define TURNS 400

/* Somebody with more to move than any turn gives. */
struct mover {
	ev_io io;
	unsigned served, last; /* turns in which it moved; the last of them */
	unsigned longest;      /* turns it had to wait */
	uint8_t lap;
};

static struct mover mover[MOST];
static size_t each;       /* what one moves at most */
static size_t moved;      /* in this turn, by all */
static size_t most_moved; /* in any turn */
static unsigned turns;

static void on_ready(struct ev_loop *loop, ev_io *w, int events)
{
	struct mover *m = (struct mover *)w;
	size_t n;

	(void)events;
	if (turn_is_other(loop, &m->lap))
		return;
	n = turn_share(loop) < each ? turn_share(loop) : each;
	turn_moved(n);
	moved += n;
	if (turns - m->last > m->longest)
		m->longest = turns - m->last;
	m->last = turns;
	m->served++;
}

static void run(unsigned movers, size_t much)
{
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
	unsigned i;

	most_moved = 0;
	each = much;
	for (i = 0; i < movers; i++) {
		mover[i] = (struct mover){.served = 0};
		ev_io_init(&mover[i].io, on_ready, eventfd(1, 0), EV_READ);
		assert_true(mover[i].io.fd >= 0);
		ev_io_start(loop, &mover[i].io);
	}
	/* The kernel's array of events grows to the number of them first. */
	for (i = 0; i < 8; i++)
		ev_run(loop, EVRUN_NOWAIT);
	for (i = 0; i < movers; i++)
		mover[i].served = mover[i].longest = mover[i].last = 0;
	for (turns = 1; turns <= TURNS; turns++) {
		moved = 0;
		ev_run(loop, EVRUN_NOWAIT);
		if (moved > most_moved)
			most_moved = moved;
	}
	for (i = 0; i < movers; i++) {
		ev_io_stop(loop, &mover[i].io);
		close(mover[i].io.fd);
	}
	ev_loop_destroy(loop);
}

static void one_has_all(void **state)
{
	(void)state;
	run(1, SIZE_MAX);
	assert_int_equal(mover[0].served, TURNS);
	assert_int_equal(most_moved, TURN_OCTETS);
}

static void few_share(void **state)
{
	unsigned i;

	(void)state;
	run(TURN_MANY, SIZE_MAX);
	for (i = 0; i < TURN_MANY; i++)
		assert_int_equal(mover[i].served, TURNS);
	assert_int_equal(most_moved, TURN_OCTETS);
}

/* However many there are, a turn is not longer, and each has its own. */
static void many_take_turns(void **state)
{
	unsigned lap = MOST / TURN_MANY + 1, i;

	(void)state;
	run(MOST, SIZE_MAX);
	assert_true(most_moved <= TURN_OCTETS + TURN_SHARE);
	for (i = 0; i < MOST; i++) {
		assert_in_range(
			mover[i].served, TURNS / lap - 1, TURNS / lap + 1);
		assert_true(mover[i].longest <= 2 * lap);
	}
}

/* What all of them move together is not too much for a turn: nobody waits. */
static void many_move_little(void **state)
{
	unsigned i;

	(void)state;
	run(MOST, TURN_OCTETS / MOST);
	for (i = 0; i < MOST; i++)
		assert_int_equal(mover[i].served, TURNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_has_all),
		cmocka_unit_test(few_share),
		cmocka_unit_test(many_take_turns),
		cmocka_unit_test(many_move_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
