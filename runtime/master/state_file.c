/*
 * The directory and the file of state_file.h.
 */
#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/common/links.h"
#include "state_text.h"

#define NAME "state"
#define NEW "state.new"
#define LOCK "lock"
#define SIZE_MOST (16u << 20)

static int fail(char *err, size_t n, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(char *err, size_t n, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(err, n, format, ap);
	va_end(ap);
	return -1;
}

static int fail_file(
	const struct state_dir *d, const char *name, char *err, size_t n)
{
	return fail(err, n, "%s/%s: %s", d->path, name, strerror(errno));
}

/* ---- the directory ---- */

/* As with a table: only root and tlsd's own user may provide it. */
static int is_ours(int fd, mode_t kind, const char *path, char *err, size_t n)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(err, n, "%s: %s", path, strerror(errno));
	if ((st.st_mode & S_IFMT) != kind)
		return fail(err, n, "%s: not a %s", path,
			kind == S_IFDIR ? "directory" : "regular file");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return fail(err, n,
			"%s: owned by uid %u, but must be owned by %s", path,
			(unsigned)st.st_uid, links_owners());
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return fail(err, n,
			"%s: writable by group or others (mode "
			"%04o)",
			path, (unsigned)st.st_mode & 07777);
	return 0;
}

/* Another tlsd with the same directory, during an upgrade, holds the lock only
 * for a moment. */
static int lock_it(struct state_dir *d, char *err, size_t n)
{
	d->lock = openat(
		d->dir, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (d->lock < 0)
		return fail_file(d, LOCK, err, n);
	while (flock(d->lock, LOCK_EX) < 0)
		if (errno != EINTR)
			return fail_file(d, LOCK, err, n);
	return 0;
}

int state_file_open(struct state_dir *d, const char *path,
	enum state_access access, char *err, size_t n)
{
	char why[400] = "";

	d->path = path;
	d->lock = -1;
	d->dir = links_open(path, why, sizeof(why));
	if (d->dir < 0)
		return fail(err, n, "--state: %s", why);
	if (is_ours(d->dir, S_IFDIR, path, err, n) == 0 &&
		(access == STATE_LOOK || lock_it(d, err, n) == 0))
		return 0;
	state_file_close(d);
	return -1;
}

void state_file_close(struct state_dir *d)
{
	if (d->lock >= 0)
		close(d->lock); /* unlocks */
	if (d->dir >= 0)
		close(d->dir);
	d->dir = d->lock = -1;
}

/* ---- reading ---- */

/* The text, with a terminating zero; NULL with a sentence in err. */
static char *slurp(
	const struct state_dir *d, int fd, size_t *len, char *err, size_t n)
{
	struct stat st;
	char *text;
	ssize_t r;

	if (fstat(fd, &st) < 0 || st.st_size > (off_t)SIZE_MOST) {
		fail(err, n, "%s/" NAME ": too large to be a state file",
			d->path);
		return NULL;
	}
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		abort();
	for (*len = 0; *len < (size_t)st.st_size; *len += (size_t)r) {
		r = read(fd, text + *len, (size_t)st.st_size - *len);
		if (r < 0 && errno == EINTR)
			r = 0;
		else if (r <= 0)
			break;
	}
	text[*len] = 0;
	return text;
}

static int read_fd(
	const struct state_dir *d, int fd, struct state *s, char *err, size_t n)
{
	char path[4200], *text;
	size_t len;
	int good;

	snprintf(path, sizeof(path), "%s/" NAME, d->path);
	if (is_ours(fd, S_IFREG, path, err, n) < 0)
		return -1;
	text = slurp(d, fd, &len, err, n);
	if (!text)
		return -1;
	good = state_text_parse(s, text, len) == 0;
	free(text);
	if (good)
		return 0;
	return fail(err, n,
		"%s: damaged, or from another version of tlsd; restore it from "
		"a copy, or remove it: then the first table and the first CRLs "
		"are accepted whatever their age",
		path);
}

int state_file_read(
	const struct state_dir *d, struct state *s, char *err, size_t n)
{
	int r,
		fd = openat(d->dir, NAME,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	memset(s, 0, sizeof(*s));
	if (fd < 0 && errno == ENOENT)
		return 1;
	if (fd < 0)
		return fail_file(d, NAME, err, n);
	r = read_fd(d, fd, s, err, n);
	close(fd);
	return r;
}

/* ---- writing ---- */

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t r = write(fd, p, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		p += r;
		n -= (size_t)r;
	}
	return fsync(fd);
}

/* An old one is ours: nobody else may write here. */
static int write_new(const struct state_dir *d, const char *text, size_t len)
{
	int fd = openat(d->dir, NEW,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int saved, r;

	if (fd < 0)
		return -1;
	r = write_all(fd, text, len);
	saved = errno;
	close(fd);
	errno = saved;
	return r;
}

int state_file_write(
	const struct state_dir *d, const struct state *s, char *err, size_t n)
{
	size_t len;
	char *text = state_text(s, &len);
	int r;

	if (!text)
		return fail(err, n, "%s/" NAME ": out of memory", d->path);
	r = write_new(d, text, len);
	free(text);
	if (r < 0)
		return fail_file(d, NEW, err, n);
	if (renameat(d->dir, NEW, d->dir, NAME) < 0 || fsync(d->dir) < 0)
		return fail_file(d, NAME, err, n);
	return 0;
}
