/*
 * Asks tlsd over its control socket (ask.h).
 */
#include "ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "text.h"

#define ANSWER_MAX (4u << 20)

static int connect_to(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (void *)&to, sizeof(to)) < 0)
		return -1;
	return fd;
}

/* Does not stop at an error: tlsd may have closed the connection after a
 * refusal, which says why. */
static void send_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t r = send(fd, text, n, MSG_NOSIGNAL);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return;
		text += r;
		n -= (size_t)r;
	}
}

/* One line, without its newline, on the heap.  NULL: the peer has closed. */
static char *read_line(int fd)
{
	size_t n = 0, space = 65536;
	char *buf = malloc(space);
	int resets = 0;

	while (buf) {
		ssize_t r = read(fd, buf + n, space - n - 1);

		if (r < 0 && errno == EINTR)
			continue;
		/* Our line was not read, but an answer may be queued. */
		if (r < 0 && errno == ECONNRESET && resets++ == 0)
			continue;
		if (r <= 0)
			break;
		n += (size_t)r;
		if (buf[n - 1] == '\n') {
			buf[n - 1] = 0;
			return buf;
		}
		if (n + 1 == space) {
			char *more = space < ANSWER_MAX
				? realloc(buf, space *= 2)
				: NULL;

			if (!more)
				break;
			buf = more;
		}
	}
	free(buf);
	return NULL;
}

char *ask_tlsd(const char *control, const char *line)
{
	char *answer = NULL;
	int fd = connect_to(control), why = errno;

	if (fd < 0) {
		text_print(control, strerror(why));
		if (why == ENOENT || why == ECONNREFUSED)
			text_print("is tlsd running, and with this --control?",
				"");
		return NULL;
	}
	/* A refusal may be there before we have asked: read it even if the
	 * question could not be sent. */
	send_all(fd, line, strlen(line));
	answer = read_line(fd);
	if (!answer)
		text_print(control,
			"tlsd closed the connection without an answer");
	close(fd);
	return answer;
}
