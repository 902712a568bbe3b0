/*
 * A file's sealed copy in memory, and its hashes.
 */
#ifndef RUNTIME_MASTER_COPY_H
#define RUNTIME_MASTER_COPY_H

#include <pthread.h>
#include <stddef.h>

#include "runtime/table/table.h"

struct refusal;

struct copy {
	int fd;           /* memfd, sealed */
	const void *base; /* a view of it */
	size_t size;
	/* The thread that hashes. */
	pthread_t thread;
	int threaded;
	pthread_mutex_t mutex;
	pthread_cond_t more;
	size_t have; /* octets copied so far */
	int broken;  /* no more will come */
	enum table_error error;
	struct table_fault fault;
};

/* fd and the view become the caller's.  0, or -1 with *why and nothing to
 * free. */
int copy_begin(struct copy *c, const char *path, struct refusal *why);
/* Waits for the hashes.  Call it once, before the view is unmapped. */
enum table_error copy_hashes(struct copy *c, struct table_fault *fault);

#endif
