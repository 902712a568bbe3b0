/*
 * A generation: one checked table with its credential files, reference counted.
 * The master makes generations (master/load.c), workers map them.  A connection
 * holds a reference from accept to close, so it begins and ends under the same
 * policy.  Owns the mappings and what a process attaches to them.
 */
#ifndef RUNTIME_GENERATION_H
#define RUNTIME_GENERATION_H

#include <stdint.h>

#include "runtime/table/table.h"

struct bundle;      /* bundle.h: the contents of credential files, by path */
struct credentials; /* credentials.h: GnuTLS objects made from them */
struct backends;    /* backend.h: the state of servers */
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

/* Maps both descriptors (sealed memfds, which stay the caller's).  The table is
 * not checked again: the master has checked these very pages, and the seals
 * keep them.  So a worker pays nothing per name.  NULL with text in err.
 * bundle_fd may be -1: no bundle. */
struct generation *generation_map(
	uint64_t number, int table_fd, int bundle_fd, char *err, size_t n);
/* From an existing mapping of a memfd that is sealed by now.  The mapping
 * becomes the generation's; after NULL, with text in err, it stays the
 * caller's. */
struct generation *generation_of(
	const void *base, size_t size, char *err, size_t n);
struct generation *generation_get(struct generation *g);
/* Drops a reference; the last one unmaps and frees. */
void generation_put(struct generation **g);

#endif
