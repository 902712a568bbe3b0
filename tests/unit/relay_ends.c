/*
 * How a relayed connection ends: each end of each side, in the copy and in the
 * splice form.  Sockets, pipes, loop and the life around it are real.
 */
/* LINK: grammar/words.c runtime/worker/leg.c runtime/worker/relay.c runtime/worker/flow.c runtime/worker/conn.c runtime/worker/conn_close.c runtime/tls/io.c runtime/tls/outcome.c runtime/common/buf.c runtime/worker/splice.c runtime/worker/turn.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c */
/* LIBS: -lev -Wl,--wrap=clock_gettime */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "conn_parts.h"
#include "runtime/worker/splice.h"

#define COPIED_FIRST 65536 /* octets of a direction before it is spliced */
#define SMALL 131072       /* of a socket's buffer */
#define IDLE 300000        /* of the fixture, milliseconds */
#define DRAIN 30000

static const enum close_reason reset_of[2] = {
	CLOSE_CLIENT_RESET, CLOSE_BACKEND_RESET};
static const enum close_reason truncated_of[2] = {
	CLOSE_CLIENT_TRUNCATED, CLOSE_BACKEND_TRUNCATED};
static const enum close_reason broken_of[2] = {
	CLOSE_CLIENT_TLS_ERROR, CLOSE_BACKEND_TLS_ERROR};

static double pause_of; /* what the limits say next */
static unsigned asked, answered;

void backend_asked(struct leg *l)
{
	asked++;
}
void backend_answered(struct leg *l)
{
	answered++;
}
double limits_pause(struct conn *k)
{
	double seconds = pause_of;

	pause_of = 0;
	return seconds;
}
void tls_adopt(struct io *io)
{
}
const char *tls_error(const struct tls *t)
{
	return "bad record";
}
int tls_resumed(const struct tls *t)
{
	return 0;
}

/* Here the guard only ever makes the client wait. */
void inspect_start(struct conn *k)
{
}
void inspect_free(struct inspect **i)
{
	assert_null(*i);
}
size_t inspect_room(const struct conn *k, int d, size_t cap)
{
	return cap;
}
int inspect_pass(struct conn *k, int d, const uint8_t *p, size_t n)
{
	fail();
	return -1;
}
int inspect_end(struct conn *k, int d)
{
	fail();
	return -1;
}

/* ---- the states before ---- */

void decide_start(struct conn *k)
{
	c = k;
	conn_enter(k, CONN_HELLO);
	gets_leg();
	leg_enter(k->leg, LEG_CONNECT);
	gets_server();
	leg_enter(k->leg, LEG_READY);
}
void decide_event(struct conn *k)
{
	fail();
}
void connect_event(struct leg *l)
{
	fail();
}
void connect_failed(struct leg *l, enum close_reason r, const char *d)
{
	fail();
}
void bridge_event(struct leg *l)
{
	fail();
}
void handshake_event(struct conn *k)
{
	fail();
}
void handshake_resume(struct conn *k)
{
	fail();
}

/* ---- both forms, both directions ---- */

static int spliced;

/* A relay under way.  Both directions have moved what is copied first. */
static void begin(enum mode mode)
{
	worker.options.no_splice = !spliced;
	comes();
	c->mode = (uint8_t)mode;
	c->action = 0;
	c->bytes[CLIENT] = c->bytes[SERVER] = COPIED_FIRST;
	relay_start(c);
	conn_settle(c);
	assert_int_equal(c->state, CONN_RELAY);
	asked = answered = 0;
	worker.bytes[CLIENT] = worker.bytes[SERVER] = worker.failed = 0;
}

static void each(void (*test)(int d))
{
	int d;

	for (spliced = 0; spliced < 2; spliced++)
		for (d = 0; d < 2; d++) {
			tls_says = 0;
			test(d);
			assert_null(c);
			far_close();
		}
}

static void shut(int s)
{
	struct pollfd p = {conn_io(c, s)->w.fd, POLLRDHUP, 0};

	shutdown(far[s], SHUT_WR);
	while (!(p.revents & POLLRDHUP))
		poll(&p, 1, 1);
}

/* Its socket, and no other, is ready. */
static void ready(int s, int events)
{
	assert_true(ev_is_active(&conn_io(c, s)->w));
	ev_invoke(worker.loop, &conn_io(c, s)->w, events);
}

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

static int setup(void **state)
{
	parts_setup();
	return 0;
}

static int teardown(void **state)
{
	parts_teardown();
	splice_finish();
	return 0;
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(orderly),
		WITH(orderly_tls),
		WITH(resets),
		WITH(dead_targets),
		WITH(full),
		WITH(idle),
		WITH(tls_ends_badly),
		WITH(hello_waits),
		WITH(pauses),
		WITH(begins_with_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
