/*
 * The queues before full servers (queue.h).  Called by connect.c; owns the
 * waiters.  Places that this worker's connections free are given on at once;
 * those of other workers are found by looking again every few milliseconds
 * while somebody waits.  How many wait is counted on the board.
 */
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "backend.h"
#include "conn.h"
#include "runtime/common/board.h"
#include "worker_state.h"

#define LOOK_SECONDS 0.01

struct waiter {
	struct waiter *next, **link;
	struct conn *conn;
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

static struct queue *queue_of(const struct conn *c)
{
	return &backend_queue(c->gen->backends)[conn_action(c)->backend];
}

int queue_busy(const struct conn *c)
{
	return queue_of(c)->first != NULL;
}

/* The client has gone while it waited. */
static int left(const struct conn *c)
{
	char octet;
	ssize_t n =
		recv(c->io[CLIENT].w.fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* In order, until one finds no place.  One that has tried a server in vain may
 * find none where the next one does.  q may be gone with its last waiter. */
static void serve(struct queue *q)
{
	struct waiter *w = q->first, *next;
	struct conn *c;

	for (; w; w = next) {
		next = w->next;
		c = w->conn;
		if (left(c))
			conn_close(c, CLOSE_CLIENT_RESET, 0, "queued");
		else if (!connect_again(c) && !c->tried)
			return;
		conn_settle(c);
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

/* Room for one more, in all workers?  One that comes back was in already. */
static int enter(struct conn *c, struct waiter *w)
{
	const struct table *t = &c->gen->table;
	const struct tbl_backend *be = &t->backend[conn_action(c)->backend];

	if (!be->queue)
		return 0;
	if (!c->worker->board)
		return c->turn || queue_of(c)->count < be->queue;
	return board_queue(c->worker->board, c->worker->options.number,
		table_str(t, be->name_str), c->turn ? UINT32_MAX : be->queue,
		&w->hold);
}

/* Where c's turn is: mostly the end. */
static struct waiter **place(struct queue *q, const struct conn *c)
{
	struct waiter **at = &q->first;

	if (c->turn == turns)
		return q->last;
	while (*at && (*at)->conn->turn < c->turn)
		at = &(*at)->next;
	return at;
}

int queue_join(struct conn *c)
{
	struct queue *q = queue_of(c);
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return -1;
	if (!enter(c, w)) {
		free(w);
		return -1;
	}
	if (!c->turn)
		c->turn = ++turns;
	w->conn = c;
	w->link = place(q, c);
	w->next = *w->link;
	*w->link = w;
	if (w->next)
		w->next->link = &w->next;
	else
		q->last = &w->next;
	if (!q->count++)
		become_busy(q, c->worker->loop);
	c->waiter = w;
	return 0;
}

void queue_leave(struct conn *c)
{
	struct waiter *w = c->waiter;
	struct queue *q;

	if (!w)
		return;
	q = queue_of(c);
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
	if (c->worker->board)
		board_leave(
			c->worker->board, c->worker->options.number, &w->hold);
	free(w);
	c->waiter = NULL;
}

void queue_count_again(const struct conn *c)
{
	if (c->waiter)
		board_count_again(c->worker->board, c->worker->options.number,
			&c->waiter->hold);
}

void queue_kick(struct conn *c)
{
	if (busy)
		ev_feed_event(c->worker->loop, &look, EV_TIMER);
}
