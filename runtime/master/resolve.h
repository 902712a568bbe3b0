/*
 * Host names of servers.  The monitor resolves them; the master keeps the
 * answers.
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

/* Looks up the hosts of a table that are not known yet.  Afterwards,
 * hosts.waiting says how many answers of the monitor are missing. */
void resolve_want(struct master *m, const struct table *t);
/* Numeric addresses, one per line, or NULL. */
const char *resolve_get(const struct hosts *h, const char *name);
/* Forgets hosts that no loaded table names. */
void resolve_prune(struct master *m);
/* Sends a worker everything known: its bundle may be older. */
void resolve_tell(struct child *worker);
void resolve_free(struct hosts *h);
/* The monitor has answered, or has been started again. */
void resolve_answer(struct master *m, const struct ipc_resolved *r);
void resolve_ask_again(struct master *m);

#endif
