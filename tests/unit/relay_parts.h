/*
 * A relay under way (conn_parts.h) in the copy and in the splice form, for the
 * tests of how it ends.  Sockets, pipes, loop and the life around it are real.
 */
#ifndef TESTS_RELAY_PARTS_H
#define TESTS_RELAY_PARTS_H

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

static inline void each(void (*test)(int d))
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

static inline void shut(int s)
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

static inline int setup(void **state)
{
	parts_setup();
	return 0;
}

static inline int teardown(void **state)
{
	parts_teardown();
	splice_finish();
	return 0;
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
