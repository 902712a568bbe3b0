/*
 * Relaying without copies; owns the pool of pipes.
 */
#include "splice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/tls/io.h"

#define PIPE_USUAL (1 << 16)
#define POOL_MAX 16 /* idle pipes kept: all workers share one user's quota */

struct pipe_end {
	int in, out;
	size_t len; /* octets in the pipe */
	struct pipe_end *next;
};

static struct pipe_end *pool;
static unsigned pooled, made;
static int refused; /* no more until one of ours comes back */

static void destroy(struct pipe_end *p)
{
	close(p->in);
	close(p->out);
	free(p);
}

/* NULL: no usable pipe.  Above pipe-user-pages-soft (pipe(7)) the kernel gives
 * pipes of two pages only, which cost more than copying.  A pipe-max-size
 * smaller than ours leaves the usual 64 KiB. */
static struct pipe_end *pipe_make(void)
{
	struct pipe_end *p = malloc(sizeof(*p));
	int fd[2];

	if (!p || pipe2(fd, O_NONBLOCK | O_CLOEXEC) < 0) {
		free(p);
		refused = 1;
		return NULL;
	}
	*p = (struct pipe_end){.in = fd[1], .out = fd[0]};
	if (fcntl(p->in, F_SETPIPE_SZ, SPLICE_PIPE) < 0 &&
		fcntl(p->in, F_GETPIPE_SZ) < PIPE_USUAL) {
		destroy(p);
		refused = 1;
		return NULL;
	}
	made++;
	return p;
}

/* A direction that has none yet may get a new one; further ones only up to the
 * size of the pool. */
static struct pipe_end *pipe_get(int further)
{
	struct pipe_end *p = pool;

	/* While none of ours is in use, nothing tells us when other processes
	 * give theirs back, so each burst asks again. */
	if (!p)
		return (refused && made) || (further && made >= POOL_MAX)
			? NULL
			: pipe_make();
	pool = p->next;
	pooled--;
	p->next = NULL;
	return p;
}

static void discard(struct pipe_end *p)
{
	destroy(p);
	made--;
	refused = 0;
}

static void pipe_put(struct pipe_end *p)
{
	if (pooled >= POOL_MAX) {
		discard(p);
		return;
	}
	p->next = pool;
	pool = p;
	pooled++;
	refused = 0;
}

void splice_drop(struct pipe_end **pp)
{
	struct pipe_end *p;

	/* Octets of this connection must not reach another. */
	while ((p = *pp)) {
		*pp = p->next;
		discard(p);
	}
}

void splice_finish(void)
{
	struct pipe_end *p;

	while ((p = pool)) {
		pool = p->next;
		discard(p);
	}
	pooled = 0;
}

/* One pipe's octets to the socket. */
static int drain(struct pipe_end *p, struct io *to)
{
	ssize_t n;

	while (p->len) {
		n = splice(p->out, NULL, to->w.fd, NULL, p->len,
			SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (n > 0) {
			p->len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		return n < 0 ? outcome_of_write(to) : IO_RESET;
	}
	return IO_DONE;
}

int splice_push(struct pipe_end **pp, struct io *to)
{
	struct pipe_end *p;
	int r;

	while ((p = *pp)) {
		r = drain(p, to);
		if (r != IO_DONE)
			return r;
		*pp = p->next;
		pipe_put(p);
	}
	return IO_DONE;
}

/* splice from the socket as an outcome; see io_take. */
static ssize_t fill(struct pipe_end *p, struct io *from, size_t most)
{
	ssize_t n = io_ended(from);

	if (n != IO_DONE)
		return n;
	do
		n = splice(from->w.fd, NULL, p->in, NULL, most,
			SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		p->len = (size_t)n;
		return n;
	}
	return outcome_of_read(from, n);
}

ssize_t splice_move(struct pipe_end **pp, struct io *from, struct io *to,
	uint64_t *count, size_t most)
{
	ssize_t n = SPLICE_NO_PIPE, total = 0;
	struct pipe_end *p, **tail = pp;
	size_t room;

	for (; most && (p = pipe_get(total > 0)); most -= (size_t)n) {
		room = most < SPLICE_PIPE ? most : SPLICE_PIPE;
		n = fill(p, from, room);
		if (n <= 0) {
			pipe_put(p);
			break;
		}
		*tail = p;
		tail = &p->next;
		total += n;
		if ((size_t)n < room && n < SPLICE_MUCH)
			break;
	}
	if (!total)
		return n;
	*count += (uint64_t)total;
	return splice_push(pp, to) == IO_RESET ? SPLICE_TARGET_DEAD : total;
}
