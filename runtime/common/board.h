/*
 * The board: memory shared by all processes of a tlsd.  Workers count on it, so
 * that limits hold for all of them together.  The monitor writes the servers'
 * health there and reads the metrics.  Lock-free, of fixed size.
 * board_worker_gone takes back what a crashed worker had counted.
 */
#ifndef RUNTIME_BOARD_H
#define RUNTIME_BOARD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "grammar/table.h"

#define BOARD_WORKERS_MAX 256
#define BOARD_SERVERS 65536u
#define BOARD_INDEX (2 * BOARD_SERVERS)
#define BOARD_LIMITS 16384u
#define BOARD_SOURCES (1u << 17)
#define BOARD_METRICS 8192
#define BOARD_NAME_MAX 384 /* of a server: "BACKEND/ADDRESS" */
#define BOARD_LABELS_MAX 400

struct board;

/* Creates memory for that many workers in each share.  -1 with errno. */
int board_create(unsigned workers);
/* NULL: not a board, or no memory.  A process has one board. */
struct board *board_map(int fd);
void board_unmap(struct board **b);
/* Rewrites what processes need to map the board and to find entries: a worker
 * may have written there.  For a master, before others map the board. */
void board_restore(struct board *b);
/* The worker with this number has ended: takes back what it counted. */
void board_worker_gone(struct board *b, unsigned worker);
/* A worker was killed by a signal: forgets what it may have written besides its
 * counters, including what was true. */
void board_heal(struct board *b);
/* --- shares: a tlsd and its successor ----------------------------------- */

#define BOARD_SHARES 2
/* For a master: takes a share that no living master has, and takes back what
 * its last owner left; or -1.  That share is used from then on (otherwise share
 * 0). */
int board_take_share(struct board *b, int fd);
/* For its workers. */
void board_use_share(unsigned share);
/* Takes back what a tlsd may have left that never came to serve. */
void board_sweep(struct board *b, int fd);
/* Two programs may share the mapped board if this text is the same. */
#define BOARD_LAYOUT_MAX 64
void board_layout(char out[BOARD_LAYOUT_MAX]);

/* The monotonic clock in microseconds, as for every `now` below. */
uint64_t board_now(void);

/* --- limits ------------------------------------------------------------ */

enum board_verdict {
	BOARD_OK,
	BOARD_CONNECTIONS,        /* limit "connections" is reached */
	BOARD_CONNECTIONS_SOURCE, /* ... per-source */
	BOARD_RATE,               /* connection-rate */
	BOARD_RATE_SOURCE,
	BOARD_HANDSHAKES, /* handshakes (a second) */
	BOARD_HANDSHAKES_SOURCE,
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

/* --- servers ------------------------------------------------------------ */

enum {
	BOARD_DOWN = 1, /* by health checks */
	/* by failures of real connections; see ejected_until */
	BOARD_EJECTED = 2,
	BOARD_DRAINING = 4, /* by the operator */
	BOARD_UNRESOLVED = 8
};

#define BOARD_FAILING 8

struct board_server {
	_Atomic uint32_t state;    /* bits above */
	_Atomic uint32_t failures; /* in a row, of real connections */
	_Atomic uint64_t ejected_until, up_since; /* microseconds; 0 */
	_Atomic uint32_t connect_us,
		response_us; /* moving averages; 0 unknown */
	_Atomic uint64_t total, failed;
	/* Addresses of a host name that do not answer: a hash in the upper
	 * half; in the lower half the second until which that is believed. */
	_Atomic uint64_t failing[BOARD_FAILING];
	_Atomic uint32_t ready;             /* name is complete */
	_Atomic uint8_t used[BOARD_SHARES]; /* by tables of that tlsd */
	char name[BOARD_NAME_MAX];
};
/* The entry of a name; NULL: there is none. */
struct board_server *board_server(struct board *b, const char *name);
/* For a master that holds the board's lock: the entry of a name, created if
 * necessary, and kept until it is given back.  NULL: the board is full. */
struct board_server *board_server_take(struct board *b, const char *name);
void board_server_give(struct board *b, struct board_server *s);
/* A worker may have damaged it: writes the name into the entry again. */
void board_server_restore(struct board *b, unsigned entry, const char *name);
void board_lock(int fd);
void board_unlock(int fd);
unsigned board_servers_used(const struct board *b);
/* Entries are numbered from this one on, below BOARD_SERVERS. */
struct board_server *board_server_first(struct board *b);
/* Current connections to it, of all workers. */
uint32_t board_server_live(struct board *b, const struct board_server *s);
void board_server_count(struct board *b, unsigned worker,
	const struct board_server *s, int by); /* +1, -1 */
void board_server_count_again(struct board *b, unsigned worker,
	const struct board_server *s, uint32_t live);
/* May it be chosen? */
int board_server_usable(const struct board_server *s, uint64_t now);
/* A real connection to it worked (times to connect and to the first octet in
 * microseconds, 0: not measured) or failed.  BOARD_EJECT_AFTER failures in a
 * row eject it for BOARD_EJECT_US, doubled each time up to a minute.  1: that
 * brought it back, or ejected it; else 0. */
#define BOARD_EJECT_AFTER 5
#define BOARD_EJECT_US 2000000u
int board_server_worked(struct board_server *s, uint32_t connect_us,
	uint32_t response_us, uint64_t now);
int board_server_failed(struct board_server *s, uint64_t now);
/* An address of its name, as a hash, failed while another might not.  It is
 * skipped for BOARD_FAILING_S seconds, then tried by one connection. */
#define BOARD_FAILING_S 10
void board_address_failed(struct board_server *s, uint32_t hash, uint64_t now);
void board_address_worked(struct board_server *s, uint32_t hash);
int board_address_failing(
	const struct board_server *s, uint32_t hash, uint64_t now);
/* 1: not known to fail, or this connection is the one that tries it again. */
int board_address_try(struct board_server *s, uint32_t hash, uint64_t now);
/* Workers: a host name has addresses, or none. */
void board_server_resolved(struct board_server *s, int has_addresses);
/* The result of health checks.  Coming up starts the slow start.  It does not
 * end an ejection: only time and a successful connection do. */
enum board_health { BOARD_UNHEALTHY, BOARD_HEALTHY };
void board_server_health(
	struct board_server *s, enum board_health health, uint64_t now);
/* Weight in 1/256ths: less than 256 during slow_start_ms after coming up. */
unsigned board_server_warmth(
	const struct board_server *s, uint32_t slow_start_ms, uint64_t now);
/* The next entry; NULL at the end. */
struct board_server *board_server_next(struct board *b, unsigned *at);

/* --- metrics ------------------------------------------------------------ */

struct board_metric {
	_Atomic uint64_t key;
	_Atomic uint64_t count, bytes_up, bytes_down;
	_Atomic uint64_t handshake_us, connect_us; /* sums */
	_Atomic uint32_t ready;
	char labels[BOARD_LABELS_MAX]; /* Prometheus form */
};
#define BOARD_OVERFLOW "overflow=\"true\""
/* The entry of a set of labels ("frontend=\"edge\",..."), created if necessary.
 * If the board is full, the last entry, labelled overflow. */
struct board_metric *board_metric(struct board *b, const char *labels);
struct board_metric *board_metric_next(struct board *b, unsigned *at);

/* What was refused: the policy's file, or a load by a signal; a load by a
 * command; changed files of the live table. */
enum board_refusal {
	BOARD_REFUSED_POLICY,
	BOARD_REFUSED_COMMAND,
	BOARD_REFUSED_RENEWAL,
	BOARD_REFUSED
};
/* What is refused on disk at present. */
enum board_now { BOARD_NOW_POLICY, BOARD_NOW_FILES, BOARD_NOW };

/* Single numbers; the comments say who writes them. */
struct board_totals {
	_Atomic uint64_t loads, rollbacks, restarts;    /* master */
	_Atomic uint64_t refused[BOARD_REFUSED];        /* master */
	_Atomic uint64_t refused_now[BOARD_NOW];        /* master */
	_Atomic uint64_t generation, serial, loaded_at; /* master */
	_Atomic uint64_t connections_live; /* workers, by board_enter/leave */
	_Atomic uint64_t
		limited[BOARD_VERDICTS]; /* workers: refused by a limit */
	_Atomic uint64_t hung;           /* master */
};
struct board_totals *board_totals(struct board *b);

#endif
