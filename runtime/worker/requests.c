/*
 * Requests of a connection (requests.h).  Called by conn.c for the events of the
 * client's socket and the deadline, by stream_server.c for those of a leg.
 */
#include "requests.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "grammar/words.h"
#include "runtime/common/clock.h"
#include "runtime/tls/tls.h"
#include "stream_parts.h"
#include "turn.h"
#include "worker_state.h"

int requests_new(struct conn *c, uint32_t site)
{
	c->requests = calloc(1, sizeof(*c->requests));
	if (!c->requests)
		return -1;
	c->requests->site = site;
	c->requests->hello_tls = c->tls_version;
	return 0;
}

/* Does the site put what only the certificate says into a head? */
static int names_client(const struct conn *c)
{
	const struct table *t = &c->gen->table;
	uint32_t i;

	if (!c->client.tls || !conn_action(c)->client_auth)
		return 0;
	for (i = 0; i < t->edit_count; i++)
		if (t->edit[i].value == FIELDVALUE_CLIENT_SUBJECT ||
			t->edit[i].value == FIELDVALUE_CLIENT_FINGERPRINT)
			return 1;
	return 0;
}

/* What GnuTLS forgets with the session.  0, or -1: no memory. */
static int remember_client(struct conn *c)
{
	char fingerprint[HEX_SHA256], *subject, *grown;
	size_t n;

	if (!names_client(c) ||
		!tls_peer_names(c->client.tls, &subject, fingerprint))
		return 0;
	n = strlen(subject) + 1;
	grown = realloc(subject, n + sizeof(fingerprint));
	if (!grown) {
		free(subject);
		return -1;
	}
	memcpy(grown + n, fingerprint, sizeof(fingerprint));
	c->requests->subject = grown;
	return 0;
}

void requests_start(struct conn *c)
{
	if (remember_client(c) < 0) {
		conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
		return;
	}
	conn_enter(c, CONN_HTTP);
	if (c->client.tls)
		tls_adopt(&c->client);
	requests_run(c);
}

/* --- deadlines ----------------------------------------------------------- */

double requests_seconds(const struct conn *c)
{
	const struct requests *r = c->requests;
	const struct tbl_climit *l = content_limit(&c->gen->table, c->limit);

	if (r->stream)
		return stream_seconds(r->stream);
	/* The first one is waited for as a head that has begun. */
	return (r->head || !r->served ? l->head_ms : l->keep_alive_ms) / 1e3;
}

static void slow_head(struct conn *c)
{
	struct stream *s = stream_new(c, NULL);

	if (!s) {
		conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
		return;
	}
	s->last = 1;
	stream_answer(s, 408, STREAM_END_SLOW_HEAD, NULL);
}

void requests_timeout(struct conn *c)
{
	struct requests *r = c->requests;

	if (r->stream)
		stream_timeout(r->stream);
	else if (r->head)
		slow_head(c);
	else
		conn_close(c, CLOSE_KEEP_ALIVE, NO_ALERT, NULL);
	requests_run(c);
}

/* --- turns --------------------------------------------------------------- */

/* The request has been served: the connection is at rest, or goes on with what
 * has come early. */
static int rest(struct conn *c)
{
	stream_free(&c->requests->stream);
	conn_touch(c);
	return 1;
}

static int flush(struct stream *s)
{
	struct conn *c = s->conn;
	enum stream_end end = (enum stream_end)s->end;

	if (c->client.out)
		return 0;
	conn_close(c, stream_end_close(end), NO_ALERT, s->detail);
	return 0;
}

/* One thing that can be done now; 0: nothing. */
static int step(struct conn *c)
{
	struct stream *s = c->requests->stream;

	if (!s)
		return stream_head(c);
	switch ((enum stream_state)s->state) {
	case STREAM_SERVER:
		return stream_server(s);
	case STREAM_ASK:
	case STREAM_ANSWER:
		/* The answer first: it may make the rest of the body idle. */
		return stream_down(s) || stream_up(s);
	case STREAM_DRAIN:
		return stream_drain(s);
	case STREAM_OVER:
		return rest(c);
	default:
		return flush(s);
	}
}

static int client_wanted(const struct conn *c)
{
	const struct requests *r = c->requests;
	const struct stream *s = r->stream;

	if (r->ended || c->paused)
		return 0;
	if (!s)
		return !c->client.out;
	switch ((enum stream_state)s->state) {
	case STREAM_SERVER:
		return s->up.ended && !r->ahead;
	case STREAM_ASK:
	case STREAM_ANSWER:
		if (s->up.ended || s->deaf)
			return !r->ahead;
		return !s->leg->io.out;
	case STREAM_DRAIN:
		return 1;
	default:
		return 0;
	}
}

static void watch_client(struct conn *c)
{
	int events = c->client.out ? EV_WRITE : 0;

	if (client_wanted(c))
		events |= EV_READ;
	io_watch(&c->client, c->worker->loop, events);
}

static void watch_leg(struct conn *c)
{
	struct stream *s = c->requests->stream;
	struct leg *l = s ? s->leg : c->requests->leg;
	int events;

	if (!l || l->state != LEG_READY)
		return;
	events = l->io.out ? EV_WRITE : 0;
	/* At rest it can only end. */
	if (!s || (!c->client.out && !c->paused))
		events |= EV_READ;
	io_watch(&l->io, c->worker->loop, events);
}

/* Ahead of a bandwidth limit: nothing is read for a while. */
static void throttle(struct conn *c)
{
	double seconds = limits_pause(c);

	if (seconds > 0)
		conn_pause(c, seconds);
}

/* The turn is another one's: what is in hand is gone on with, as nobody will
 * announce it, the rest of the sockets is for later. */
static void yield(struct conn *c)
{
	struct stream *s = c->requests->stream;

	io_quiet(&c->client);
	if (s && s->leg)
		io_quiet(&s->leg->io);
}

static uint64_t octets(const struct conn *c)
{
	return c->bytes[CLIENT] + c->bytes[SERVER];
}

/* A request that is over has nothing to wait for, also in a pause. */
static int may_step(const struct conn *c)
{
	const struct stream *s;

	if (c->state != CONN_HTTP)
		return 0;
	s = c->requests->stream;
	return !c->paused || (s && s->state == STREAM_OVER);
}

void requests_run(struct conn *c)
{
	uint64_t before = octets(c), end = before + turn_share(c->worker->loop);

	while (may_step(c) && step(c)) {
		if (c->state != CONN_HTTP)
			break;
		if (octets(c) >= end)
			yield(c);
		throttle(c);
	}
	turn_moved((size_t)(octets(c) - before));
	if (c->state != CONN_HTTP)
		return;
	stream_resting_leg(c);
	watch_client(c);
	watch_leg(c);
}

void requests_event(struct conn *c, int events)
{
	if (events & EV_WRITE && io_flush(&c->client) == IO_RESET) {
		if (c->requests->stream)
			stream_abort(c->requests->stream,
				STREAM_END_CLIENT_LEFT, NULL);
		else
			conn_close(c, CLOSE_CLIENT_RESET, NO_ALERT, NULL);
		return;
	}
	if (events & EV_WRITE && c->requests->stream)
		stream_moved(c->requests->stream);
	requests_run(c);
}

void requests_resume(struct conn *c)
{
	conn_unpause(c);
	requests_run(c);
}

/* --- the end ------------------------------------------------------------- */

/* A connection that ends with a request in it. */
static enum stream_end end_of(enum close_reason reason)
{
	switch (reason) {
	case CLOSE_DRAINED:
		return STREAM_END_DRAINED;
	case CLOSE_NO_MEMORY:
		return STREAM_END_NO_MEMORY;
	case CLOSE_IDLE:
		return STREAM_END_STALLED;
	case CLOSE_CLIENT_RESET:
	case CLOSE_CLIENT_TRUNCATED:
	case CLOSE_CLIENT_TLS_ERROR:
		return STREAM_END_CLIENT_LEFT;
	default:
		return STREAM_END_INTERNAL;
	}
}

void requests_free(struct conn *c)
{
	struct requests *r = c->requests;

	if (!r)
		return;
	if (r->stream) {
		stream_over(r->stream, end_of((enum close_reason)c->reason),
			c->detail);
		stream_drop_leg(r->stream, IO_RST);
		stream_free(&r->stream);
	}
	if (r->leg)
		leg_close(r->leg, IO_FIN);
	leg_free(&r->leg);
	buf_free(&r->ahead);
	free(r->head);
	free(r->subject);
	free(r);
	c->requests = NULL;
}

int requests_at_rest(const struct conn *c)
{
	const struct requests *r = c->requests;

	return c->state == CONN_HTTP && !r->stream && !r->ahead;
}

void requests_drain(struct worker *w)
{
	struct conn *c, *next;

	for (c = w->conns; c; c = next) {
		next = c->next;
		if (!requests_at_rest(c))
			continue;
		conn_close(c, CLOSE_DRAINED, NO_ALERT, NULL);
		conn_settle(c);
	}
}

void requests_check(const struct conn *c)
{
	const struct requests *r = c->requests;
	const struct stream *s = r->stream;

	assert(!s || (s->state > STREAM_DECIDE && s->state < STREAM_OVER));
	assert(!s || !r->leg || !s->leg);
	assert(!r->head || r->ahead);
	if (s && s->leg && ev_is_active(&s->leg->io.w) &&
		s->leg->io.w.events & EV_READ && s->leg->state == LEG_READY)
		assert(!io_pending(&s->leg->io));
	if (s && (s->state == STREAM_ASK || s->state == STREAM_ANSWER))
		assert(s->leg && s->leg->state == LEG_READY);
	if (s && (s->state == STREAM_DRAIN || s->state == STREAM_FLUSH))
		assert(!s->leg && s->end);
	/* Somebody must be able to wake it. */
	assert(c->paused || (s && s->state == STREAM_SERVER) ||
		ev_is_active(&c->client.w) ||
		(s && s->leg && ev_is_active(&s->leg->io.w)));
}
