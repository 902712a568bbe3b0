/*
 * Shares of a turn (turn.h).  Called by relay.c for each event; what is found
 * at the first one of a turn holds for all of them.
 */
#include "turn.h"

#include <ev.h>

static struct {
	unsigned now; /* the loop's number of it */
	uint8_t lap;
	int known;
	int lasts; /* the lap began in an earlier turn: who has had a share waits */
	int short_of; /* someone still waits for a first share in this lap */
	size_t share, left;
} turn;

static void look(struct ev_loop *loop)
{
	unsigned now = ev_iteration(loop), ready;

	if (turn.known && turn.now == now)
		return;
	ready = 1 + ev_pending_count(loop);
	turn.known = 1;
	turn.now = now;
	turn.lasts = turn.short_of;
	turn.lap += (uint8_t)!turn.short_of;
	turn.short_of = 0;
	turn.left = TURN_OCTETS;
	turn.share = TURN_OCTETS / (ready < TURN_MANY ? ready : TURN_MANY);
}

size_t turn_share(struct ev_loop *loop)
{
	look(loop);
	return turn.share;
}

int turn_is_other(struct ev_loop *loop, uint8_t *lap)
{
	look(loop);
	if (turn.lasts && *lap == turn.lap)
		return 1;
	if (!turn.left) {
		turn.short_of = 1;
		return 1;
	}
	*lap = turn.lap;
	return 0;
}

void turn_moved(size_t octets)
{
	turn.left -= octets < turn.left ? octets : turn.left;
}
