/*
 * One HTTP exchange (fetch.h).
 */
#include "fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/common/ipc.h"
#include "runtime/tls/ocsp.h"

#define FETCH_SECONDS 10.0
#define HEAD_MOST 8192 /* octets of the answer's header */

struct fetch {
	struct ev_loop *loop;
	fetch_done *done;
	void *arg;
	ev_io io;
	ev_timer deadline;
	char *request; /* NULL after it was sent */
	size_t size, sent, have;
	char answer[HEAD_MOST + IPC_STAPLE_MAX];
};

static void fetch_free(struct fetch *f)
{
	ev_io_stop(f->loop, &f->io);
	ev_timer_stop(f->loop, &f->deadline);
	close(f->io.fd);
	free(f->request);
	free(f);
}

void fetch_cancel(struct fetch **f)
{
	if (*f)
		fetch_free(*f);
	*f = NULL;
}

static void finish(
	struct fetch *f, const uint8_t *body, size_t n, const char *why)
{
	f->done(f->arg, body, n, why);
	fetch_free(f);
}

static void on_deadline(struct ev_loop *loop, ev_timer *w, int events)
{
	struct fetch *f = w->data;

	finish(f, NULL, 0,
		f->request && !f->sent ? "no connection in time"
				       : "no answer in time");
}

static void receive(struct fetch *f)
{
	const uint8_t *body = NULL;
	const char *why = NULL;
	size_t n = 0;
	ssize_t r = recv(
		f->io.fd, f->answer + f->have, sizeof(f->answer) - f->have, 0);

	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r < 0) {
		finish(f, NULL, 0, strerror(errno));
		return;
	}
	f->have += (size_t)r;
	switch (ocsp_body(f->answer, f->have, r == 0, &body, &n, &why)) {
	case 0:
		if (f->have == sizeof(f->answer))
			finish(f, NULL, 0, "the answer is too long");
		return;
	case 1:
		finish(f, body, n,
			n > IPC_STAPLE_MAX ? "the answer is too long" : NULL);
		return;
	default:
		finish(f, NULL, 0, why);
	}
}

static void transmit(struct fetch *f)
{
	ssize_t r = send(f->io.fd, f->request + f->sent, f->size - f->sent,
		MSG_NOSIGNAL);

	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r < 0) {
		finish(f, NULL, 0, strerror(errno));
		return;
	}
	f->sent += (size_t)r;
	if (f->sent < f->size)
		return;
	free(f->request);
	f->request = NULL;
	ev_io_stop(f->loop, &f->io);
	ev_io_set(&f->io, f->io.fd, EV_READ);
	ev_io_start(f->loop, &f->io);
}

static void on_io(struct ev_loop *loop, ev_io *w, int events)
{
	struct fetch *f = w->data;

	if (f->request)
		transmit(f);
	else
		receive(f);
}

struct fetch *fetch_start(struct ev_loop *loop, const struct sockaddr *to,
	socklen_t to_len, char *request, size_t n, fetch_done *done, void *arg)
{
	struct fetch *f = calloc(1, sizeof(*f));
	int fd = socket(
		to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (!f || fd < 0 ||
		(connect(fd, to, to_len) < 0 && errno != EINPROGRESS)) {
		int e = errno;

		if (fd >= 0)
			close(fd);
		free(f);
		free(request);
		errno = e;
		return NULL;
	}
	f->loop = loop;
	f->request = request;
	f->size = n;
	f->done = done;
	f->arg = arg;
	ev_io_init(&f->io, on_io, fd, EV_WRITE);
	ev_timer_init(&f->deadline, on_deadline, FETCH_SECONDS, 0);
	f->io.data = f->deadline.data = f;
	ev_io_start(loop, &f->io);
	ev_timer_start(loop, &f->deadline);
	return f;
}
