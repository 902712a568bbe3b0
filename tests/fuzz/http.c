/*
 * Whoever reaches the metrics listener: any octets in any pieces get one HTTP
 * answer or a closed connection, and never stop the monitor.
 */
/* LINK: runtime/table/hex.c runtime/monitor/http.c runtime/monitor/metrics.c runtime/tls/crls.c runtime/judge/crl.c runtime/judge/crl_scope.c runtime/judge/crl_follow.c runtime/judge/pem.c runtime/table/table.c runtime/common/board.c runtime/common/board_limit.c runtime/common/board_limit_find.c runtime/common/board_server.c runtime/common/board_register.c runtime/table/siphash.c runtime/common/bundle.c */
/* LIBS: -lgnutls */
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/monitor/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ev_loop *loop;
static struct sockaddr_un where = {.sun_family = AF_UNIX};
static socklen_t where_len = sizeof(where);

static void set_up(void)
{
	int memory = board_create(1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	loop = ev_loop_new(0);
	/* A name of the kernel's choice. */
	if (bind(fd, (void *)&where, sizeof(sa_family_t)) != 0 ||
		listen(fd, 8) != 0 ||
		getsockname(fd, (void *)&where, &where_len) != 0)
		abort();
	monitor_http_start(loop, fd, board_map(memory));
	close(memory);
}

/* 1: there is more to come. */
static int read_some(int fd, char *text, size_t room, size_t *have)
{
	ssize_t n = recv(fd, text + *have, room - *have, MSG_DONTWAIT);

	if (n > 0)
		*have += (size_t)n;
	return n > 0;
}

static void check(const char *text, size_t n)
{
	static const char first[] = "HTTP/1.1 ";
	const char *body;

	if (n == 0)
		return;
	if (n < sizeof(first) || memcmp(text, first, sizeof(first) - 1) != 0)
		abort();
	body = memmem(text, n, "\r\n\r\n", 4);
	if (!body)
		abort();
	/* Nothing of the request comes back. */
	if (memmem(text, (size_t)(body - text), "Echo", 4))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[1 << 16];
	size_t have = 0, step = size ? 1 + data[0] % 64 * 16 : 1;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (!loop)
		set_up();
	if (size > 8192 || connect(fd, (void *)&where, where_len) != 0) {
		close(fd);
		return 0;
	}
	for (size_t at = 1; at < size; at += step) {
		size_t n = size - at < step ? size - at : step;

		if (send(fd, data + at, n, MSG_NOSIGNAL) < 0)
			break;
		ev_run(loop, EVRUN_NOWAIT);
	}
	shutdown(fd, SHUT_WR);
	do
		ev_run(loop, EVRUN_NOWAIT);
	while (read_some(fd, text, sizeof(text), &have));
	check(text, have);
	close(fd);
	ev_run(loop, EVRUN_NOWAIT);
	return 0;
}
