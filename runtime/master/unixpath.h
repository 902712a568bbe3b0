/*
 * Unix sockets at a path: making them with rights, and removing them again.
 * Called by listen.c and control.c.
 */
#ifndef RUNTIME_UNIXPATH_H
#define RUNTIME_UNIXPATH_H

#include <sys/types.h>
#include <sys/un.h>

/* Which file it is; zero: none. */
struct unixpath {
	dev_t dev;
	ino_t ino;
};

/* Binds, with that mode; a socket there that nobody listens on is replaced.
 * 0, or -1 with errno. */
int unixpath_bind(int fd, const struct sockaddr_un *to, mode_t mode);
/* The socket that is at path now.  0, or -1: there is none. */
int unixpath_mark(const char *path, struct unixpath *mark);
/* Removes it if it is still that one. */
int unixpath_remove(const char *path, const struct unixpath *mark);

#endif
