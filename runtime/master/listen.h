/*
 * Listening sockets.
 */
#ifndef RUNTIME_MASTER_LISTEN_H
#define RUNTIME_MASTER_LISTEN_H

#include <stdint.h>

#include "runtime/common/ipc.h"
#include "unixpath.h"

struct refusal;
struct table;

struct listen_sockets {
	struct ipc_listener addr;
	int *sock; /* one per worker; for a Unix listener all are the same */
	unsigned socks;
	uint32_t keepalive;  /* in seconds, for accepted connections */
	struct unixpath own; /* the path of a Unix listener, if we made it */
};
struct listeners {
	struct listen_sockets *v;
	unsigned count;
};

/* Opens what t listens on and have lacks.  0, or -1 with *why and nothing
 * open. */
int listen_open(const struct listeners *have, const struct table *t,
	unsigned workers, struct listeners *fresh, struct refusal *why);
/* Does t listen on that address? */
int listen_wanted(const struct table *t, const struct ipc_listener *addr);
/* Logs the new addresses. */
void listen_log(const struct listeners *fresh);
/* Moves fresh into have. */
void listen_merge(struct listeners *have, struct listeners *fresh);
/* Closes and removes one; the last one takes its place. */
void listen_drop(struct listeners *have, unsigned i);
void listen_close(struct listeners *l);
/* The sockets that were taken over are ours alone now: closing them removes
 * Unix paths. */
void listen_own(struct listeners *l);
/* Another process has them too: closing them removes no Unix path. */
void listen_hand_over(struct listeners *l);
/* Opens a listening socket on "192.0.2.1:443" or "[::1]:443"; -1 with *why. */
int listen_metrics(const char *text, struct refusal *why);

#endif
