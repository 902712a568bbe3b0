/*
 * Listening sockets that were open before this tlsd (listen_adopted.h).
 */
#include "listen_adopted.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/common/address.h"
#include "runtime/common/ipc.h"
#include "runtime/table/table.h"

static struct {
	struct {
		struct ipc_listener addr;
		int fd;
	} * v;
	unsigned count;
} adopted;

void listen_adopted_add(int fd)
{
	struct ipc_listener a;
	union address s = {.sa.sa_family = 0};
	socklen_t n = sizeof(s);
	int on = 0; /* afterwards 1 */
	socklen_t on_len = sizeof(on);
	void *v;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &on_len) < 0 ||
		!on || getsockname(fd, &s.sa, &n) < 0 ||
		address_read(&s, &a) < 0) {
		close(fd);
		return;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (a.family != TBL_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	v = realloc(adopted.v, (adopted.count + 1) * sizeof(*adopted.v));
	if (!v)
		abort();
	adopted.v = v;
	adopted.v[adopted.count].addr = a;
	adopted.v[adopted.count++].fd = fd;
}

void listen_adopted_forget(void)
{
	while (adopted.count > 0)
		close(adopted.v[--adopted.count].fd);
	free(adopted.v);
	adopted.v = NULL;
}

int listen_adopted_take(const struct ipc_listener *a)
{
	unsigned i;
	int fd;

	for (i = 0; i < adopted.count; i++) {
		if (!ipc_listener_equal(&adopted.v[i].addr, a))
			continue;
		fd = adopted.v[i].fd;
		memmove(&adopted.v[i], &adopted.v[i + 1],
			(--adopted.count - i) * sizeof(adopted.v[0]));
		return fd;
	}
	return -1;
}
