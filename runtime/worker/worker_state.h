/*
 * What the files of the worker share: the loop, the live generation and the
 * counters.  Owned by worker.c; the master knows only worker.h.
 */
#ifndef RUNTIME_WORKER_STATE_H
#define RUNTIME_WORKER_STATE_H

#include <ev.h>
#include <stdint.h>

#include "runtime/common/capacity.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "worker.h"

struct board;
struct conn;
struct listener;

struct worker {
	struct ev_loop *loop;
	struct worker_options options;
	struct board *board;     /* NULL: nothing is shared, no limits */
	struct generation *live; /* new connections use it; one reference */
	struct generation *all;  /* every generation not yet released */
	struct listener *listeners;
	struct conn *conns;
	struct shadow *shadow; /* a table tried beside the live one, or NULL */
	uint64_t next_id;
	uint64_t accepted, rejected, failed;
	uint64_t bytes[2];
	uint32_t conn_count;
	uint64_t hello_octets; /* kept of hellos that are not whole */
	struct capacity capacity;
	uint8_t draining;
	uint8_t *hello_scratch; /* of hello_limit octets */
	uint32_t hello_limit;   /* the largest of any generation */
	int ipc;
	ev_io ipc_watch;
	struct ipc_queue queue;
	ev_timer drain_timer;
	struct signer *signer; /* NULL: keys are in the bundle */
	ev_io signer_watch;
};

/* To the master. */
void worker_post(
	struct worker *w, enum ipc_type type, const void *body, size_t len);
/* worker_generation.c: the master's messages about generations, and the keys
 * process, of which fd is taken. */
struct ipc_message;
void worker_prepare(struct worker *w, struct ipc_message *m);
void worker_commit(struct worker *w, uint64_t number);
void worker_abandon(struct worker *w, uint64_t number);
void worker_retire(struct worker *w, uint64_t number);
void worker_use_signer(struct worker *w, int fd);
/* A connection is gone: perhaps the drain has ended. */
void worker_conn_gone(struct worker *w);

#endif
