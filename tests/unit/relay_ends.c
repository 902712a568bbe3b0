/*
 * How a relayed connection ends: each end of each side, in the copy and in the
 * splice form.
 */
/* LINK: grammar/words.c runtime/worker/leg.c runtime/worker/relay.c runtime/worker/flow.c runtime/worker/conn.c runtime/worker/conn_close.c runtime/tls/io.c runtime/tls/outcome.c runtime/common/buf.c runtime/worker/splice.c runtime/worker/turn.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c */
/* LIBS: -lev -Wl,--wrap=clock_gettime */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "relay_parts.h"

/* ---- orderly ends ---- */

static void one_then_the_other(int d)
{
	begin(MODE_PASSTHROUGH);
	says(d, "first");
	heard(!d, "first");
	assert_int_equal(c->bytes[d], COPIED_FIRST + 5);
	shut(d);
	heard_end(!d);
	assert_int_equal(c->state, CONN_RELAY);
	assert_int_equal(c->bytes[!d], COPIED_FIRST);
	/* It would be told again and again. */
	if (ev_is_active(&conn_io(c, d)->w))
		ready(d, EV_READ);
	assert_int_equal(conn_io(c, d)->w.events & EV_READ, 0);
	says(!d, "still");
	heard(d, "still");
	says(!d, "last");
	shut(!d);
	heard(d, "last");
	heard_end(d);
	ended(CLOSE_DONE, "");
	assert_int_equal(worker.bytes[d], COPIED_FIRST + 5);
	assert_int_equal(worker.bytes[!d], COPIED_FIRST + 9);
	assert_int_equal(worker.failed, 0);
}

/* The end behind the octets, in one turn. */
static void octets_and_end(int d)
{
	begin(MODE_PASSTHROUGH);
	says(d, "whole");
	shut(d);
	heard(!d, "whole");
	heard_end(!d);
	assert_int_equal(c->state, CONN_RELAY);
	shut(!d);
	heard_end(d);
	ended(CLOSE_DONE, "");
}

static void both_at_once(int d)
{
	begin(MODE_PASSTHROUGH);
	says(d, "one");
	says(!d, "two");
	shut(d);
	shut(!d);
	heard(!d, "one");
	heard(d, "two");
	heard_end(d);
	heard_end(!d);
	ended(CLOSE_DONE, "");
}

static void orderly(void **state)
{
	each(one_then_the_other);
	each(octets_and_end);
	each(both_at_once);
}

/* A session of TLS is told the end, too: the close_notify is the end's sign. */
static void orderly_with_tls(int d)
{
	begin(MODE_OFFLOAD);
	tls_on(CLIENT);
	says(d, "octets");
	heard(!d, "octets");
	byes = 0;
	tls_says = d == CLIENT ? IO_EOF : 0;
	shut(d);
	heard_end(!d);
	assert_int_equal(byes, d == SERVER);
	tls_says = d == CLIENT ? 0 : IO_EOF;
	shut(!d);
	heard_end(d);
	assert_int_equal(byes, 1);
	ended(CLOSE_DONE, "");
}

static void orderly_tls(void **state)
{
	each(orderly_with_tls);
}

/* ---- resets ---- */

static void reset_alone(int d)
{
	begin(MODE_PASSTHROUGH);
	resets_now(d);
	heard_reset(!d);
	ended(reset_of[d], "");
	assert_int_equal(worker.failed, 1);
}

static void reset_after_the_others_end(int d)
{
	begin(MODE_PASSTHROUGH);
	shut(!d);
	heard_end(d);
	resets_now(d);
	heard_reset(!d);
	ended(reset_of[d], "after the other side's end");
	assert_int_equal(worker.failed, 0);
}

/* What it said before goes through. */
static void reset_behind_octets(int d)
{
	begin(MODE_PASSTHROUGH);
	says(d, "last");
	resets_now(d);
	heard(!d, "last");
	heard_reset(!d);
	ended(reset_of[d], "");
}

static void resets(void **state)
{
	each(reset_alone);
	each(reset_after_the_others_end);
	each(reset_behind_octets);
}

/* ---- a target that takes nothing more ---- */

/* It has said something before it went: that is read to its end. */
static void dead_with_a_last_word(int d)
{
	begin(MODE_PASSTHROUGH);
	says(!d, "answer");
	resets_now(!d);
	says(d, "too late");
	ready(d, EV_READ);
	assert_non_null(c);
	assert_true(c->flow[d].dead);
	assert_int_equal(conn_io(c, d)->w.events & EV_READ, 0);
	assert_null(conn_io(c, !d)->out);
	assert_false(splice_waiting(c->pipe[d]));
	heard(d, "answer");
	heard_reset(d);
	ended(reset_of[!d], "");
}

/* It has ended before: nothing is left to read. */
static void dead_after_its_end(int d)
{
	begin(MODE_PASSTHROUGH);
	says(!d, "answer");
	shut(!d);
	heard(d, "answer");
	heard_end(d);
	resets_now(!d);
	says(d, "too late");
	ready(d, EV_READ);
	ended(reset_of[!d], "");
}

/* Whoever is dead to us was still owed something. */
static void dead_while_it_waits(int d)
{
	static char much[1 << 20];
	ssize_t n;

	begin(MODE_PASSTHROUGH);
	while ((n = send(far[d], much, sizeof(much), MSG_DONTWAIT)) > 0 ||
		!ev_is_active(&conn_io(c, !d)->w) ||
		!(conn_io(c, !d)->w.events & EV_WRITE))
		turn();
	says(!d, "answer");
	resets_now(!d);
	ready(!d, EV_READ | EV_WRITE);
	heard(d, "answer");
	heard_reset(d);
	ended(reset_of[!d], "");
}

static void dead_targets(void **state)
{
	each(dead_with_a_last_word);
	each(dead_after_its_end);
	each(dead_while_it_waits);
}

/* ---- ends of TLS ---- */

static void tls_ends(int d, int outcome, enum close_reason r, const char *what)
{
	begin(MODE_BRIDGE);
	tls_on(CLIENT);
	tls_on(SERVER);
	tls_says = outcome;
	says(d, "x");
	ready(d, EV_READ);
	tls_says = 0;
	heard_reset(!d);
	ended(r, what);
}

static void tls_no_order(int d)
{
	tls_ends(d, IO_TRUNCATED, truncated_of[d], "");
	far_close();
	tls_ends(d, IO_BROKEN, broken_of[d], "bad record");
	far_close();
	tls_ends(d, IO_RESET, reset_of[d], "");
	far_close();
	tls_ends(d, IO_MEMORY, CLOSE_NO_MEMORY, "");
}

static void truncated_after_the_others_end(int d)
{
	begin(MODE_BRIDGE);
	tls_on(CLIENT);
	tls_on(SERVER);
	tls_says = IO_EOF;
	shut(!d);
	heard_end(d);
	tls_says = IO_TRUNCATED;
	shut(d);
	ended(truncated_of[d], "after the other side's end");
	tls_says = 0;
}

static void tls_ends_badly(void **state)
{
	each(tls_no_order);
	each(truncated_after_the_others_end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(orderly),
		WITH(orderly_tls),
		WITH(resets),
		WITH(dead_targets),
		WITH(tls_ends_badly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
