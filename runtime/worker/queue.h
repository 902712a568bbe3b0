/*
 * Legs that wait because every server of their backend is at its limit:
 * in order of their coming, so many as the backend's queue takes, and no
 * longer than the connect limit.
 */
#ifndef RUNTIME_QUEUE_H
#define RUNTIME_QUEUE_H

#include <stdint.h>

struct leg;
struct queue;
struct worker;

/* For the backends of a generation; NULL: no memory.  Freed when empty. */
struct queue *queue_new(uint32_t backends);
void queue_free(struct queue *q);

/* l waits (l->waiter is set); -1: there is no room.  One that waited before, and
 * whose server then failed, has the place it had. */
int queue_join(struct leg *l);
void queue_leave(struct leg *l); /* if it is in */
/* Does somebody wait where l would? */
int queue_busy(const struct leg *l);
/* What it counts on the board has been lost. */
void queue_count_again(const struct leg *l);
/* A place has become free at a server of l's backend. */
void queue_kick(struct leg *l);

#endif
