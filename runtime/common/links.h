/*
 * Walks a path link by link, so that the master knows who can change where it
 * leads (master/copy.c) and what to watch for changes (watch.c,
 * master/renew.c).
 */
#ifndef RUNTIME_LINKS_H
#define RUNTIME_LINKS_H

#include <stddef.h>
#include <sys/stat.h>

#define LINKS_MOST 40 /* in a row, as the kernel follows (path_resolution(7)) */
#define LINKS_PATH 4096 /* octets of the rest of a path */

/* A name that was looked up. */
struct links_step {
	int dir;               /* the directory, for openat and the like */
	const char *name;      /* in it */
	const struct stat *st; /* of the link itself; NULL: it does not exist */
	int last;              /* the end of the path, unless it is a link */
};

/* Calls step for each name, in order.  Returns a descriptor (O_PATH) of what
 * the path leads to; -1 with errno, or with errno 0 if a step returned nonzero.
 * ELOOP: more than LINKS_MOST links. */
int links_walk(const char *path,
	int (*step)(void *arg, const struct links_step *s), void *arg);

/* Who may own files that decide about us: "root", or "root or uid 1000". */
const char *links_owners(void);
/* Opens what the path leads to for reading, if only root and tlsd's own user
 * can change where it leads.  -1 with a sentence in err. */
int links_open(const char *path, char *err, size_t n);

/* Directories that are watched for changes of names in them.  After each
 * change, all of them are added again.  Zero is none. */
struct links_watch {
	int fd;          /* inotify */
	int *now, *next; /* sorted watch descriptors; those being added */
	size_t nows, nexts, space;
	int failed; /* errno of a directory that cannot be watched, or 0 */
};

/* Call links_watch_begin, then links_watch_add for every directory, then
 * links_watch_end, which stops watching the others. */
void links_watch_begin(struct links_watch *w);
/* The directory's watch descriptor, or -1 (failed). */
int links_watch_add(struct links_watch *w, int dir, unsigned mask);
void links_watch_end(struct links_watch *w);
/* Also closes fd. */
void links_watch_free(struct links_watch *w);

#endif
