/*
 * The life of a connection: which step may follow which, each reason to close,
 * each deadline, and what must hold after every event.  Sockets and loop are
 * real; the rooms of the states are stand-ins.
 */
/* LINK: grammar/words.c runtime/worker/leg.c runtime/worker/conn.c runtime/worker/conn_close.c runtime/tls/io.c runtime/tls/outcome.c runtime/common/buf.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c */
/* LIBS: -lev -Wl,--wrap=clock_gettime */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "conn_parts.h"

enum {
	HELLO_MS = 10000,
	HANDSHAKE_MS = 11000,
	IDLE_MS = 300000,
	CONNECT_MS = 5000,
	DRAIN_MS = 30000,
	LINGER_MS = 2000
};

static enum conn_state first; /* PROXY or HELLO */
static const char *room;      /* whose event it was last */

/* ---- the rooms ---- */

void decide_start(struct conn *k)
{
	c = k;
	conn_enter(k, first);
	io_watch(&k->client, worker.loop, EV_READ);
}
void decide_event(struct conn *k)
{
	room = "decide";
}
void connect_event(struct leg *l)
{
	room = "connect";
}
void connect_failed(struct leg *l, enum close_reason r, const char *d)
{
	conn_close(l->conn, r, NO_ALERT, d);
}
void bridge_event(struct leg *l)
{
	room = "bridge";
}
void handshake_event(struct conn *k)
{
	room = "handshake";
}
void handshake_resume(struct conn *k)
{
	room = "resume";
}
void relay_event(struct conn *k, enum side s, int events)
{
	room = s == CLIENT ? "relay client" : "relay server";
}
void relay_resume(struct conn *k)
{
	room = "relay resume";
	conn_unpause(k);
}
void relay_release(struct conn *k)
{
}

/* ---- a connection in each state, as its room leaves it ---- */

static void begin(enum conn_state s)
{
	first = s == CONN_PROXY ? CONN_PROXY : CONN_HELLO;
	room = "";
	comes();
	if (s <= CONN_HELLO)
		return;
	gets_leg();
	if (s == CONN_QUEUE) {
		leg_enter(c->leg, LEG_QUEUE);
		c->leg->waiter = (struct waiter *)&first;
		return;
	}
	leg_enter(c->leg, LEG_CONNECT);
	gets_server();
	io_watch(conn_io(c, SERVER), worker.loop, EV_READ);
	if (s == CONN_LEG2)
		tls_on(SERVER);
	if (s == CONN_HANDSHAKE)
		tls_on(CLIENT);
	if (s == CONN_LEG2)
		leg_enter(c->leg, LEG_TLS);
	if (s <= CONN_LEG2)
		return;
	leg_enter(c->leg, LEG_READY);
	conn_enter(c, s);
}

static void finish(void)
{
	conn_close_all(&worker, CLOSE_DRAINED);
	assert_null(c);
	far_close();
}

/* ---- what aborts ---- */

/* Does it abort?  In a process of its own. */
static int aborts(void (*act)(int), int arg)
{
	struct rlimit none = {0, 0};
	pid_t pid = fork();
	int status, null;

	if (pid == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, 2);
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		act(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		assert_int_equal(WTERMSIG(status), SIGABRT);
	else
		assert_int_equal(status, 0);
	return WIFSIGNALED(status);
}

static void enters(int to)
{
	conn_enter(c, (enum conn_state)to);
	if (c->state != to)
		abort();
}

/* Rows: from; columns: to; in the order of conn.h. */
static const char *const lawful[CONN_STATES] = {
	/*		 NPHQCLHRLC */
	[CONN_NEW] = "0110000011",
	[CONN_PROXY] = "0010000011",
	[CONN_HELLO] = "0001100011",
	[CONN_QUEUE] = "0000100011",
	[CONN_CONNECT] = "0001011111",
	[CONN_LEG2] = "0001101011",
	[CONN_HANDSHAKE] = "0000000111",
	[CONN_RELAY] = "0000000011",
	[CONN_LINGER] = "0000000001",
	[CONN_CLOSED] = "0000000000",
};

static void only_lawful_steps(void **state)
{
	int from, to;

	begin(CONN_HELLO);
	gets_leg();
	for (from = 0; from < CONN_STATES; from++)
		for (to = 0; to < CONN_STATES; to++) {
			c->state = (uint8_t)from;
			if (aborts(enters, to) == (lawful[from][to] == '1'))
				fail_msg("from %s to %s", conn_state_word(from),
					conn_state_word(to));
		}
	c->state = CONN_HELLO;
	finish();
}

enum breach {
	NOTHING,
	NO_CLIENT,
	NO_TIMER,
	A_REASON,
	NO_GENERATION,
	A_SERVER,
	NO_SERVER,
	CLIENT_TLS,
	NO_CLIENT_TLS,
	SERVER_TLS,
	NO_SERVER_TLS,
	NOT_READ,
	NO_WAITER,
	NOT_WATCHED,
	STATE_NEW,
	OVER,
	OVERLOOKED,
	PAUSED
};

static void watches_nothing(void)
{
	io_watch(&c->client, worker.loop, 0);
	if (c->leg)
		io_watch(&c->leg->io, worker.loop, 0);
}

static void breaks(int b)
{
	switch ((enum breach)b) {
	case NO_CLIENT:
		io_close(&c->client, worker.loop, IO_FIN);
		break;
	case NO_TIMER:
		ev_timer_stop(worker.loop, &c->timer);
		break;
	case A_REASON:
		c->reason = CLOSE_DONE;
		break;
	case NO_GENERATION:
		c->gen = NULL;
		break;
	case A_SERVER:
		if (!c->leg)
			gets_leg();
		gets_server();
		break;
	case NO_SERVER:
		io_close(&c->leg->io, worker.loop, IO_FIN);
		break;
	case CLIENT_TLS:
		tls_on(CLIENT);
		break;
	case NO_CLIENT_TLS:
		c->client.tls = NULL;
		break;
	case SERVER_TLS:
		tls_on(SERVER);
		break;
	case NO_SERVER_TLS:
		conn_io(c, SERVER)->tls = NULL;
		break;
	case NO_WAITER:
		c->leg->waiter = NULL;
		break;
	case STATE_NEW:
		c->state = CONN_NEW;
		break;
	case OVER:
		c->flow[0].ended = c->flow[1].ended = 1;
		break;
	case OVERLOOKED:
		tls_on(CLIENT);
		tls_has = 1;
		break;
	case PAUSED:
		conn_pause(c, 1);
		/* fall through */
	case NOT_READ:
	case NOT_WATCHED:
		watches_nothing();
		break;
	default:
		break;
	}
	conn_settle(c);
}

static void what_must_hold(void **state)
{
	static const struct {
		enum conn_state state;
		int sound[3], broken[8]; /* each to the first NOTHING */
	} v[] = {
		{CONN_PROXY, {0},
			{NO_CLIENT, NO_TIMER, A_REASON, NO_GENERATION, A_SERVER,
				CLIENT_TLS, NOT_READ, STATE_NEW}},
		{CONN_HELLO, {0},
			{NO_TIMER, A_REASON, A_SERVER, CLIENT_TLS, NOT_READ}},
		{CONN_QUEUE, {NOT_READ}, {NO_TIMER, NO_WAITER, A_SERVER}},
		{CONN_CONNECT, {NOT_READ}, {NO_SERVER, CLIENT_TLS, SERVER_TLS}},
		{CONN_LEG2, {0},
			{NO_SERVER, NO_SERVER_TLS, CLIENT_TLS, NOT_READ}},
		{CONN_HANDSHAKE, {SERVER_TLS},
			{NO_SERVER, NO_CLIENT_TLS, NOT_READ, OVERLOOKED}},
		{CONN_RELAY, {CLIENT_TLS, SERVER_TLS, PAUSED},
			{NO_SERVER, OVER, NOT_WATCHED, OVERLOOKED,
				NO_GENERATION}},
	};
	size_t i, j;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		begin(v[i].state);
		assert_false(aborts(breaks, NOTHING));
		for (j = 0; j < 3 && v[i].sound[j]; j++)
			assert_false(aborts(breaks, v[i].sound[j]));
		for (j = 0; j < 8 && v[i].broken[j]; j++)
			if (!aborts(breaks, v[i].broken[j]))
				fail_msg("%s, breach %d",
					conn_state_word(v[i].state),
					v[i].broken[j]);
		finish();
	}
}

/* ---- each reason ---- */

static int is_orderly(enum close_reason r)
{
	static const enum close_reason v[] = {CLOSE_DONE, CLOSE_REJECTED,
		CLOSE_MALFORMED, CLOSE_HELLO_TIMEOUT, CLOSE_HELLO_TOO_BIG,
		CLOSE_HELLO_EOF, CLOSE_PROXY_HEADER, CLOSE_LIMIT,
		CLOSE_BACKEND_HANDSHAKE, CLOSE_BACKEND_UNVERIFIED};
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
		r == CLOSE_IDLE || r == CLOSE_HELLO_EOF;
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

/* ---- deadlines ---- */

static void each_deadline(void **state)
{
	static const struct {
		enum conn_state state;
		int ms;
		enum close_reason reason;
		int alert;
		const char *detail;
	} v[] = {
		{CONN_PROXY, HELLO_MS, CLOSE_HELLO_TIMEOUT, 0, ""},
		{CONN_HELLO, HELLO_MS, CLOSE_HELLO_TIMEOUT, 0, ""},
		{CONN_QUEUE, CONNECT_MS, CLOSE_BACKEND_FULL, 80, "queued"},
		{CONN_CONNECT, CONNECT_MS, CLOSE_CONNECT_TIMEOUT, 0, ""},
		{CONN_LEG2, HANDSHAKE_MS, CLOSE_BACKEND_HANDSHAKE, 80,
			"timeout"},
		{CONN_HANDSHAKE, HANDSHAKE_MS, CLOSE_HANDSHAKE_TIMEOUT, 0, ""},
		{CONN_RELAY, IDLE_MS, CLOSE_IDLE, 0, ""},
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		begin(v[i].state);
		assert_int_equal(timer_left(), v[i].ms);
		now += v[i].ms / 1e3;
		timer_fires();
		if (v[i].alert) {
			assert_int_equal(c->state, CONN_LINGER);
			shutdown(far[CLIENT], SHUT_WR);
		}
		ended(v[i].reason, v[i].detail);
		assert_int_equal(end_of.alert, v[i].alert);
		far_close();
	}
}

static void deadlines_of_their_own(void **state)
{
	begin(CONN_PROXY);
	ev_timer_stop(worker.loop, &c->timer);
	ev_timer_set(&c->timer, 3, 0);
	ev_timer_start(worker.loop, &c->timer);
	conn_enter(c, CONN_HELLO);
	assert_int_equal(timer_left(), 3000);
	finish();
	begin(CONN_CONNECT);
	c->leg->hurry = 1;
	conn_touch(c);
	assert_int_equal(timer_left(), 250);
	finish();
	begin(CONN_RELAY);
	c->flow[SERVER].ended = 1;
	conn_touch(c);
	assert_int_equal(timer_left(), DRAIN_MS);
	conn_pause(c, 4);
	conn_touch(c);
	assert_int_equal(timer_left(), 4000);
	timer_fires();
	assert_string_equal(room, "relay resume");
	assert_int_equal(timer_left(), DRAIN_MS);
	finish();
}

/* ---- events ---- */

static void each_state_has_its_room(void **state)
{
	static const char *const rooms[] = {[CONN_PROXY] = "decide",
		[CONN_HELLO] = "decide",
		[CONN_CONNECT] = "connect",
		[CONN_LEG2] = "bridge",
		[CONN_HANDSHAKE] = "handshake",
		[CONN_RELAY] = "relay client"};
	struct io *io;
	int s;

	for (s = CONN_PROXY; s <= CONN_RELAY; s++) {
		if (!rooms[s])
			continue;
		begin((enum conn_state)s);
		io = s == CONN_CONNECT || s == CONN_LEG2 ? &c->leg->io
							 : &c->client;
		io_quiet(io);
		ev_invoke(worker.loop, &io->w, EV_READ);
		assert_string_equal(room, rooms[s]);
		assert_false(io_is_quiet(io));
		finish();
	}
	begin(CONN_RELAY);
	ev_invoke(worker.loop, &conn_io(c, SERVER)->w, EV_READ);
	assert_string_equal(room, "relay server");
	finish();
	begin(CONN_HANDSHAKE);
	conn_wake(&c->client);
	assert_string_equal(room, "resume");
	finish();
}

static int setup(void **state)
{
	size_t len;

	parts_setup();
	model->limits.v[0].handshake_ms = HANDSHAKE_MS;
	free(bytes);
	bytes = fix_table(model, &len, &gen.table);
	return 0;
}

static int teardown(void **state)
{
	parts_teardown();
	far_close();
	return 0;
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(only_lawful_steps),
		WITH(what_must_hold),
		WITH(each_reason_closes),
		WITH(each_reason_with_an_alert),
		WITH(usual_ends),
		WITH(who_is_to_blame),
		WITH(lingering_has_an_end),
		WITH(each_deadline),
		WITH(deadlines_of_their_own),
		WITH(each_state_has_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
