/*
 * Messages between processes (ipc.h): one sendmsg or recvmsg each on a
 * SOCK_SEQPACKET pair, which keeps message boundaries, and a queue for what
 * does not fit yet.  A message is accepted only if its type, length and number
 * of descriptors agree.  The caller treats a peer that breaks this as crashed.
 */
#include "ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct ipc_queued {
	struct ipc_queued *next;
	enum ipc_type type;
	size_t len;
	unsigned nfds;
	int fd[IPC_FDS_MAX];
	uint8_t body[];
};

/* Space for as many as the kernel passes at once: others would be closed in
 * this process. */
#define FDS_AT_ONCE 253
union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int) * FDS_AT_ONCE)];
};

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

int ipc_pair(int pair[2])
{
	return socketpair(AF_UNIX,
		SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair);
}

void ipc_no_fds(int sock)
{
	int no = 0;

	setsockopt(sock, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof(no));
}

/* Only the master sends descriptors, so the system call filter gives its
 * children no sendmsg at all. */
static ssize_t send_fds(
	int sock, const struct iovec *all, const int *fds, unsigned nfds)
{
	union control control;
	struct msghdr msg = {.msg_iov = (struct iovec *)all,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = CMSG_SPACE(sizeof(int) * nfds)};
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
	return sendmsg(sock, &msg, MSG_NOSIGNAL);
}

int ipc_send(int sock, enum ipc_type type, const void *body, size_t len,
	const int *fds, unsigned nfds)
{
	struct ipc_header head = {.type = (uint16_t)type,
		.fds = (uint16_t)nfds,
		.len = (uint32_t)len};
	uint8_t text[sizeof(head) + IPC_BODY_MAX]
		__attribute__((uninitialized));
	struct iovec all = {text, sizeof(head) + len};
	ssize_t r;

	if (len > IPC_BODY_MAX || nfds > IPC_FDS_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	memcpy(text, &head, sizeof(head));
	if (len)
		memcpy(text + sizeof(head), body, len);
	do
		r = nfds ? send_fds(sock, &all, fds, nfds)
			 : send(sock, all.iov_base, all.iov_len, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -1 : 0;
}

/* The last process to close a socket with SO_LINGER waits for its peer,
 * nonblocking or not. */
static void discard(int fd)
{
	struct linger none = {0, 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

void ipc_hang_up(int sock)
{
	struct ipc_message m;
	int r;

	shutdown(sock, SHUT_RD); /* nothing is added to what is queued */
	while ((r = ipc_recv(sock, &m)) > 0 || (r < 0 && errno == EBADMSG))
		ipc_close(&m);
	close(sock);
}

/* Takes the descriptors out of the control data.  Returns how many came,
 * including those that do not fit into a message. */
static unsigned take_fds(struct msghdr *msg, struct ipc_message *m)
{
	unsigned n = 0;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t i, count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (n < IPC_FDS_MAX)
				m->fd[n] = fd;
			else
				discard(fd);
			n++;
		}
	}
	return n;
}

void ipc_close(struct ipc_message *m)
{
	int i;

	for (i = 0; i < IPC_FDS_MAX; i++) {
		if (m->fd[i] >= 0)
			discard(m->fd[i]);
		m->fd[i] = -1;
	}
}

int ipc_recv(int sock, struct ipc_message *m)
{
	struct iovec iov[2] = {
		{&m->head, sizeof(m->head)}, {&m->body, sizeof(m->body)}};
	union control control;
	struct msghdr msg = {.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control)};
	unsigned n;
	ssize_t r;
	int i;

	for (i = 0; i < IPC_FDS_MAX; i++)
		m->fd[i] = -1;
	memset(&m->head, 0, sizeof(m->head));
	do
		r = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == ECONNRESET ? 0 : -1;
	n = take_fds(&msg, m);
	if (r == 0 && n == 0)
		return 0;
	if ((size_t)r < sizeof(m->head) || m->head.type == 0 ||
		m->head.len != (size_t)r - sizeof(m->head) || n > IPC_FDS_MAX ||
		m->head.fds != n ||
		(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		ipc_close(m);
		errno = EBADMSG;
		return -1;
	}
	/* What a message leaves out reads as zero, not as in the message
	 * before. */
	memset(m->body.bytes + m->head.len, 0, sizeof(m->body) - m->head.len);
	return 1;
}

int ipc_listener_equal(
	const struct ipc_listener *a, const struct ipc_listener *b)
{
	return a->family == b->family && a->port == b->port &&
		memcmp(a->addr, b->addr, sizeof(a->addr)) == 0 &&
		strncmp(a->path, b->path, sizeof(a->path)) == 0;
}

size_t ipc_resolved_len(const struct ipc_resolved *r)
{
	return IPC_RESOLVED_LEAST + strnlen(r->addrs, sizeof(r->addrs) - 1) + 1;
}

static size_t cost(size_t len, unsigned nfds)
{
	return sizeof(struct ipc_queued) + len + nfds * (size_t)IPC_QUEUE_FD;
}

static void queued_free(struct ipc_queued *e)
{
	unsigned i;

	for (i = 0; i < e->nfds; i++)
		if (e->fd[i] >= 0)
			close(e->fd[i]);
	free(e);
}

static struct ipc_queued *queued_new(enum ipc_type type, const void *body,
	size_t len, const int *fds, unsigned nfds)
{
	struct ipc_queued *e = calloc(1, sizeof(*e) + len);
	unsigned i;

	if (!e)
		return NULL;
	e->type = type;
	e->len = len;
	if (len)
		memcpy(e->body, body, len);
	for (i = 0; i < nfds; i++) {
		e->fd[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		if (e->fd[i] < 0) {
			e->nfds = i;
			queued_free(e);
			return NULL;
		}
	}
	e->nfds = nfds;
	return e;
}

int ipc_post(struct ipc_queue *q, int sock, enum ipc_type type,
	const void *body, size_t len, const int *fds, unsigned nfds)
{
	struct ipc_queued *e;

	if (len > IPC_BODY_MAX || nfds > IPC_FDS_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (!q->first) {
		if (ipc_send(sock, type, body, len, fds, nfds) == 0)
			return 0;
		if (errno != EAGAIN && errno != ENOBUFS &&
			errno != ETOOMANYREFS)
			return -1;
		q->last = &q->first;
	}
	if (q->cost + cost(len, nfds) > IPC_QUEUE_MOST) {
		errno = ENOBUFS;
		return -1;
	}
	e = queued_new(type, body, len, fds, nfds);
	if (!e)
		return -1;
	*q->last = e;
	q->last = &e->next;
	q->cost += cost(len, nfds);
	return 0;
}

int ipc_flush(struct ipc_queue *q, int sock)
{
	while (q->first) {
		struct ipc_queued *e = q->first;

		if (ipc_send(sock, e->type, e->body, e->len, e->fd, e->nfds)) {
			if (errno == EAGAIN || errno == ENOBUFS ||
				errno == ETOOMANYREFS)
				return 1;
			return -1;
		}
		q->first = e->next;
		q->cost -= cost(e->len, e->nfds);
		queued_free(e);
	}
	q->last = &q->first;
	return 0;
}

void ipc_queue_clear(struct ipc_queue *q)
{
	while (q->first) {
		struct ipc_queued *e = q->first;

		q->first = e->next;
		queued_free(e);
	}
	q->last = &q->first;
	q->cost = 0;
}
