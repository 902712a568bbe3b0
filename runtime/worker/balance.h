/*
 * Which of several servers gets the next connection.  Pure: numbers in, an
 * index out.  What is remembered between two choices is in the caller's array,
 * which backend.c fills from the table and the board.
 */
#ifndef RUNTIME_BALANCE_H
#define RUNTIME_BALANCE_H

#include <stddef.h>
#include <stdint.h>

#include "grammar/words.h"

enum balance_fit {
	BALANCE_OUT,   /* not to be chosen: down, tried, weight 0 */
	BALANCE_FULL,  /* would do, but is at its limit */
	BALANCE_DOUBT, /* ejected: only if there is nothing better */
	BALANCE_FIT,
};

struct balance_server {
	/* For this choice. */
	uint32_t weight;     /* the policy's times warmth, in 1/256ths */
	uint32_t live;       /* connections now; for the policies that ask */
	uint32_t latency_us; /* moving average; 0: never measured */
	uint8_t fit;         /* enum balance_fit */
	/* Of the server. */
	uint64_t key; /* hash of its name */
	/* Between choices; zero at first. */
	int64_t credit;    /* round-robin */
	uint32_t lost;     /* random-two: comparisons lost in a row */
	uint64_t given_us; /* when it was chosen last */
	uint64_t turn;     /* number of the choice that took it last */
};

struct balance {
	uint64_t turn;   /* choices made; zero at first */
	uint64_t random; /* a seed at first */
};

struct balance_client {
	uint64_t key; /* hash of its address */
	uint64_t now_us;
};

/* An index below n; BALANCE_NONE: no server;
 * BALANCE_WAIT: those that would do are at their limit. */
enum { BALANCE_NONE = -1, BALANCE_WAIT = -2 };
int balance_choose(struct balance *b, enum balancing how,
	struct balance_server *s, size_t n, const struct balance_client *c);

/* Which fields of a server does this policy look at? */
enum { BALANCE_NEEDS_LIVE = 1, BALANCE_NEEDS_LATENCY = 2 };
unsigned balance_needs(enum balancing how);

/* random-two avoids a slow server, so it would never notice that the server has
 * become fast.  After this many lost comparisons the server gets one
 * connection, at most one in this many microseconds. */
#define BALANCE_PROBE_LOST 32
#define BALANCE_PROBE_US 1000000u

#endif
