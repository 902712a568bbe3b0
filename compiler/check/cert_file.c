/*
 * Reading a credential's file whole, within bounds: the cost of a mistaken path
 * is limited, and only a regular file is waited for.
 */
#include "cert_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "compiler/base/arena.h"

int cert_file(struct arena *a, const char *path, size_t max,
	gnutls_datum_t *out, struct stat *st, const char **err)
{
	struct stat own;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t n = 0;

	if (!st)
		st = &own;

	if (fd < 0 || fstat(fd, st) < 0) {
		*err = arena_printf(a, "%s", strerror(errno));
		goto fail;
	}
	if (!S_ISREG(st->st_mode)) {
		*err = "not a regular file";
		goto fail;
	}
	if ((size_t)st->st_size > max) {
		*err = "the file is too large";
		goto fail;
	}
	out->data = arena_alloc(a, (size_t)st->st_size + 1);
	while (n < (size_t)st->st_size) {
		ssize_t got = read(fd, out->data + n, (size_t)st->st_size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			*err = arena_printf(a, "%s", strerror(errno));
			goto fail;
		}
		if (got == 0)
			break;
		n += (size_t)got;
	}
	out->size = (unsigned)n;
	close(fd);
	return 0;
fail:
	if (fd >= 0)
		close(fd);
	return -1;
}
