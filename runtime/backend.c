/*
 * Choice of servers and their live state.  Called by connect.c for every
 * connection that goes to a backend, by worker.c for generations; owns the
 * register of servers.
 */
#include "backend.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "conn.h"

#define ADDRESSES_MAX 64 /* of one host name that are used */

struct addresses { /* what a host name resolved to */
	unsigned count, next;
	struct sockaddr_storage at[];
};

struct backends {
	const struct table *table;
	struct server **server;       /* by SERVER index */
	int64_t *credit;              /* by SERVER index: round-robin */
	struct addresses **addresses; /* by SERVER index; NULL: not a name */
};

static struct server *register_head;

static struct server *server_get(const char *name)
{
	struct server *s;

	for (s = register_head; s; s = s->next)
		if (!strcmp(s->name, name)) {
			s->refs++;
			return s;
		}
	s = calloc(1, sizeof(*s) + strlen(name) + 1);
	if (!s)
		return NULL;
	memcpy(s->name, name, strlen(name) + 1);
	s->refs = 1;
	s->next = register_head;
	register_head = s;
	return s;
}

static void server_put(struct server *s)
{
	struct server **at;

	if (!s || --s->refs)
		return;
	for (at = &register_head; *at != s; at = &(*at)->next)
		;
	*at = s->next;
	free(s);
}

void backend_server_text(const struct table *t, uint32_t i, char *out,
	size_t n)
{
	const struct tbl_server *s = &t->server[i];
	char ip[INET6_ADDRSTRLEN];

	switch (s->family) {
	case TBL_V4:
		inet_ntop(AF_INET, s->addr, ip, sizeof(ip));
		snprintf(out, n, "%s:%u", ip, s->port);
		break;
	case TBL_V6:
		inet_ntop(AF_INET6, s->addr, ip, sizeof(ip));
		snprintf(out, n, "[%s]:%u", ip, s->port);
		break;
	case TBL_UNIX:
		snprintf(out, n, "unix:%s", table_str(t, s->host_str));
		break;
	default:
		snprintf(out, n, "%s:%u", table_str(t, s->host_str), s->port);
	}
}

static int parse_address(const char *line, size_t n, uint16_t port,
	struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	char text[INET6_ADDRSTRLEN];

	if (!n || n >= sizeof(text))
		return -1;
	memcpy(text, line, n);
	text[n] = 0;
	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return 0;
	}
	return -1;
}

static struct addresses *parse_addresses(const char *p, size_t n,
	uint16_t port)
{
	struct addresses *a = malloc(sizeof(*a) +
				     ADDRESSES_MAX * sizeof(a->at[0]));
	struct addresses *fit;
	const char *end = p + n, *eol;

	if (!a)
		return NULL;
	a->count = a->next = 0;
	for (; p < end && a->count < ADDRESSES_MAX; p = eol + 1) {
		eol = memchr(p, '\n', (size_t)(end - p));
		if (!eol)
			eol = end;
		if (parse_address(p, (size_t)(eol - p), port,
			    &a->at[a->count]) == 0)
			a->count++;
	}
	fit = realloc(a, sizeof(*a) + a->count * sizeof(a->at[0]));
	return fit ? fit : a;
}

static int fill(struct backends *x, const struct bundle *b)
{
	const struct table *t = x->table;
	char text[1024], key[300];
	const uint8_t *p;
	uint32_t i, k;
	size_t n;

	for (i = 0; i < t->backend_count; i++) {
		const struct tbl_backend *be = &t->backend[i];

		for (k = be->server_first;
			k < be->server_first + be->server_count; k++) {
			n = (size_t)snprintf(text, sizeof(text), "%s/",
				table_str(t, be->name_str));
			if (n < sizeof(text))
				backend_server_text(t, k, text + n,
					sizeof(text) - n);
			server_put(x->server[k]);
			x->server[k] = server_get(text);
			if (!x->server[k])
				return -1;
		}
	}
	for (k = 0; k < t->server_count; k++) {
		if (t->server[k].family != TBL_HOST)
			continue;
		snprintf(key, sizeof(key), BUNDLE_RESOLVE "%s",
			table_str(t, t->server[k].host_str));
		if (!b || bundle_get(b, key, &p, &n) < 0)
			n = 0;
		x->addresses[k] = parse_addresses((const char *)p, n,
			t->server[k].port);
		if (!x->addresses[k])
			return -1;
	}
	return 0;
}

struct backends *backends_new(const struct table *t, const struct bundle *b)
{
	struct backends *x = calloc(1, sizeof(*x));
	size_t n = t->server_count + 1u;

	if (!x)
		return NULL;
	x->table = t;
	x->server = calloc(n, sizeof(*x->server));
	x->credit = calloc(n, sizeof(*x->credit));
	x->addresses = calloc(n, sizeof(*x->addresses));
	if (!x->server || !x->credit || !x->addresses || fill(x, b) < 0)
		backends_free(&x);
	return x;
}

void backends_resolved(struct backends *x, const char *host,
	const char *lines, size_t n)
{
	const struct table *t = x->table;
	struct addresses *fresh;
	uint32_t k;

	for (k = 0; k < t->server_count; k++) {
		if (t->server[k].family != TBL_HOST ||
			strcasecmp(table_str(t, t->server[k].host_str), host))
			continue;
		fresh = parse_addresses(lines, n, t->server[k].port);
		if (!fresh)
			continue; /* no memory: the old ones serve on */
		free(x->addresses[k]);
		x->addresses[k] = fresh;
	}
}

void backends_free(struct backends **xp)
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
	free(x->credit);
	free(x->addresses);
	free(x);
}

/* May the i-th server of the backend take a connection? */
static int eligible(const struct backends *x, const struct tbl_backend *be,
	uint32_t i, uint64_t tried)
{
	const struct tbl_server *s = &x->table->server[be->server_first + i];

	return s->weight && !(i < 64 && tried & UINT64_C(1) << i);
}

static int full(const struct backends *x, uint32_t server)
{
	uint32_t max = x->table->server[server].max_conns;

	return max && x->server[server]->live >= max;
}

/* Smooth weighted round-robin: every eligible server earns its weight, the
 * richest is chosen and pays the sum; shares come out exact and spread. */
static int64_t earn(struct backends *x, uint32_t server)
{
	return x->credit[server] += x->table->server[server].weight;
}

static double least(const struct backends *x, uint32_t server)
{
	return -(x->server[server]->live + 1.) /
	       x->table->server[server].weight;
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

static uint64_t hash(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Rendezvous hashing: a server that goes takes only its own clients along. */
static double rendezvous(const struct backends *x, uint32_t server,
	const struct backend_choice *q)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	const char *name = x->server[server]->name;

	h = hash(h, q->addr, q->family == TBL_V4 ? 4 : 16);
	h = mix(hash(h, name, strlen(name)));
	return -(double)x->table->server[server].weight /
	       log(((double)(h >> 11) + 1) / 9007199254740994.);
}

static double random_key(void)
{
	static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

	state += UINT64_C(0x9e3779b97f4a7c15);
	return ((double)(mix(state) >> 11) + 1) / 9007199254740994.;
}

/* Two servers by weighted lot; the one with less to do wins. */
static int random_two(struct backends *x, const struct tbl_backend *be,
	const struct backend_choice *q)
{
	double best[2] = { 0, 0 }, k;
	int at[2] = { -1, -1 };
	uint32_t i, s;

	for (i = 0; i < be->server_count; i++) {
		s = be->server_first + i;
		if (!eligible(x, be, i, q->tried) || full(x, s))
			continue;
		k = -(double)x->table->server[s].weight / log(random_key());
		if (at[0] < 0 || k > best[0]) {
			best[1] = best[0];
			at[1] = at[0];
			best[0] = k;
			at[0] = (int)s;
		} else if (at[1] < 0 || k > best[1]) {
			best[1] = k;
			at[1] = (int)s;
		}
	}
	if (at[1] >= 0 && least(x, (uint32_t)at[1]) > least(x, (uint32_t)at[0]))
		return at[1];
	return at[0];
}

static double score(struct backends *x, uint32_t server,
	const struct backend_choice *q)
{
	switch (x->table->backend[q->backend].balance) {
	case 1:
		return least(x, server);
	case 2:
		return rendezvous(x, server, q);
	default:
		return (double)earn(x, server);
	}
}

int backend_pick(struct backends *x, const struct backend_choice *q)
{
	const struct tbl_backend *be = &x->table->backend[q->backend];
	int64_t sum = 0;
	double best = 0, k;
	int at = -1, any = 0;
	uint32_t i, s;

	if (be->balance == 3)
		at = random_two(x, be, q);
	for (i = 0; i < be->server_count; i++) {
		s = be->server_first + i;
		if (!eligible(x, be, i, q->tried))
			continue;
		any = 1;
		if (be->balance == 3 || full(x, s))
			continue;
		k = score(x, s, q);
		sum += x->table->server[s].weight;
		if (at < 0 || k > best) {
			best = k;
			at = (int)s;
		}
	}
	if (at < 0)
		return any ? -2 : -1;
	if (be->balance == 0)
		x->credit[at] -= sum;
	return at;
}

int backend_address(struct backends *x, uint32_t server,
	struct sockaddr_storage *to, socklen_t *len)
{
	const struct tbl_server *s = &x->table->server[server];
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
	struct sockaddr_un *un = (struct sockaddr_un *)to;
	struct addresses *a = x->addresses[server];
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
		path = table_str(x->table, s->host_str);
		if (strlen(path) >= sizeof(un->sun_path))
			return -1;
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, path, strlen(path) + 1);
		*len = sizeof(*un);
		return 0;
	default:
		if (!a || !a->count)
			return -1;
		*to = a->at[a->next++ % a->count];
		*len = to->ss_family == AF_INET ? sizeof(*v4) : sizeof(*v6);
		return 0;
	}
}

void backend_hold(struct conn *c, uint32_t server)
{
	struct server *s = c->gen->backends->server[server];

	backend_release(c);
	s->refs++;
	s->live++;
	s->total++;
	c->server = s;
	c->server_index = server;
}

void backend_release(struct conn *c)
{
	if (!c->server)
		return;
	c->server->live--;
	server_put(c->server);
	c->server = NULL;
}
