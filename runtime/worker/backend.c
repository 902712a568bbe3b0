/*
 * Servers of backends: the choice (by balance.c, with what the board knows of
 * all workers) and what comes of it.  Called by connect.c for every connection
 * that goes to a backend, by worker.c for generations; owns the register of
 * servers.
 */
#include "backend.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "addresses.h"
#include "balance.h"
#include "by_host.h"
#include "conn.h"
#include "leg.h"
#include "log.h"
#include "queue.h"
#include "runtime/common/board.h"
#include "runtime/common/clock.h"
#include "runtime/common/hash.h"
#include "runtime/common/server_name.h"

#define ADDRESSES_TRIED 8 /* of one host name, by one connection */

struct backends {
	const struct table *table;
	struct server **server;                /* by SERVER index */
	struct balance_server *balance_server; /* by SERVER index */
	struct balance balance;
	struct queue *queue;          /* by BACKEND index */
	struct addresses **addresses; /* by SERVER index; NULL: not a name */
	struct turn_of_source *source_turn; /* by BACKEND index */
	struct by_host *by_host;
};

struct turn_of_source {
	uint32_t next;
	int told; /* that one of them is none of ours */
};

struct server {
	struct server *next;
	struct board_server *board; /* what all workers know, or NULL */
	unsigned refs; /* tables that name it, and connections to it */
	uint32_t live; /* connections of this worker now */
	char name[];   /* "BACKEND/ADDRESS" */
};

static struct server **bucket; /* by hash of the name; grows */
static size_t buckets, server_count;

static struct {
	struct board *shared;
	unsigned worker;
} board;

void backend_use_board(struct board *b, unsigned worker)
{
	board.shared = b;
	board.worker = worker;
}

static struct server **place_of(const char *name)
{
	return &bucket[hash_octets(name, strlen(name)) & (buckets - 1)];
}

/* As many as there are servers, or it stays as it is. */
static int grow(void)
{
	size_t n = buckets ? buckets * 2 : 64, i, old = buckets;
	struct server **fresh, **before = bucket, *s, *next, **at;

	if (server_count < buckets)
		return 0;
	fresh = calloc(n, sizeof(struct server *));
	if (!fresh)
		return buckets ? 0 : -1;
	bucket = fresh;
	buckets = n;
	for (i = 0; i < old; i++)
		for (s = before[i]; s; s = next) {
			next = s->next;
			at = place_of(s->name);
			s->next = *at;
			*at = s;
		}
	free(before);
	return 0;
}

static struct server *server_get(const char *name)
{
	struct server *s, **at;

	if (grow() < 0)
		return NULL;
	at = place_of(name);
	for (s = *at; s; s = s->next)
		if (!strcmp(s->name, name)) {
			s->refs++;
			return s;
		}
	s = calloc(1, sizeof(*s) + strlen(name) + 1);
	if (!s)
		return NULL;
	memcpy(s->name, name, strlen(name) + 1);
	if (board.shared)
		s->board = board_server(board.shared, name);
	s->refs = 1;
	s->next = *at;
	*at = s;
	server_count++;
	return s;
}

static void server_put(struct server *s)
{
	struct server **at;

	if (!s || --s->refs)
		return;
	for (at = place_of(s->name); *at != s; at = &(*at)->next)
		;
	*at = s->next;
	server_count--;
	free(s);
}

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
			server_put(x->server[k]);
			x->server[k] = server_get(text);
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
	x->balance.random = board_now() * (board.worker + 1);
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
			server_put(x->server[k]);
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

static uint32_t live(const struct server *s)
{
	return s->board ? board_server_live(board.shared, s->board) : s->live;
}

static enum balance_fit fitness(
	const struct backends *x, uint32_t server, uint64_t now)
{
	const struct tbl_server *row = &x->table->server[server];
	const struct server *s = x->server[server];
	const struct addresses *a = x->addresses[server];
	int full = row->max_conns && live(s) >= row->max_conns;

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
	if (needs & 1)
		at->live = live(s);
	if (!s->board)
		return;
	at->weight = at->weight / 256 *
		board_server_warmth(s->board, be->slow_start_ms, now);
	if (needs & 2)
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

/* --- addresses ----------------------------------------------------------- */

static unsigned tried(const struct leg *l)
{
	return (unsigned)__builtin_popcountll(l->tried_at);
}

static int has_untried(const struct leg *l, const struct addresses *a)
{
	return tried(l) < addresses_count(a) && tried(l) < ADDRESSES_TRIED;
}

/* One that was left in a hurry and may only be slow.  What DNS says may have
 * changed meanwhile. */
static int passed_address(struct leg *l, const struct addresses *a)
{
	unsigned i;

	if (!l->passed)
		return -1;
	i = (unsigned)__builtin_ctzll(l->passed);
	l->passed &= l->passed - 1;
	return i < addresses_count(a) ? (int)i : -1;
}

/* A host name's. */
static int next_address(
	struct leg *l, struct sockaddr_storage *to, socklen_t *len)
{
	struct addresses *a =
		l->conn->gen->backends->addresses[l->server_index];
	int i;

	if (!a)
		return -1;
	i = has_untried(l, a)
		? addresses_next(a, l->server->board, l->tried_at, board_now())
		: passed_address(l, a);
	if (i < 0)
		return -1;
	l->address = (uint8_t)i;
	l->tried_at |= UINT64_C(1) << i;
	*to = *addresses_at(a, (unsigned)i);
	*len = to->ss_family == AF_INET ? sizeof(struct sockaddr_in)
					: sizeof(struct sockaddr_in6);
	return 0;
}

int backend_address(struct leg *l, struct sockaddr_storage *to, socklen_t *len)
{
	const struct table *t = &l->conn->gen->table;
	const struct tbl_server *s = &t->server[l->server_index];
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	struct sockaddr_un *un = (struct sockaddr_un *)to;
	const char *path;

	memset(to, 0, sizeof(*to));
	switch (s->family) {
	case TBL_V4:
		v4->sin_family = AF_INET;
		v4->sin_port = htons(s->port);
		memcpy(&v4->sin_addr, s->addr, 4);
		*len = sizeof(*v4);
		return 0;
	case TBL_V6:
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(s->port);
		memcpy(&v6->sin6_addr, s->addr, 16);
		*len = sizeof(*v6);
		return 0;
	case TBL_UNIX:
		path = table_str(t, s->host_str);
		if (strlen(path) >= sizeof(un->sun_path))
			return -1;
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, path, strlen(path) + 1);
		*len = sizeof(*un);
		return 0;
	default:
		return next_address(l, to, len);
	}
}

/* Of l's server; NULL: it is no name, or l holds none. */
static const struct addresses *addresses_of(const struct leg *l)
{
	return l->server ? l->conn->gen->backends->addresses[l->server_index]
			 : NULL;
}

int backend_more_addresses(const struct leg *l)
{
	const struct addresses *a = addresses_of(l);

	return a && (has_untried(l, a) || l->passed);
}

int backend_better_address(const struct leg *l)
{
	const struct addresses *a = addresses_of(l);

	return a && has_untried(l, a) &&
		addresses_better(a, l->server->board, l->tried_at, board_now());
}

void backend_address_passed(struct leg *l)
{
	if (addresses_of(l))
		l->passed |= UINT64_C(1) << l->address;
}

void backend_address_failed(struct leg *l)
{
	const struct addresses *a = addresses_of(l);

	if (a)
		addresses_failed(a, l->address, l->server->board, board_now());
}

void backend_address_worked(struct leg *l)
{
	const struct addresses *a = addresses_of(l);

	if (a)
		addresses_worked(a, l->address, l->server->board);
}

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
	log_note("a source address is none of this machine's", text);
}

/* --- connections --------------------------------------------------------- */

static void count(struct server *s, int by)
{
	s->live += (uint32_t)by;
	if (s->board)
		board_server_count(board.shared, board.worker, s->board, by);
}

void backend_count_again(void)
{
	struct server *s;
	size_t i;

	for (i = 0; i < buckets; i++)
		for (s = bucket[i]; s; s = s->next)
			if (s->board)
				board_server_count_again(board.shared,
					board.worker, s->board, s->live);
}

int backend_hold(struct leg *l, uint32_t server)
{
	struct server *s = l->conn->gen->backends->server[server];
	uint32_t max = l->conn->gen->table.server[server].max_conns;

	backend_release(l);
	count(s, 1);
	/* Another worker may have taken the last place since the choice. */
	if (max && live(s) > max) {
		count(s, -1);
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
	count(s, -1);
	if (l->conn->gen->table.server[l->server_index].max_conns)
		queue_kick(l);
	server_put(s);
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
		log_note("server is left out", l->server->name);
}
