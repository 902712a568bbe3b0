/*
 * Listening sockets of a worker.  The master opens them and hands them over
 * (IPC_LISTEN); which generation and frontend a new connection belongs to is
 * set when a generation goes live.
 */
#ifndef RUNTIME_LISTENER_H
#define RUNTIME_LISTENER_H

#include <ev.h>
#include <stdint.h>

#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"

struct worker;

#define LISTENER_OWN UINT32_MAX

struct listener {
	struct listener *next;
	struct worker *worker;
	struct ipc_listener key;
	struct generation *gen; /* one reference; NULL: none knows it yet */
	uint32_t frontend;
	uint32_t lender; /* the worker whose socket it is; LISTENER_OWN */
	ev_io watch;
	ev_timer pause;       /* descriptors ran out */
	unsigned turn, batch; /* the loop's turn that accepted last; how many
	                       * at a time */
};

/* Takes fd. */
void listener_add(struct worker *w, const struct ipc_listener *key, int fd);
/* A generation went live: every listener it knows serves it from now on. */
void listener_commit(struct worker *w, struct generation *g);
/* The same for a worker that does not accept, until it does: then they are
 * just let go of, since what is queued is that worker's again.  Takes fd. */
void listener_borrow(struct worker *w, const struct ipc_lend *lend, int fd);
void listener_give_back(struct worker *w, uint32_t worker);
/* Accept what is queued, then close. */
void listener_remove(struct worker *w, const struct ipc_listener *key);
void listener_remove_all(struct worker *w);
/* Keep a descriptor in reserve, to refuse with when there are none. */
void listener_reserve(void);

#endif
