/*
 * The life of a connection: which step may follow which, each deadline, and what
 * must hold after every event.  Sockets and loop are real.
 */
/* LINK: grammar/words.c runtime/worker/leg.c runtime/worker/conn.c runtime/worker/conn_close.c runtime/tls/io.c runtime/tls/outcome.c runtime/common/buf.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c */
/* LIBS: -lev -Wl,--wrap=clock_gettime */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "conn_states.h"

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
	/*		 NPHQCLHTRLC */
	[CONN_NEW] = "01100001011",
	[CONN_PROXY] = "00100000011",
	[CONN_HELLO] = "00011011011",
	[CONN_QUEUE] = "00001000011",
	[CONN_CONNECT] = "00010110111",
	[CONN_LEG2] = "00011010011",
	[CONN_HANDSHAKE] = "00000001111",
	[CONN_HTTP] = "00000000111",
	[CONN_RELAY] = "00000000011",
	[CONN_LINGER] = "00000000001",
	[CONN_CLOSED] = "00000000000",
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

static void requests_are_told(void **state)
{
	begin_http();
	assert_int_equal(timer_left(), 2000);
	ev_invoke(worker.loop, &c->client.w, EV_READ);
	assert_string_equal(requests_were, "event");
	conn_pause(c, 1);
	timer_fires();
	assert_string_equal(requests_were, "resume");
	now += 2;
	timer_fires();
	assert_string_equal(requests_were, "timeout");
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(only_lawful_steps),
		WITH(what_must_hold),
		WITH(each_deadline),
		WITH(deadlines_of_their_own),
		WITH(each_state_has_its_room),
		WITH(requests_are_told),
		WITH(requests_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
