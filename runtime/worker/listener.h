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
	struct generation
		*gen; /* one reference; NULL: no generation has it yet */
	uint32_t frontend;
	uint32_t lender; /* the worker whose socket it is; LISTENER_OWN */
	ev_io watch;
	ev_timer pause;       /* descriptors ran out */
	unsigned turn, batch; /* the loop's turn that accepted last; how many
	                       * at a time */
};

/* Takes fd. */
void listener_add(struct worker *w, const struct ipc_listener *key, int fd);
/* A generation went live: from now on every listener that it has serves it. */
void listener_commit(struct worker *w, struct generation *g);
/* Accept for another worker that does not, until it does.  Then the socket is
 * just closed, since its queue belongs to that worker again.  Takes fd. */
void listener_borrow(struct worker *w, const struct ipc_lend *lend, int fd);
void listener_give_back(struct worker *w, uint32_t worker);
/* Accept what is queued, then close. */
void listener_remove(struct worker *w, const struct ipc_listener *key);
void listener_remove_all(struct worker *w);
/* Keep a descriptor in reserve, for refusing connections when there are no
 * others. */
void listener_reserve(void);

#endif
