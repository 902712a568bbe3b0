/*
 * The board: memory shared by all processes of one tlsd.  Workers count on it,
 * so that limits hold for all of them together; the monitor writes the
 * servers' health there and reads the metrics.  Lock-free, of fixed size; what
 * a crashed worker had counted is taken back by board_worker_gone.
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

/* A descriptor of fresh memory for that many workers of each share; -1 with
 * errno. */
int board_create(unsigned workers);
/* NULL: not a board, or no memory.  A process has one board. */
struct board *board_map(int fd);
void board_unmap(struct board **b);
/* What a process needs to map it, and to find there what others find: any worker
 * may have written it.  For a master, before others map the board. */
void board_restore(struct board *b);
/* The worker with this number has ended: nothing of it is live any more. */
void board_worker_gone(struct board *b, unsigned worker);
/* It has died by a signal: what it may have written beside its counters is
 * forgotten, with what was true of it. */
void board_heal(struct board *b);
/* --- shares: a tlsd and the one that takes over from it ---------------- */

#define BOARD_SHARES 2
/* For a master: a share that no other living one has, with what its last owner
 * left taken back; or -1.  It is used from then on (0 is without this). */
int board_take_share(struct board *b, int fd);
/* For its workers. */
void board_use_share(unsigned share);
/* Takes back what a tlsd that did not come to serve may have left. */
void board_sweep(struct board *b, int fd);
/* Two programs may share the board that is mapped when this is the same. */
#define BOARD_LAYOUT_MAX 64
void board_layout(char out[BOARD_LAYOUT_MAX]);

/* Microseconds of the monotonic clock: what every `now` below is. */
uint64_t board_now(void);

/* --- limits ------------------------------------------------------------ */

enum board_verdict {
	BOARD_OK,
	BOARD_CONNECTIONS,        /* limit "connections" reached */
	BOARD_CONNECTIONS_SOURCE, /* ... per-source */
	BOARD_RATE,               /* connection-rate */
	BOARD_RATE_SOURCE,
	BOARD_HANDSHAKES, /* handshakes (a second) */
	BOARD_HANDSHAKES_SOURCE,
	BOARD_IN_FLIGHT,   /* handshakes-in-flight */
	BOARD_WORKER_FULL, /* no limit: what a worker can serve */
	BOARD_VERDICTS,
};
const char *board_verdict_text(enum board_verdict v); /* for the log */

/* What a connection holds on the board: zero before board_enter. */
struct board_hold {
	void *limit, *source;
	uint8_t connection, handshake;
};

/* A connection begins under limit l, called name.  Sources are IPv4 addresses
 * and IPv6 /64s; family 0 (unix) has no source.  On refusal nothing is held. */
enum board_verdict board_enter(struct board *b, unsigned worker,
	const struct tbl_limit *l, const char *name, uint8_t family,
	const uint8_t addr[16], uint64_t now, struct board_hold *h);
/* It goes on under another limit (its route's), or as another source (its
 * PROXY header's): moves the hold, which may be empty.  On refusal the old
 * hold stays. */
enum board_verdict board_move(struct board *b, unsigned worker,
	const struct tbl_limit *l, const char *name, uint8_t family,
	const uint8_t addr[16], uint64_t now, struct board_hold *h);
/* A TLS handshake begins and ends (done or not). */
enum board_verdict board_handshake(struct board *b, unsigned worker,
	const struct tbl_limit *l, uint64_t now, struct board_hold *h);
void board_handshake_end(
	struct board *b, unsigned worker, struct board_hold *h);
/* One more waits in a backend's queue of at most max, of all workers: 1, or 0:
 * no room.  board_leave ends it. */
int board_queue(struct board *b, unsigned worker, const char *backend,
	uint32_t max, struct board_hold *h);
/* bytes were relayed: microseconds to wait before the next read, 0: none. */
uint64_t board_bytes(struct board *b, const struct tbl_limit *l, uint64_t now,
	struct board_hold *h, uint64_t bytes);
/* A worker's counters were spoilt: after board_worker_gone it counts again
 * whatever it holds. */
void board_count_again(
	struct board *b, unsigned worker, const struct board_hold *h);
/* It is over; idempotent. */
void board_leave(struct board *b, unsigned worker, struct board_hold *h);

/* --- servers ------------------------------------------------------------ */

enum {
	BOARD_DOWN = 1,     /* by active checks */
	BOARD_EJECTED = 2,  /* by failures of real connections; see until */
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
	/* Addresses of a name that do not answer: a hash in the upper half, in
	 * the lower the second until which that is believed. */
	_Atomic uint64_t failing[BOARD_FAILING];
	_Atomic uint32_t ready;             /* name is complete */
	_Atomic uint8_t used[BOARD_SHARES]; /* by the tables of that tlsd */
	char name[BOARD_NAME_MAX];
};
/* The entry of a name; NULL: no table has it, or nothing more is known. */
struct board_server *board_server(struct board *b, const char *name);
/* For a master that holds the board's lock: the entry of a name, made when there
 * is none, and kept until it is given back (NULL: the board is full). */
struct board_server *board_server_take(struct board *b, const char *name);
void board_server_give(struct board *b, struct board_server *s);
/* A worker may have spoilt it: this entry is of that name. */
void board_server_restore(struct board *b, unsigned entry, const char *name);
void board_lock(int fd);
void board_unlock(int fd);
unsigned board_servers_used(const struct board *b);
/* Entries are numbered from this one on, below BOARD_SERVERS. */
struct board_server *board_server_first(struct board *b);
/* Connections to it now, of all workers. */
uint32_t board_server_live(struct board *b, const struct board_server *s);
void board_server_count(struct board *b, unsigned worker,
	const struct board_server *s, int by); /* +1, -1 */
void board_server_count_again(struct board *b, unsigned worker,
	const struct board_server *s, uint32_t live);
/* May it be chosen? */
int board_server_usable(const struct board_server *s, uint64_t now);
/* A real connection to it worked (connect and first-byte times in
 * microseconds, 0: not measured) or failed.  BOARD_EJECT_AFTER failures in a
 * row eject it for BOARD_EJECT_US, doubled each time up to a minute.  1: that
 * brought it back, or ejected it; else 0. */
#define BOARD_EJECT_AFTER 5
#define BOARD_EJECT_US 2000000u
int board_server_worked(struct board_server *s, uint32_t connect_us,
	uint32_t response_us, uint64_t now);
int board_server_failed(struct board_server *s, uint64_t now);
/* An address of its name, by a hash, failed where another one may not: it is
 * passed over for BOARD_FAILING_S seconds, then tried by one connection. */
#define BOARD_FAILING_S 10
void board_address_failed(struct board_server *s, uint32_t hash, uint64_t now);
void board_address_worked(struct board_server *s, uint32_t hash);
int board_address_failing(
	const struct board_server *s, uint32_t hash, uint64_t now);
/* 1: not known to fail, or this is the connection that tries it again. */
int board_address_try(struct board_server *s, uint32_t hash, uint64_t now);
/* A host name has addresses, or none (workers). */
void board_server_resolved(struct board_server *s, int has_addresses);
/* The monitor's word; coming up starts the slow start.  It ends no ejection:
 * only time and a connection that works do. */
enum board_health { BOARD_UNHEALTHY, BOARD_HEALTHY };
void board_server_health(
	struct board_server *s, enum board_health health, uint64_t now);
/* Weight in 1/256ths: less than 256 during slow_start_ms after coming up. */
unsigned board_server_warmth(
	const struct board_server *s, uint32_t slow_start_ms, uint64_t now);
/* Walk: NULL at the end. */
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
/* The entry of a set of labels ("frontend=\"edge\",..."), made when there is
 * none.  When the board is full, the last entry, labelled overflow. */
struct board_metric *board_metric(struct board *b, const char *labels);
struct board_metric *board_metric_next(struct board *b, unsigned *at);

/* What was refused: the policy's file or what a signal asked for, what a
 * command asked for, changed files of the table in force. */
enum board_refusal {
	BOARD_REFUSED_POLICY,
	BOARD_REFUSED_COMMAND,
	BOARD_REFUSED_RENEWAL,
	BOARD_REFUSED
};
/* What is refused as it is on disk now. */
enum board_now { BOARD_NOW_POLICY, BOARD_NOW_FILES, BOARD_NOW };

/* One-of-a-kind numbers; who writes is said behind. */
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
