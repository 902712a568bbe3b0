/*
 * Unix sockets at a path (unixpath.h), in directories that others may be able
 * to write to.  Rights are set by the umask while the socket is made, never by
 * name afterwards.  A socket is checked before it is removed, in a directory
 * that is held open, so that a link put there meanwhile is not followed.
 */
#include "unixpath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory of path, and the name in it. */
static int open_dir(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)] = ".";

	*name = slash ? slash + 1 : path;
	if (slash == path)
		strcpy(dir, "/");
	else if (slash && (size_t)(slash - path) < sizeof(dir))
		*(char *)mempcpy(dir, path, (size_t)(slash - path)) = 0;
	return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int unixpath_mark(const char *path, struct unixpath *mark)
{
	struct stat st;

	memset(mark, 0, sizeof(*mark));
	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return -1;
	mark->dev = st.st_dev;
	mark->ino = st.st_ino;
	return 0;
}

int unixpath_remove(const char *path, const struct unixpath *mark)
{
	const char *name;
	struct stat st;
	int dir = open_dir(path, &name), r = -1;

	if (dir < 0)
		return -1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISSOCK(st.st_mode) && st.st_dev == mark->dev &&
		st.st_ino == mark->ino)
		r = unlinkat(dir, name, 0);
	close(dir);
	return r;
}

/* A path whose process has died refuses connections: it may be replaced. */
static int remove_stale(const struct sockaddr_un *to)
{
	struct unixpath mark;
	int fd, dead;

	if (unixpath_mark(to->sun_path, &mark) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	dead = connect(fd, (const void *)to, sizeof(*to)) < 0 &&
		errno == ECONNREFUSED;
	close(fd);
	return dead ? unixpath_remove(to->sun_path, &mark) : -1;
}

int unixpath_bind(int fd, const struct sockaddr_un *to, mode_t mode)
{
	mode_t old = umask(0777 & ~mode);
	int r = bind(fd, (const void *)to, sizeof(*to)), e = errno;

	if (r < 0 && e == EADDRINUSE && remove_stale(to) == 0) {
		r = bind(fd, (const void *)to, sizeof(*to));
		e = errno;
	}
	umask(old);
	errno = e;
	return r;
}
