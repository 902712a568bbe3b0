/*
 * Host names of servers (resolve.h).  A name in /etc/hosts, or one that is an
 * address, is answered here.  The monitor is asked for the others; it keeps
 * resolving them while a loaded table names them.  The master itself never
 * reads a DNS answer: it checks that what the monitor sends are numeric
 * addresses.
 */
#include "resolve.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "child_monitor.h"
#include "child_worker.h"
#include "load.h"
#include "master.h"
#include "proc.h"
#include "runtime/common/dictionary.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "runtime/table/table.h"

#define HOSTS_FILE "/etc/hosts"
#define ADDRESSES_ROOM 2048

struct host {
	struct host *next;
	struct dictionary_node node;
	char name[256];
	char *addrs;   /* numeric, one per line; NULL: none yet */
	char *in_file; /* the addresses in the hosts file, while that is read */
	int asked;     /* the monitor resolves it */
	int answered;
	int wanted; /* mark used by look_up and resolve_prune */
};

static struct host *find(const struct hosts *h, const char *name)
{
	return dictionary_find(&h->by_name, name);
}

const char *resolve_get(const struct hosts *h, const char *name)
{
	const struct host *e = find(h, name);

	return e ? e->addrs : NULL;
}

static int is_numeric(const char *s)
{
	uint8_t a[16];

	return inet_pton(AF_INET, s, a) == 1 || inet_pton(AF_INET6, s, a) == 1;
}

/* Compares whole lines: 12.0.0.1 does not contain 2.0.0.1. */
static int has_line(const char *lines, const char *line)
{
	const char *at = lines;

	while ((at = strstr(at, line)) && at > lines && at[-1] != '\n')
		at++;
	return at != NULL;
}

/* Adds "addr\n" unless it is there. */
static void add_address(char *to, size_t n, const char *addr)
{
	char line[64];

	if (!is_numeric(addr))
		return;
	snprintf(line, sizeof(line), "%s\n", addr);
	if (!has_line(to, line) && strlen(to) + strlen(line) < n)
		strcat(to, line);
}

/* One line of the hosts file: address, then names. */
static void hosts_line(struct hosts *h, char *line)
{
	char *save, *word, *addr;
	struct host *e;

	line[strcspn(line, "#\n")] = 0;
	addr = strtok_r(line, " \t", &save);
	while (addr && (word = strtok_r(NULL, " \t", &save)) != NULL) {
		e = find(h, word);
		if (!e || !e->wanted)
			continue;
		if (!e->in_file && !(e->in_file = calloc(1, ADDRESSES_ROOM)))
			abort();
		add_address(e->in_file, ADDRESSES_ROOM, addr);
	}
}

/* Read once for all names: there may be thousands of names, and of lines. */
static void look_in_file(struct hosts *h)
{
	FILE *f = fopen(HOSTS_FILE, "re");
	char line[1024];

	while (f && fgets(line, sizeof(line), f))
		hosts_line(h, line);
	if (f)
		fclose(f);
}

static void ask(struct master *m, struct host *e)
{
	struct child *monitor = proc_of(m, &child_monitor);
	struct ipc_host body = {.host = ""};

	e->asked = 1;
	snprintf(body.host, sizeof(body.host), "%s", e->name);
	if (monitor->pid)
		proc_send(monitor, IPC_RESOLVE, &body, sizeof(body), NULL, 0);
	else
		/* it is sent everything when it has started */
		proc_start(monitor);
}

void resolve_ask_again(struct master *m)
{
	struct host *e;

	for (e = m->hosts.first; e; e = e->next)
		if (e->asked)
			ask(m, e);
}

static void count_waiting(struct hosts *h)
{
	const struct host *e;

	h->waiting = 0;
	for (e = h->first; e; e = e->next)
		h->waiting += e->asked && !e->answered;
}

static void want(struct hosts *h, const char *name)
{
	struct host *e = find(h, name);

	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e)
			abort();
		snprintf(e->name, sizeof(e->name), "%s", name);
		e->next = h->first;
		h->first = e;
		dictionary_put(&h->by_name, &e->node, e->name, e);
	}
	e->wanted = !e->asked;
}

/* The hosts file first, then the monitor. */
static void look_up(struct master *m, struct host *e)
{
	if (e->in_file) {
		free(e->addrs);
		e->addrs = strdup(e->in_file);
		free(e->in_file);
		e->in_file = NULL;
	} else if (e->wanted && !e->addrs) {
		ask(m, e);
	}
	e->wanted = 0;
}

void resolve_want(struct master *m, const struct table *t)
{
	struct host *e;
	uint32_t i;

	m->hosts.by_name.folded = 1;
	for (i = 0; i < t->server_count; i++)
		if (t->server[i].family == TBL_HOST)
			want(&m->hosts, table_str(t, t->server[i].host_str));
	look_in_file(&m->hosts);
	for (e = m->hosts.first; e; e = e->next)
		look_up(m, e);
	count_waiting(&m->hosts);
}

static void tell(struct child *worker, const struct host *e)
{
	struct ipc_resolved body;
	const char *p;

	memset(&body, 0, sizeof(body));
	snprintf(body.host, sizeof(body.host), "%s", e->name);
	snprintf(body.addrs, sizeof(body.addrs), "%s", e->addrs);
	for (p = body.addrs; *p; p++)
		body.count += *p == '\n';
	proc_send(
		worker, IPC_RESOLVED, &body, ipc_resolved_len(&body), NULL, 0);
}

void resolve_tell(struct child *worker)
{
	const struct host *e;

	for (e = worker->master->hosts.first; e; e = e->next)
		if (e->addrs)
			tell(worker, e);
}

/* Even before the first table is live: the table that workers prepare does not
 * have it. */
static void tell_all(struct master *m, const struct host *e)
{
	unsigned i;

	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker)
			tell(&m->child[i], e);
}

/* The monitor's lines, each checked to be an address; NULL if there is none. */
static char *take_addresses(char *lines)
{
	char good[4096] = "";
	char *save, *line;

	for (line = strtok_r(lines, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save))
		add_address(good, sizeof(good), line);
	return good[0] ? strdup(good) : NULL;
}

static void log_resolved(const struct host *e)
{
	char text[1024], *p;

	snprintf(text, sizeof(text), "%.*s", (int)strlen(e->addrs) - 1,
		e->addrs);
	for (p = text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	event_log(EVENT_INFO, "host-resolved", "host", e->name, "addresses",
		text, NULL);
}

void resolve_answer(struct master *m, const struct ipc_resolved *r)
{
	struct host *e = find(&m->hosts, r->host);
	struct ipc_resolved copy = *r;
	char *addrs;

	if (!e || !e->asked)
		return;
	m->hosts.waiting -= !e->answered;
	e->answered = 1;
	addrs = take_addresses(copy.addrs);
	if (!addrs && !e->addrs) {
		event_log(EVENT_WARNING, "host-unresolved", "host", e->name,
			NULL);
	} else if (addrs && (!e->addrs || strcmp(addrs, e->addrs) != 0)) {
		free(e->addrs);
		e->addrs = addrs;
		addrs = NULL;
		log_resolved(e);
		tell_all(m, e);
	}
	free(addrs); /* if a later lookup fails, nothing changes */
	swap_resolved(m);
}

static void mark(struct hosts *h, const struct table *t)
{
	struct host *e;
	uint32_t i;

	for (i = 0; i < t->server_count; i++) {
		if (t->server[i].family != TBL_HOST)
			continue;
		e = find(h, table_str(t, t->server[i].host_str));
		if (e)
			e->wanted = 1;
	}
}

static void drop(struct master *m, struct host *e)
{
	struct ipc_host body = {.host = ""};

	snprintf(body.host, sizeof(body.host), "%s", e->name);
	if (e->asked)
		proc_send(proc_of(m, &child_monitor), IPC_UNRESOLVE, &body,
			sizeof(body), NULL, 0);
	dictionary_take(&m->hosts.by_name, &e->node);
	free(e->addrs);
	free(e);
}

void resolve_prune(struct master *m)
{
	struct host **p;
	struct host *e;
	const struct loaded *l;

	for (e = m->hosts.first; e; e = e->next)
		e->wanted = 0;
	for (l = m->live; l; l = l->next)
		mark(&m->hosts, &l->view->table);
	for (p = &m->hosts.first; (e = *p) != NULL;) {
		if (e->wanted) {
			p = &e->next;
			continue;
		}
		*p = e->next;
		drop(m, e);
	}
	count_waiting(&m->hosts);
}

void resolve_free(struct hosts *h)
{
	struct host *e;

	while ((e = h->first) != NULL) {
		h->first = e->next;
		free(e->addrs);
		free(e);
	}
	dictionary_free(&h->by_name);
}
