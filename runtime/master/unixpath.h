/*
 * Unix sockets at a path: making them with rights, and removing them.
 */
#ifndef RUNTIME_UNIXPATH_H
#define RUNTIME_UNIXPATH_H

#include <sys/types.h>
#include <sys/un.h>

/* Identifies the file; zero: none. */
struct unixpath {
	dev_t dev;
	ino_t ino;
};

/* Binds with that mode.  Replaces a socket on which no process listens.  0, or
 * -1 with errno. */
int unixpath_bind(int fd, const struct sockaddr_un *to, mode_t mode);
/* The socket that is now at path.  0, or -1 if there is none. */
int unixpath_mark(const char *path, struct unixpath *mark);
/* Removes it if it is still the same. */
int unixpath_remove(const char *path, const struct unixpath *mark);

#endif
