/*
 * The register of servers on the board.  Only masters write it: they take an
 * entry for every server of a table before they offer the table to workers, and
 * give it back when the last table with that server is gone (master/places.c).
 * Workers and the monitor only search.  Entries are dense, so that a few
 * servers need few pages; an open-addressed index leads to them.  A compromised
 * worker can write anything here: every number is checked before it is used, so
 * all it achieves is a wrong statistic.
 */
#include "board_register.h"

#include <string.h>

#include "board_parts.h"

#define GONE UINT32_MAX /* in the index: continue searching */
#define PROBES 1024 /* half of the index is free, so this is more than enough */

static unsigned own_share(void)
{
	return board_first / (board_workers / BOARD_SHARES);
}

static unsigned slot_at(uint64_t key, unsigned probe)
{
	return (unsigned)((key + probe) % BOARD_INDEX);
}

static uint32_t index_get(const struct board *b, unsigned slot)
{
	return atomic_load_explicit(
		&b->server_index[slot], memory_order_acquire);
}

/* The slot that leads to the key's entry; or -1, and then *space is a free slot
 * for it, or -1. */
static int find(const struct board *b, uint64_t key, int *space)
{
	unsigned i, slot;
	uint32_t v;

	*space = -1;
	for (i = 0; i < PROBES; i++) {
		slot = slot_at(key, i);
		v = index_get(b, slot);
		if (v == 0 || v == GONE) {
			if (*space < 0)
				*space = (int)slot;
			if (v == 0)
				return -1;
		} else if (v <= BOARD_SERVERS &&
			atomic_load(&b->server_key[v - 1]) == key) {
			return (int)slot;
		}
	}
	return -1;
}

struct board_server *board_server(struct board *b, const char *name)
{
	int space, slot = find(b, board_key(name, strlen(name)), &space);
	uint32_t v = slot < 0 ? 0 : index_get(b, (unsigned)slot);

	/* Read again: it may have changed. */
	return v == 0 || v > BOARD_SERVERS ? NULL : &b->server[v - 1];
}

/* Where to look for a free entry: at the lowest one that this process gave
 * back, or after the last one that it took. */
static unsigned lowest;

/* -1: none.  Lower ones may be free that another tlsd gave back. */
static int free_entry(const struct board *b)
{
	unsigned i, k;

	for (k = 0; k < BOARD_SERVERS; k++) {
		i = (lowest + k) % BOARD_SERVERS;
		if (atomic_load(&b->server_key[i]) == 0) {
			lowest = i + 1;
			return (int)i;
		}
	}
	return -1;
}

static void name_entry(struct board_server *s, const char *name)
{
	size_t n = strlen(name);

	memset(s->name, 0, sizeof(s->name));
	memcpy(s->name, name, n < sizeof(s->name) ? n : sizeof(s->name) - 1);
	atomic_store(&s->ready, 1);
}

static void begin_entry(struct board *b, unsigned i, const char *name)
{
	memset(&b->server[i], 0, sizeof(b->server[i]));
	for (unsigned w = 0; w < board_workers; w++)
		atomic_store(&board_server_counts(b, i)[w], 0);
	name_entry(&b->server[i], name);
}

struct board_server *board_server_take(struct board *b, const char *name)
{
	uint64_t key = board_key(name, strlen(name));
	struct board_server *s = board_server(b, name);
	int space, entry;

	if (!s) {
		if (find(b, key, &space) >= 0 || space < 0)
			return NULL;
		entry = free_entry(b);
		if (entry < 0)
			return NULL;
		begin_entry(b, (unsigned)entry, name);
		atomic_store(&b->server_key[entry], key);
		atomic_store_explicit(&b->server_index[space],
			(uint32_t)entry + 1, memory_order_release);
		s = &b->server[entry];
	}
	atomic_store(&s->used[own_share()], 1);
	return s;
}

/* Slots after the last one of a run of keys need not be searched. */
static void tidy(struct board *b, unsigned slot)
{
	unsigned i;

	if (index_get(b, (slot + 1) % BOARD_INDEX) != 0)
		return;
	for (i = 0; i < PROBES && index_get(b, slot) == GONE; i++) {
		atomic_store(&b->server_index[slot], 0);
		slot = (slot + BOARD_INDEX - 1) % BOARD_INDEX;
	}
}

static void end_entry(struct board *b, unsigned entry)
{
	uint64_t key = atomic_load(&b->server_key[entry]);
	unsigned i, slot;

	for (i = 0; i < PROBES; i++) {
		slot = slot_at(key, i);
		if (index_get(b, slot) == 0)
			break;
		if (index_get(b, slot) == entry + 1) {
			atomic_store(&b->server_index[slot], GONE);
			tidy(b, slot);
			break;
		}
	}
	atomic_store(&b->server[entry].ready, 0);
	atomic_store(&b->server_key[entry], 0);
	if (entry < lowest)
		lowest = entry;
}

static void leave_entry(struct board *b, unsigned entry, unsigned share)
{
	struct board_server *s = &b->server[entry];

	atomic_store(&s->used[share], 0);
	for (unsigned i = 0; i < BOARD_SHARES; i++)
		if (atomic_load(&s->used[i]))
			return;
	end_entry(b, entry);
}

void board_server_give(struct board *b, struct board_server *s)
{
	leave_entry(b, (unsigned)(s - b->server), own_share());
}

void board_servers_leave(struct board *b, unsigned share)
{
	unsigned i;

	for (i = 0; i < BOARD_SERVERS; i++)
		if (atomic_load(&b->server_key[i]) &&
			atomic_load(&b->server[i].used[share]))
			leave_entry(b, i, share);
}

void board_register_heal(struct board *b)
{
	unsigned slot;
	uint32_t v;

	for (slot = 0; slot < BOARD_INDEX; slot++) {
		v = index_get(b, slot);
		if (v &&
			(v > BOARD_SERVERS ||
				!atomic_load(&b->server_key[v - 1])))
			atomic_store(&b->server_index[slot], GONE);
	}
}

void board_server_restore(struct board *b, unsigned entry, const char *name)
{
	uint64_t key = board_key(name, strlen(name));
	int space, slot;

	atomic_store(&b->server_key[entry], key);
	atomic_store(&b->server[entry].used[own_share()], 1);
	name_entry(&b->server[entry], name);
	slot = find(b, key, &space);
	if (slot < 0)
		slot = space;
	if (slot >= 0)
		atomic_store(&b->server_index[slot], entry + 1);
}

unsigned board_servers_used(const struct board *b)
{
	unsigned i, n = 0;

	for (i = 0; i < BOARD_SERVERS; i++)
		n += atomic_load(&b->server_key[i]) != 0;
	return n;
}

struct board_server *board_server_next(struct board *b, unsigned *at)
{
	while (*at < BOARD_SERVERS) {
		unsigned i = (*at)++;

		if (atomic_load(&b->server_key[i]) &&
			board_whole(b->server[i].name,
				sizeof(b->server[i].name), &b->server[i].ready))
			return &b->server[i];
	}
	return NULL;
}
