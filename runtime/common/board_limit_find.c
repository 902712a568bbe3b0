/*
 * Entries of limits on the board, by name.  Policies change, and so do the
 * names of their limits: an entry that counts nothing and owes nothing is
 * replaced when another one needs its place.
 */
#include "board_parts.h"

#include <string.h>

#define PROBES 64

int board_rates_owe(const struct board_rates *r, uint64_t now)
{
	return atomic_load(&r->connection) > now ||
		atomic_load(&r->handshake) > now ||
		atomic_load(&r->bandwidth) > now ||
		atomic_load(&r->request) > now;
}

void board_rates_clear(struct board_rates *r)
{
	atomic_store(&r->connection, 0);
	atomic_store(&r->handshake, 0);
	atomic_store(&r->bandwidth, 0);
	atomic_store(&r->request, 0);
}

static int idle(struct board *b, size_t i, uint64_t now)
{
	return board_sum(board_limit_live(b, i), board_workers) == 0 &&
		board_sum(board_limit_flight(b, i), board_workers) == 0 &&
		!board_rates_owe(&b->limit[i].rates, now);
}

static struct board_limit *at(struct board *b, uint64_t key, unsigned probe)
{
	return &b->limit[(key + probe) % BOARD_LIMITS];
}

static struct board_limit *find(struct board *b, uint64_t key)
{
	for (unsigned i = 0; i < PROBES; i++)
		if (atomic_load(&at(b, key, i)->key) == key)
			return at(b, key, i);
	return NULL;
}

static struct board_limit *find_room(
	struct board *b, uint64_t key, uint64_t now)
{
	struct board_limit *l;
	unsigned i;

	for (i = 0; i < PROBES; i++) {
		l = at(b, key, i);
		if (!atomic_load(&l->key) ||
			idle(b, (size_t)(l - b->limit), now))
			return l;
	}
	return NULL;
}

static int take_over(struct board_limit *l, uint64_t key)
{
	uint64_t old = atomic_load(&l->key);

	if (!atomic_compare_exchange_strong(&l->key, &old, key))
		return 0;
	board_rates_clear(&l->rates);
	return 1;
}

struct board_limit *board_limit_find(
	struct board *b, const char *name, uint64_t now)
{
	uint64_t key = board_key(name, strlen(name));
	struct board_limit *l = find(b, key), *space;
	unsigned tries;

	for (tries = 0; !l && tries < PROBES; tries++) {
		space = find_room(b, key, now);
		if (!space)
			return at(b, key, 0); /* shared from here */
		if (!take_over(space, key))
			continue;
		/* Two workers may have taken one each: the first one counts. */
		l = find(b, key);
		if (l != space)
			atomic_store(&space->key, 0);
	}
	return l ? l : at(b, key, 0);
}
