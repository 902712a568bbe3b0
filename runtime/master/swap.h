/*
 * The live table is replaced by another one, in all workers.
 */
#ifndef RUNTIME_MASTER_SWAP_H
#define RUNTIME_MASTER_SWAP_H

#include <ev.h>
#include <stdint.h>

#include "listen.h"

struct child;
struct loaded;
struct master;

/* HANDED: what an older tlsd serves. */
enum swap_kind { SWAP_LOAD, SWAP_ROLLBACK, SWAP_RENEW, SWAP_HANDED };
struct swap_request {
	enum swap_kind kind;
	char path[256];  /* LOAD; empty: the policy given at start */
	uint64_t number; /* ROLLBACK; 0: the previous one */
	char by[64];     /* "start", "signal", "watch", "control uid 0 pid 7" */
	/* the control client that waits for the answer, or 0 */
	uint64_t client;
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

/* Begins now, or when those before it are done.  -1: too many wait. */
int swap_ask(struct master *m, const struct swap_request *r);
void swap_init(struct master *m);
/* An upgrade has ended: continues with the waiting requests, or refuses them if
 * the new tlsd has taken over. */
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
