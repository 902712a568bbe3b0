/*
 * The end of a connection: each reason to close, with an alert and without, and
 * lingering.  Sockets and loop are real.
 */
/* LINK: grammar/words.c runtime/worker/leg.c runtime/worker/conn.c runtime/worker/conn_close.c runtime/tls/io.c runtime/tls/outcome.c runtime/common/buf.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c */
/* LIBS: -lev -Wl,--wrap=clock_gettime */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "conn_states.h"

/* ---- each reason ---- */

static int is_orderly(enum close_reason r)
{
	static const enum close_reason v[] = {CLOSE_DONE, CLOSE_REJECTED,
		CLOSE_MALFORMED, CLOSE_HELLO_TIMEOUT, CLOSE_HELLO_TOO_BIG,
		CLOSE_HELLO_EOF, CLOSE_PROXY_HEADER, CLOSE_LIMIT,
		CLOSE_BACKEND_HANDSHAKE, CLOSE_BACKEND_UNVERIFIED,
		CLOSE_REQUEST, CLOSE_KEEP_ALIVE};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (r == v[i])
			return 1;
	return 0;
}

/* Neither rejected nor a failure, with nothing ended before. */
static int is_usual(enum close_reason r)
{
	return r == CLOSE_DONE || r == CLOSE_CLIENT_TRUNCATED ||
		r == CLOSE_IDLE || r == CLOSE_HELLO_EOF || r == CLOSE_REQUEST ||
		r == CLOSE_KEEP_ALIVE;
}

static void each_reason_closes(void **state)
{
	int r;

	for (r = CLOSE_NONE + 1; r < CLOSE_COUNT; r++) {
		begin(CONN_RELAY);
		worker.rejected = worker.failed = 0;
		c->bytes[CLIENT] = 3;
		c->bytes[SERVER] = 4;
		worker.bytes[CLIENT] = worker.bytes[SERVER] = 0;
		conn_close(c, (enum close_reason)r, NO_ALERT, "why");
		assert_int_equal(c->state, CONN_CLOSED);
		conn_settle(c);
		ended((enum close_reason)r, "why");
		assert_int_equal(end_of.alert, 0);
		assert_int_equal(worker.rejected, r == CLOSE_REJECTED);
		assert_int_equal(worker.failed,
			r != CLOSE_REJECTED && !is_usual((enum close_reason)r));
		assert_int_equal(worker.bytes[CLIENT], 3);
		assert_int_equal(worker.bytes[SERVER], 4);
		if (is_orderly((enum close_reason)r)) {
			heard_end(CLIENT);
			heard_end(SERVER);
		} else {
			heard_reset(CLIENT);
			heard_reset(SERVER);
		}
		far_close();
	}
}

/* What is behind an alert waits until the client has it. */
static void each_reason_with_an_alert(void **state)
{
	uint8_t got[8];
	int r;

	for (r = CLOSE_NONE + 1; r < CLOSE_COUNT; r++) {
		begin(CONN_HELLO);
		conn_close(c, (enum close_reason)r, 40, NULL);
		assert_int_equal(c->state,
			r == CLOSE_CLIENT_RESET ? CONN_CLOSED : CONN_LINGER);
		conn_settle(c);
		if (r != CLOSE_CLIENT_RESET) {
			assert_int_equal(gen.refs, 0);
			assert_int_equal(end_of.freed, 0);
			assert_int_equal(end_of.limits, 0);
			assert_int_equal(timer_left(), LINGER_MS);
			assert_int_equal(hears(CLIENT, got, 8), 7);
			assert_memory_equal(got, "\x15\3\3\0\2\2\x28", 7);
			heard_end(CLIENT);
			shutdown(far[CLIENT], SHUT_WR);
		}
		ended((enum close_reason)r, "");
		assert_int_equal(end_of.alert, 40);
		assert_int_equal(end_of.hello, 1);
		far_close();
	}
}

/* What the other side's end makes of a reset or a cut. */
static void usual_ends(void **state)
{
	static const struct {
		enum close_reason reason;
		enum side other;
	} v[] = {{CLOSE_CLIENT_RESET, SERVER}, {CLOSE_BACKEND_RESET, CLIENT},
		{CLOSE_BACKEND_TRUNCATED, CLIENT}};
	size_t i;

	for (i = 0; i < 3; i++) {
		begin(CONN_RELAY);
		worker.failed = 0;
		c->flow[v[i].other].ended = 1;
		conn_close(c, v[i].reason, NO_ALERT, NULL);
		conn_settle(c);
		assert_int_equal(worker.failed, 0);
		far_close();
	}
	begin(CONN_HELLO);
	assert_int_equal(buf_append(&c->client.in, "x", 1), 0);
	conn_close(c, CLOSE_HELLO_EOF, NO_ALERT, NULL);
	conn_settle(c);
	assert_int_equal(worker.failed, 1);
}

/* A server that was asked and ended without an answer has failed, unless it was
 * the client that ended. */
static void who_is_to_blame(void **state)
{
	int r, left, asked, blamed;

	for (r = CLOSE_NONE + 1; r < CLOSE_COUNT; r++)
		for (left = 0; left < 2; left++)
			for (asked = 0; asked < 2; asked++) {
				begin(CONN_RELAY);
				c->leg->server = (struct server *)&first;
				if (asked)
					c->leg->verdict = LEG_ASKED;
				c->flow[CLIENT].ended = (uint8_t)left;
				conn_close(c, (enum close_reason)r, NO_ALERT,
					NULL);
				conn_settle(c);
				blamed = asked && !left &&
					(r == CLOSE_BACKEND_RESET ||
						r == CLOSE_BACKEND_TRUNCATED ||
						r == CLOSE_BACKEND_HANDSHAKE ||
						r == CLOSE_IDLE);
				assert_int_equal(end_of.blamed, blamed);
				far_close();
			}
}

/* ---- lingering ---- */

static void lingering_has_an_end(void **state)
{
	static char much[262144];

	begin(CONN_HELLO);
	c->bytes[CLIENT] = sizeof(much); /* relayed before: not of this */
	conn_close(c, CLOSE_REJECTED, 49, NULL);
	assert_int_equal(c->state, CONN_LINGER);
	conn_settle(c);
	/* Not by its deadline. */
	ev_timer_stop(worker.loop, &c->timer);
	ev_timer_set(&c->timer, 1000, 0);
	ev_timer_start(worker.loop, &c->timer);
	says(CLIENT, "still");
	while (c->bytes[CLIENT] < 5)
		turn();
	assert_int_equal(c->state, CONN_LINGER);
	assert_int_equal(
		send(far[CLIENT], much, sizeof(much), 0), sizeof(much));
	ended(CLOSE_REJECTED, "");
	far_close();
	begin(CONN_HELLO);
	conn_close(c, CLOSE_REJECTED, 49, NULL);
	conn_settle(c);
	timer_fires();
	ended(CLOSE_REJECTED, "");
}

/* An end in order is said, and what the client still says is read. */
static void goodbye_to_requests(void **state)
{
	static const struct {
		enum close_reason reason;
		int rests, lingers;
	} v[] = {
		{CLOSE_DONE, 0, 1},
		{CLOSE_REQUEST, 0, 1},
		{CLOSE_KEEP_ALIVE, 1, 1},
		{CLOSE_DRAINED, 1, 1},
		{CLOSE_CLIENT_TRUNCATED, 0, 1},
		{CLOSE_DRAINED, 0, 0},
		{CLOSE_ANSWER_CUT, 0, 0},
		{CLOSE_CLIENT_RESET, 0, 0},
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		begin_http();
		requests_rest = v[i].rests;
		conn_close(c, v[i].reason, NO_ALERT, NULL);
		assert_int_equal(
			c->state, v[i].lingers ? CONN_LINGER : CONN_CLOSED);
		conn_settle(c);
		if (v[i].lingers) {
			says(CLIENT, "more");
			heard_end(CLIENT);
			timer_fires();
		}
		ended(v[i].reason, "");
		far_close();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(each_reason_closes),
		WITH(each_reason_with_an_alert),
		WITH(usual_ends),
		WITH(who_is_to_blame),
		WITH(lingering_has_an_end),
		WITH(goodbye_to_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
