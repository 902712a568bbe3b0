/*
 * A turn of the worker's loop belongs to all who have something to do in it.
 * What a connection may move is its part of what a turn may move; when all that
 * could move much would move more than that, they take turns: a lap is over when
 * each of them has had one.  So who has little to say is heard soon.
 */
#ifndef RUNTIME_TURN_H
#define RUNTIME_TURN_H

#include <stddef.h>
#include <stdint.h>

#define TURN_OCTETS (8u << 20) /* of all, copied: a few milliseconds */
#define TURN_MANY 8u           /* of those that move much, at least so many */
#define TURN_SPLICED                                                           \
	16 /* octets spliced for one that is copied: their
                                * cost is the kernel's, mostly for each call */
#define TURN_SHARE (TURN_OCTETS / TURN_MANY) /* of each, when they are many */

struct ev_loop;

/* Octets that a connection may move in this turn, for each of its events. */
size_t turn_share(struct ev_loop *loop);
/* Is it another turn's, if it moves much?  Its watcher will be told again.  lap
 * is whoever asks's own. */
int turn_is_other(struct ev_loop *loop, uint8_t *lap);
/* So much was moved, as if it was copied. */
void turn_moved(size_t octets);

#endif
