/*
 * What the monitor says that a host name resolves to, to a master that believes
 * nothing of it: what is kept is the numeric addresses, each once, and all of
 * them.
 */
/* LINK: runtime/master/resolve.c runtime/common/dictionary.c runtime/common/ipc.c */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "runtime/master/child_monitor.h"
#include "runtime/master/child_worker.h"
#include "runtime/master/master.h"
#include "runtime/master/proc.h"
#include "runtime/table/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char host[] = "server.internal.example";
static struct child monitor = {.pid = 1};
const struct proc_kind child_monitor, child_worker;

struct child *proc_of(struct master *m, const struct proc_kind *kind)
{
	return &monitor;
}

void proc_send(struct child *c, enum ipc_type type, const void *body,
	size_t len, const int *fds, unsigned nfds)
{
}

void proc_start(struct child *c)
{
}

void event_log(enum event_level level, const char *event, ...)
{
}

void swap_resolved(struct master *m)
{
}

static int is_address(const char *p, size_t n)
{
	char text[64] = "";
	uint8_t a[16];

	if (n >= sizeof(text))
		return 0;
	memcpy(text, p, n);
	return inet_pton(AF_INET, text, a) == 1 ||
		inet_pton(AF_INET6, text, a) == 1;
}

/* How often the line is one of these. */
static unsigned count(const char *lines, const char *p, size_t n)
{
	unsigned found = 0;

	while (*lines) {
		size_t len = strcspn(lines, "\n");

		found += len == n && memcmp(lines, p, n) == 0;
		lines += len + (lines[len] == '\n');
	}
	return found;
}

static void check(const char *said, const char *kept)
{
	for (const char *p = kept; *p; p += strcspn(p, "\n") + 1) {
		size_t n = strcspn(p, "\n");

		if (p[n] != '\n' || !is_address(p, n) ||
			count(kept, p, n) != 1 || !count(said, p, n))
			abort();
	}
	for (const char *p = said; *p;) {
		size_t n = strcspn(p, "\n");

		if (is_address(p, n) && !count(kept, p, n))
			abort();
		p += n + (p[n] == '\n');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tbl_server server = {.family = TBL_HOST};
	struct table t = {.str = host, .server = &server, .server_count = 1};
	struct master *m = calloc(1, sizeof(*m));
	struct ipc_resolved r = {.host = ""};
	const char *kept;

	if (size > 2000)
		size = 2000;
	memcpy(r.host, host, sizeof(host));
	memcpy(r.addrs, data, size);
	resolve_want(m, &t);
	resolve_answer(m, &r);
	kept = resolve_get(&m->hosts, host);
	check(r.addrs, kept ? kept : "");
	resolve_free(&m->hosts);
	free(m);
	return 0;
}
