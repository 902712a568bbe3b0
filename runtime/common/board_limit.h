/*
 * Limits on the board, for all workers together.
 */
#ifndef RUNTIME_BOARD_LIMIT_H
#define RUNTIME_BOARD_LIMIT_H

#include <stdint.h>

#include "grammar/table.h"

struct board;

enum board_verdict {
	BOARD_OK,
	BOARD_CONNECTIONS,        /* limit "connections" is reached */
	BOARD_CONNECTIONS_SOURCE, /* ... per-source */
	BOARD_RATE,               /* connection-rate */
	BOARD_RATE_SOURCE,
	BOARD_HANDSHAKES, /* handshakes (a second) */
	BOARD_HANDSHAKES_SOURCE,
	BOARD_REQUESTS, /* requests (a second) */
	BOARD_REQUESTS_SOURCE,
	BOARD_IN_FLIGHT,   /* handshakes-in-flight */
	BOARD_WORKER_FULL, /* not a limit of the policy: the worker is full */
	BOARD_VERDICTS,
};
const char *board_verdict_text(enum board_verdict v); /* for the log */

/* What a connection counts on the board; zero before board_enter. */
struct board_hold {
	void *limit, *source;
	uint8_t connection, handshake;
};

/* Begins a connection under limit l, called name.  Sources are IPv4 addresses
 * and IPv6 /64s; family 0 (Unix) has no source.  When refused, nothing is
 * counted. */
enum board_verdict board_enter(struct board *b, unsigned worker,
	const struct tbl_limit *l, const char *name, uint8_t family,
	const uint8_t addr[16], uint64_t now, struct board_hold *h);
/* Moves a hold, which may be empty, to another limit (the route's) or another
 * source (the PROXY header's).  When refused, the old hold stays. */
enum board_verdict board_move(struct board *b, unsigned worker,
	const struct tbl_limit *l, const char *name, uint8_t family,
	const uint8_t addr[16], uint64_t now, struct board_hold *h);
/* A TLS handshake begins, and ends (successfully or not). */
enum board_verdict board_handshake(struct board *b, unsigned worker,
	const struct tbl_limit *l, uint64_t now, struct board_hold *h);
void board_handshake_end(
	struct board *b, unsigned worker, struct board_hold *h);
/* An HTTP request on a connection that is counted.  all, per_source: a second; 0:
 * no limit. */
enum board_verdict board_request(struct board *b, uint32_t all,
	uint32_t per_source, uint64_t now, struct board_hold *h);
/* Enters a backend's queue, which has at most max connections of all workers.
 * 1, or 0 if it is full. board_leave ends it. */
int board_queue(struct board *b, unsigned worker, const char *backend,
	uint32_t max, struct board_hold *h);
/* Counts relayed octets.  Returns how many microseconds to wait before the next
 * read; 0: none. */
uint64_t board_bytes(struct board *b, const struct tbl_limit *l, uint64_t now,
	struct board_hold *h, uint64_t bytes);
/* A worker's counters were damaged.  After board_worker_gone it counts
 * everything it holds again. */
void board_count_again(
	struct board *b, unsigned worker, const struct board_hold *h);
/* Ends the connection; may be called twice. */
void board_leave(struct board *b, unsigned worker, struct board_hold *h);

#endif
