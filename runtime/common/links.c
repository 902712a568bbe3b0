/*
 * Walks a path (links.h).  Each name is opened by itself and never followed, so
 * what is checked is what is used.
 */
#include "links.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define HERE (O_PATH | O_NOFOLLOW | O_CLOEXEC)

struct walk {
	int dir;               /* the directory reached so far */
	char rest[LINKS_PATH]; /* the rest of the path */
	unsigned links;
	int (*step)(void *arg, const struct links_step *s);
	void *arg;
};

static int go(struct walk *w, int fd)
{
	if (fd < 0)
		return -1;
	if (w->dir >= 0)
		close(w->dir);
	w->dir = fd;
	return 0;
}

/* Puts text in front of the rest; starts at the root if text does. */
static int put_before(struct walk *w, const char *text, const char *rest)
{
	char joined[LINKS_PATH];
	int n = snprintf(
		joined, sizeof(joined), "%s%s%s", text, *rest ? "/" : "", rest);

	if (n < 0 || (size_t)n >= sizeof(joined)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(w->rest, joined, (size_t)n + 1);
	if (joined[0] == '/')
		return go(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	return 0;
}

/* Cuts the next name off the rest; 0: there is none. */
static int next_name(struct walk *w, char name[256])
{
	char *p = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(p, "/");

	if (n == 0)
		return 0;
	if (n > 255) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, p, n);
	name[n] = 0;
	p += n;
	p += strspn(p, "/");
	memmove(w->rest, p, strlen(p) + 1);
	return 1;
}

/* fd is the link that was found; it is closed. */
static int follow(struct walk *w, int fd)
{
	char target[LINKS_PATH], rest[LINKS_PATH];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

	close(fd);
	if (n < 0)
		return -1;
	if (++w->links > LINKS_MOST) {
		errno = ELOOP;
		return -1;
	}
	target[n] = 0;
	memcpy(rest, w->rest, strlen(w->rest) + 1);
	return put_before(w, target, rest);
}

static int tell(struct walk *w, const char *name, const struct stat *st)
{
	struct links_step s = {
		w->dir, name, st, !*w->rest && !(st && S_ISLNK(st->st_mode))};
	int saved = errno;

	if (w->step(w->arg, &s)) {
		errno = 0;
		return -1;
	}
	errno = saved;
	return 0;
}

/* Walks one name.  1: *found is the end of the path; 0: continue; -1 with
 * errno. */
static int step(struct walk *w, const char *name, int *found)
{
	struct stat st;
	int fd;

	if (strcmp(name, ".") == 0)
		return 0;
	fd = openat(w->dir, name, HERE);
	if (fd < 0) {
		if (errno == ENOENT)
			tell(w, name, NULL);
		return -1;
	}
	if (fstat(fd, &st) < 0 || tell(w, name, &st) < 0) {
		close(fd);
		return -1;
	}
	if (S_ISLNK(st.st_mode))
		return follow(w, fd);
	if (S_ISDIR(st.st_mode) && *w->rest)
		return go(w, fd);
	if (*w->rest) {
		close(fd);
		errno = ENOTDIR;
		return -1;
	}
	*found = fd;
	return 1;
}

int links_walk(const char *path,
	int (*fn)(void *arg, const struct links_step *s), void *arg)
{
	struct walk w = {.dir = -1, .step = fn, .arg = arg};
	char name[256];
	int saved, found = -1, r;

	r = *path == '/' ? 0 : go(&w, open(".", O_PATH | O_CLOEXEC));
	if (r == 0)
		r = put_before(&w, path, "");
	while (r == 0 && (r = next_name(&w, name)) > 0)
		r = step(&w, name, &found);
	if (r == 0) /* "/", or a link to "." */
		found = fcntl(w.dir, F_DUPFD_CLOEXEC, 3);
	saved = errno;
	if (w.dir >= 0)
		close(w.dir);
	errno = saved;
	return found;
}

/* ---- who may decide where a path leads ---- */

struct judge {
	const char *path;
	char *err;
	size_t n;
	char missing[256]; /* the name that does not exist */
	int linked;        /* a link has been followed */
};

static int owned(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static int refuse(struct judge *j, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int refuse(struct judge *j, const char *format, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	snprintf(j->err, j->n, "%s: %s", j->path, text);
	return -1;
}

/* Others who can write to the directory can put another link there.  Not if
 * everyone can only replace his own files (the sticky bit), nor if nobody else
 * can write. */
static int others_write(int dir, const struct stat *st)
{
	struct statvfs fs;

	if (!(st->st_mode & (S_IWGRP | S_IWOTH)) || st->st_mode & S_ISVTX)
		return 0;
	return fstatvfs(dir, &fs) < 0 || !(fs.f_flag & ST_RDONLY);
}

const char *links_owners(void)
{
	static char text[32] = "root";

	if (geteuid() != 0)
		snprintf(text, sizeof(text), "root or uid %u",
			(unsigned)geteuid());
	return text;
}

static int judge_step(void *arg, const struct links_step *s)
{
	struct judge *j = arg;
	struct stat dir;

	if (!s->st)
		snprintf(j->missing, sizeof(j->missing), "%s", s->name);
	if (!s->st || !S_ISLNK(s->st->st_mode))
		return 0;
	j->linked = 1;
	if (!owned(s->st))
		return refuse(j,
			"the symbolic link %s is owned by uid %u, but must be "
			"owned by %s",
			s->name, (unsigned)s->st->st_uid, links_owners());
	if (fstat(s->dir, &dir) < 0)
		return refuse(j, "%s", strerror(errno));
	if (!owned(&dir))
		return refuse(j,
			"the directory of the symbolic link %s is owned by uid "
			"%u, but must be owned by %s",
			s->name, (unsigned)dir.st_uid, links_owners());
	if (others_write(s->dir, &dir))
		return refuse(j,
			"the directory of the symbolic link %s is "
			"writable by group or others (mode %04o)",
			s->name, (unsigned)dir.st_mode & 07777);
	return 0;
}

static void walk_error(struct judge *j, int e)
{
	if (e == ELOOP)
		refuse(j,
			"more than %d symbolic links in a row: is there a "
			"loop?",
			LINKS_MOST);
	else if (e == ENOENT && j->linked)
		refuse(j, "a symbolic link leads to nothing: %s: %s",
			j->missing, strerror(e));
	else if (e)
		refuse(j, "%s", strerror(e));
}

int links_open(const char *path, char *err, size_t n)
{
	struct judge j = {.path = path, .err = err, .n = n};
	char self[40];
	int fd, found = links_walk(path, judge_step, &j);

	if (found < 0) {
		walk_error(&j, errno);
		return -1;
	}
	/* Opens the very file that was found, even if there is another one
	 * now. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", found);
	fd = open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		refuse(&j, "%s", strerror(errno));
	close(found);
	return fd;
}

/* ---- watching the path ---- */

void links_watch_begin(struct links_watch *w)
{
	w->nexts = 0;
	w->failed = 0;
}

int links_watch_add(struct links_watch *w, int dir, unsigned mask)
{
	char self[40];
	int wd, *more;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", dir);
	/* The same directory gives the same number again; one that was watched
	 * before keeps its old mask. */
	wd = inotify_add_watch(w->fd, self, mask | IN_MASK_ADD);
	if (wd < 0) {
		w->failed = errno;
		return -1;
	}
	if (w->nexts == w->space) {
		w->space = w->space ? 2 * w->space : 16;
		more = realloc(w->next, w->space * sizeof(*more));
		if (!more)
			abort();
		w->next = more;
	}
	w->next[w->nexts++] = wd;
	return wd;
}

static int by_number(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

void links_watch_end(struct links_watch *w)
{
	size_t i, n = 0;

	if (w->nexts)
		qsort(w->next, w->nexts, sizeof(*w->next), by_number);
	for (i = 0; i < w->nexts; i++)
		if (n == 0 || w->next[n - 1] != w->next[i])
			w->next[n++] = w->next[i];
	for (i = 0; i < w->nows; i++)
		if (!n ||
			!bsearch(&w->now[i], w->next, n, sizeof(*w->next),
				by_number))
			inotify_rm_watch(w->fd, w->now[i]);
	free(w->now);
	w->now = w->next;
	w->nows = n;
	w->next = NULL;
	w->nexts = w->space = 0;
}

void links_watch_free(struct links_watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	free(w->now);
	free(w->next);
	w->now = w->next = NULL;
	w->nows = w->nexts = w->space = 0;
	w->fd = -1;
}
