/*
 * The life of a connection.  Events of the client's socket and of the timer
 * come in here and go to the file that works in the present state; leg.c does
 * the same for the server's socket.  After each event the invariants are
 * asserted and what has ended is freed, so no function keeps a pointer to a
 * freed connection.
 */
#include "conn.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "decide.h"
#include "handshake.h"
#include "inspect.h"
#include "limits.h"
#include "listener.h"
#include "relay.h"
#include "requests.h"
#include "runtime/common/clock.h"
#include "runtime/tls/tls.h"
#include "worker_state.h"

#define LINGER_SECONDS 2.

static const struct {
	const char *word;
	uint16_t from; /* the states it may be entered from */
} states[CONN_STATES] = {
	[CONN_NEW] = {"new", 0},
	[CONN_PROXY] = {"proxy", 1 << CONN_NEW},
	[CONN_HELLO] = {"hello", 1 << CONN_NEW | 1 << CONN_PROXY},
	[CONN_QUEUE] = {"queue",
		1 << CONN_HELLO | 1 << CONN_CONNECT | 1 << CONN_LEG2},
	[CONN_CONNECT] = {"connect",
		1 << CONN_HELLO | 1 << CONN_QUEUE | 1 << CONN_LEG2},
	[CONN_LEG2] = {"leg2", 1 << CONN_CONNECT},
	[CONN_HANDSHAKE] = {"handshake",
		1 << CONN_HELLO | 1 << CONN_CONNECT | 1 << CONN_LEG2},
	[CONN_HTTP] = {"http",
		1 << CONN_NEW | 1 << CONN_HELLO | 1 << CONN_HANDSHAKE},
	[CONN_RELAY] = {"relay",
		1 << CONN_CONNECT | 1 << CONN_HANDSHAKE | 1 << CONN_HTTP},
	[CONN_LINGER] = {"linger", (1 << CONN_LINGER) - 1},
	[CONN_CLOSED] = {"closed", (1 << CONN_CLOSED) - 1},
};

const char *conn_state_word(enum conn_state s)
{
	return states[s].word;
}

uint32_t conn_age_us(const struct conn *c)
{
	double us = (clock_now() - c->accepted) * 1e6;

	return us < 1 ? 1 : us > 4e9 ? 4000000000u : (uint32_t)us;
}

/* Seconds the present state may last. */
static double state_seconds(const struct conn *c)
{
	const struct tbl_limit *l;

	if (!c->gen)
		return LINGER_SECONDS;
	l = conn_limit(c);
	switch ((enum conn_state)c->state) {
	case CONN_PROXY:
	case CONN_HELLO:
		return l->hello_ms / 1e3;
	case CONN_CONNECT:
	case CONN_QUEUE:
	case CONN_LEG2:
		return leg_seconds(c->leg);
	case CONN_HANDSHAKE:
		return l->handshake_ms / 1e3;
	case CONN_HTTP:
		return requests_seconds(c);
	case CONN_RELAY:
		/* The server has ended: the drain limit bounds what the client
		 * still does. */
		if (c->flow[SERVER].ended && l->drain_ms &&
			l->drain_ms < l->idle_ms)
			return l->drain_ms / 1e3;
		return l->idle_ms / 1e3;
	default:
		return LINGER_SECONDS;
	}
}

static void timer_start(struct conn *c, double seconds)
{
	ev_timer_stop(c->worker->loop, &c->timer);
	ev_timer_set(&c->timer, seconds, 0.);
	ev_timer_start(c->worker->loop, &c->timer);
}

void conn_enter(struct conn *c, enum conn_state state)
{
	enum conn_state before = (enum conn_state)c->state;

	assert(states[state].from & 1 << before);
	c->state = (uint8_t)state;
	if (before <= CONN_HELLO && state > CONN_HELLO)
		limits_hello_end(c);
	if (state == CONN_CLOSED) {
		ev_timer_stop(c->worker->loop, &c->timer);
		return;
	}
	c->active = clock_now();
	/* A PROXY header and the hello after it share one deadline. */
	if (before != CONN_PROXY)
		timer_start(c, state_seconds(c));
}

void conn_pause(struct conn *c, double seconds)
{
	c->paused = 1;
	timer_start(c, seconds);
}

void conn_unpause(struct conn *c)
{
	c->paused = 0;
	c->active = clock_now();
	timer_start(c, state_seconds(c));
}

void conn_touch(struct conn *c)
{
	c->active = clock_now();
	if (!c->paused)
		timer_start(c, state_seconds(c));
}

/* Is it waiting for an event while there is something to read that no event
 * will announce? Before the decision such octets are part of a hello; in
 * passthrough they may be a second hello that waits for its turn. */
static int overlooks(const struct conn *c, enum side s)
{
	const struct io *io = conn_io(c, s);

	if (!io || !ev_is_active(&io->w) || !(io->w.events & EV_READ))
		return 0;
	switch ((enum conn_state)c->state) {
	case CONN_LEG2:
	case CONN_HANDSHAKE:
	case CONN_HTTP:
		return io_pending(io);
	case CONN_RELAY:
		/* Nothing more is wanted from one that has ended: its watcher
		 * is only left active (flow.c). */
		return !c->flow[s].ended && io_pending(io) &&
			!inspect_waits(c, s);
	default:
		return 0;
	}
}

/* What must hold after every event.  A breach is a defect of ours and stops the
 * worker before it does harm; the master starts another. */
static void check(const struct conn *c)
{
	const struct io *server = conn_io(c, SERVER);
	int has_server = server && server->w.fd >= 0;

	assert(c->state != CONN_NEW && c->state < CONN_STATES);
	assert(c->client.w.fd >= 0 && ev_is_active(&c->timer));
	assert((c->reason != CLOSE_NONE) == (c->state == CONN_LINGER));
	assert(c->gen || c->state == CONN_LINGER);
	assert(!overlooks(c, CLIENT) && !overlooks(c, SERVER));
	switch ((enum conn_state)c->state) {
	case CONN_PROXY:
	case CONN_HELLO:
		assert(!has_server && !c->client.tls);
		assert(c->client.w.events & EV_READ);
		break;
	case CONN_QUEUE:
		assert(!has_server && c->leg->waiter);
		break;
	case CONN_CONNECT:
		assert(has_server && !c->client.tls && !server->tls);
		break;
	case CONN_LEG2:
		assert(has_server && server->tls && !c->client.tls);
		assert(server->w.events & EV_READ);
		break;
	case CONN_HANDSHAKE:
		assert((has_server || c->requests) && c->client.tls);
		assert(tls_waits(&c->client) || c->client.w.events & EV_READ);
		break;
	case CONN_HTTP:
		assert(!has_server);
		requests_check(c);
		break;
	case CONN_RELAY:
		assert(has_server &&
			!(c->flow[0].ended && c->flow[1].ended &&
				!c->client.out && !server->out && !c->pipe[0] &&
				!c->pipe[1]));
		/* Some event must be able to wake it, or it would sleep until
		 * the idle limit with octets unsent. */
		assert(c->paused || ev_is_active(&c->client.w) ||
			ev_is_active(&server->w));
		break;
	default:
		assert(!has_server);
	}
}

static void destroy(struct conn *c)
{
	struct worker *w = c->worker;

	assert(c->client.w.fd < 0 && !c->gen);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	w->conn_count--;
	limits_leave(c); /* only now: one that lingers has a descriptor */
	leg_free(&c->leg);
	free(c->hello);
	free(c->names);
	free(c->proxied);
	free(c);
	worker_conn_gone(w);
}

/* Whatever was done to a connection ends here. */
void conn_settle(struct conn *c)
{
	if (c->state == CONN_CLOSED)
		destroy(c);
	else
		check(c);
}

static void client_event(struct ev_loop *loop, struct ev_io *w, int events)
{
	struct conn *c = w->data;

	if (events & EV_READ)
		io_heard(&c->client);
	switch ((enum conn_state)c->state) {
	case CONN_PROXY:
	case CONN_HELLO:
		decide_event(c);
		break;
	case CONN_HANDSHAKE:
		handshake_event(c);
		break;
	case CONN_HTTP:
		requests_event(c, events);
		break;
	case CONN_RELAY:
		relay_event(c, CLIENT, events);
		break;
	case CONN_LINGER:
		conn_linger(c);
		break;
	default:
		break; /* its leg is at work; nothing is heard of the client */
	}
	conn_settle(c);
}

void conn_wake(void *arg)
{
	struct io *io = arg;
	struct conn *c = io->w.data;

	handshake_resume(c);
	conn_settle(c);
}

/* The idle deadline is not moved with every octet: when it fires, it is
 * compared with the last activity. */
static int still_lively(struct conn *c)
{
	double left;

	if (c->state != CONN_RELAY && c->state != CONN_HTTP)
		return 0;
	if (c->paused) {
		if (c->state == CONN_HTTP)
			requests_resume(c);
		else
			relay_resume(c);
		return 1;
	}
	left = c->active + state_seconds(c) - clock_now();
	if (left <= 0)
		return 0;
	timer_start(c, left);
	return 1;
}

static void timer_event(struct ev_loop *loop, struct ev_timer *t, int events)
{
	struct conn *c = t->data;

	if (still_lively(c)) {
		conn_settle(c);
		return;
	}
	switch ((enum conn_state)c->state) {
	case CONN_PROXY:
	case CONN_HELLO:
		conn_close(c, CLOSE_HELLO_TIMEOUT, NO_ALERT, NULL);
		break;
	case CONN_QUEUE:
	case CONN_CONNECT:
	case CONN_LEG2:
		leg_timeout(c->leg);
		break;
	case CONN_HANDSHAKE:
		conn_close(c, CLOSE_HANDSHAKE_TIMEOUT, NO_ALERT, NULL);
		break;
	case CONN_HTTP:
		requests_timeout(c);
		break;
	case CONN_RELAY:
		conn_close(c, CLOSE_IDLE, NO_ALERT, NULL);
		break;
	default:
		io_close(&c->client, loop, IO_FIN);
		conn_enter(c, CONN_CLOSED);
	}
	conn_settle(c);
}

/* A v4 client of a v6 listener is a v4 client (route.h). */
static void set_peer(struct conn *c, const struct sockaddr *peer)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const struct sockaddr_in *v4 = (const void *)peer;
	const struct sockaddr_in6 *v6 = (const void *)peer;

	if (peer->sa_family == AF_INET) {
		c->family = TBL_V4;
		memcpy(c->addr, &v4->sin_addr, 4);
		c->port = ntohs(v4->sin_port);
	} else if (peer->sa_family == AF_INET6) {
		const uint8_t *a = v6->sin6_addr.s6_addr;
		int is_v4 = !memcmp(a, mapped, 12);

		c->family = is_v4 ? TBL_V4 : TBL_V6;
		memcpy(c->addr, is_v4 ? a + 12 : a, is_v4 ? 4 : 16);
		c->port = ntohs(v6->sin6_port);
	} else {
		c->family = TBL_UNIX;
	}
}

static struct conn *new (struct worker *w, struct listener *l, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->worker = w;
	c->gen = generation_get(l->gen);
	c->frontend = l->frontend;
	c->limit = c->gen->table.frontend[c->frontend].limit;
	c->list = c->clause = c->action = TBL_NONE;
	c->id = ++w->next_id;
	c->accepted = c->active = clock_now();
	io_init(&c->client, client_event, c);
	io_open(&c->client, fd);
	ev_timer_init(&c->timer, timer_event, 0., 0.);
	c->timer.data = c;
	c->next = w->conns;
	c->link = &w->conns;
	if (c->next)
		c->next->link = &c->next;
	w->conns = c;
	w->conn_count++;
	w->accepted++;
	return c;
}

void conn_accept(struct worker *w, struct listener *l, int fd,
	const struct sockaddr *peer)
{
	struct conn *c = new (w, l, fd);

	if (!c) {
		close(fd);
		return;
	}
	set_peer(c, peer);
	decide_start(c);
	conn_settle(c);
}
