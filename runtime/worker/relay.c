/*
 * The relay: both directions (flow.c) of a connection, until both have ended,
 * and which events its two sockets wait for.
 */
#include "relay.h"

#include "conn.h"
#include "flow.h"
#include "inspect.h"
#include "limits.h"
#include "runtime/common/clock.h"
#include "runtime/table/wire.h"
#include "runtime/tls/tls.h"
#include "splice.h"
#include "turn.h"
#include "worker_state.h"

static int wanted(const struct conn *c, enum side s)
{
	return (flow_reads(c, s) ? EV_READ : 0) |
		(flow_waits(c, !s) ? EV_WRITE : 0);
}

/* Ahead of a bandwidth limit: nothing is read for a while. */
static void throttle(struct conn *c)
{
	double seconds = limits_pause(c);

	if (seconds > 0)
		conn_pause(c, seconds);
}

/* After any movement: finished, or which events to wait for. */
static void rest(struct conn *c)
{
	/* The server may just have given the answer it waited for. */
	if (c->mode == MODE_PASSTHROUGH && c->client.in && !conn_over(c))
		flow_pump(c, CLIENT);
	if (conn_over(c))
		return;
	if (flow_over(c, CLIENT) && flow_over(c, SERVER)) {
		conn_close(c, CLOSE_DONE, NO_ALERT, NULL);
		return;
	}
	throttle(c);
	c->active = clock_now();
	io_watch(&c->client, c->worker->loop, wanted(c, CLIENT));
	io_watch(&c->leg->io, c->worker->loop, wanted(c, SERVER));
}

/* Where the client ended the handshake (our tickets are sent with data), a
 * client with Nagle's algorithm keeps its request until that is acknowledged,
 * which would take 40 ms. */
static void acknowledge_finished(struct conn *c)
{
	const struct tls *t = c->client.tls;

	if (t && (c->tls_version == TLS13 || tls_resumed(t)))
		io_acknowledge(&c->client);
}

void relay_start(struct conn *c)
{
	flow_turn(c->worker->loop);
	conn_enter(c, CONN_RELAY);
	if (c->mode == MODE_PASSTHROUGH) {
		inspect_start(c);
	} else {
		tls_adopt(&c->client);
		tls_adopt(&c->leg->io);
	}
	/* The hello, when the connection did not take it at once, or what came
	 * after the handshake.  A client that has had no answer yet has
	 * nothing more to say; if it has, its watcher will tell. */
	if (c->mode != MODE_PASSTHROUGH || io_pending(&c->client))
		flow_pump(c, CLIENT);
	if (!conn_over(c) && !c->bytes[CLIENT])
		acknowledge_finished(c);
	/* It may be a server that speaks first. */
	if (!conn_over(c) && c->mode == MODE_OFFLOAD && !c->bytes[CLIENT])
		io_acknowledge(&c->leg->io);
	/* Nobody will announce what came after its handshake. */
	if (!conn_over(c) && (c->leg->io.in || io_pending(&c->leg->io)))
		flow_pump(c, SERVER);
	rest(c);
}

void relay_event(struct conn *c, enum side s, int events)
{
	if ((c->flow[CLIENT].wide || c->flow[SERVER].wide) &&
		turn_is_other(c->worker->loop, &c->flow[s].lap))
		return;
	flow_turn(c->worker->loop);
	c->flow[s].told = c->flow[s].ended;
	if (events & EV_WRITE) {
		flow_push(c, !s);
		if (!conn_over(c))
			flow_pump(c, !s);
	}
	if ((events & EV_READ) && !conn_over(c))
		flow_pump(c, s);
	/* After a failed write the target's own end decides. */
	if (!conn_over(c) && c->flow[!s].dead)
		flow_pump(c, s);
	rest(c);
}

void relay_resume(struct conn *c)
{
	flow_turn(c->worker->loop);
	conn_unpause(c);
	flow_pump(c, CLIENT);
	if (!conn_over(c))
		flow_pump(c, SERVER);
	rest(c);
}

void relay_release(struct conn *c)
{
	inspect_free(&c->inspect);
	splice_drop(&c->pipe[CLIENT]);
	splice_drop(&c->pipe[SERVER]);
}
