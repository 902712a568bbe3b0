/*
 * Host names of servers: the monitor resolves them, the master keeps what it was
 * told.
 */
#ifndef RUNTIME_MASTER_RESOLVE_H
#define RUNTIME_MASTER_RESOLVE_H

#include "runtime/common/dictionary.h"
#include "runtime/common/ipc.h"

struct child;
struct host;
struct master;
struct table;

struct hosts {
	struct host *first;
	struct dictionary by_name;
	unsigned waiting; /* not answered yet */
};

/* Looks up the hosts of a table that are not known yet; how many the monitor
 * has been asked for and not answered is hosts.waiting afterwards. */
void resolve_want(struct master *m, const struct table *t);
/* Numeric addresses, one a line, or NULL. */
const char *resolve_get(const struct hosts *h, const char *name);
/* Forgets hosts that no loaded table names. */
void resolve_prune(struct master *m);
/* Tells a worker all that is known: its bundle may be older. */
void resolve_tell(struct child *worker);
void resolve_free(struct hosts *h);
/* The monitor answered, or has started again. */
void resolve_answer(struct master *m, const struct ipc_resolved *r);
void resolve_ask_again(struct master *m);

#endif
