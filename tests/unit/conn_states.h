/*
 * A connection (conn_parts.h) in each of its states, for the tests of conn.c: the
 * rooms of the states are stand-ins that note whose event it was.
 */
#ifndef TESTS_CONN_STATES_H
#define TESTS_CONN_STATES_H

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

static inline void begin(enum conn_state s)
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

static struct requests requests;

/* As handshake.c leaves one of a route with a site. */
static inline void begin_http(void)
{
	first = CONN_HELLO;
	comes();
	tls_on(CLIENT);
	c->requests = &requests;
	conn_enter(c, CONN_HANDSHAKE);
	conn_enter(c, CONN_HTTP);
	requests_rest = 0;
	requests_were = "";
}

static inline void finish(void)
{
	conn_close_all(&worker, CLOSE_DRAINED);
	assert_null(c);
	far_close();
}

static inline int setup(void **state)
{
	size_t len;

	parts_setup();
	model->limits.v[0].handshake_ms = HANDSHAKE_MS;
	free(bytes);
	bytes = fix_table(model, &len, &gen.table);
	return 0;
}

static inline int teardown(void **state)
{
	parts_teardown();
	far_close();
	return 0;
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
