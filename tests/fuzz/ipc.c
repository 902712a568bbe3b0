/* What a child sends to the master, when the child is not ours any more: a
 * message is taken whole or refused, and no descriptor stays behind.  Input:
 * how many descriptors go with it, and the message. */
/* LINK: runtime/common/ipc.c */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/common/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = IPC_FDS_MAX + 2 };

/* 0: it is on its way. */
static int say(int sock, const uint8_t *data, size_t size, unsigned fds)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(MOST * sizeof(int))];
	} control = {.head = {.cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS,
			     .cmsg_len = CMSG_LEN(fds * sizeof(int))}};
	struct iovec iov = {(void *)(uintptr_t)data, size};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	int fd[MOST];

	for (unsigned i = 0; i < fds; i++)
		fd[i] = sock;
	memcpy(CMSG_DATA(&control.head), fd, fds * sizeof(int));
	if (fds) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(fds * sizeof(int));
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -1;
}

static void check(const struct ipc_message *m, size_t size, unsigned fds)
{
	unsigned n = 0;

	if (m->head.len != size - sizeof(m->head) ||
		m->head.len > IPC_BODY_MAX || m->head.fds != fds)
		abort();
	for (unsigned i = 0; i < IPC_FDS_MAX; i++)
		n += m->fd[i] >= 0;
	if (n != fds)
		abort();
	/* What was not sent reads as zero. */
	if (m->head.len < sizeof(m->body) && m->body.bytes[m->head.len] != 0)
		abort();
}

/* The lowest descriptor that is free. */
static int lowest(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ipc_message m;
	int pair[2], r, before = lowest();
	unsigned fds;

	if (size < 2 || size > 4 * IPC_BODY_MAX || ipc_pair(pair) < 0)
		return 0;
	fds = data[0] % (MOST + 1);
	data++, size--;
	if (say(pair[0], data, size, fds) == 0) {
		memset(&m.body, 0xa5, sizeof(m.body));
		r = ipc_recv(pair[1], &m);
		if (r < 0 && errno != EBADMSG)
			abort();
		if (r == 1)
			check(&m, size, fds);
		ipc_close(&m);
	}
	close(pair[0]);
	close(pair[1]);
	if (lowest() != before)
		abort();
	return 0;
}
