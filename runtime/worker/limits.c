/*
 * The limits of a connection, counted on the board for all workers together: at
 * accept, PROXY header, decision, handshake, octets relayed, close, and when
 * its socket, which may linger, is gone.  A connection that comes while a limit
 * is reached is refused; those that are counted stay.  Without a board there
 * are only the worker's own limits (capacity.h).
 */
#include "limits.h"

#include "backend.h"
#include "conn.h"
#include "log.h"
#include "queue.h"
#include "runtime/common/board.h"
#include "runtime/common/board_limit.h"
#include "runtime/content/content.h"
#include "runtime/table/wire.h"
#include "worker_state.h"

static const char *name(const struct conn *c)
{
	return table_str(&c->gen->table, conn_limit(c)->name_str);
}

static int verdict(struct conn *c, enum board_verdict v, uint8_t alert)
{
	if (v == BOARD_OK)
		return 0;
	conn_close(c, CLOSE_LIMIT, alert, board_verdict_text(v));
	return -1;
}

/* Logged once a second; each refused connection has its line and its metric
 * besides. */
static int full(struct conn *c, const char *what)
{
	if (c->worker->board)
		atomic_fetch_add(&board_totals(c->worker->board)
					  ->limited[BOARD_WORKER_FULL],
			1);
	log_note("this worker is full: refusing connections", what);
	conn_close(c, CLOSE_LIMIT, NO_ALERT, what);
	return -1;
}

int limits_admit(struct conn *c)
{
	const struct worker *w = c->worker;

	return w->conn_count <= w->capacity.connections
		? 0
		: full(c, "connections of a worker");
}

int limits_hello(struct conn *c, size_t kept)
{
	struct worker *w = c->worker;

	limits_hello_end(c);
	if (w->hello_octets + kept > w->capacity.hellos)
		return full(c, "hellos of a worker");
	c->hello_kept = (uint32_t)kept;
	w->hello_octets += kept;
	return 0;
}

void limits_hello_end(struct conn *c)
{
	c->worker->hello_octets -= c->hello_kept;
	c->hello_kept = 0;
}

int limits_enter(struct conn *c, enum limits_source source)
{
	const struct worker *w = c->worker;
	struct tbl_limit l = *conn_limit(c);
	uint8_t family = c->family;

	if (!w->board)
		return 0;
	/* Whose requests are counted has an entry. */
	if (content_limit(&c->gen->table, c->limit) && !l.conns_source &&
		content_limit(&c->gen->table, c->limit)->requests_source)
		l.conns_source = UINT32_MAX;
	if (source == LIMITS_BALANCER) {
		/* A balancer's address: its clients are counted one by one when
		 * the PROXY header has named them. */
		l.conn_rate = l.conn_rate_source = 0;
		family = TBL_UNIX;
	}
	return verdict(c,
		board_move(w->board, w->options.number, &l, name(c), family,
			c->addr, board_now(), &c->hold),
		c->mode ? ALERT_INTERNAL_ERROR : 0);
}

int limits_handshake(struct conn *c)
{
	const struct worker *w = c->worker;

	if (!w->board)
		return 0;
	return verdict(c,
		board_handshake(w->board, w->options.number, conn_limit(c),
			board_now(), &c->hold),
		ALERT_INTERNAL_ERROR);
}

void limits_handshake_end(struct conn *c)
{
	const struct worker *w = c->worker;

	if (w->board)
		board_handshake_end(w->board, w->options.number, &c->hold);
}

int limits_request(struct conn *c)
{
	const struct worker *w = c->worker;
	const struct tbl_climit *l = content_limit(&c->gen->table, c->limit);

	if (!w->board || !(l->requests | l->requests_source))
		return 0;
	return board_request(w->board, l->requests, l->requests_source,
		       board_now(), &c->hold) == BOARD_OK
		? 0
		: -1;
}

double limits_pause(struct conn *c)
{
	const struct tbl_limit *l = conn_limit(c);
	uint64_t all = c->bytes[CLIENT] + c->bytes[SERVER], fresh;

	fresh = all - c->charged;
	if (!fresh || !c->worker->board ||
		(!l->bandwidth && !l->bandwidth_source))
		return 0;
	c->charged = all;
	return (double)board_bytes(
		       c->worker->board, l, board_now(), &c->hold, fresh) /
		1e6;
}

void limits_leave(struct conn *c)
{
	const struct worker *w = c->worker;

	if (w->board)
		board_leave(w->board, w->options.number, &c->hold);
}

void limits_count_again(struct worker *w)
{
	const struct conn *c;

	if (!w->board)
		return;
	board_worker_gone(w->board, w->options.number);
	for (c = w->conns; c; c = c->next) {
		board_count_again(w->board, w->options.number, &c->hold);
		if (c->leg)
			queue_count_again(c->leg);
	}
	backend_count_again();
}
