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
	int *sock; /* one per worker; a unix listener has the same in all */
	unsigned socks;
	uint32_t keepalive;  /* seconds, for what they accept */
	struct unixpath own; /* a unix listener's path, when we made it */
};
struct listeners {
	struct listen_sockets *v;
	unsigned count;
};

/* Opens what t listens on and have does not hold.  0, or -1 with *why and
 * nothing open. */
int listen_open(const struct listeners *have, const struct table *t,
	unsigned workers, struct listeners *fresh, struct refusal *why);
/* Those of have on which t does not listen. */
int listen_wanted(const struct table *t, const struct ipc_listener *addr);
/* A line with the addresses that are new. */
void listen_log(const struct listeners *fresh);
/* Moves fresh into have. */
void listen_merge(struct listeners *have, struct listeners *fresh);
/* Closes and forgets one; the last one moves into its place. */
void listen_drop(struct listeners *have, unsigned i);
void listen_close(struct listeners *l);
/* Those we took over are ours alone now: closing removes unix paths. */
void listen_own(struct listeners *l);
/* Another process has them too: closing removes no unix path. */
void listen_hand_over(struct listeners *l);
/* A listening socket on "192.0.2.1:443" or "[::1]:443"; -1 with *why. */
int listen_metrics(const char *text, struct refusal *why);

#endif
