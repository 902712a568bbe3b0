/*
 * A turn of the worker's loop belongs to all who have something to do in it.
 * What a connection may move is its part of what a turn may move; and when very
 * many move much at once, a part of them does in each turn, round and round, so
 * that who has little to say is heard soon.
 */
#ifndef RUNTIME_TURN_H
#define RUNTIME_TURN_H

#include <stddef.h>

#define TURN_OCTETS (4u << 20) /* of all, copied: a few milliseconds */
#define TURN_MANY 4u           /* of those that move much, about so many */
#define TURN_SPLICED 4         /* octets spliced for one that is copied */
#define TURN_SHARE (TURN_OCTETS / TURN_MANY) /* of each, when they are many */

struct ev_loop;

/* Octets that a connection may move in this turn, for each of its events. */
size_t turn_share(struct ev_loop *loop);
/* Is it another turn's, if it moves much?  Its watcher will be told again. */
int turn_is_other(struct ev_loop *loop, int fd);

#endif
