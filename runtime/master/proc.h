/*
 * The process table: each process that the master starts is a row.
 */
#ifndef RUNTIME_MASTER_PROC_H
#define RUNTIME_MASTER_PROC_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/common/ipc.h"
#include "runtime/common/privdrop.h"

struct child;
struct master;

struct proc_kind {
	const char *name;
	enum privdrop_role role;
	void (*started)(struct child *c);
	void (*message)(struct child *c, struct ipc_message *m);
	void (*gone)(struct child *c);
};

struct child {
	struct master *master;
	const struct proc_kind *kind;
	unsigned number;
	pid_t pid; /* 0: not running */
	int sock;
	struct ipc_queue queue;
	ev_io io;
	ev_child exit;
	ev_timer respawn;
	double started; /* clock_now() */
	double backoff;
	unsigned restarts;
	int vetoed;                /* it has already refused a table */
	uint64_t ready, committed; /* the generations it last reported */
	struct ipc_status status;  /* its last answer */
	uint64_t reported;   /* the last question it answered completely */
	unsigned unanswered; /* pulses; see pulse.c */
	/* a pulse waits for its answer; it has sent anything at all */
	int asked, heard;
	struct child *lent_to; /* the worker that accepts for it, or NULL */
};

void proc_init(struct master *m);
void proc_start(struct child *c);
/* The one child of that kind. */
struct child *proc_of(struct master *m, const struct proc_kind *kind);
void proc_send(struct child *c, enum ipc_type type, const void *body,
	size_t len, const int *fds, unsigned nfds);
void proc_kill(struct child *c);
/* Closes its socket: a child exits when its master is gone. */
void proc_hang_up(struct child *c);
unsigned proc_running(const struct master *m);

#endif
