/*
 * Servers on the board: current connections, health according to checks and to
 * real connections, latency, slow start.
 */
#include "board_server.h"

#include "board_parts.h"
#include "board_register.h"

enum { EJECT_DOUBLED = 5 }; /* times, at most */

static size_t server_index(const struct board *b, const struct board_server *s)
{
	return (size_t)(s - b->server);
}

uint32_t board_server_live(struct board *b, const struct board_server *s)
{
	return board_sum(
		board_server_counts(b, server_index(b, s)), board_workers);
}

void board_server_count(
	struct board *b, unsigned worker, const struct board_server *s, int by)
{
	worker = board_slot(worker);
	atomic_fetch_add(&board_server_counts(b, server_index(b, s))[worker],
		(uint32_t)by);
	if (by > 0)
		atomic_fetch_add(&b->server[server_index(b, s)].total, 1);
}

void board_server_count_again(struct board *b, unsigned worker,
	const struct board_server *s, uint32_t live)
{
	atomic_store(
		&board_server_counts(b, server_index(b, s))[board_slot(worker)],
		live);
}

int board_server_usable(const struct board_server *s, uint64_t now)
{
	uint32_t state = atomic_load(&s->state);
	uint64_t until;

	if (state & (BOARD_DOWN | BOARD_DRAINING | BOARD_UNRESOLVED))
		return 0;
	until = atomic_load(&s->ejected_until);
	/* Longer than any ejection: a damaged value. */
	return !(state & BOARD_EJECTED) || now >= until ||
		until - now > ((uint64_t)BOARD_EJECT_US << EJECT_DOUBLED);
}

/* A moving average over some eight values.  A race loses one value at most. */
static void average(_Atomic uint32_t *at, uint32_t value)
{
	uint32_t old = atomic_load_explicit(at, memory_order_relaxed);

	if (value == 0)
		return;
	atomic_store_explicit(at, old ? old - old / 8 + value / 8 : value,
		memory_order_relaxed);
}

int board_server_worked(struct board_server *s, uint32_t connect_us,
	uint32_t response_us, uint64_t now)
{
	average(&s->connect_us, connect_us);
	average(&s->response_us, response_us);
	if (atomic_load_explicit(&s->failures, memory_order_relaxed))
		atomic_store(&s->failures, 0);
	if (!(atomic_load(&s->state) & BOARD_EJECTED) ||
		!(atomic_fetch_and(&s->state, ~(uint32_t)BOARD_EJECTED) &
			BOARD_EJECTED))
		return 0;
	atomic_store(&s->up_since, now);
	return 1;
}

int board_server_failed(struct board_server *s, uint64_t now)
{
	uint32_t row = atomic_fetch_add(&s->failures, 1) + 1;
	unsigned again;

	atomic_fetch_add(&s->failed, 1);
	if (row < BOARD_EJECT_AFTER)
		return 0;
	again = row - BOARD_EJECT_AFTER;
	if (again > EJECT_DOUBLED)
		again = EJECT_DOUBLED;
	atomic_store(
		&s->ejected_until, now + ((uint64_t)BOARD_EJECT_US << again));
	return !(atomic_fetch_or(&s->state, BOARD_EJECTED) & BOARD_EJECTED);
}

/* --- addresses of a name ------------------------------------------------- */

static uint32_t seconds(uint64_t now)
{
	return (uint32_t)(now / 1000000);
}

static uint64_t entry(uint32_t hash, uint64_t now)
{
	return (uint64_t)hash << 32 | (seconds(now) + BOARD_FAILING_S);
}

/* We write nothing that is further ahead. */
static int believed(uint64_t e, uint64_t now)
{
	return (uint32_t)e > seconds(now) &&
		(uint32_t)e - seconds(now) <= BOARD_FAILING_S;
}

/* Its index, or BOARD_FAILING. */
static unsigned place_of(const struct board_server *s, uint32_t hash)
{
	unsigned i;
	uint64_t e;

	for (i = 0; i < BOARD_FAILING; i++) {
		e = atomic_load_explicit(&s->failing[i], memory_order_relaxed);
		if (e && e >> 32 == hash)
			break;
	}
	return i;
}

/* Replaces the one whose time ends first. */
void board_address_failed(struct board_server *s, uint32_t hash, uint64_t now)
{
	unsigned i = place_of(s, hash), k;

	if (i == BOARD_FAILING)
		for (i = 0, k = 1; k < BOARD_FAILING; k++)
			if ((uint32_t)atomic_load(&s->failing[k]) <
				(uint32_t)atomic_load(&s->failing[i]))
				i = k;
	atomic_store(&s->failing[i], entry(hash, now));
}

void board_address_worked(struct board_server *s, uint32_t hash)
{
	unsigned i = place_of(s, hash);

	if (i < BOARD_FAILING)
		atomic_store(&s->failing[i], 0);
}

int board_address_failing(
	const struct board_server *s, uint32_t hash, uint64_t now)
{
	unsigned i = place_of(s, hash);

	return i < BOARD_FAILING && believed(atomic_load(&s->failing[i]), now);
}

int board_address_try(struct board_server *s, uint32_t hash, uint64_t now)
{
	unsigned i = place_of(s, hash);
	uint64_t e;

	if (i == BOARD_FAILING)
		return 1;
	e = atomic_load(&s->failing[i]);
	if (e >> 32 != hash)
		return 1; /* removed meanwhile */
	/* Whoever writes the next time there tries it. */
	return !believed(e, now) &&
		atomic_compare_exchange_strong(
			&s->failing[i], &e, entry(hash, now));
}

void board_server_resolved(struct board_server *s, int has_addresses)
{
	if (has_addresses)
		atomic_fetch_and(&s->state, ~(uint32_t)BOARD_UNRESOLVED);
	else
		atomic_fetch_or(&s->state, BOARD_UNRESOLVED);
}

void board_server_health(
	struct board_server *s, enum board_health health, uint64_t now)
{
	if (health == BOARD_UNHEALTHY) {
		atomic_fetch_or(&s->state, BOARD_DOWN);
		return;
	}
	/* A check does not undo what real connections met.  Otherwise a server
	 * that answers checks but fails connections would be back after each
	 * check, and its ejections would never get longer. */
	if (atomic_fetch_and(&s->state, ~(uint32_t)BOARD_DOWN) & BOARD_DOWN)
		atomic_store(&s->up_since, now);
}

unsigned board_server_warmth(
	const struct board_server *s, uint32_t slow_start_ms, uint64_t now)
{
	uint64_t since = atomic_load(&s->up_since), span, age;

	if (slow_start_ms == 0 || since == 0)
		return 256;
	span = (uint64_t)slow_start_ms * 1000;
	if (since > now + span)
		return 256; /* impossible */
	age = now > since ? now - since : 0;
	if (age >= span)
		return 256;
	age = age * 256 / span;
	return age < 16 ? 16 : (unsigned)age;
}
