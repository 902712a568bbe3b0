/*
 * A turn of the worker's loop is shared by all connections that have something
 * to do in it.  A connection may move its share of what a turn may move.  If
 * all that could move much would together move more, they take turns: a lap is
 * over when each has had one.  So connections that say little are heard soon.
 */
#ifndef RUNTIME_TURN_H
#define RUNTIME_TURN_H

#include <stddef.h>
#include <stdint.h>

#define TURN_OCTETS (8u << 20) /* of all, copied: a few milliseconds */
#define TURN_MANY 8u           /* shares: assumed to move much, at least */
#define TURN_SPLICED                                                           \
	16 /* octets spliced for one that is copied: their
                                * cost is the kernel's, mostly for each call */
#define TURN_SHARE (TURN_OCTETS / TURN_MANY) /* of each, when they are many */

struct ev_loop;

/* Octets that a connection may move in this turn, for each of its events. */
size_t turn_share(struct ev_loop *loop);
/* Does a connection that moves much have to wait for another turn? Its watcher
 * will report again.  lap belongs to the caller. */
int turn_is_other(struct ev_loop *loop, uint8_t *lap);
/* Octets were moved, counted as if copied. */
void turn_moved(size_t octets);

#endif
