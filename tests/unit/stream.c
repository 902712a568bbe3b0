/*
 * The life of a request: which state follows which, how long each may last, how
 * a deadline and an end are told, and what they make of the connection.
 */
/* LINK: grammar/words.c runtime/worker/stream.c runtime/common/buf.c runtime/http/head.c runtime/http/first_line.c runtime/http/field.c runtime/http/host.c runtime/http/octets.c runtime/http/reason.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/worker/stream_parts.h"
#include "runtime/worker/worker_state.h"

enum { IDLE_MS = 7000, RESPONSE_MS = 9000, LEG_S = 3 };

static struct tbl_limit limit = {.idle_ms = IDLE_MS};
static struct tbl_climit climit = {.response_ms = RESPONSE_MS};
static struct generation gen;
static struct worker worker;
static struct requests requests;
static struct conn conn;
static struct leg leg;
static unsigned touched, logged, leg_told;
static struct {
	unsigned status;
	enum stream_end end;
} answered;

void conn_touch(struct conn *k)
{
	touched++;
}
void conn_close(struct conn *k, enum close_reason reason, uint8_t alert,
	const char *detail)
{
	assert_int_equal(alert, NO_ALERT);
	k->reason = (uint8_t)reason;
	k->state = CONN_CLOSED;
}
double leg_seconds(const struct leg *l)
{
	return LEG_S;
}
void leg_timeout(struct leg *l)
{
	leg_told++;
}
void stream_log(const struct stream *s)
{
	logged++;
}
void stream_answer(struct stream *s, unsigned status, enum stream_end end,
	const char *detail)
{
	answered.status = status;
	answered.end = end;
}

static struct stream *begin(enum stream_state state)
{
	struct stream *s;

	memset(&conn, 0, sizeof(conn));
	memset(&requests, 0, sizeof(requests));
	memset(&answered, 0, sizeof(answered));
	touched = logged = leg_told = 0;
	gen.table.limit = &limit;
	gen.table.climit = &climit;
	gen.table.site_count = 1;
	worker.live = &gen;
	worker.draining = 0;
	conn.gen = &gen;
	conn.worker = &worker;
	conn.requests = &requests;
	conn.state = CONN_HTTP;
	s = stream_new(&conn, NULL);
	assert_non_null(s);
	assert_ptr_equal(requests.stream, s);
	s->leg = &leg;
	s->state = (uint8_t)state;
	return s;
}

static void finish(struct stream *s)
{
	s->leg = NULL;
	stream_free(&s);
	assert_null(s);
	assert_int_equal(logged, 1);
}

static int aborts(struct stream *s, enum stream_state to)
{
	struct rlimit none = {0, 0};
	pid_t pid = fork();
	int status, null;

	if (pid == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, 2);
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		stream_enter(s, to);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status);
}

/* Rows: from; columns: to; in the order of stream.h. */
static const char *const lawful[STREAM_STATES] = {
	/*		    DSAADFO */
	[STREAM_DECIDE] = "0100111",
	[STREAM_SERVER] = "0010111",
	[STREAM_ASK] = "0101111",
	[STREAM_ANSWER] = "0000111",
	[STREAM_DRAIN] = "0000011",
	[STREAM_FLUSH] = "0000000",
	[STREAM_OVER] = "0000000",
};

static void only_lawful_steps(void **state)
{
	struct stream *s = begin(STREAM_DECIDE);
	int from, to;

	for (from = 0; from < STREAM_STATES; from++)
		for (to = 0; to < STREAM_STATES; to++) {
			s->state = (uint8_t)from;
			if (aborts(s, (enum stream_state)to) ==
				(lawful[from][to] == '1'))
				fail_msg("from %s to %s",
					stream_state_word(from),
					stream_state_word(to));
		}
	finish(s);
}

static void seconds(void **state)
{
	static const struct {
		enum stream_state state;
		int ended;
		double seconds;
	} v[] = {
		{STREAM_SERVER, 1, LEG_S},
		{STREAM_ASK, 0, IDLE_MS / 1e3},
		{STREAM_ASK, 1, RESPONSE_MS / 1e3},
		{STREAM_ANSWER, 1, IDLE_MS / 1e3},
		{STREAM_DRAIN, 0, 5},
		{STREAM_FLUSH, 1, IDLE_MS / 1e3},
	};
	struct stream *s;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		s = begin(v[i].state);
		s->up.ended = (uint8_t)v[i].ended;
		assert_true(stream_seconds(s) == v[i].seconds);
		finish(s);
	}
}

static void deadlines(void **state)
{
	struct stream *s = begin(STREAM_SERVER);

	stream_timeout(s);
	assert_int_equal(leg_told, 1);
	finish(s);
	/* Nobody but the server is to blame for what it has whole, or does not
	 * take. */
	s = begin(STREAM_ASK);
	stream_timeout(s);
	assert_int_equal(answered.status, 504);
	s->up.ended = 0;
	leg.io.out = (struct buf *)&leg;
	stream_timeout(s);
	assert_int_equal(answered.status, 504);
	leg.io.out = NULL;
	stream_timeout(s);
	assert_int_equal(answered.status, 408);
	assert_int_equal(answered.end, STREAM_END_SLOW_BODY);
	finish(s);
	s = begin(STREAM_ANSWER);
	stream_timeout(s);
	assert_int_equal(s->end, STREAM_END_STALLED);
	assert_int_equal(conn.reason, CLOSE_IDLE);
	finish(s);
	s = begin(STREAM_DRAIN);
	stream_timeout(s);
	assert_int_equal(s->state, STREAM_FLUSH);
	finish(s);
	s = begin(STREAM_FLUSH);
	stream_timeout(s);
	assert_int_equal(conn.reason, CLOSE_IDLE);
	finish(s);
}

/* What follows when all is said. */
static void said(void **state)
{
	static const struct {
		int last, client_ended, body_ended;
		enum stream_state state;
	} v[] = {
		{0, 0, 1, STREAM_OVER},
		{0, 0, 0, STREAM_DRAIN},
		{1, 0, 1, STREAM_FLUSH},
		{1, 0, 0, STREAM_FLUSH},
		{0, -IO_EOF, 1, STREAM_FLUSH},
	};
	struct stream *s;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		s = begin(STREAM_ANSWER);
		s->last = (uint8_t)v[i].last;
		requests.ended = (uint8_t)v[i].client_ended;
		s->up.ended = (uint8_t)v[i].body_ended;
		stream_said(s);
		assert_int_equal(s->state, v[i].state);
		finish(s);
	}
}

static void last(void **state)
{
	static struct generation other;
	struct stream *s = begin(STREAM_ASK);

	stream_look_for_last(s);
	assert_false(s->last);
	worker.draining = 1;
	stream_look_for_last(s);
	assert_true(s->last);
	finish(s);
	s = begin(STREAM_ASK);
	worker.live = &other;
	stream_look_for_last(s);
	assert_true(s->last);
	finish(s);
}

/* An answer that has begun and cannot be finished must not look whole: whatever
 * the reason, the connection does not end in order. */
static void aborted(void **state)
{
	struct stream *s;
	int e;

	for (e = STREAM_END_NONE + 1; e < STREAM_END_COUNT; e++) {
		s = begin(STREAM_ANSWER);
		stream_abort(s, (enum stream_end)e, "why");
		assert_int_equal(s->end, e);
		assert_string_equal(s->detail, "why");
		assert_true(conn.reason == CLOSE_ANSWER_CUT ||
			conn.reason == CLOSE_CLIENT_RESET ||
			conn.reason == CLOSE_IDLE);
		finish(s);
		s = begin(STREAM_ASK);
		stream_abort(s, (enum stream_end)e, NULL);
		assert_int_equal(conn.reason, stream_end_close(e));
		finish(s);
	}
}

static void first_end_counts(void **state)
{
	struct stream *s = begin(STREAM_ANSWER);

	stream_over(s, STREAM_END_SERVED, NULL);
	stream_over(s, STREAM_END_DRAINED, "later");
	assert_int_equal(s->end, STREAM_END_SERVED);
	assert_null(s->detail);
	assert_true(s->last_us > 0);
	finish(s);
}

static void ids(void **state)
{
	char seen[100][STREAM_ID_LEN + 1];
	struct stream *s;
	int i, k;

	for (i = 0; i < 100; i++) {
		s = begin(STREAM_DECIDE);
		assert_int_equal(
			strspn(s->id, "0123456789abcdef"), STREAM_ID_LEN);
		strcpy(seen[i], s->id);
		for (k = 0; k < i; k++)
			assert_string_not_equal(seen[k], s->id);
		finish(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_lawful_steps),
		cmocka_unit_test(seconds),
		cmocka_unit_test(deadlines),
		cmocka_unit_test(said),
		cmocka_unit_test(last),
		cmocka_unit_test(aborted),
		cmocka_unit_test(first_end_counts),
		cmocka_unit_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
