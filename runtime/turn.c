/*
 * Shares of a turn (turn.h).  Called by relay.c for each event; what is found
 * at the first one of a turn holds for all of them.
 */
#include "turn.h"

#include <ev.h>

static struct {
	unsigned now;    /* the loop's number of it */
	unsigned groups; /* one of them moves in it */
	size_t share;
} turn;

static void look(struct ev_loop *loop)
{
	unsigned now = ev_iteration(loop), ready;

	if (turn.groups && turn.now == now)
		return;
	ready = 1 + ev_pending_count(loop);
	turn.now = now;
	turn.groups = (ready + TURN_MANY - 1) / TURN_MANY;
	turn.share = TURN_OCTETS / (ready < TURN_MANY ? ready : TURN_MANY);
}

size_t turn_share(struct ev_loop *loop)
{
	look(loop);
	return turn.share;
}

/* A connection has two descriptors, often neighbours, and of all connections
 * often the same one of them is ready. */
int turn_is_other(struct ev_loop *loop, int fd)
{
	look(loop);
	return (unsigned)fd / 2 % turn.groups != turn.now % turn.groups;
}
