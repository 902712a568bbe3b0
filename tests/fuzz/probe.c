/*
 * A server that is asked for its health and answers with anything, in any
 * pieces: the probe ends once, and well only after an HTTP status that says
 * so.
 */
/* LINK: grammar/words.c runtime/monitor/probe.c runtime/monitor/probe_tls.c runtime/common/dial.c runtime/common/keepalive.c runtime/tls/priority.c runtime/common/proxyproto.c runtime/tls/peer.c runtime/tls/peer_path.c runtime/tls/peer_cost.c runtime/judge/cert.c runtime/judge/crl.c runtime/judge/crl_scope.c runtime/judge/crl_follow.c runtime/judge/path.c runtime/judge/subtree.c runtime/judge/pem.c runtime/table/table.c runtime/table/siphash.c */
/* LIBS: -lgnutls */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/monitor/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ev_loop *loop;
static struct probe_plan plan = {
	.timeout = 1000, .path = "/health", .host = "server.example"};
static int listener, ended, went_well;

static void done(void *arg, const char *failure)
{
	ended++;
	went_well = !failure;
	if (ended > 1)
		abort();
}

static void set_up(void)
{
	struct sockaddr_un *where = (void *)&plan.to;

	loop = ev_loop_new(0);
	where->sun_family = AF_UNIX;
	plan.to_len = sizeof(*where);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	/* A name of the kernel's choice. */
	if (bind(listener, (void *)where, sizeof(sa_family_t)) != 0 ||
		listen(listener, 8) != 0 ||
		getsockname(listener, (void *)where, &plan.to_len) != 0)
		abort();
}

static int may_be_well(const uint8_t *p, size_t n)
{
	return n >= 12 && memcmp(p, "HTTP/1.", 7) == 0 && p[8] == ' ' &&
		memchr("23", p[9], 2);
}

static void answer(int fd, const uint8_t *data, size_t size, size_t step)
{
	for (size_t at = 0; at < size && !ended; at += step) {
		size_t n = size - at < step ? size - at : step;

		if (send(fd, data + at, n, MSG_NOSIGNAL) < 0)
			break;
		ev_run(loop, EVRUN_NOWAIT);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct probe *p;
	int fd;

	if (size == 0 || size > 4096)
		return 0;
	if (!loop)
		set_up();
	ended = went_well = 0;
	p = probe_start(loop, &plan, done, NULL);
	if (!p)
		return 0;
	ev_run(loop, EVRUN_NOWAIT);
	fd = accept(listener, NULL, NULL);
	answer(fd, data + 1, size - 1, 1 + data[0] % 64);
	close(fd);
	for (int i = 0; i < 8 && !ended; i++)
		ev_run(loop, EVRUN_NOWAIT);
	if (!ended || (went_well && !may_be_well(data + 1, size - 1)))
		abort();
	return 0;
}
