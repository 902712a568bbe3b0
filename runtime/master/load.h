/*
 * A table in memory, as it will be published.
 */
#ifndef RUNTIME_MASTER_LOAD_H
#define RUNTIME_MASTER_LOAD_H

#include <stdint.h>

#include "options.h"

struct generation;
struct refusal;

struct loaded {
	uint64_t number; /* generation; 0 until it is published */
	uint64_t origin; /* the generation that a rollback repeats, else number;
	                   * "older" is told by it */
	int table_fd;
	int bundle_fd; /* for workers: with keys only when no process has them */
	int keys_fd;   /* the bundle with keys, for the keys process; or -1 */
	int public_fd; /* the bundle without them, for the monitor; or -1 */
	uint64_t
		fingerprint; /* of its files, as they were before they were read */
	uint8_t held[WORKERS_MAX / 8]; /* by worker: it may use this one */
	int retired;             /* workers know that it is replaced for good */
	struct generation *view; /* mapped here for listeners and ids */
	char root[65], semantic[65]; /* hex */
	char signer[17]; /* hex key number, when signatures are wanted */
	uint64_t serial;
	uint32_t *server; /* places on the board (places.c) */
	uint32_t servers;
	char path[256], by[64], at[24]; /* whence, on whose word, when */
	struct loaded *next;            /* older */
};

/* Reads, checks and seals the table at path.  NULL with the reason in *why. */
struct loaded *load_read(const char *path, const char *by,
	const struct options *o, struct refusal *why);
/* What a second table over the same memory takes of the first one's files: all,
 * or none, because they are to be loaded again. */
enum load_reuse { LOAD_TABLE, LOAD_TABLE_AND_FILES };
struct loaded *load_again(const struct loaded *l, const char *by,
	enum load_reuse what, struct refusal *why);
/* An empty one. */
struct loaded *load_new(void);
/* Maps and checks the table and the files whose sealed memory l has.  0, or -1
 * with *why. */
int load_sealed(struct loaded *l, const char *path, const char *by,
	struct refusal *why);
/* They name the same files with the same contents. */
int load_same_files(const struct loaded *a, const struct loaded *b);
void load_free(struct loaded **l);

#endif
