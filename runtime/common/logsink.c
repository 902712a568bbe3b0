/*
 * Collects and writes lines (logsink.h).
 */
#include "logsink.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ATOMIC 4096 /* PIPE_BUF: a pipe that is writable takes that much */

void logsink_use(struct logsink *s, int fd, enum logsink_form form)
{
	struct stat st;

	logsink_flush(s);
	if (fd != s->fd && s->half && s->n) {
		/* The rest of a line must follow its beginning. */
		const char *end = memchr(s->text, '\n', s->n);
		size_t n = (size_t)(end - s->text) + 1;

		memmove(s->text, s->text + n, s->n - n);
		s->n -= n;
		s->told_end = s->told_end > n ? s->told_end - n : 0;
		s->lost++;
	}
	if (fd != s->fd)
		s->half = s->torn = 0;
	s->fd = fd;
	s->datagrams = form == LOGSINK_DATAGRAMS;
	s->waits = fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode));
}

static int ready(const struct logsink *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLOUT};

	return !s->waits || (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT));
}

/* How many octets to write next: for datagrams one line, for a pipe at most
 * ATOMIC. */
static size_t portion(const struct logsink *s)
{
	size_t n = s->n;

	if (s->datagrams)
		return (size_t)((const char *)memchr(s->text, '\n', n) -
			       s->text) +
			1;
	if (!s->waits || n <= ATOMIC)
		return n;
	for (n = ATOMIC; n > 1 && s->text[n - 1] != '\n'; n--)
		;
	return n;
}

static unsigned lines(const char *text, size_t n)
{
	unsigned count = 0;

	for (const char *p; (p = memchr(text, '\n', n)); count++) {
		n -= (size_t)(p + 1 - text);
		text = p + 1;
	}
	return count;
}

enum fate { WRITTEN, LOST };

/* Removes n octets from the text. */
static void leave(struct logsink *s, size_t n, enum fate fate)
{
	s->losing = fate == LOST;
	if (fate == LOST)
		s->lost += lines(s->text, n);
	if (s->told_end && n >= s->told_end) {
		if (fate == LOST)
			s->lost += s->told;
		s->told = s->told_end = 0;
	} else if (s->told_end) {
		s->told_end -= n;
	}
	/* The end of a half line is lost: the next line must not be taken for
	 * it. */
	s->torn = fate == LOST ? s->torn || s->half : 0;
	s->half = s->text[n - 1] != '\n';
	memmove(s->text, s->text + n, s->n - n);
	s->n -= n;
}

/* Syslog may not be running (yet, or any more): the master connects the socket
 * again, which all processes share. */
static int later(const struct logsink *s, int error)
{
	return error == EAGAIN || error == EWOULDBLOCK ||
		(s->datagrams &&
			(error == ECONNREFUSED || error == ENOTCONN ||
				error == ECONNRESET || error == EDESTADDRREQ ||
				error == ENOBUFS));
}

/* 1: written or lost; 0: it would block. */
static int write_some(struct logsink *s)
{
	size_t n = portion(s);
	ssize_t done;

	if (s->torn && write(s->fd, "\n", 1) == 1)
		s->torn = 0;
	do
		done = s->torn
			? -1
			: write(s->fd, s->text, s->datagrams ? n - 1 : n);
	while (done < 0 && errno == EINTR);
	if (done < 0 && later(s, errno))
		return 0;
	/* A full disk must not stop traffic: the lines are lost. */
	if (done <= 0)
		leave(s, n, LOST);
	else
		leave(s, s->datagrams ? n : (size_t)done, WRITTEN);
	return 1;
}

void logsink_flush(struct logsink *s)
{
	while (s->n && s->fd >= 0 && ready(s) && write_some(s))
		;
	if (s->fd < 0 && s->n) {
		s->n = s->told_end = 0;
		s->half = s->torn = 0;
	}
}

uint64_t logsink_untold(const struct logsink *s)
{
	return s->told_end ? 0 : s->lost;
}

int logsink_recovered(const struct logsink *s)
{
	return logsink_untold(s) && !s->losing && !s->n;
}

void logsink_put(struct logsink *s, const char *line, size_t n, uint64_t told)
{
	assert(n > 0 && line[n - 1] == '\n');
	if (n > sizeof(s->text) - s->n)
		logsink_flush(s);
	if (n > sizeof(s->text) - s->n) {
		s->lost++;
		return;
	}
	memcpy(s->text + s->n, line, n);
	s->n += n;
	if (told) {
		s->lost -= told;
		s->told = told;
		s->told_end = s->n;
	}
}
