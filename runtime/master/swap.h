/*
 * From a file to every worker: the table in use is replaced by another one.
 */
#ifndef RUNTIME_MASTER_SWAP_H
#define RUNTIME_MASTER_SWAP_H

#include <ev.h>
#include <stdint.h>

#include "listen.h"

struct child;
struct loaded;
struct master;

/* HANDED: what a tlsd before us serves. */
enum swap_kind { SWAP_LOAD, SWAP_ROLLBACK, SWAP_RENEW, SWAP_HANDED };
struct swap_request {
	enum swap_kind kind;
	char path[256];  /* LOAD; empty: the policy given at start */
	uint64_t number; /* ROLLBACK; 0: the one before */
	char by[64];     /* "start", "signal", "watch", "control uid 0 pid 7" */
	uint64_t client; /* control client that waits for the answer, or 0 */
};

enum swap_stage { SWAP_IDLE, SWAP_RESOLVING, SWAP_PREPARING, SWAP_COMMITTING };
#define SWAP_WAITING_MAX 16

struct swap {
	enum swap_stage stage;
	struct swap_request request; /* the one under way */
	struct loaded *candidate;
	struct listeners fresh;
	ev_timer deadline;
	double begun; /* clock_now() */
	struct swap_request waiting[SWAP_WAITING_MAX];
	unsigned waiting_count;
};

/* Begins, or queues behind what is under way.  -1: too many wait. */
int swap_ask(struct master *m, const struct swap_request *r);
void swap_init(struct master *m);
/* An upgrade is over: what waited for its end is done, or refused if it
 * succeeded. */
void swap_resume(struct master *m);

/* ---- news of its children ---- */

/* A worker answered, came or went. */
void swap_ready(struct child *c);
void swap_failed(struct child *c, uint64_t of, const char *text);
void swap_committed(struct child *c);
void swap_child_started(struct child *c);
void swap_child_gone(struct child *c);
void swap_child_silent(struct child *c);
/* A host name was answered. */
void swap_resolved(struct master *m);

#endif
