/*
 * Servers of backends: the choice (by balance.c, with what the board knows of
 * all workers) and what comes of it.
 */
#include "backend_priv.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "leg.h"
#include "log.h"
#include "queue.h"
#include "runtime/common/clock.h"
#include "runtime/common/hash.h"
#include "runtime/common/server_name.h"

static void tell_resolved(struct backends *x, uint32_t server)
{
	struct server *s = x->server[server];

	if (s && s->board)
		board_server_resolved(
			s->board, addresses_count(x->addresses[server]) > 0);
}

static int fill(struct backends *x, const struct bundle *b)
{
	const struct table *t = x->table;
	char text[BOARD_NAME_MAX], key[300];
	const uint8_t *p;
	uint32_t i, k;
	size_t n;

	for (i = 0; i < t->backend_count; i++) {
		const struct tbl_backend *be = &t->backend[i];

		for (k = be->server_first;
			k < be->server_first + be->server_count; k++) {
			server_name(t, i, k, text);
			backend_server_put(x->server[k]);
			x->server[k] = backend_server_get(text);
			if (!x->server[k])
				return -1;
			x->balance_server[k].key =
				hash_octets(text, strlen(text));
		}
	}
	for (k = 0; k < t->server_count; k++) {
		if (t->server[k].family != TBL_HOST)
			continue;
		snprintf(key, sizeof(key), BUNDLE_RESOLVE "%s",
			table_str(t, t->server[k].host_str));
		if (!b || bundle_get(b, key, &p, &n) < 0)
			p = (const uint8_t *)"", n = 0;
		x->addresses[k] =
			addresses_parse((const char *)p, n, t->server[k].port);
		if (!x->addresses[k])
			return -1;
		/* A table in preparation may know less than the live one. */
		if (addresses_count(x->addresses[k]) ||
			(x->server[k] && x->server[k]->refs == 1))
			tell_resolved(x, k);
	}
	return 0;
}

struct queue *backend_queue(struct backends *x)
{
	return x->queue;
}

struct backends *backend_new(const struct table *t, const struct bundle *b)
{
	struct backends *x = calloc(1, sizeof(*x));
	size_t n = t->server_count + 1u;

	if (!x)
		return NULL;
	x->table = t;
	x->server = calloc(n, sizeof(*x->server));
	x->balance_server = calloc(n, sizeof(*x->balance_server));
	x->balance.random = backend_seed();
	x->queue = queue_new(t->backend_count);
	x->addresses = calloc(n, sizeof(*x->addresses));
	x->source_turn = calloc(t->backend_count + 1u, sizeof(*x->source_turn));
	x->by_host = by_host_new(t);
	if (!x->by_host || !x->server || !x->balance_server || !x->addresses ||
		!x->queue || !x->source_turn || fill(x, b) < 0)
		backend_free(&x);
	return x;
}

void backend_resolved(
	struct backends *x, const char *host, const char *lines, size_t n)
{
	const struct table *t = x->table;
	struct addresses *fresh;
	uint32_t i, k, count;
	uint32_t first = by_host_find(x->by_host, t, host, &count);

	for (i = 0; i < count; i++) {
		k = x->by_host->server[first + i];
		fresh = addresses_parse(lines, n, t->server[k].port);
		if (!fresh)
			continue; /* no memory: the old ones serve on */
		free(x->addresses[k]);
		x->addresses[k] = fresh;
		tell_resolved(x, k);
	}
}

void backend_free(struct backends **xp)
{
	struct backends *x = *xp;
	uint32_t k;

	*xp = NULL;
	if (!x)
		return;
	for (k = 0; k < x->table->server_count; k++) {
		if (x->server)
			backend_server_put(x->server[k]);
		if (x->addresses)
			free(x->addresses[k]);
	}
	free(x->server);
	free(x->balance_server);
	queue_free(x->queue);
	free(x->addresses);
	free(x->source_turn);
	free(x->by_host);
	free(x);
}

/* --- choice -------------------------------------------------------------- */

static enum balance_fit fitness(
	const struct backends *x, uint32_t server, uint64_t now)
{
	const struct tbl_server *row = &x->table->server[server];
	const struct server *s = x->server[server];
	const struct addresses *a = x->addresses[server];
	int full = row->max_conns && backend_server_live(s) >= row->max_conns;

	if (row->family == TBL_HOST && (!a || !addresses_count(a)))
		return BALANCE_OUT;
	if (!s->board || board_server_usable(s->board, now))
		return full ? BALANCE_FULL : BALANCE_FIT;
	if (atomic_load(&s->board->state) & ~(uint32_t)BOARD_EJECTED)
		return BALANCE_OUT;
	return full ? BALANCE_OUT : BALANCE_DOUBT;
}

static void weigh(struct backends *x, const struct tbl_backend *be, uint32_t i,
	uint64_t now)
{
	uint32_t server = be->server_first + i;
	struct balance_server *at = &x->balance_server[server];
	const struct server *s = x->server[server];
	unsigned needs = balance_needs(be->balance);

	at->weight = x->table->server[server].weight * 256;
	at->fit = (uint8_t)fitness(x, server, now);
	if (needs & BALANCE_NEEDS_LIVE)
		at->live = backend_server_live(s);
	if (!s->board)
		return;
	at->weight = at->weight / 256 *
		board_server_warmth(s->board, be->slow_start_ms, now);
	if (needs & BALANCE_NEEDS_LATENCY)
		at->latency_us = atomic_load(&s->board->connect_us) +
			atomic_load(&s->board->response_us);
}

uint64_t backend_bit(uint32_t i)
{
	return UINT64_C(1) << (i < 63 ? i : 63);
}

int backend_pick(struct backends *x, const struct backend_choice *q)
{
	const struct tbl_backend *be = &x->table->backend[q->backend];
	struct balance_server *first = &x->balance_server[be->server_first];
	struct balance_client c = {.now_us = board_now(),
		.key = hash_octets(q->addr, q->family == TBL_V4 ? 4 : 16)};
	uint32_t i;
	int at;

	for (i = 0; i < be->server_count; i++) {
		if (q->tried & backend_bit(i))
			first[i].fit = BALANCE_OUT;
		else
			weigh(x, be, i, c.now_us);
	}
	at = balance_choose(
		&x->balance, be->balance, first, be->server_count, &c);
	return at < 0 ? at : (int)be->server_first + at;
}

/* --- source addresses ---------------------------------------------------- */

uint32_t backend_source_turn(struct backends *x, uint32_t backend)
{
	return x->source_turn[backend].next++;
}

void backend_source_none(
	struct backends *x, uint32_t backend, const struct tbl_extra *source)
{
	const char *name =
		table_str(x->table, x->table->backend[backend].name_str);
	char ip[INET6_ADDRSTRLEN], text[BOARD_NAME_MAX];

	if (x->source_turn[backend].told)
		return;
	x->source_turn[backend].told = 1;
	inet_ntop(source->family == TBL_V4 ? AF_INET : AF_INET6, source->addr,
		ip, sizeof(ip));
	snprintf(text, sizeof(text), "%s of backend %.300s", ip, name);
	log_note("no interface of this machine has a source address", text);
}

/* --- connections --------------------------------------------------------- */

int backend_hold(struct leg *l, uint32_t server)
{
	struct server *s = l->conn->gen->backends->server[server];
	uint32_t max = l->conn->gen->table.server[server].max_conns;

	backend_release(l);
	backend_server_count(s, 1);
	/* Another worker may have taken the last place since the choice. */
	if (max && backend_server_live(s) > max) {
		backend_server_count(s, -1);
		return -1;
	}
	s->refs++;
	l->server = s;
	l->server_index = server;
	l->verdict = LEG_UNASKED;
	l->connect_us = (uint32_t)clock_us();
	return 0;
}

void backend_release(struct leg *l)
{
	struct server *s = l->server;

	if (!s)
		return;
	l->server = NULL;
	backend_server_count(s, -1);
	if (l->conn->gen->table.server[l->server_index].max_conns)
		queue_kick(l);
	backend_server_put(s);
}

int backend_is_usable(const struct leg *l)
{
	return l->server &&
		(!l->server->board ||
			board_server_usable(l->server->board, board_now()));
}

void backend_asked(struct leg *l)
{
	if (l->verdict != LEG_UNASKED)
		return;
	l->verdict = LEG_ASKED;
	l->asked_us = (uint32_t)clock_us();
}

void backend_answered(struct leg *l)
{
	struct board_server *s = l->server ? l->server->board : NULL;
	uint32_t waited = 0;

	if (l->verdict == LEG_JUDGED)
		return;
	if (l->verdict == LEG_ASKED)
		waited = (uint32_t)clock_us() - l->asked_us + 1;
	l->verdict = LEG_JUDGED;
	if (s &&
		board_server_worked(s, l->connect_us ? l->connect_us : 1,
			waited, board_now()))
		log_note("server is back", l->server->name);
}

void backend_failed(struct leg *l)
{
	struct board_server *s = l->server ? l->server->board : NULL;

	if (l->verdict == LEG_JUDGED)
		return;
	l->verdict = LEG_JUDGED;
	if (s && board_server_failed(s, board_now()))
		log_note("server is ejected", l->server->name);
}
