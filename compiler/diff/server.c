/*
 * Backends: which servers are reached, what they get in clear text, and over
 * which protocol.  A server of weight 0 gets nothing, so it does not count.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/endpoint.h"
#include "compiler/base/prefix.h"
#include "grammar/words.h"
#include "action.h"

enum { SHOWN = 8 };

static const struct m_backend *backend(const struct two *t, unsigned i)
{
	const struct m_action *a = t->a[i];

	return !a || a->mode == MODE_REJECT || a->backend == MODEL_NONE
		? NULL
		: &t->m[i]->backends.v[a->backend];
}

static const struct m_server *find(
	const struct m_backend *b, const struct m_server *s)
{
	for (size_t i = 0; b && i < b->servers.n; i++)
		if (b->servers.v[i].weight &&
			endpoint_same(&b->servers.v[i], s))
			return &b->servers.v[i];
	return NULL;
}

/* Servers of b that a has not; how many. */
static size_t gained(struct two *t, struct listed *l, const char *mark,
	const struct m_backend *a, const struct m_backend *b)
{
	size_t n = 0;

	for (size_t i = 0; b && i < b->servers.n; i++) {
		const struct m_server *s = &b->servers.v[i];

		if (!s->weight || find(a, s))
			continue;
		n++;
		diff_listed_add(l,
			arena_printf(t->arena, "%s%s", mark,
				endpoint_server(t->arena, s)));
	}
	return n;
}

static const char *servers(struct two *t, const struct m_backend *b)
{
	struct listed l = diff_listed(t->d, SHOWN);

	gained(t, &l, "", NULL, b);
	return diff_listed_end(&l);
}

/* Does b keep one of a's? */
static int keeps(const struct m_backend *a, const struct m_backend *b)
{
	for (size_t i = 0; a && b && i < b->servers.n; i++)
		if (b->servers.v[i].weight && find(a, &b->servers.v[i]))
			return 1;
	return 0;
}

static void reached(struct two *t)
{
	const struct m_backend *a = backend(t, 0), *b = backend(t, 1);
	struct listed l = diff_listed(t->d, SHOWN);
	size_t more = gained(t, &l, "+ ", a, b);
	size_t less = gained(t, &l, "- ", b, a);

	if (more || less)
		diff_row(t, WEAKEN_SERVER, servers(t, a),
			keeps(a, b) ? diff_listed_end(&l) : servers(t, b),
			!more       ? NULL
				: a ? "another server is reached"
				    : "a server is reached");
}

static int near_one(const struct m_backend *b, const struct m_server *s)
{
	for (size_t i = 0; b && i < b->servers.n; i++)
		if (b->servers.v[i].weight &&
			endpoint_neighbours(&b->servers.v[i], s))
			return 1;
	return 0;
}

/* How far clear text goes to a server that did not get it before: 1 to where
 * some went already, 2 another network, 3 out into the world. */
static unsigned distance(
	const struct m_backend *clear, const struct m_server *s)
{
	return !endpoint_inside(s) ? 3 : near_one(clear, s) ? 1 : 2;
}

static void clear_text(struct two *t)
{
	static const char *const why[] = {NULL, "clear text to another server",
		"clear text to another network",
		"clear text to a public address"};
	const struct m_backend *a = backend(t, 0), *b = backend(t, 1);
	struct listed l = diff_listed(t->d, SHOWN);
	unsigned worst = 0;

	if (t->a[1]->mode != MODE_OFFLOAD)
		return;
	if (a && t->a[0]->mode != MODE_OFFLOAD)
		a = NULL;
	for (size_t i = 0; i < b->servers.n; i++) {
		const struct m_server *s = &b->servers.v[i];
		unsigned far = distance(a, s);

		if (!s->weight || find(a, s))
			continue;
		diff_listed_add(&l,
			arena_printf(t->arena, "%s%s", keeps(a, b) ? "+ " : "",
				endpoint_server(t->arena, s)));
		worst = far > worst ? far : worst;
	}
	if (worst)
		diff_row(t, WEAKEN_CLEAR_TEXT, a ? servers(t, a) : NULL,
			diff_listed_end(&l), why[worst]);
}

/* 0 is "any number". */
static int more_of(uint32_t old, uint32_t new_)
{
	return old && (!new_ || new_ > old);
}

static const char *number(struct arena *a, uint32_t n, const char *zero)
{
	return n ? arena_printf(a, "%u", n) : zero;
}

static void each_server(
	struct two *t, const struct m_backend *a, const struct m_backend *b)
{
	for (size_t i = 0; i < b->servers.n; i++) {
		const struct m_server *s = &b->servers.v[i], *o = find(a, s);
		const char *of = endpoint_server(t->arena, s);

		if (!o || !s->weight)
			continue;
		if (o->max_conns != s->max_conns)
			diff_row(t, WEAKEN_SERVER_MAX,
				arena_printf(t->arena, "%s: %s", of,
					number(t->arena, o->max_conns, "any")),
				arena_printf(t->arena, "%s: %s", of,
					number(t->arena, s->max_conns, "any")),
				more_of(o->max_conns, s->max_conns)
					? "one server gets more connections"
					: NULL);
		if (o->weight != s->weight)
			diff_row(t, WEAKEN_BALANCE,
				arena_printf(t->arena, "%s weight %u", of,
					o->weight),
				arena_printf(t->arena, "%s weight %u", of,
					s->weight),
				NULL);
	}
}

/* Those of weight 0: nobody is sent there. */
static const char *idle(struct two *t, const struct m_backend *b)
{
	struct listed l = diff_listed(t->d, UINT32_MAX);

	for (size_t i = 0; i < b->servers.n; i++)
		if (!b->servers.v[i].weight)
			diff_listed_add(&l,
				arena_printf(t->arena, "%s of weight 0, max %u",
					endpoint_server(
						t->arena, &b->servers.v[i]),
					b->servers.v[i].max_conns));
	return diff_listed_end(&l);
}

static void balance(
	struct two *t, const struct m_backend *a, const struct m_backend *b)
{
	const char *was = idle(t, a), *is = idle(t, b);

	if (a->balance != b->balance)
		diff_row(t, WEAKEN_BALANCE,
			words_text(words_balance, a->balance),
			words_text(words_balance, b->balance), NULL);
	if (a->slow_start_ms != b->slow_start_ms)
		diff_row(t, WEAKEN_BALANCE,
			arena_printf(
				t->arena, "slow-start %ums", a->slow_start_ms),
			arena_printf(
				t->arena, "slow-start %ums", b->slow_start_ms),
			NULL);
	if (!diff_text_same(was, is))
		diff_row(t, WEAKEN_BALANCE, was, is, NULL);
}

/* v2 says who showed which certificate, where the gateway speaks clear text. */
static int certified(const struct two *t, unsigned i, const struct m_backend *b)
{
	return b->proxy == PROXY_V2 && t->a[i]->mode == MODE_OFFLOAD &&
		t->a[i]->client_auth;
}

static void proxy(
	struct two *t, const struct m_backend *a, const struct m_backend *b)
{
	const char *why = !b->proxy
		? "servers no longer learn who the client is"
		: certified(t, 0, a) && b->proxy != PROXY_V2
		? "servers no longer learn the name in the client's certificate"
		: NULL;

	if (a->proxy != b->proxy)
		diff_row(t, WEAKEN_PROXY_PROTOCOL,
			words_text(words_proxy, a->proxy),
			words_text(words_proxy, b->proxy), why);
}

static void queue(
	struct two *t, const struct m_backend *a, const struct m_backend *b)
{
	if (a->queue != b->queue)
		diff_row(t, WEAKEN_QUEUE, number(t->arena, a->queue, "0"),
			number(t->arena, b->queue, "0"),
			b->queue > a->queue ? "more clients wait" : NULL);
}

static int has_source(const struct m_backend *b, const struct m_source *s)
{
	for (size_t i = 0; i < b->sources.n; i++)
		if (b->sources.v[i].family == s->family &&
			memcmp(b->sources.v[i].addr, s->addr, 16) == 0)
			return 1;
	return 0;
}

/* Source addresses of b that a has not; how many. */
static size_t sources(struct two *t, struct listed *l, const char *mark,
	const struct m_backend *a, const struct m_backend *b)
{
	size_t n = 0;
	char buf[64];

	for (size_t i = 0; i < b->sources.n; i++) {
		const struct m_source *s = &b->sources.v[i];
		struct m_prefix p = {.family = s->family,
			.len = (uint8_t)prefix_width(s->family)};

		memcpy(p.addr, s->addr, 16);
		if (a && has_source(a, s))
			continue;
		n++;
		diff_listed_add(l,
			arena_printf(
				t->arena, "%s%s", mark, prefix_text(&p, buf)));
	}
	return n;
}

static const char *sources_text(struct two *t, const struct m_backend *b)
{
	struct listed l = diff_listed(t->d, SHOWN);

	return sources(t, &l, "", NULL, b) ? diff_listed_end(&l) : "any";
}

/* Without any the kernel chooses the nearest of ours; who names one may name
 * one that servers trust. */
static void source(
	struct two *t, const struct m_backend *a, const struct m_backend *b)
{
	struct listed l = diff_listed(t->d, SHOWN);
	size_t more = sources(t, &l, "+ ", a, b);
	size_t less = sources(t, &l, "- ", b, a);
	int kept = b->sources.n > more;

	if (!less && !more)
		return;
	diff_row(t, WEAKEN_SOURCE, sources_text(t, a),
		kept ? diff_listed_end(&l) : sources_text(t, b),
		more || !b->sources.n
			? "servers are reached from another address"
			: NULL);
}

static const char *health_text(struct two *t, const struct m_backend *b)
{
	return !b->check ? "none"
			 : arena_printf(t->arena,
				   "%s interval %ums timeout %ums fall %u rise "
				   "%u%s%s%s%s",
				   words_text(words_check, b->check),
				   b->check_interval_ms, b->check_timeout_ms,
				   b->check_fall, b->check_rise,
				   b->check_path ? " path " : "",
				   b->check_path ? b->check_path : "",
				   b->check_sni ? " sni " : "",
				   b->check_sni ? b->check_sni : "");
}

static void health(
	struct two *t, const struct m_backend *a, const struct m_backend *b)
{
	const char *old = health_text(t, a), *new_ = health_text(t, b);

	if (strcmp(old, new_) != 0)
		diff_row(t, WEAKEN_HEALTH, old, new_, NULL);
}

void diff_servers(struct two *t)
{
	const struct m_backend *a = backend(t, 0), *b = backend(t, 1);

	reached(t);
	clear_text(t);
	if (!a)
		return;
	proxy(t, a, b);
	source(t, a, b);
	each_server(t, a, b);
	queue(t, a, b);
	balance(t, a, b);
	health(t, a, b);
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

int diff_servers_more(const struct m_backend *a, const struct m_backend *b)
{
	for (size_t i = 0; i < b->servers.n; i++)
		if (b->servers.v[i].weight && !find(a, &b->servers.v[i]))
			return 1;
	return 0;
}

const char *diff_servers_text(const struct differ *d, const struct m_backend *b)
{
	const char **v = arena_alloc(d->a, (b->servers.n + 1) * sizeof(*v));
	struct listed l = diff_listed(d, UINT32_MAX);
	size_t n = 0;

	for (size_t i = 0; i < b->servers.n; i++)
		if (b->servers.v[i].weight)
			v[n++] = endpoint_server(d->a, &b->servers.v[i]);
	if (n)
		qsort(v, n, sizeof(*v), by_text);
	for (size_t i = 0; i < n; i++)
		diff_listed_add(&l, v[i]);
	return diff_listed_end(&l);
}
