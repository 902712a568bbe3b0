/*
 * Legs that wait because every server of their backend is at its limit: first
 * come, first served, up to the backend's queue, and no longer than the connect
 * limit.
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

/* l waits (l->waiter is set); -1: the queue is full.  One that waited before,
 * and whose server then failed, gets its old place. */
int queue_join(struct leg *l);
void queue_leave(struct leg *l); /* if it is in */
/* Does a leg wait where l would? */
int queue_busy(const struct leg *l);
/* The board has lost what it counts: count again. */
void queue_count_again(const struct leg *l);
/* A place has become free at a server of l's backend. */
void queue_kick(struct leg *l);

#endif
