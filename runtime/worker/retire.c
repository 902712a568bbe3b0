/*
 * The drain of replaced policies (retire.h): one timer a generation, which
 * looks through the worker's connections when the nearest deadline is over.
 */
#include "retire.h"

#include <stdlib.h>

#include "conn.h"
#include "runtime/common/board.h"
#include "worker_state.h"

struct retire {
	struct retire *next;
	struct worker *worker;
	struct generation *gen; /* no reference: retire_end comes before it */
	uint64_t begun;         /* board_now */
	ev_timer timer;
};

static struct retire *all;

/* Microseconds until the connection has to end; 0: now, UINT64_MAX: never. */
static uint64_t left(const struct retire *r, const struct conn *c, uint64_t now)
{
	uint64_t end = r->begun + conn_limit(c)->drain_ms * UINT64_C(1000);

	if (!conn_limit(c)->drain_ms)
		return UINT64_MAX;
	return end > now ? end - now : 0;
}

/* Ends connections that are due.  Microseconds until the next one is. */
static uint64_t sweep(struct retire *r)
{
	uint64_t now = board_now(), nearest = UINT64_MAX, us;
	struct conn *c, *next;

	for (c = r->worker->conns; c; c = next) {
		next = c->next;
		if (c->gen != r->gen || conn_over(c))
			continue;
		us = left(r, c, now);
		if (us && us < nearest)
			nearest = us;
		if (us)
			continue;
		conn_close(c, CLOSE_DRAINED, NO_ALERT, "policy replaced");
		conn_settle(c);
	}
	return nearest;
}

static void on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
	struct retire *r = t->data;
	struct generation *held = generation_get(r->gen);
	uint64_t us = sweep(r);

	if (us != UINT64_MAX) {
		ev_timer_set(t, us / 1e6 + 0.001, 0.);
		ev_timer_start(loop, t);
	}
	generation_put(&held); /* the last one frees r */
}

void retire_begin(struct worker *w, struct generation *g)
{
	struct retire *r;

	for (r = all; r; r = r->next)
		if (r->gen == g)
			return;
	r = calloc(1, sizeof(*r));
	if (!r)
		return; /* they end by themselves, as before */
	r->worker = w;
	r->gen = g;
	r->begun = board_now();
	r->next = all;
	all = r;
	ev_timer_init(&r->timer, on_timer, 0., 0.);
	r->timer.data = r;
	ev_timer_start(w->loop, &r->timer);
}

void retire_end(struct worker *w, const struct generation *g)
{
	struct retire **at = &all, *r;

	while (*at && (*at)->gen != g)
		at = &(*at)->next;
	r = *at;
	if (!r)
		return;
	*at = r->next;
	ev_timer_stop(w->loop, &r->timer);
	free(r);
}
