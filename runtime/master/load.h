/*
 * A table in memory, ready to be published.
 */
#ifndef RUNTIME_MASTER_LOAD_H
#define RUNTIME_MASTER_LOAD_H

#include <stdint.h>

#include "options.h"
#include "refuse.h"

struct generation;

struct loaded {
	uint64_t number; /* generation; 0 until it is published */
	/* the generation that a rollback repeats, else number; it decides
	 * which is older */
	uint64_t origin;
	int table_fd;
	/* for workers; with keys only if there is no keys process */
	int bundle_fd;
	int keys_fd;   /* the bundle with keys, for the keys process; or -1 */
	int public_fd; /* the bundle without them, for the monitor; or -1 */
	/* of its files, as they were before they were read */
	uint64_t fingerprint;
	uint8_t held[WORKERS_MAX / 8]; /* by worker: it may use this one */
	/* A certificate that has become bad, perhaps because its files are
	 * still being written; or empty. */
	struct refusal doubt;
	int retired; /* workers know that no rollback will return to it */
	struct generation *view;     /* mapped here for listeners and ids */
	char root[65], semantic[65]; /* hex */
	/* hex; the number of the signing key, if signatures are required */
	char signer[17];
	uint64_t serial;
	uint32_t *server; /* places on the board (places.c) */
	uint32_t servers;
	char path[256], by[64], at[24]; /* from where, on whose request, when */
	struct loaded *next;            /* older */
};

/* Reads, checks and seals the table at path.  NULL with the reason in *why. */
struct loaded *load_read(const char *path, const char *by,
	const struct options *o, struct refusal *why);
/* What a second table over the same memory takes from the first one: with
 * LOAD_TABLE its files are to be loaded again. */
enum load_reuse { LOAD_TABLE, LOAD_TABLE_AND_FILES };
struct loaded *load_again(const struct loaded *l, const char *by,
	enum load_reuse what, struct refusal *why);
/* An empty one. */
struct loaded *load_new(void);
/* Maps and checks the table and files whose sealed memory l has.  0, or -1 with
 * *why. */
int load_sealed(struct loaded *l, const char *path, const char *by,
	struct refusal *why);
/* Do they name the same files with the same contents? */
int load_same_files(const struct loaded *a, const struct loaded *b);
void load_free(struct loaded **l);

#endif
