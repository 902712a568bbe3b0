/*
 * Name resolution with c-ares (resolve.h).  Every host is resolved again when
 * the shortest TTL of its answer ends.  If a lookup fails, the last answer
 * stays in use, and it is tried again, later and later.
 */
#include "resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <ev.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor.h"
#include "runtime/common/board.h"
#include "runtime/common/child.h"
#include "runtime/common/dictionary.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"

#define TTL_LEAST 1
#define TTL_MOST 3600
#define RETRY_FIRST 1.0
#define RETRY_MOST 60.0
#define HOSTS_MAX BOARD_SERVERS
#define FLYING_MAX 512 /* lookups at a time; others wait in line */
#define SOCKETS_MAX 64

struct lookup {
	struct dictionary_node node;
	struct lookup *next; /* the next one in line */
	char host[256];
	ev_timer again;
	double retry;
	int busy, forgotten; /* a query, or the line, still holds the entry */
	char last[4096];     /* the answer that the master was sent */
	int told;
};

struct query_socket {
	ev_io io;
	int used;
};

static struct {
	struct ev_loop *loop;
	ares_channel channel;
	struct dictionary by_host;
	struct lookup *line, **line_end;
	unsigned flying;
	int asking; /* an answer may come while its question is sent */
	struct query_socket sock[SOCKETS_MAX];
	ev_timer timeout;
} res;

static void arm_timeout(void)
{
	struct timeval tv, *t = ares_timeout(res.channel, NULL, &tv);

	ev_timer_stop(res.loop, &res.timeout);
	if (!t)
		return;
	ev_timer_set(&res.timeout,
		(double)t->tv_sec + (double)t->tv_usec / 1e6 + 0.001, 0);
	ev_timer_start(res.loop, &res.timeout);
}

static void on_timeout(struct ev_loop *loop, ev_timer *w, int events)
{
	ares_process_fd(res.channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	arm_timeout();
}

static void on_socket(struct ev_loop *loop, ev_io *w, int events)
{
	int fd = w->fd; /* the watcher may be stopped and reused meanwhile */

	ares_process_fd(res.channel, events & EV_READ ? fd : ARES_SOCKET_BAD,
		events & EV_WRITE ? fd : ARES_SOCKET_BAD);
	arm_timeout();
}

static struct query_socket *socket_of(int fd)
{
	struct query_socket *free_one = NULL;
	int i;

	for (i = 0; i < SOCKETS_MAX; i++) {
		if (res.sock[i].used && res.sock[i].io.fd == fd)
			return &res.sock[i];
		if (!res.sock[i].used && !free_one)
			free_one = &res.sock[i];
	}
	return free_one;
}

/* c-ares says which of its sockets to watch, and for what. */
static void on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct query_socket *s = socket_of(fd);
	int events = (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0);

	if (!s)
		return; /* its query times out */
	if (s->used)
		ev_io_stop(res.loop, &s->io);
	s->used = events != 0;
	if (!events)
		return;
	ev_io_init(&s->io, on_socket, fd, events);
	ev_io_start(res.loop, &s->io);
}

static void ask_next(void);

static void lookup_free(struct lookup *n)
{
	ev_timer_stop(res.loop, &n->again);
	free(n);
}

static int line_order(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Sorted addresses, so that a server that rotates its answers does not seem to
 * change them.  Returns how many; at most IPC_ADDRESSES_MAX. */
static unsigned to_lines(
	const struct ares_addrinfo *info, char out[4096], int *ttl)
{
	static char line[IPC_ADDRESSES_MAX][64];
	const struct ares_addrinfo_node *n;
	unsigned i, count = 0;

	out[0] = 0;
	*ttl = TTL_MOST;
	for (n = info->nodes; n && count < IPC_ADDRESSES_MAX; n = n->ai_next) {
		const void *a = n->ai_family == AF_INET
			? (const void *)&(
				  (struct sockaddr_in *)(void *)n->ai_addr)
				  ->sin_addr
			: (const void *)&(
				  (struct sockaddr_in6 *)(void *)n->ai_addr)
				  ->sin6_addr;

		if (n->ai_ttl < *ttl)
			*ttl = n->ai_ttl;
		if (inet_ntop(n->ai_family, a, line[count], sizeof(line[0])))
			count++;
	}
	qsort(line, count, sizeof(line[0]), line_order);
	for (i = 0; i < count; i++) {
		strcat(out, line[i]);
		strcat(out, "\n");
	}
	if (*ttl < TTL_LEAST)
		*ttl = TTL_LEAST;
	return count;
}

static void look_up_in(struct lookup *n, double seconds)
{
	ev_timer_stop(res.loop, &n->again);
	ev_timer_set(&n->again, seconds, 0);
	ev_timer_start(res.loop, &n->again);
}

static void tell(struct lookup *n, const char *lines, unsigned count, int ttl)
{
	struct ipc_resolved body;

	if (n->told && strcmp(n->last, lines) == 0)
		return;
	n->told = 1;
	snprintf(n->last, sizeof(n->last), "%s", lines);
	memset(&body, 0, sizeof(body));
	snprintf(body.host, sizeof(body.host), "%s", n->host);
	snprintf(body.addrs, sizeof(body.addrs), "%s", lines);
	body.count = count;
	body.ttl = (uint32_t)ttl;
	monitor_send(IPC_RESOLVED, &body, ipc_resolved_len(&body));
}

static void on_failure(struct lookup *n, int status)
{
	/* Logged once.  The master logs the answer that ends the trouble. */
	if (n->retry == RETRY_FIRST && n->told)
		event_log(EVENT_WARNING, "host-lookup-failed", "host", n->host,
			"reason", ares_strerror(status), NULL);
	if (!n->told)
		tell(n, "", 0, 0);
	look_up_in(n, n->retry);
	n->retry = n->retry * 2 > RETRY_MOST ? RETRY_MOST : n->retry * 2;
}

static void on_answer(
	void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct lookup *n = arg;
	char lines[4096];
	unsigned count = 0;
	int ttl = TTL_LEAST;

	res.flying--;
	n->busy = 0;
	if (n->forgotten || status == ARES_EDESTRUCTION) {
		lookup_free(n);
	} else {
		if (status == ARES_SUCCESS)
			count = to_lines(info, lines, &ttl);
		if (count > 0) {
			n->retry = RETRY_FIRST;
			tell(n, lines, count, ttl);
			look_up_in(n, ttl);
		} else {
			on_failure(n, status);
		}
	}
	if (info)
		ares_freeaddrinfo(info);
	if (status != ARES_EDESTRUCTION)
		ask_next();
}

static void ask(struct lookup *n)
{
	struct ares_addrinfo_hints hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

	res.flying++;
	ares_getaddrinfo(res.channel, n->host, NULL, &hints, on_answer, n);
}

/* All at once would flood the server with questions, and us with answers. */
static void ask_next(void)
{
	struct lookup *n;

	if (res.asking)
		return;
	res.asking = 1;
	while (res.flying < FLYING_MAX && (n = res.line)) {
		res.line = n->next;
		if (n->forgotten)
			lookup_free(n);
		else
			ask(n);
	}
	res.asking = 0;
	arm_timeout();
}

static void look_up(struct lookup *n)
{
	n->busy = 1;
	n->next = NULL;
	if (!res.line)
		res.line_end = &res.line;
	*res.line_end = n;
	res.line_end = &n->next;
	ask_next();
}

static void on_again(struct ev_loop *loop, ev_timer *w, int events)
{
	look_up(w->data);
}

const char *monitor_resolve_known(const char *host)
{
	const struct lookup *n = dictionary_find(&res.by_host, host);

	return n && n->last[0] ? n->last : NULL;
}

void monitor_resolve_host(const char *host)
{
	struct lookup *n;

	if (dictionary_find(&res.by_host, host) ||
		res.by_host.count >= HOSTS_MAX)
		return;
	n = calloc(1, sizeof(*n));
	if (!n)
		abort();
	snprintf(n->host, sizeof(n->host), "%s", host);
	n->retry = RETRY_FIRST;
	ev_timer_init(&n->again, on_again, 0, 0);
	n->again.data = n;
	dictionary_put(&res.by_host, &n->node, n->host, n);
	look_up(n);
}

static void forget(void *thing)
{
	struct lookup *n = thing;

	dictionary_take(&res.by_host, &n->node);
	n->forgotten = 1;
	if (!n->busy)
		lookup_free(n);
}

void monitor_resolve_forget(const char *host)
{
	struct lookup *n = dictionary_find(&res.by_host, host);

	if (n)
		forget(n);
}

/* c-ares reads resolv.conf here; later the process cannot. */
void monitor_resolve_init(void)
{
	struct ares_options o = {.sock_state_cb = on_state,
		.timeout = 2000,
		.tries = 3,
		.lookups = (char *)"b"};
	const char *servers = getenv(CHILD_DNS);

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
		ares_init_options(&res.channel, &o,
			ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS |
				ARES_OPT_TRIES | ARES_OPT_LOOKUPS) !=
			ARES_SUCCESS)
		abort();
	if (servers &&
		ares_set_servers_ports_csv(res.channel, servers) !=
			ARES_SUCCESS)
		event_log(EVENT_ERROR, "dns-servers", "reason",
			"--dns needs ADDRESS[:PORT],...", NULL);
}

void monitor_resolve_start(struct ev_loop *loop)
{
	res.loop = loop;
	res.by_host.folded = 1;
	ev_timer_init(&res.timeout, on_timeout, 0, 0);
}

void monitor_resolve_stop(void)
{
	struct lookup *n;

	dictionary_each(&res.by_host, forget);
	dictionary_free(&res.by_host);
	while ((n = res.line)) {
		res.line = n->next;
		lookup_free(n);
	}
	ares_destroy(res.channel); /* frees queries in flight */
	ares_library_cleanup();
}
