/*
 * A half-connection; owns the socket, its watcher, its TLS, and the octets that
 * wait.
 */
#include "io.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls.h"

/* Shared by all connections of the worker: see io_begin. */
static const struct io
	*user; /* whose they are; NULL: they are free, and empty */
static uint8_t ahead[65536];
static size_t ahead_off, ahead_len;
static uint8_t gather[65536];
static size_t gathered;

void io_init(struct io *io, void (*cb)(struct ev_loop *, struct ev_io *, int),
	void *data)
{
	memset(io, 0, sizeof(*io));
	ev_io_init(&io->w, cb, -1, 0);
	io->w.data = data;
	io->alert = io->alert_got = -1;
}

void io_open(struct io *io, int fd)
{
	ev_io_set(&io->w, fd, 0);
	io->fin = io->rst = io->shut = io->shut_sent = io->drained = 0;
}

void io_watch(struct io *io, struct ev_loop *loop, int events)
{
	int now =
		ev_is_active(&io->w) ? io->w.events & (EV_READ | EV_WRITE) : 0;

	if (!(events & EV_READ))
		io->drained = 0; /* without a watcher nothing is announced */
	if (now == events)
		return;
	if (ev_is_active(&io->w))
		ev_io_stop(loop, &io->w);
	ev_io_set(&io->w, io->w.fd, events);
	if (events)
		ev_io_start(loop, &io->w);
}

/* Sends a reset and forgets what has not been sent, as a close with SO_LINGER
 * would, which the filter of system calls does not let us set. */
static void disconnect(int fd)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	(void)connect(fd, &none, sizeof(none));
}

void io_close(struct io *io, struct ev_loop *loop, enum io_goodbye how)
{
	if (io->w.fd < 0)
		return;
	if (ev_is_active(&io->w) || ev_is_pending(&io->w))
		ev_io_stop(loop, &io->w);
	if (how == IO_RST)
		disconnect(io->w.fd);
	close(io->w.fd);
	ev_io_set(&io->w, -1, 0);
	tls_free(&io->tls);
	buf_free(&io->in);
	buf_free(&io->out);
}

ssize_t io_take(struct io *io, uint8_t *p, size_t cap)
{
	ssize_t n;
	int r = io_ended(io);

	if (r != IO_DONE)
		return r;
	if (io->drained)
		return IO_AGAIN;
	do
		n = recv(io->w.fd, p, cap, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		io->drained = (size_t)n < cap;
		return n;
	}
	r = outcome_of_read(io, n);
	if (r == IO_AGAIN)
		io->drained = 1;
	return r;
}

ssize_t io_read(struct io *io, uint8_t *p, size_t cap)
{
	size_t n;

	if (io->tls)
		return tls_read(io, p, cap);
	n = buf_len(io->in);
	if (n) {
		if (n > cap)
			n = cap;
		memcpy(p, buf_data(io->in), n);
		buf_consume(&io->in, n);
		return (ssize_t)n;
	}
	return io_take(io, p, cap);
}

int io_pending(const struct io *io)
{
	return io->tls ? tls_pending(io) : io->in != NULL;
}

/* What the socket takes now; the rest is the caller's.  -1: dead. */
static ssize_t give(struct io *io, const uint8_t *p, size_t n)
{
	ssize_t done;

	if (io->shut_sent)
		return -1;
	do
		done = send(io->w.fd, p, n,
			MSG_NOSIGNAL | (io->more ? MSG_MORE : 0));
	while (done < 0 && errno == EINTR);
	if (done >= 0)
		return done;
	return outcome_of_write(io) == IO_AGAIN ? 0 : -1;
}

int io_raw(struct io *io, const uint8_t *p, size_t n)
{
	ssize_t done = 0;

	if (!io->out) {
		done = give(io, p, n);
		if (done < 0)
			return IO_RESET;
	}
	if ((size_t)done < n && buf_append(&io->out, p + done, n - done) < 0)
		return IO_MEMORY;
	return IO_DONE;
}

int io_write(struct io *io, const uint8_t *p, size_t n)
{
	return io->tls ? tls_write(io, p, n) : io_raw(io, p, n);
}

int io_write_last(struct io *io, const uint8_t *p, size_t n)
{
	int r;

	io->more = 1;
	r = io_write(io, p, n);
	io->more = 0;
	return r;
}

static void send_fin(struct io *io)
{
	if (io->shut && !io->shut_sent && !io->out) {
		io->shut_sent = 1;
		shutdown(io->w.fd, SHUT_WR);
	}
}

int io_flush(struct io *io)
{
	ssize_t n;
	int r;

	while (io->out) {
		n = give(io, buf_data(io->out), buf_len(io->out));
		if (n < 0) {
			buf_free(&io->out);
			return IO_RESET;
		}
		if (!n)
			return IO_AGAIN;
		buf_consume(&io->out, (size_t)n);
	}
	r = io->tls ? tls_flushed(io) : IO_DONE;
	if (r != IO_DONE)
		return r;
	send_fin(io);
	return io->out ? IO_AGAIN : IO_DONE;
}

void io_shutdown(struct io *io)
{
	if (io->shut || io->w.fd < 0)
		return;
	io->more = !io->out;
	if (io->tls)
		tls_bye(io);
	io->more = 0;
	io->shut = 1;
	send_fin(io);
}

void io_bare(struct io *io)
{
	tls_free(&io->tls);
	buf_free(&io->in);
}

void io_acknowledge(struct io *io)
{
	static const int now = 1;

	setsockopt(io->w.fd, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof(now));
}

void io_begin(struct io *io)
{
	assert(!user && !gathered && ahead_off == ahead_len);
	user = io;
}

void io_drop(struct io *io)
{
	assert(user == io);
	user = NULL;
	ahead_off = ahead_len = gathered = 0;
}

static int keep_ahead(struct io *io)
{
	if (ahead_len > ahead_off &&
		buf_append(&io->in, ahead + ahead_off, ahead_len - ahead_off) <
			0)
		return IO_MEMORY;
	return IO_DONE;
}

int io_keep(struct io *io, struct buf **to)
{
	int r = keep_ahead(io);

	if (gathered && buf_append(to, gather, gathered) < 0)
		r = IO_MEMORY;
	io_drop(io);
	return r;
}

int io_park(struct io *io)
{
	return io_keep(io, &io->out);
}

int io_settle(struct io *io)
{
	int r = keep_ahead(io);

	if (gathered && r == IO_DONE)
		r = io_raw(io, gather, gathered);
	io_drop(io);
	return r;
}

size_t io_ahead(const struct io *io)
{
	assert(user == io);
	return buf_len(io->in) + ahead_len - ahead_off;
}

ssize_t io_pull(void *arg, void *p, size_t n)
{
	struct io *io = arg;
	ssize_t got;

	assert(user == io);
	if (io->in) {
		if (n > buf_len(io->in))
			n = buf_len(io->in);
		memcpy(p, buf_data(io->in), n);
		buf_consume(&io->in, n);
		return (ssize_t)n;
	}
	if (ahead_off == ahead_len) {
		got = io_take(io, ahead, sizeof(ahead));
		if (got == IO_EOF)
			return 0;
		if (got < 0) {
			errno = got == IO_AGAIN ? EAGAIN : ECONNRESET;
			return -1;
		}
		ahead_off = 0;
		ahead_len = (size_t)got;
	}
	if (n > ahead_len - ahead_off)
		n = ahead_len - ahead_off;
	memcpy(p, ahead + ahead_off, n);
	ahead_off += n;
	return (ssize_t)n;
}

ssize_t io_push(void *arg, const void *p, size_t n)
{
	struct io *io = arg;

	assert(user == io);
	if (n > sizeof(gather) - gathered) {
		if (gathered && io_raw(io, gather, gathered) != IO_DONE)
			goto dead;
		gathered = 0;
		if (n > sizeof(gather)) {
			if (io_raw(io, p, n) != IO_DONE)
				goto dead;
			return (ssize_t)n;
		}
	}
	memcpy(gather + gathered, p, n);
	gathered += n;
	return (ssize_t)n;
dead:
	errno = ECONNRESET;
	return -1;
}
