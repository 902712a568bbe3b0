/*
 * A server on the board: its connections, its health, its latency.
 */
#ifndef RUNTIME_BOARD_SERVER_H
#define RUNTIME_BOARD_SERVER_H

#include <stdatomic.h>
#include <stdint.h>

#include "board.h"
#include "board_share.h"

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

#endif
