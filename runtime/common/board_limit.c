/*
 * Limits on the board: current connections, and rates by the generic cell rate
 * algorithm (one word per rate: when the next event would be on time; a
 * second's worth may come at once).  A source's entry is found in a set of
 * BOARD_WAYS entries, by a hash that outsiders cannot predict.  The last entry
 * of a set is shared by all sources that find the others in use: they share one
 * source's worth, and none goes uncounted.
 */
#include "board_limit.h"

#include <stdio.h>
#include <string.h>

#include "board_parts.h"

enum { SECOND = 1000000, LONGEST = 600 /* no one waits longer at once */ };

static const struct board_limit *limit_of(const struct board_hold *h)
{
	return h->limit;
}

static size_t limit_index(const struct board *b, const struct board_hold *h)
{
	return (size_t)(limit_of(h) - b->limit);
}

static size_t source_index(const struct board *b, const struct board_hold *h)
{
	return (size_t)((const struct board_source *)h->source - b->source);
}

/* --- rates -------------------------------------------------------------- */

/* May one event of this many units happen now?  0: yes; otherwise the
 * microseconds until it may.  Counted only if it may happen now. */
static uint64_t take_rate(_Atomic uint64_t *due, uint64_t per_second,
	uint64_t units, uint64_t now)
{
	uint64_t cost = units * SECOND / per_second, old, next, seen;

	if (cost == 0)
		cost = 1;
	seen = atomic_load(due);
	do {
		/* No rate gets that far ahead: a damaged value. */
		old = seen > now + 2 * SECOND ? now : seen;
		next = (old > now ? old : now) + cost;
		if (old > now &&
			old - now > SECOND - (cost < SECOND ? cost : SECOND))
			return old - now;
	} while (!atomic_compare_exchange_weak(due, &seen, next));
	return 0;
}

/* Bandwidth is always counted.  Returns by how many microseconds it is ahead of
 * its rate, beyond a tenth of a second. */
static uint64_t take_bytes(_Atomic uint64_t *due, uint64_t per_second,
	uint64_t bytes, uint64_t now)
{
	uint64_t cost = bytes * SECOND / per_second, old, next;

	old = atomic_load(due);
	do
		next = (old > now ? old : now) + cost;
	while (!atomic_compare_exchange_weak(due, &old, next));
	if (next - now > (uint64_t)LONGEST * SECOND)
		return (uint64_t)LONGEST * SECOND;
	return next - now > SECOND / 10 ? next - now - SECOND / 10 : 0;
}

/* --- entries ------------------------------------------------------------ */

/* The same source has a different key under each limit. */
static uint64_t source_key(
	const struct board_limit *l, uint8_t family, const uint8_t addr[16])
{
	uint8_t name[17] = {family};
	uint64_t limit = atomic_load(&l->key);
	uint8_t text[25];

	memcpy(name + 1, addr, family == TBL_V4 ? 4 : 8);
	memcpy(text, &limit, 8);
	memcpy(text + 8, name, 17);
	return board_key(text, sizeof(text));
}

static int idle(struct board *b, size_t i)
{
	return board_sum(board_source_live(b, i), board_workers) == 0;
}

static int indebted(const struct board_source *s, uint64_t now)
{
	return board_rates_owe(&s->rates, now);
}

/* Which of two idle entries is replaced: the one that is unused, that owes
 * nothing, that was used longest ago. */
static int gives_way(const struct board_source *s,
	const struct board_source *than, uint64_t now)
{
	int debt;

	if (!than || !atomic_load(&s->key))
		return !than || atomic_load(&than->key);
	if (!atomic_load(&than->key))
		return 0;
	debt = indebted(than, now) - indebted(s, now);
	return debt ? debt > 0
		    : atomic_load(&s->used) < atomic_load(&than->used);
}

/* The source's entry among n entries; otherwise NULL, with *idle set if one may
 * be replaced. */
static struct board_source *look(struct board *b, size_t home, size_t n,
	uint64_t key, uint64_t now, struct board_source **free_one)
{
	*free_one = NULL;
	for (size_t i = home; i < home + n; i++) {
		struct board_source *s = &b->source[i];
		uint64_t old = atomic_load(&s->key);

		if (old == key)
			return s;
		if ((old == 0 || idle(b, i)) && gives_way(s, *free_one, now))
			*free_one = s;
	}
	return NULL;
}

/* 1: the entry is ours now; 0: another worker was faster. */
static int take_over(struct board_source *s, uint64_t key)
{
	uint64_t old = atomic_load(&s->key);

	if (!atomic_compare_exchange_strong(&s->key, &old, key))
		return 0;
	board_rates_clear(&s->rates);
	return 1;
}

/* The source's entry: its own, one that it replaces, or the shared one of the
 * set. */
static struct board_source *find_source(
	struct board *b, uint64_t key, uint64_t now)
{
	size_t home = key % (BOARD_SOURCES / BOARD_WAYS) * BOARD_WAYS;
	struct board_source *s = NULL, *free_one = NULL, *first;

	for (int tries = 0; !s && tries < BOARD_WAYS; tries++) {
		s = look(b, home, BOARD_WAYS - 1, key, now, &free_one);
		if (!s && !free_one)
			break;
		if (!s && take_over(free_one, key))
			s = free_one;
	}
	if (!s)
		s = &b->source[home + BOARD_WAYS - 1];
	/* Two workers may have taken one each: the first one counts. */
	first = s == free_one ? look(b, home, (size_t)(s - b->source) - home,
					key, now, &free_one)
			      : NULL;
	if (first) {
		atomic_store(&s->key, 0);
		s = first;
	}
	atomic_store(&s->used, (uint32_t)(now / SECOND));
	return s;
}

/* --- connections -------------------------------------------------------- */

static enum board_verdict check_counts(
	struct board *b, const struct tbl_limit *l, const struct board_hold *h)
{
	if (l->conns &&
		board_sum(board_limit_live(b, limit_index(b, h)),
			board_workers) >= l->conns)
		return BOARD_CONNECTIONS;
	if (l->conns_source && h->source &&
		board_sum(board_source_live(b, source_index(b, h)),
			board_workers) >= l->conns_source)
		return BOARD_CONNECTIONS_SOURCE;
	return BOARD_OK;
}

/* The source first, so that its refusals cost the others nothing of the
 * total. */
static enum board_verdict check_rates(
	const struct tbl_limit *l, struct board_hold *h, uint64_t now)
{
	struct board_source *s = h->source;
	struct board_limit *all = h->limit;

	if (l->conn_rate_source && s &&
		take_rate(&s->rates.connection, l->conn_rate_source, 1, now))
		return BOARD_RATE_SOURCE;
	if (l->conn_rate &&
		take_rate(&all->rates.connection, l->conn_rate, 1, now))
		return BOARD_RATE;
	return BOARD_OK;
}

static int wants_source(const struct tbl_limit *l, uint8_t family)
{
	return (family == TBL_V4 || family == TBL_V6) &&
		(l->conns_source || l->conn_rate_source || l->hs_rate_source ||
			l->bandwidth_source);
}

static void find_entries(struct board *b, const struct tbl_limit *l,
	const char *name, uint8_t family, const uint8_t addr[16], uint64_t now,
	struct board_hold *h)
{
	memset(h, 0, sizeof(*h));
	h->limit = board_limit_find(b, name, now);
	if (wants_source(l, family))
		h->source =
			find_source(b, source_key(h->limit, family, addr), now);
}

static void count(struct board *b, unsigned worker, struct board_hold *h)
{
	worker = board_slot(worker);
	atomic_fetch_add(&board_limit_live(b, limit_index(b, h))[worker], 1);
	if (h->source)
		atomic_fetch_add(
			&board_source_live(b, source_index(b, h))[worker], 1);
	atomic_fetch_add(&b->totals.connections_live, 1);
	h->connection = 1;
}

static void uncount(struct board *b, unsigned worker, struct board_hold *h)
{
	worker = board_slot(worker);
	atomic_fetch_sub(&board_limit_live(b, limit_index(b, h))[worker], 1);
	if (h->source)
		atomic_fetch_sub(
			&board_source_live(b, source_index(b, h))[worker], 1);
	atomic_fetch_sub(&b->totals.connections_live, 1);
}

static void take_off(struct board *b, unsigned worker, struct board_hold *h)
{
	worker = board_slot(worker);
	atomic_fetch_add(&board_limit_flight(b, limit_index(b, h))[worker], 1);
	h->handshake = 1;
}

enum board_verdict board_enter(struct board *b, unsigned worker,
	const struct tbl_limit *l, const char *name, uint8_t family,
	const uint8_t addr[16], uint64_t now, struct board_hold *h)
{
	enum board_verdict v;

	find_entries(b, l, name, family, addr, now, h);
	v = check_counts(b, l, h);
	if (v == BOARD_OK)
		v = check_rates(l, h, now);
	if (v == BOARD_OK) {
		count(b, worker, h);
		return v;
	}
	memset(h, 0, sizeof(*h));
	atomic_fetch_add(&b->totals.limited[v], 1);
	return v;
}

enum board_verdict board_move(struct board *b, unsigned worker,
	const struct tbl_limit *l, const char *name, uint8_t family,
	const uint8_t addr[16], uint64_t now, struct board_hold *h)
{
	struct board_hold fresh, old = *h;
	enum board_verdict v;

	/* Its own old hold must not count against it. */
	if (old.connection)
		uncount(b, worker, &old);
	v = board_enter(b, worker, l, name, family, addr, now, &fresh);
	if (v != BOARD_OK) {
		if (old.connection)
			count(b, worker, &old);
		return v;
	}
	board_handshake_end(b, worker, h);
	*h = fresh;
	return v;
}

void board_count_again(
	struct board *b, unsigned worker, const struct board_hold *h)
{
	struct board_hold again = *h;

	if (h->connection)
		count(b, worker, &again);
	if (h->handshake)
		take_off(b, worker, &again);
}

void board_leave(struct board *b, unsigned worker, struct board_hold *h)
{
	board_handshake_end(b, worker, h);
	if (!h->connection)
		return;
	uncount(b, worker, h);
	memset(h, 0, sizeof(*h));
}

/* --- handshakes and bytes ----------------------------------------------- */

static int flight_full(
	struct board *b, uint32_t max, const struct board_hold *h)
{
	return max &&
		board_sum(board_limit_flight(b, limit_index(b, h)),
			board_workers) >= max;
}

enum board_verdict board_handshake(struct board *b, unsigned worker,
	const struct tbl_limit *l, uint64_t now, struct board_hold *h)
{
	struct board_source *s = h->source;
	struct board_limit *all = h->limit;
	enum board_verdict v = BOARD_OK;

	if (!h->limit || h->handshake)
		return BOARD_OK;
	if (flight_full(b, l->hs_flight, h))
		v = BOARD_IN_FLIGHT;
	else if (l->hs_rate_source && s &&
		take_rate(&s->rates.handshake, l->hs_rate_source, 1, now))
		v = BOARD_HANDSHAKES_SOURCE;
	else if (l->hs_rate &&
		take_rate(&all->rates.handshake, l->hs_rate, 1, now))
		v = BOARD_HANDSHAKES;
	else
		take_off(b, worker, h);
	if (v != BOARD_OK)
		atomic_fetch_add(&b->totals.limited[v], 1);
	return v;
}

enum board_verdict board_request(struct board *b, uint32_t all,
	uint32_t per_source, uint64_t now, struct board_hold *h)
{
	struct board_source *s = h->source;
	struct board_limit *l = h->limit;
	enum board_verdict v = BOARD_OK;

	if (per_source && s && take_rate(&s->rates.request, per_source, 1, now))
		v = BOARD_REQUESTS_SOURCE;
	else if (all && l && take_rate(&l->rates.request, all, 1, now))
		v = BOARD_REQUESTS;
	if (v != BOARD_OK)
		atomic_fetch_add(&b->totals.limited[v], 1);
	return v;
}

/* Counted like handshakes in flight, under a name that no limit has. */
int board_queue(struct board *b, unsigned worker, const char *backend,
	uint32_t max, struct board_hold *h)
{
	char name[BOARD_NAME_MAX];
	uint64_t now = board_now();

	snprintf(name, sizeof(name), "queue/%s", backend);
	memset(h, 0, sizeof(*h));
	h->limit = board_limit_find(b, name, now);
	if (flight_full(b, max, h))
		return 0;
	take_off(b, worker, h);
	return 1;
}

void board_handshake_end(struct board *b, unsigned worker, struct board_hold *h)
{
	if (!h->handshake)
		return;
	worker = board_slot(worker);
	atomic_fetch_sub(&board_limit_flight(b, limit_index(b, h))[worker], 1);
	h->handshake = 0;
}

uint64_t board_bytes(struct board *b, const struct tbl_limit *l, uint64_t now,
	struct board_hold *h, uint64_t bytes)
{
	struct board_source *s = h->source;
	struct board_limit *all = h->limit;
	uint64_t wait = 0, more = 0;

	(void)b;
	if (!all)
		return 0;
	if (l->bandwidth_source && s)
		wait = take_bytes(
			&s->rates.bandwidth, l->bandwidth_source, bytes, now);
	if (l->bandwidth)
		more = take_bytes(
			&all->rates.bandwidth, l->bandwidth, bytes, now);
	return wait > more ? wait : more;
}

const char *board_verdict_text(enum board_verdict v)
{
	static const char *const text[] = {
		[BOARD_OK] = "within limits",
		[BOARD_CONNECTIONS] = "connections",
		[BOARD_CONNECTIONS_SOURCE] = "connections per-source",
		[BOARD_RATE] = "connection-rate",
		[BOARD_RATE_SOURCE] = "connection-rate per-source",
		[BOARD_HANDSHAKES] = "handshakes",
		[BOARD_HANDSHAKES_SOURCE] = "handshakes per-source",
		[BOARD_REQUESTS] = "requests",
		[BOARD_REQUESTS_SOURCE] = "requests per-source",
		[BOARD_IN_FLIGHT] = "handshakes-in-flight",
		[BOARD_WORKER_FULL] = "worker full",
	};

	return text[v];
}
