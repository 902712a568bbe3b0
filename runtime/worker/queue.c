/*
 * The queues for full servers (queue.h); owns the waiters.  A place that a
 * connection of this worker frees is given on at once.  Places freed by other
 * workers are found by looking again every few milliseconds while a leg waits.
 * How many wait is counted on the board.
 */
#include "queue.h"

#include <stdlib.h>

#include "backend.h"
#include "conn.h"
#include "connect.h"
#include "leg.h"
#include "runtime/common/board_limit.h"
#include "worker_state.h"

#define LOOK_SECONDS 0.01

struct waiter {
	struct waiter *next, **link;
	struct leg *leg;
	struct board_hold hold;
};

struct queue {
	struct waiter *first, **last;
	struct queue *next, **link; /* queues in which somebody waits */
	uint32_t count;
};

static struct queue *busy;
static ev_timer look;
static uint64_t turns; /* given so far */

struct queue *queue_new(uint32_t backends)
{
	struct queue *q = calloc(backends + 1u, sizeof(*q));
	uint32_t i;

	for (i = 0; q && i < backends; i++)
		q[i].last = &q[i].first;
	return q;
}

void queue_free(struct queue *q)
{
	free(q);
}

static struct queue *queue_of(const struct leg *l)
{
	return &backend_queue(l->conn->gen->backends)[l->backend];
}

int queue_busy(const struct leg *l)
{
	return queue_of(l)->first != NULL;
}

/* In order, until one finds no place.  A leg that has tried a server in vain
 * may find none where the next one does.  q may be gone with its last
 * waiter. */
static void serve(struct queue *q)
{
	struct waiter *w = q->first, *next;
	struct leg *l;

	for (; w; w = next) {
		next = w->next;
		l = w->leg;
		if (!l->owner->left(l) && !connect_again(l) && !l->tried)
			return;
		l->owner->settle(l);
	}
}

static void on_look(struct ev_loop *loop, ev_timer *t, int events)
{
	struct queue *q, *next;

	for (q = busy; q; q = next) {
		next = q->next;
		serve(q);
	}
	if (!busy)
		ev_timer_stop(loop, t);
}

static void become_busy(struct queue *q, struct ev_loop *loop)
{
	q->next = busy;
	q->link = &busy;
	if (busy)
		busy->link = &q->next;
	busy = q;
	if (!ev_is_active(&look)) {
		ev_timer_init(&look, on_look, LOOK_SECONDS, LOOK_SECONDS);
		ev_timer_start(loop, &look);
	}
}

/* Is there a place for one more, in all workers together? One that comes back
 * was in already. */
static int enter(struct leg *l, struct waiter *w)
{
	const struct table *t = &l->conn->gen->table;
	const struct tbl_backend *be = &t->backend[l->backend];

	if (!be->queue)
		return 0;
	if (!l->conn->worker->board)
		return l->turn || queue_of(l)->count < be->queue;
	return board_queue(l->conn->worker->board,
		l->conn->worker->options.number, table_str(t, be->name_str),
		l->turn ? UINT32_MAX : be->queue, &w->hold);
}

/* Where l's turn is: mostly the end. */
static struct waiter **place(struct queue *q, const struct leg *l)
{
	struct waiter **at = &q->first;

	if (l->turn == turns)
		return q->last;
	while (*at && (*at)->leg->turn < l->turn)
		at = &(*at)->next;
	return at;
}

int queue_join(struct leg *l)
{
	struct queue *q = queue_of(l);
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return -1;
	if (!enter(l, w)) {
		free(w);
		return -1;
	}
	if (!l->turn)
		l->turn = ++turns;
	w->leg = l;
	w->link = place(q, l);
	w->next = *w->link;
	*w->link = w;
	if (w->next)
		w->next->link = &w->next;
	else
		q->last = &w->next;
	if (!q->count++)
		become_busy(q, l->conn->worker->loop);
	l->waiter = w;
	return 0;
}

void queue_leave(struct leg *l)
{
	struct waiter *w = l->waiter;
	struct queue *q;

	if (!w)
		return;
	q = queue_of(l);
	*w->link = w->next;
	if (w->next)
		w->next->link = w->link;
	else
		q->last = w->link;
	if (!--q->count) {
		*q->link = q->next;
		if (q->next)
			q->next->link = q->link;
	}
	if (l->conn->worker->board)
		board_leave(l->conn->worker->board,
			l->conn->worker->options.number, &w->hold);
	free(w);
	l->waiter = NULL;
}

void queue_count_again(const struct leg *l)
{
	if (l->waiter)
		board_count_again(l->conn->worker->board,
			l->conn->worker->options.number, &l->waiter->hold);
}

void queue_kick(struct leg *l)
{
	if (busy)
		ev_feed_event(l->conn->worker->loop, &look, EV_TIMER);
}
