/*
 * Giving memory back (slack.h).  Some time after the number of connections has
 * fallen below half, idle pipes and stacks are freed and malloc's free memory
 * goes back to the kernel, not only that at its end.
 */
#include "slack.h"

#include <malloc.h>

#include "runtime/tls/coroutine.h"
#include "splice.h"
#include "worker_state.h"

#define PEAK_LEAST 64 /* connections: fewer are not worth it */
#define QUIET 5.0     /* seconds: they may come again */

static uint32_t peak; /* the most since memory was last given back */
static ev_timer timer;

static int is_over(const struct worker *w)
{
	return peak >= PEAK_LEAST && w->conn_count < peak / 2;
}

static void on_quiet(struct ev_loop *loop, ev_timer *t, int events)
{
	struct worker *w = t->data;

	peak = w->conn_count;
	splice_finish();
	coroutine_drain();
	malloc_trim(0);
}

void slack_ask(struct worker *w)
{
	if (ev_is_active(&timer))
		return;
	ev_timer_init(&timer, on_quiet, QUIET, 0.);
	timer.data = w;
	ev_timer_start(w->loop, &timer);
}

void slack_conn_gone(struct worker *w)
{
	if (w->conn_count + 1 > peak)
		peak = w->conn_count + 1;
	if (is_over(w))
		slack_ask(w);
}
