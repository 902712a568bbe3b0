/* The board's layout, for board*.c only. */
#ifndef RUNTIME_BOARD_PARTS_H
#define RUNTIME_BOARD_PARTS_H

#include "board.h"
#include "board_server.h"
#include "board_share.h"

/* Change it when the layout or the meaning of a field changes: then a new
 * program does not continue with an old program's board. */
#define BOARD_MAGIC 0x64726f626c746436ull

/* Generic cell rate algorithm: when the next event would be on time. */
struct board_rates {
	_Atomic uint64_t connection, handshake, bandwidth, request;
};

struct board_limit {
	_Atomic uint64_t key;
	struct board_rates rates;
};

/* entries a source may have; the last one is shared */
enum { BOARD_WAYS = 8 };

struct board_source {
	_Atomic uint64_t key;
	/* seconds; of idle ones the oldest is replaced */
	_Atomic uint32_t used;
	struct board_rates rates;
};

/* How many workers the board is for, in all shares, computed from its sealed
 * size, because a worker could write any number on the board itself.  And the
 * first worker of our own share. */
extern unsigned board_workers, board_first;

static inline unsigned board_slot(unsigned worker)
{
	return board_first + worker;
}

/* The counters of each worker are in arrays after the entries that they count
 * for: counters[entry * board_workers + worker]. */
struct board {
	uint64_t magic;
	uint64_t seed[2]; /* of board_key, random */
	/* some process has counted there */
	_Atomic uint32_t used[BOARD_SHARES];
	struct board_totals totals;
	struct board_limit limit[BOARD_LIMITS];
	_Atomic uint32_t server_index[BOARD_INDEX]; /* board_register.c */
	_Atomic uint64_t server_key[BOARD_SERVERS]; /* 0: free */
	struct board_server server[BOARD_SERVERS];
	struct board_metric metric[BOARD_METRICS];
	struct board_source source[BOARD_SOURCES];
	_Atomic uint32_t counters[];
};

/* The arrays of counters, in order. */
static inline _Atomic uint32_t *board_limit_live(struct board *b, size_t i)
{
	return b->counters + i * board_workers;
}
static inline _Atomic uint32_t *board_limit_flight(struct board *b, size_t i)
{
	return b->counters + (BOARD_LIMITS + i) * board_workers;
}
static inline _Atomic uint32_t *board_server_counts(struct board *b, size_t i)
{
	return b->counters + (2 * (size_t)BOARD_LIMITS + i) * board_workers;
}
static inline _Atomic uint32_t *board_source_live(struct board *b, size_t i)
{
	return b->counters +
		(2 * (size_t)BOARD_LIMITS + BOARD_SERVERS + i) * board_workers;
}
#define BOARD_COUNTERS                                                         \
	(2 * (size_t)BOARD_LIMITS + BOARD_SERVERS + BOARD_SOURCES)

/* A compromised worker may have written a text without its end: then nobody
 * reads it. */
int board_whole(const char *text, size_t space, const _Atomic uint32_t *ready);
/* Removes index slots that lead to no entry. */
void board_register_heal(struct board *b);
/* The owner of that share names no servers any more. */
void board_servers_leave(struct board *b, unsigned share);
/* A nonzero key for a name.  Outsiders cannot know which names collide. */
uint64_t board_key(const void *name, size_t n);
/* The next run of octets, from `from` on, that some process has written: where
 * it begins, and *end.  Octets never written are zero; reading them would only
 * allocate memory.  Returns at least `most` if there is none before that. */
size_t board_written(size_t from, size_t most, size_t *end);
/* Its entry; if the board is full, one shared with another limit. */
struct board_limit *board_limit_find(
	struct board *b, const char *name, uint64_t now);
/* An entry must not be replaced while a rate in it is ahead of its time. */
int board_rates_owe(const struct board_rates *r, uint64_t now);
void board_rates_clear(struct board_rates *r);
uint32_t board_sum(const _Atomic uint32_t *counters, unsigned workers);

#endif
