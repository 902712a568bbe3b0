/*
 * A generation: one checked table with its credential files, refcounted.
 * The master makes them (master/load.c), workers map them; a connection holds
 * one reference from accept to close, so the policy it was accepted under is
 * the policy it ends under.  Owner of the mappings and of what a process
 * hangs on them.
 */
#ifndef RUNTIME_GENERATION_H
#define RUNTIME_GENERATION_H

#include <stdint.h>

#include "runtime/table/table.h"

struct bundle;      /* bundle.h: the credential files' bytes, by path */
struct credentials; /* credentials.h: GnuTLS objects made from them */
struct backends;    /* backend.h: live state of servers */
struct sessions;    /* sessions.h: TLS sessions with them */

struct generation {
	uint64_t number;
	unsigned refs;
	struct table table;
	struct bundle *bundle;
	struct credentials *credentials;                  /* worker only */
	struct backends *backends;                        /* worker only */
	struct sessions *sessions;                        /* worker only */
	void (*retired)(struct generation *g, void *arg); /* at the last put */
	void *retired_arg;
	struct generation *next;
};

/* Map both descriptors (sealed memfds; they stay the caller's).  The table is
 * not checked again: the master has done so on these very pages before it
 * offers them, and the seals keep them; so a worker pays nothing for a name.
 * NULL with text in err (size n).  bundle_fd may be -1: no bundle. */
struct generation *generation_map(
	uint64_t number, int table_fd, int bundle_fd, char *err, size_t n);
/* Of a mapping that is there already, and of a memfd sealed by now.  It becomes
 * the generation's; NULL with text in err leaves it the caller's. */
struct generation *generation_of(
	const void *base, size_t size, char *err, size_t n);
struct generation *generation_get(struct generation *g);
/* Drops one reference; the last one unmaps and frees. */
void generation_put(struct generation **g);

#endif
