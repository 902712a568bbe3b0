/*
 * Active health checks.  Every server of a backend with a check is probed at
 * its interval.  A number of failures in a row takes it down, a number of
 * successes brings it back.  The result is written on the board, where workers
 * look before they choose.  It survives a change of the table, by the server's
 * name.
 */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "backend_use.h"
#include "grammar/words.h"
#include "numeric.h"
#include "probe.h"
#include "resolve.h"
#include "runtime/common/board.h"
#include "runtime/common/board_register.h"
#include "runtime/common/dictionary.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/common/server_name.h"
#include "runtime/tls/credentials.h"
#include "runtime/tls/priority.h"

#define SERVER_TEXT_MAX BOARD_NAME_MAX

struct target {
	struct target *next;
	struct dictionary_node node;
	char name[SERVER_TEXT_MAX]; /* "BACKEND/ADDRESS" */
	uint32_t backend, server;
	ev_timer timer;
	struct probe *probe;
	unsigned fails, oks; /* in a row */
	unsigned address;    /* which address of a host is probed next */
	unsigned turn;       /* which of our own addresses is used next */
	int skipped;         /* it could not be probed, and that was logged */
	int up;
	char text[SERVER_TEXT_MAX]; /* its address, for the Host header */
};

static struct {
	struct ev_loop *loop;
	struct board *board;
	struct generation *generation;
	struct credentials *credentials;
	struct backend_use *use; /* by BACKEND */
	struct target *first;
	struct dictionary by_name; /* the targets */
} check;

static void tick(struct ev_loop *loop, ev_timer *w, int events);

/* ---- telling the board and the log ---- */

static enum board_health health_of(const struct target *t)
{
	return t->up ? BOARD_HEALTHY : BOARD_UNHEALTHY;
}

/* failure: why it is down; NULL: it is up. */
static void tell(struct target *t, const char *failure)
{
	struct board_server *s = board_server(check.board, t->name);

	t->up = !failure;
	if (s)
		board_server_health(s, health_of(t), board_now());
	event_log(t->up ? EVENT_NOTICE : EVENT_WARNING,
		t->up ? "server-up" : "server-down", "server", t->name,
		"reason", failure, NULL);
}

/* The board may have been wiped or damaged (board_heal). */
static void write_again(struct target *t)
{
	struct board_server *s = board_server(check.board, t->name);

	if (s && !(atomic_load(&s->state) & BOARD_DOWN) != !!t->up)
		board_server_health(s, health_of(t), board_now());
}

static void done(void *arg, const char *failure)
{
	struct target *t = arg;
	const struct tbl_backend *b =
		&check.generation->table.backend[t->backend];

	t->probe = NULL;
	write_again(t);
	t->skipped = 0;
	if (!failure) {
		t->fails = 0;
		t->oks++;
		if (!t->up && t->oks >= b->check_rise)
			tell(t, NULL);
		return;
	}
	t->oks = 0;
	t->fails++;
	t->address++; /* another address of the host may work */
	if (t->up && t->fails >= b->check_fall)
		tell(t, failure);
}

/* Something of ours is missing: that says nothing about the server. */
static void skip(struct target *t, const char *reason)
{
	if (!t->skipped)
		event_log(EVENT_WARNING, "check-skipped", "server", t->name,
			"reason", reason, NULL);
	t->skipped = 1;
}

/* ---- where and how to probe ---- */

static int host_address(const struct target *t, const struct tbl_server *s,
	struct probe_plan *plan)
{
	const char *host = table_str(&check.generation->table, s->host_str);
	const char *lines = monitor_resolve_known(host), *one;
	size_t len = lines ? strlen(lines) : 0;
	char key[300], text[NUMERIC_TEXT];

	if (!len) {
		snprintf(key, sizeof(key), BUNDLE_RESOLVE "%s", host);
		if (bundle_get(check.generation->bundle, key,
			    (const uint8_t **)&lines, &len) < 0)
			return -1;
	}
	one = numeric_nth(lines, len, t->address, text);
	plan->to_len = one ? numeric_address(one, s->port, &plan->to) : 0;
	return plan->to_len ? 0 : -1;
}

static int set_address(const struct target *t, struct probe_plan *plan)
{
	const struct table *tab = &check.generation->table;
	const struct tbl_server *s = &tab->server[t->server];
	struct sockaddr_in *v4 = (void *)&plan->to;
	struct sockaddr_in6 *v6 = (void *)&plan->to;
	struct sockaddr_un *un = (void *)&plan->to;

	switch (s->family) {
	case TBL_V4:
		v4->sin_family = AF_INET;
		v4->sin_port = htons(s->port);
		memcpy(&v4->sin_addr, s->addr, 4);
		plan->to_len = sizeof(*v4);
		return 0;
	case TBL_V6:
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(s->port);
		memcpy(&v6->sin6_addr, s->addr, 16);
		plan->to_len = sizeof(*v6);
		return 0;
	case TBL_UNIX:
		un->sun_family = AF_UNIX;
		snprintf(un->sun_path, sizeof(un->sun_path), "%s",
			table_str(tab, s->host_str));
		plan->to_len = sizeof(*un);
		return 0;
	default:
		return host_address(t, s, plan);
	}
}

static const char *or_null(const char *s)
{
	return *s ? s : NULL;
}

static void set_alpn(const struct table *tab, const struct tbl_backend *b,
	struct probe_plan *plan)
{
	uint32_t i;

	for (i = 0; i < b->alpn_count && i < PROBE_ALPN_MAX; i++) {
		const struct tbl_alpn *a =
			&tab->alpn[tab->alpnref[b->alpn_first + i]];

		plan->alpn[i].data =
			(unsigned char *)table_str(tab, a->token_str);
		plan->alpn[i].size = a->len;
	}
	plan->alpns = i;
}

/* As a bridge does (bridge.c).  -1: no memory, or the CA cannot be used. */
static int set_tls(const struct target *t, struct probe_plan *plan)
{
	const struct table *tab = &check.generation->table;
	const struct tbl_backend *b = &tab->backend[t->backend];
	static unsigned char http[] = "http/1.1";

	plan->tls = credentials_client(check.credentials, t->backend);
	plan->verify = b->ca_str != 0 || (b->flags & TBL_BACKEND_SYSTEM_CA);
	plan->sni = check.use[t->backend].sni;
	plan->name = or_null(table_str(tab, b->verify_name_str));
	if (!plan->name)
		plan->name = plan->sni;
	plan->table = tab;
	if (b->profile != TBL_NONE) {
		plan->profile = b->profile;
		plan->priority = credentials_priority(check.credentials,
			&(struct priority_wish){.profile = b->profile});
	}
	if (!plan->tls || (b->profile != TBL_NONE && !plan->priority))
		return -1;
	if (b->check != CHECK_HTTP) {
		set_alpn(tab, b, plan);
		return 0;
	}
	plan->alpn[0].data = http;
	plan->alpn[0].size = sizeof(http) - 1;
	plan->alpns = 1;
	return 0;
}

static void begin(struct target *t)
{
	const struct table *tab = &check.generation->table;
	const struct tbl_backend *b = &tab->backend[t->backend];
	struct probe_plan plan = {.timeout = b->check_timeout_ms / 1e3,
		.profile = TBL_NONE,
		.proxy = b->proxy};

	if (set_address(t, &plan) < 0) {
		done(t, "its name does not resolve");
		return;
	}
	plan.from.source = table_extra(
		tab, TBL_EXTRA_SOURCE, t->backend, &plan.from.sources);
	plan.from.turn = t->turn++;
	if (backend_use_tls(b, &check.use[t->backend]) &&
		set_tls(t, &plan) < 0) {
		done(t, "no credentials");
		return;
	}
	if (b->check == CHECK_HTTP) {
		plan.path = table_str(tab, b->check_path_str);
		plan.host = check.use[t->backend].sni;
		if (!plan.host)
			plan.host = t->text;
	}
	t->probe = probe_start(check.loop, &plan, done, t);
	if (!t->probe && plan.from.fault == DIAL_SOURCE)
		skip(t, "this machine has none of the source addresses");
	else if (!t->probe && plan.from.fault != DIAL_SERVERS)
		skip(t, strerrorname_np(errno));
	else if (!t->probe)
		done(t, strerror(errno));
}

/* ---- when to probe ---- */

static void arm(struct target *t, double seconds)
{
	ev_timer_stop(check.loop, &t->timer);
	ev_timer_set(&t->timer, seconds, 0);
	ev_timer_start(check.loop, &t->timer);
}

static void tick(struct ev_loop *loop, ev_timer *w, int events)
{
	struct target *t = w->data;
	double interval =
		check.generation->table.backend[t->backend].check_interval_ms /
		1e3;

	/* A random twentieth keeps many gateways from probing at the same
	 * moments. */
	arm(t, interval * (0.95 + 0.1 * drand48()));
	if (!t->probe)
		begin(t);
}

/* ---- which servers to probe ---- */

static void add(const struct dictionary *old, uint32_t backend, uint32_t server)
{
	const struct table *tab = &check.generation->table;
	const struct tbl_backend *b = &tab->backend[backend];
	struct target *t = calloc(1, sizeof(*t)), *before;
	const struct board_server *known;

	if (!t)
		abort();
	server_text(tab, server, t->text, sizeof(t->text));
	server_name(tab, backend, server, t->name);
	t->backend = backend;
	t->server = server;
	/* A monitor that died knew more; what the board has is kept. */
	known = board_server(check.board, t->name);
	t->up = !known || !(known->state & BOARD_DOWN);
	before = dictionary_find(old, t->name);
	if (before) {
		t->fails = before->fails;
		t->oks = before->oks;
		t->address = before->address;
		t->turn = before->turn;
		t->skipped = before->skipped;
	}
	ev_timer_init(&t->timer, tick, 0, 0);
	t->timer.data = t;
	t->next = check.first;
	check.first = t;
	dictionary_put(&check.by_name, &t->node, t->name, t);
	/* New ones soon, but not a thousand of them at once. */
	arm(t,
		before ? b->check_interval_ms / 1e3 * drand48()
		       : 0.5 * drand48() * (server > 16));
}

static void drop(struct target *old)
{
	struct board_server *s;
	struct target *t;

	while ((t = old) != NULL) {
		old = t->next;
		s = dictionary_find(&check.by_name, t->name) || t->up ||
				!check.board
			? NULL
			: board_server(check.board, t->name);
		if (s) /* no longer checked: counts as up */
			board_server_health(s, BOARD_HEALTHY, board_now());
		ev_timer_stop(check.loop, &t->timer);
		probe_cancel(&t->probe);
		free(t);
	}
}

/* Frees everything made for a generation. */
static void drop_generation(void)
{
	if (!check.generation)
		return;
	credentials_free(&check.credentials);
	backend_uses_free(&check.use, check.generation->table.backend_count);
	generation_put(&check.generation);
}

static void take_generation(struct generation *g)
{
	check.generation = g;
	if (!g)
		return;
	check.credentials = credentials_new(&g->table, g->bundle);
	check.use = backend_uses_new(&g->table);
	if (!check.credentials || !check.use)
		abort();
}

void monitor_check_use(struct generation *g)
{
	struct target *old = check.first, *t;
	struct dictionary before = check.by_name;
	const struct table *tab = g ? &g->table : NULL;
	uint32_t i, j;

	/* Probes point into the old generation and its credentials. */
	for (t = old; t; t = t->next)
		probe_cancel(&t->probe);
	drop_generation();
	take_generation(g);
	check.first = NULL;
	check.by_name = (struct dictionary){0};
	for (i = 0; g && i < tab->backend_count; i++)
		for (j = 0; tab->backend[i].check != CHECK_NONE &&
			j < tab->backend[i].server_count;
			j++)
			add(&before, i, tab->backend[i].server_first + j);
	drop(old);
	dictionary_free(&before);
}

void monitor_check_start(struct ev_loop *loop, struct board *board)
{
	check.loop = loop;
	check.board = board;
}

void monitor_check_stop(void)
{
	check.board = NULL;
	monitor_check_use(NULL);
	dictionary_free(&check.by_name);
	probe_end_all();
}
