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

#include "board_limit.h"

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
/* The monotonic clock in microseconds, as for every `now` below. */
uint64_t board_now(void);

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
