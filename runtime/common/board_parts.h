/* How the board is laid out: for its own rooms (board*.c) only. */
#ifndef RUNTIME_BOARD_PARTS_H
#define RUNTIME_BOARD_PARTS_H

#include "board.h"

/* Another one when the layout changes, or the meaning of what is there: a new
 * program then does not go on with an old one's board. */
#define BOARD_MAGIC 0x64726f626c746435ull

/* Generic cell rate algorithm: when the next event would be on time. */
struct board_rates {
	_Atomic uint64_t connection, handshake, bandwidth;
};

struct board_limit {
	_Atomic uint64_t key;
	struct board_rates rates;
};

/* Places a source may have, the last one together with others. */
enum { BOARD_WAYS = 8 };

struct board_source {
	_Atomic uint64_t key;
	_Atomic uint32_t used; /* seconds; the oldest idle one gives way */
	struct board_rates rates;
};

/* How many workers the board of this process is for, those of all shares: by
 * its sealed size, since any worker could write whatever stood on the board
 * itself.  The first of its own share. */
extern unsigned board_workers, board_first;

static inline unsigned board_slot(unsigned worker)
{
	return board_first + worker;
}

/* Counters per worker stand in arrays behind the entries they count for:
 * counters[entry * board_workers + worker]. */
struct board {
	uint64_t magic;
	uint64_t seed[2];                    /* of board_key, random */
	_Atomic uint32_t used[BOARD_SHARES]; /* somebody has counted there */
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

/* A worker gone wrong may have left a text without its end: nobody reads it
 * then. */
int board_whole(const char *text, size_t room, const _Atomic uint32_t *ready);
/* Ways that lead to no entry are closed. */
void board_register_heal(struct board *b);
/* Whoever had that share names no server any more. */
void board_servers_leave(struct board *b, unsigned share);
/* A nonzero key of a name: nobody outside knows which names meet. */
uint64_t board_key(const void *name, size_t n);
/* The next run of octets of the board at or behind from that somebody has ever
 * written: where it begins, and *end.  What nobody has written is zero, and only
 * to read it would take memory for it.  At least most: there is none before. */
size_t board_written(size_t from, size_t most, size_t *end);
/* Its entry, that of another's when there is no room. */
struct board_limit *board_limit_find(
	struct board *b, const char *name, uint64_t now);
/* A rate that has still to be waited for would be forgotten with its entry. */
int board_rates_owe(const struct board_rates *r, uint64_t now);
void board_rates_clear(struct board_rates *r);
uint32_t board_sum(const _Atomic uint32_t *counters, unsigned workers);

#endif
