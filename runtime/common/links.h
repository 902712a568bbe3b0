/*
 * A path walked link by link, so that the master knows who may decide where it
 * leads (master/copy.c) and where to look when it leads elsewhere (watch.c,
 * master/renew.c).
 */
#ifndef RUNTIME_LINKS_H
#define RUNTIME_LINKS_H

#include <stddef.h>
#include <sys/stat.h>

#define LINKS_MOST 40 /* in a row, as the kernel follows (path_resolution(7)) */
#define LINKS_PATH 4096 /* octets of what is still to be walked */

/* One name that was looked up on the way. */
struct links_step {
	int dir;               /* the directory, for openat and the like */
	const char *name;      /* in it */
	const struct stat *st; /* of a link itself; NULL: it is not there */
	int last;              /* what the path is about, if it is no link */
};

/* Calls step for each, in order.  A descriptor (O_PATH) of what the path leads
 * to; -1 with errno, or when a step has returned nonzero: errno is 0 then.
 * ELOOP: more than LINKS_MOST links. */
int links_walk(const char *path,
	int (*step)(void *arg, const struct links_step *s), void *arg);

/* Who may own what decides about us: "root", or "root or uid 1000". */
const char *links_owners(void);
/* What links_walk finds, opened for reading, when only root and the owner of
 * this process could lead it elsewhere.  -1 with a sentence in err. */
int links_open(const char *path, char *err, size_t n);

/* Directories that are watched for what happens to names in them.  All of them
 * are told again with every change; zero is none. */
struct links_watch {
	int fd;          /* inotify */
	int *now, *next; /* watch descriptors, sorted; being gathered */
	size_t nows, nexts, room;
	int failed; /* errno of one that cannot be watched, or 0 */
};

/* Gathering begins; then every directory again; then those that were not told
 * again are let go. */
void links_watch_begin(struct links_watch *w);
/* The directory's watch descriptor, or -1 (failed). */
int links_watch_add(struct links_watch *w, int dir, unsigned mask);
void links_watch_end(struct links_watch *w);
/* Closes fd, too. */
void links_watch_free(struct links_watch *w);

#endif
