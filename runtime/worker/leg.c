/*
 * A leg's life: states, deadlines, events.
 */
#include "leg.h"

#include <assert.h>
#include <stdlib.h>

#include "backend.h"
#include "bridge.h"
#include "conn.h"
#include "connect.h"
#include "queue.h"
#include "worker_state.h"

/* For an address of a name that has others (RFC 8305 8 starts the next one
 * after as long). */
#define HURRY_MS 250

static void on_event(struct ev_loop *loop, struct ev_io *w, int events)
{
	struct leg *l = w->data;

	if (events & EV_READ)
		io_heard(&l->io);
	switch ((enum leg_state)l->state) {
	case LEG_CONNECT:
		connect_event(l);
		break;
	case LEG_TLS:
		bridge_event(l);
		break;
	default:
		l->owner->event(l, events);
	}
	l->owner->settle(l);
}

struct leg *leg_new(
	struct conn *c, const struct leg_owner *owner, uint32_t backend)
{
	struct leg *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	io_init(&l->io, on_event, l);
	l->owner = owner;
	l->conn = c;
	l->backend = backend;
	l->server_index = TBL_NONE;
	return l;
}

void leg_close(struct leg *l, enum io_goodbye how)
{
	io_close(&l->io, l->conn->worker->loop, how);
	queue_leave(l);
	backend_release(l);
	l->state = LEG_CLOSED;
}

void leg_free(struct leg **l)
{
	if (!*l)
		return;
	assert((*l)->io.w.fd < 0 && !(*l)->server && !(*l)->waiter);
	free(*l);
	*l = NULL;
}

void leg_enter(struct leg *l, enum leg_state state)
{
	assert(l->state != LEG_CLOSED);
	l->state = (uint8_t)state;
	if (state != LEG_READY)
		l->owner->entered(l);
}

double leg_seconds(const struct leg *l)
{
	const struct tbl_limit *limit = conn_limit(l->conn);

	if (l->state == LEG_TLS)
		return limit->handshake_ms / 1e3;
	if (l->state == LEG_CONNECT && l->hurry && limit->connect_ms > HURRY_MS)
		return HURRY_MS / 1e3;
	return limit->connect_ms / 1e3;
}

void leg_timeout(struct leg *l)
{
	switch ((enum leg_state)l->state) {
	case LEG_QUEUE:
		l->owner->failed(l, CLOSE_BACKEND_FULL, "queued");
		break;
	case LEG_CONNECT:
		connect_failed(l, CLOSE_CONNECT_TIMEOUT, NULL);
		break;
	default:
		l->owner->failed(l, CLOSE_BACKEND_HANDSHAKE, "timeout");
	}
}
