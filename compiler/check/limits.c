/*
 * Limits blocks.  Every limit that is not written has the default of
 * policy(5); a count that is not written is unlimited.
 */
#include <stddef.h>
#include <string.h>

#include "priv.h"

#define DAY 86400000u

static const struct m_limit defaults = {
	.hello_bytes = 65536,
	.hello_ms = 10000,
	.handshake_ms = 10000,
	.idle_ms = 300000,
	.connect_ms = 5000,
	.drain_ms = 30000,
	.keepalive_s = TBL_KEEPALIVE,
	.head_bytes = TBL_HTTP_HEAD_BYTES,
	.head_ms = TBL_HTTP_HEAD_MS,
	.keep_alive_ms = TBL_HTTP_KEEP_ALIVE_MS,
	.response_ms = TBL_HTTP_RESPONSE_MS,
};

static void read_u32(struct setting *s, const struct ast *n, enum value kind,
	uint64_t min, uint64_t max, uint32_t *out)
{
	if (n)
		*out = (uint32_t)check_value(s->c, n, kind, min, max, *out);
}

static void client_hello(struct setting *s)
{
	struct m_limit *l = s->obj;
	/* A hello of less than 512 octets refuses every real client; a
	 * handshake header has no room for more than 16 MiB. */
	read_u32(s, s->n ? s->lit[0] : NULL, VALUE_SIZE, 512, 16777215,
		&l->hello_bytes);
	read_u32(s, check_sub(s->node, "within"), VALUE_DURATION, 1, DAY,
		&l->hello_ms);
}

/* "handshake within 10s" and, where there is one value only, "idle 5m". */
static void deadline(struct setting *s, uint32_t *out)
{
	const struct ast *n = check_sub(s->node, "within");
	if (!n && s->n)
		n = s->lit[0];
	if (!n) {
		diag_add(s->c->d, DIAG_TC0101, check_span(s->node),
			"'%s' needs a value", s->node->text);
		return;
	}
	read_u32(s, n, VALUE_DURATION, 1, DAY, out);
}

static void handshake(struct setting *s)
{
	deadline(s, &((struct m_limit *)s->obj)->handshake_ms);
}

static void idle(struct setting *s)
{
	deadline(s, &((struct m_limit *)s->obj)->idle_ms);
}

static void connect(struct setting *s)
{
	deadline(s, &((struct m_limit *)s->obj)->connect_ms);
}

static void drain(struct setting *s)
{
	deadline(s, &((struct m_limit *)s->obj)->drain_ms);
}

static void pair(
	struct setting *s, enum value kind, uint32_t *total, uint32_t *source)
{
	const struct ast *sub = check_sub(s->node, "per-source");
	if (!s->n && !sub)
		diag_add(s->c->d, DIAG_TC0101, check_span(s->node),
			"'%s' needs a value", s->node->text);
	read_u32(s, s->n ? s->lit[0] : NULL, kind, 1, UINT32_MAX, total);
	read_u32(s, sub, kind, 1, UINT32_MAX, source);
}

static void connections(struct setting *s)
{
	struct m_limit *l = s->obj;
	pair(s, VALUE_COUNT, &l->conns, &l->conns_source);
}

static void connection_rate(struct setting *s)
{
	struct m_limit *l = s->obj;
	pair(s, VALUE_RATE, &l->conn_rate, &l->conn_rate_source);
}

static void handshakes(struct setting *s)
{
	struct m_limit *l = s->obj;
	pair(s, VALUE_RATE, &l->hs_rate, &l->hs_rate_source);
}

static void in_flight(struct setting *s)
{
	struct m_limit *l = s->obj;
	read_u32(s, s->lit[0], VALUE_COUNT, 1, UINT32_MAX, &l->hs_flight);
}

static void bandwidth(struct setting *s)
{
	struct m_limit *l = s->obj;
	const struct ast *sub = check_sub(s->node, "per-source");
	/* Less than one TLS record a second cannot make progress. */
	if (s->n)
		l->bandwidth = check_value(s->c, s->lit[0], VALUE_BANDWIDTH,
			16384, (uint64_t)1 << 40, 0);
	if (sub)
		l->bandwidth_source = check_value(s->c, sub, VALUE_BANDWIDTH,
			16384, (uint64_t)1 << 40, 0);
}

/* Whole seconds: Linux takes no less. */
static void keepalive(struct setting *s)
{
	struct m_limit *l = s->obj;
	uint64_t ms;

	if (s->lit[0]->kind == AST_WORD) {
		static const char *const off[] = {"off", NULL};
		if (check_word(s->c, s->lit[0], off) == 0)
			l->keepalive_s = 0;
		return;
	}
	ms = check_value(s->c, s->lit[0], VALUE_DURATION, 1000,
		TBL_KEEPALIVE_MAX * 1000u, 1000u * TBL_KEEPALIVE);
	if (ms % 1000)
		diag_add(s->c->d, DIAG_TC0103, check_span(s->lit[0]),
			"'keepalive' takes whole seconds");
	l->keepalive_s = (uint32_t)(ms / 1000);
}

static void request_head(struct setting *s)
{
	struct m_limit *l = s->obj;

	read_u32(s, s->n ? s->lit[0] : NULL, VALUE_SIZE, TBL_HTTP_HEAD_MIN,
		TBL_HTTP_HEAD_MAX, &l->head_bytes);
	read_u32(s, check_sub(s->node, "within"), VALUE_DURATION, 1, DAY,
		&l->head_ms);
}

static void request_body(struct setting *s)
{
	struct m_limit *l = s->obj;

	l->body_bytes = check_value(
		s->c, s->lit[0], VALUE_SIZE, 1, (uint64_t)1 << 50, 0);
}

static void requests(struct setting *s)
{
	struct m_limit *l = s->obj;
	pair(s, VALUE_RATE, &l->requests, &l->requests_source);
}

static void keep_alive(struct setting *s)
{
	deadline(s, &((struct m_limit *)s->obj)->keep_alive_ms);
}

static void response(struct setting *s)
{
	deadline(s, &((struct m_limit *)s->obj)->response_ms);
}

static const struct setting_key keys[] = {
	{"client-hello", client_hello, 0, 1, 0, "within"},
	{"handshake", handshake, 0, 1, 0, "within"},
	{"idle", idle, 0, 1, 0, "within"},
	{"connect", connect, 0, 1, 0, "within"},
	{"drain", drain, 0, 1, 0, "within"},
	{"connections", connections, 0, 1, 0, "per-source"},
	{"connection-rate", connection_rate, 0, 1, 0, "per-source"},
	{"handshakes", handshakes, 0, 1, 0, "per-source"},
	{"handshakes-in-flight", in_flight, 1, 1, 0, NULL},
	{"bandwidth", bandwidth, 0, 1, 0, "per-source"},
	{"keepalive", keepalive, 1, 1, 0, NULL},
	{"request-head", request_head, 0, 1, 0, "within"},
	{"request-body", request_body, 1, 1, 0, NULL},
	{"requests", requests, 0, 1, 0, "per-source"},
	{"keep-alive", keep_alive, 1, 1, 0, NULL},
	{"response", response, 0, 1, 0, "within"},
	{NULL, NULL, 0, 0, 0, NULL},
};

void check_limits(struct check *c)
{
	for (size_t i = 0; i < c->decls[SPACE_LIMITS].n; i++) {
		const struct ast *n = c->decls[SPACE_LIMITS].v[i];
		struct m_limit l = defaults;
		l.name = (struct m_name){n->text, check_span(n)};
		l.span = n->span;
		check_settings(c, n, keys, &l);
		check_allow(c, n, n->span);
		PUSH(c->a, &c->m->limits) = l;
	}
}

uint32_t check_limit_default(struct check *c)
{
	if (c->default_limit == MODEL_NONE) {
		c->default_limit = (uint32_t)c->m->limits.n;
		struct m_limit *l = &PUSH(c->a, &c->m->limits);
		*l = defaults;
		l->name.text = "default";
		l->used = 1;
	}
	return c->default_limit;
}

uint32_t check_limit_ref(struct check *c, const struct ast *word)
{
	uint32_t i = check_ref(c, SPACE_LIMITS, word, "limits block");
	if (i == SYMBOL_NONE)
		return MODEL_NONE;
	c->m->limits.v[i].used = 1;
	return i;
}
