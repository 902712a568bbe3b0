/*
 * Relaying without copies.  Called by relay.c from the second burst of a
 * direction on; owns the pool of pipes.
 */
#include "splice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "io.h"

#define PIPE_SIZE (1 << 20)
#define POOL_MAX 64

struct pipe_end {
	int in, out;
	size_t len; /* octets in the pipe */
	struct pipe_end *next;
};

static struct pipe_end *pool;
static unsigned pooled;

static struct pipe_end *pipe_get(void)
{
	struct pipe_end *p = pool;
	int fd[2];

	if (p) {
		pool = p->next;
		pooled--;
		return p;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	if (pipe2(fd, O_NONBLOCK | O_CLOEXEC) < 0) {
		free(p);
		return NULL;
	}
	p->out = fd[0];
	p->in = fd[1];
	/* Refused beyond pipe-user-pages-soft: then it is a small one. */
	fcntl(p->in, F_SETPIPE_SZ, PIPE_SIZE);
	return p;
}

static void destroy(struct pipe_end *p)
{
	close(p->in);
	close(p->out);
	free(p);
}

static void pipe_put(struct pipe_end **pp)
{
	struct pipe_end *p = *pp;

	*pp = NULL;
	if (pooled >= POOL_MAX) {
		destroy(p);
		return;
	}
	p->next = pool;
	pool = p;
	pooled++;
}

void splice_drop(struct pipe_end **p)
{
	if (!*p)
		return;
	/* Octets of this connection must not reach another. */
	destroy(*p);
	*p = NULL;
}

void splice_finish(void)
{
	struct pipe_end *p;

	while ((p = pool)) {
		pool = p->next;
		destroy(p);
	}
	pooled = 0;
}

int splice_push(struct pipe_end **pp, struct io *to)
{
	struct pipe_end *p = *pp;
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
		if (n < 0 && errno == EAGAIN)
			return IO_AGAIN;
		if (n < 0 && errno != EPIPE)
			to->rst = 1;
		return IO_RESET;
	}
	pipe_put(pp);
	return IO_DONE;
}

/* splice from the socket as an outcome; see io_take. */
static ssize_t fill(struct pipe_end *p, struct io *from)
{
	ssize_t n;

	if (from->fin)
		return from->rst ? IO_RESET : IO_EOF;
	do
		n = splice(from->w.fd, NULL, p->in, NULL, PIPE_SIZE,
			SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		p->len = (size_t)n;
		return n;
	}
	if (n < 0 && errno == EAGAIN)
		return IO_AGAIN;
	from->fin = 1;
	if (n < 0 && errno != EPIPE)
		from->rst = 1;
	return from->rst ? IO_RESET : IO_EOF;
}

ssize_t splice_move(struct pipe_end **pp, struct io *from, struct io *to,
	uint64_t *count)
{
	ssize_t n;
	int r;

	*pp = pipe_get();
	if (!*pp)
		return SPLICE_NO_PIPE;
	n = fill(*pp, from);
	if (n <= 0) {
		pipe_put(pp);
		return n;
	}
	*count += (uint64_t)n;
	r = splice_push(pp, to);
	return r == IO_RESET ? SPLICE_TARGET_DEAD : n;
}
