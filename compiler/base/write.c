/*
 * Writing a file so that a reader, and a crash at any moment, finds either the
 * old bytes or the new ones: temporary file in the same directory, fsync,
 * rename, fsync of the directory.  Called for -o, --report and signatures.
 */
#include "write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char **err, const char *what, const char *path)
{
	static char text[512];

	snprintf(text, sizeof(text), "cannot %s %s: %s", what, path,
		strerror(errno));
	*err = text;
	return -1;
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The directory of path in buf; -1 when it is too long. */
static int directory(const char *path, char *buf, size_t size)
{
	const char *slash = strrchr(path, '/');
	int n;

	if (!slash)
		n = snprintf(buf, size, ".");
	else
		n = snprintf(buf, size, "%.*s", (int)(slash - path + 1), path);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

/* As open(2) would have made it: mkstemp gives 0600.  An existing file keeps
 * its mode. */
static mode_t mode_for(const char *path)
{
	struct stat st;
	mode_t mask;

	if (!stat(path, &st))
		return st.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static int sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), bad;

	if (fd < 0)
		return -1;
	bad = fsync(fd) && errno != EINVAL;
	close(fd);
	return bad ? -1 : 0;
}

/* The temporary file is complete and on disk, or -1. */
static int fill(int fd, mode_t mode, const void *data, size_t len)
{
	int saved;

	if (!write_all(fd, data, len) && !fchmod(fd, mode) && !fsync(fd))
		return close(fd);
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* A device or a pipe (/dev/stdout, /dev/full) cannot be renamed over. */
static int special(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int write_special(
	const char *path, const void *data, size_t len, const char **err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(err, "open", path);
	if (write_all(fd, data, len)) {
		fail(err, "write", path);
		close(fd);
		return -1;
	}
	return close(fd) ? fail(err, "write", path) : 0;
}

int write_atomic(
	const char *path, const void *data, size_t len, const char **err)
{
	char dir[4096], temp[4096 + 16];
	int fd;

	if (!strcmp(path, "-"))
		return write_all(1, data, len) ? fail(err, "write", "output")
					       : 0;
	if (special(path))
		return write_special(path, data, len, err);
	if (directory(path, dir, sizeof(dir))) {
		errno = ENAMETOOLONG;
		return fail(err, "write", path);
	}
	snprintf(temp, sizeof(temp), "%s%s.tlsc-XXXXXX", dir,
		strchr(dir, '/') ? "" : "/");
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return fail(err, "create a file beside", path);
	if (fill(fd, mode_for(path), data, len) || rename(temp, path)) {
		fail(err, "write", path);
		unlink(temp);
		return -1;
	}
	return sync_directory(dir) ? fail(err, "sync directory of", path) : 0;
}

int write_source(
	const char *path, const void *data, size_t len, const char **err)
{
	char *real = realpath(path, NULL);
	int status = write_atomic(real ? real : path, data, len, err);

	free(real);
	return status;
}
