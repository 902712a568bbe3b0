/*
 * A relay that has to wait: for a target that takes nothing now, for nobody who
 * says anything, for a hello's turn, for a bandwidth limit.  And how it ends then.
 */
/* LINK: grammar/words.c runtime/worker/leg.c runtime/worker/relay.c runtime/worker/flow.c runtime/worker/conn.c runtime/worker/conn_close.c runtime/tls/io.c runtime/tls/outcome.c runtime/common/buf.c runtime/worker/splice.c runtime/worker/turn.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c */
/* LIBS: -lev -Wl,--wrap=clock_gettime */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "relay_parts.h"

/* ---- full buffers ---- */

static void narrow(int s)
{
	int size = SMALL;

	setsockopt(far[s], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(conn_io(c, s)->w.fd, SOL_SOCKET, SO_SNDBUF, &size,
		sizeof(size));
	setsockopt(far[!s], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(conn_io(c, !s)->w.fd, SOL_SOCKET, SO_RCVBUF, &size,
		sizeof(size));
}

static uint8_t nth(uint64_t i)
{
	return (uint8_t)(i % 251);
}

/* Until d's source can say nothing more, because nobody reads; how much. */
static uint64_t jam(int d)
{
	uint8_t p[16384];
	uint64_t sent = 0;
	unsigned still = 0;
	ssize_t n;
	size_t i;

	narrow(!d);
	while (still < 10) {
		for (i = 0; i < sizeof(p); i++)
			p[i] = nth(sent + i);
		n = send(far[d], p, sizeof(p), MSG_DONTWAIT);
		sent += n > 0 ? (uint64_t)n : 0;
		still = n > 0 ? 0 : still + 1;
		turn();
	}
	return sent;
}

static void unjam(int d, uint64_t all)
{
	uint8_t p[65536];
	uint64_t have = 0;
	ssize_t n, i;

	while (have < all) {
		n = hears(!d, p, sizeof(p));
		assert_true(n > 0);
		for (i = 0; i < n; i++)
			assert_int_equal(p[i], nth(have + (uint64_t)i));
		have += (uint64_t)n;
	}
}

static void is_jammed(int d)
{
	assert_int_equal(c->state, CONN_RELAY);
	assert_true(conn_io(c, !d)->out || splice_waiting(c->pipe[d]));
	assert_int_equal(spliced, splice_waiting(c->pipe[d]));
	assert_int_equal(conn_io(c, d)->w.events & EV_READ, 0);
	assert_int_equal(conn_io(c, !d)->w.events & EV_WRITE, EV_WRITE);
}

/* The source is not read on, the other direction is not disturbed, and in the
 * end all octets are there, in order, before the end. */
static void full_then_read(int d)
{
	uint64_t all;

	begin(MODE_PASSTHROUGH);
	all = jam(d);
	is_jammed(d);
	says(!d, "aside");
	heard(d, "aside");
	is_jammed(d);
	shutdown(far[d], SHUT_WR);
	unjam(d, all);
	heard_end(!d);
	assert_int_equal(c->bytes[d], COPIED_FIRST + all);
	shut(!d);
	heard_end(d);
	ended(CLOSE_DONE, "");
}

/* The other side has ended first: what waits keeps the connection. */
static void full_and_both_ended(int d)
{
	uint64_t all;

	begin(MODE_PASSTHROUGH);
	shut(!d);
	heard_end(d);
	all = jam(d);
	is_jammed(d);
	shutdown(far[d], SHUT_WR);
	turn();
	unjam(d, all);
	heard_end(!d);
	ended(CLOSE_DONE, "");
	assert_int_equal(worker.bytes[d], COPIED_FIRST + all);
}

/* The end has been seen, and what came before it still waits. */
static void ended_with_octets_in_hand(int d)
{
	static uint8_t rest[4 << 20];
	size_t i;

	for (i = 0; i < sizeof(rest); i++)
		rest[i] = nth(i);
	begin(MODE_PASSTHROUGH);
	narrow(!d);
	shut(!d);
	heard_end(d);
	assert_int_equal(
		buf_append(&conn_io(c, !d)->out, rest, sizeof(rest)), 0);
	c->flow[d].ended = 1;
	io_shutdown(conn_io(c, !d));
	io_watch(conn_io(c, !d), worker.loop, EV_WRITE);
	conn_settle(c);
	ready(!d, EV_WRITE);
	assert_non_null(c);
	assert_non_null(conn_io(c, !d)->out);
	unjam(d, sizeof(rest));
	heard_end(!d);
	ended(CLOSE_DONE, "");
}

static void reset_while_full(int d)
{
	begin(MODE_PASSTHROUGH);
	jam(d);
	is_jammed(d);
	resets_now(!d);
	ended(reset_of[!d], "");
}

static void idle_while_full(int d)
{
	begin(MODE_PASSTHROUGH);
	jam(d);
	is_jammed(d);
	now += IDLE / 1e3;
	timer_fires();
	ended(CLOSE_IDLE, "");
}

static void full(void **state)
{
	each(full_then_read);
	each(full_and_both_ended);
	each(ended_with_octets_in_hand);
	each(reset_while_full);
	each(idle_while_full);
}

/* ---- idle ---- */

static void idle_is_the_end(int d)
{
	begin(MODE_PASSTHROUGH);
	assert_int_equal(timer_left(), IDLE);
	now += 200;
	says(d, "alive");
	heard(!d, "alive");
	now += 299;
	timer_fires();
	assert_int_equal(c->state, CONN_RELAY);
	assert_int_equal(timer_left(), 1000);
	now += 1;
	timer_fires();
	heard_reset(d);
	heard_reset(!d);
	ended(CLOSE_IDLE, "");
	assert_int_equal(worker.failed, 0);
}

/* After the server's last word the client has the drain limit, not the idle
 * one; a client that has ended may wait for its answer. */
static void after_an_end(int d)
{
	begin(MODE_PASSTHROUGH);
	now += 10;
	shut(d);
	heard_end(!d);
	now += DRAIN / 1e3;
	if (d == SERVER) {
		assert_true(timer_left() <= DRAIN);
	} else {
		assert_true(timer_left() > DRAIN);
		timer_fires();
		assert_int_equal(timer_left(), IDLE - DRAIN);
		now += (IDLE - DRAIN) / 1e3;
	}
	timer_fires();
	ended(CLOSE_IDLE, "");
}

static void idle(void **state)
{
	each(idle_is_the_end);
	each(after_an_end);
}

/* ---- a hello that waits ---- */

/* Nobody forwards the client's second hello yet; that it has gone is seen. */
static void waits_and_resets(int d)
{
	begin(MODE_PASSTHROUGH);
	guarded = 1;
	says(CLIENT, "hello");
	ready(CLIENT, EV_READ);
	assert_int_equal(buf_len(c->client.in), 5);
	says(CLIENT, "more");
	ready(CLIENT, EV_READ);
	assert_int_equal(buf_len(c->client.in), 9);
	assert_int_equal(c->bytes[CLIENT], COPIED_FIRST);
	resets_now(d);
	heard_reset(!d);
	ended(reset_of[d], "");
	guarded = 0;
}

/* Its end would be seen by nobody: with a server that takes nothing more. */
static void waits_for_the_dead(int d)
{
	static const uint8_t much[COPIED_FIRST];

	begin(MODE_PASSTHROUGH);
	guarded = 1;
	assert_int_equal(buf_append(&c->client.in, much, sizeof(much)), 0);
	says(SERVER, "answer");
	resets_now(CLIENT);
	ready(SERVER, EV_READ);
	heard_reset(SERVER);
	ended(CLOSE_CLIENT_RESET, "");
	guarded = 0;
}

static void hello_waits(void **state)
{
	each(waits_and_resets);
	each(waits_for_the_dead);
}

/* ---- ahead of a bandwidth limit ---- */

static void paused(int d)
{
	begin(MODE_PASSTHROUGH);
	pause_of = 2;
	says(d, "one");
	heard(!d, "one");
	assert_int_equal(timer_left(), 2000);
	assert_int_equal(
		(c->client.w.events | conn_io(c, SERVER)->w.events) & EV_READ,
		0);
	says(d, "two");
	shut(d);
	now += 2;
	timer_fires();
	heard(!d, "two");
	heard_end(!d);
	shut(!d);
	ended(CLOSE_DONE, "");
}

static void pauses(void **state)
{
	each(paused);
}

/* ---- the first octets ---- */

/* What came with the hello goes first, and both are asked for news. */
static void begins_with_what_is_there(void **state)
{
	static const char hello[] = "hello";

	worker.options.no_splice = 0;
	comes();
	c->mode = MODE_PASSTHROUGH;
	c->action = 0;
	assert_int_equal(buf_append(&c->client.in, hello, 5), 0);
	asked = answered = 0;
	relay_start(c);
	conn_settle(c);
	assert_null(c->client.in);
	assert_int_equal(asked, 1);
	assert_int_equal(answered, 0);
	heard(SERVER, hello);
	says(SERVER, "answer");
	heard(CLIENT, "answer");
	assert_int_equal(answered, 1);
	assert_int_equal(c->client.w.events, EV_READ);
	assert_int_equal(conn_io(c, SERVER)->w.events, EV_READ);
	shut(CLIENT);
	heard_end(SERVER);
	shut(SERVER);
	ended(CLOSE_DONE, "");
	far_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(full),
		WITH(idle),
		WITH(hello_waits),
		WITH(pauses),
		WITH(begins_with_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
