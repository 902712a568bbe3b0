/*
 * From the first octet to the decision: an optional PROXY header, the
 * ClientHello, one lookup in the table, and the first step of the mode that was
 * decided.  One path for every mode; nothing large is allocated for a client
 * whose hello never completes.
 */
#include "decide.h"

#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "limits.h"
#include "handshake.h"
#include "log.h"
#include "requests.h"
#include "runtime/content/content.h"
#include "runtime/common/keepalive.h"
#include "runtime/common/proxyproto.h"
#include "runtime/table/hello.h"
#include "runtime/table/route.h"
#include "runtime/table/wire.h"
#include "shadow.h"
#include "tunnel.h"
#include "worker_state.h"

#define ALPN_TEXT_MAX 255

/* The octets so far: in the connection's buffer, or only in the worker's if
 * they came in one piece. */
struct first {
	const uint8_t *p;
	size_t n;
	int kept;
};

static uint8_t scratch[DECIDE_READ_AHEAD];

static ssize_t read_some(struct conn *c, struct first *f)
{
	struct io *io = &c->client;
	uint8_t *room = scratch;
	ssize_t n;

	if (io->in && !(room = buf_room(&io->in, DECIDE_READ_AHEAD)))
		return IO_MEMORY;
	n = io_take(io, room, DECIDE_READ_AHEAD);
	if (n <= 0)
		return n;
	f->kept = io->in != NULL;
	if (f->kept)
		buf_added(io->in, (size_t)n);
	f->p = f->kept ? buf_data(io->in) : scratch;
	f->n = f->kept ? buf_len(io->in) : (size_t)n;
	return n;
}

/* Keep the octets for the next event, or to send or replay them after the
 * decision. */
static int keep(struct conn *c, struct first *f)
{
	if (!f->n)
		return 0;
	if (!f->kept && buf_append(&c->client.in, f->p, f->n) < 0) {
		conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
		return -1;
	}
	f->kept = 1;
	f->p = buf_data(c->client.in);
	return limits_hello(c, c->client.in->cap);
}

static void wait_more(struct conn *c)
{
	io_watch(&c->client, c->worker->loop, EV_READ);
}

/* 1: the header is complete and stripped off, 0: not yet, -1: closed. */
static int proxy_step(struct conn *c, struct first *f)
{
	struct proxy_header h;

	memset(&h, 0, sizeof(h));
	switch (proxyproto_parse(f->p, f->n, &h)) {
	case PROXY_MORE:
		if (keep(c, f) < 0)
			return -1;
		wait_more(c);
		return 0;
	case PROXY_BAD:
		conn_close(c, CLOSE_PROXY_HEADER, NO_ALERT, h.fault);
		return -1;
	case PROXY_OK:
		break;
	}
	if (h.family) {
		c->proxied = malloc(sizeof(*c->proxied));
		if (!c->proxied) {
			conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
			return -1;
		}
		c->proxied->family = h.dest_family;
		memcpy(c->proxied->addr, h.dest, 16);
		c->proxied->port = h.dest_port;
		c->family = h.family;
		memcpy(c->addr, h.source, 16);
		c->port = h.source_port;
	}
	if (limits_enter(c, LIMITS_CLIENT) < 0)
		return -1;
	if (f->kept) {
		buf_consume(&c->client.in, h.len);
		f->kept = c->client.in != NULL;
	}
	f->p += h.len;
	f->n -= h.len;
	conn_enter(c, CONN_HELLO);
	return 1;
}

/* For the log: the name and the protocols offered. */
static void remember(struct conn *c, const struct hello *h)
{
	char alpn[ALPN_TEXT_MAX + 1];
	size_t n = 0, i, len;

	for (i = 0; h->alpn && i < h->alpn_len; i += 1 + len) {
		len = h->alpn[i];
		if (n + len + 1 > ALPN_TEXT_MAX)
			break;
		if (n)
			alpn[n++] = ',';
		memcpy(alpn + n, h->alpn + i + 1, len);
		n += len;
	}
	if (!h->has_sni && !n)
		return;
	c->names = malloc(h->sni_len + n + 2u);
	if (!c->names)
		return; /* checked by the caller: the name is needed */
	memcpy(c->names, h->sni, h->sni_len);
	c->names[h->sni_len] = 0;
	memcpy(c->names + h->sni_len + 1, alpn, n);
	c->names[h->sni_len + 1 + n] = 0;
	/* They end at a zero octet: one inside is shown as SUBSTITUTE. */
	for (i = 0; i < h->sni_len + 1u + n; i++)
		if (!c->names[i] && i != h->sni_len)
			c->names[i] = 0x1a;
}

uint64_t decide_alpn(const struct table *t, const struct hello *h)
{
	uint64_t bits = 0;
	size_t i;
	int at;

	for (i = 0; h->alpn && i < h->alpn_len; i += 1u + h->alpn[i]) {
		at = table_alpn_index(
			t, (const char *)h->alpn + i + 1, h->alpn[i]);
		if (at >= 0)
			bits |= UINT64_C(1) << at;
	}
	return bits;
}

static void look_up(
	struct conn *c, const struct hello *h, enum hello_fault fault)
{
	struct route_query q = {
		.frontend = c->frontend,
		.sni_kind = fault    ? ROUTE_SNI_MALFORMED
			: h->has_sni ? ROUTE_SNI_NAME
				     : ROUTE_SNI_NONE,
		.family = c->family,
		.tls_bit = route_tls_bit(fault ? 0 : h->max_version),
	};
	struct route_decision d;

	if (!fault) {
		q.sni = h->sni;
		q.sni_len = h->sni_len;
		q.alpn = decide_alpn(&c->gen->table, h);
		c->tls_version = h->max_version;
		c->alpn = q.alpn;
	}
	memcpy(q.addr, c->addr, sizeof(q.addr));
	route_decide(&c->gen->table, &q, &d, NULL, NULL);
	c->list = d.list;
	c->clause = d.clause;
	c->action = d.action;
	c->own = d.own;
	c->mode = conn_action(c)->mode;
	c->limit = conn_action(c)->limit;
	c->hello_us = conn_age_us(c);
	if (c->worker->shadow)
		shadow_compare(c->worker->shadow, c, &q, fault ? NULL : h);
}

/* If the route has another limit than the frontend.  0, or -1: closed. */
static int enter_limit(struct conn *c)
{
	const struct table *t = &c->gen->table;
	uint32_t before = t->frontend[c->frontend].limit;
	uint32_t keepalive = table_keepalive(t, c->limit);

	if (c->limit == before)
		return 0;
	if (c->family != TBL_UNIX && keepalive != table_keepalive(t, before))
		keepalive_set(c->client.w.fd, keepalive);
	return limits_enter(c, LIMITS_CLIENT);
}

/* The octets are not an acceptable hello: the alert that the policy wants for
 * them. */
static uint8_t fault_alert(const struct conn *c, enum hello_fault fault)
{
	uint8_t reject = conn_action(c)->reject;

	return reject == REJECT_ALERT ? hello_fault_alert(fault)
				      : words_alert(reject);
}

/* fault: what is wrong with the hello, or HELLO_FAULT_NONE. */
static void act(struct conn *c, struct first *f, enum hello_fault fault)
{
	uint32_t site;

	free(c->hello);
	c->hello = NULL;
	if (c->mode == MODE_REJECT) {
		if (fault)
			conn_close(c, CLOSE_MALFORMED, fault_alert(c, fault),
				NULL);
		else
			conn_close(c, CLOSE_REJECTED,
				words_alert(conn_action(c)->reject), NULL);
		return;
	}
	if (enter_limit(c) < 0)
		return;
	if (keep(c, f) < 0)
		return;
	io_watch(&c->client, c->worker->loop, 0);
	site = content_site(&c->gen->table, c->action);
	if (site == TBL_NONE)
		tunnel_start(c);
	else if (requests_new(c, site) < 0)
		conn_close(c, CLOSE_NO_MEMORY, ALERT_INTERNAL_ERROR, NULL);
	else
		handshake_start(c); /* a server is for a request to ask for */
}

static void accepted(struct conn *c, struct first *f, const struct hello *h)
{
	remember(c, h);
	if (h->has_sni && !c->names) {
		conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
		return;
	}
	look_up(c, h, HELLO_FAULT_NONE);
	c->hello_left = h->raw_len;
	act(c, f, HELLO_FAULT_NONE);
}

/* A PROXY header where none is accepted: its sender wants to be taken for
 * another, by us or by the server that "malformed" forwards to.  1: it was one,
 * or may become one, and that is settled. */
static int forged(struct conn *c, struct first *f)
{
	switch (proxyproto_begins(f->p, f->n)) {
	case PROXY_OK:
		conn_close(c, CLOSE_PROXY_HEADER, NO_ALERT,
			"not accepted from this source");
		return 1;
	case PROXY_MORE:
		if (keep(c, f) == 0)
			wait_more(c);
		return 1;
	default:
		return 0;
	}
}

/* Not decided by "malformed", which must not pass on a hello of unbounded size;
 * but if that rejects with alerts, this gets one. */
static void too_big(struct conn *c, const struct hello *h)
{
	const struct table *t = &c->gen->table;
	const struct tbl_list *l = &t->list[t->frontend[c->frontend].malformed];
	const struct tbl_action *a = &t->action[t->clause[l->first].action];

	conn_close(c, CLOSE_HELLO_TOO_BIG,
		a->mode == MODE_REJECT && a->reject == REJECT_ALERT
			? hello_fault_alert(h->fault)
			: NO_ALERT,
		NULL);
}

static void hello_step(struct conn *c, struct first *f)
{
	enum hello_fault fault;
	struct hello once, *h = c->hello;
	size_t limit = conn_limit(c)->hello_bytes;

	if (!h) {
		memset(&once, 0, sizeof(once));
		h = &once;
	}
	switch (hello_parse(h, f->p, f->n, limit, c->worker->hello_scratch)) {
	case HELLO_MORE:
		if (keep(c, f) < 0)
			return;
		if (h == &once) {
			c->hello = malloc(sizeof(once));
			if (!c->hello) {
				conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
				return;
			}
			memcpy(c->hello, &once, sizeof(once));
		}
		wait_more(c);
		return;
	case HELLO_OK:
		accepted(c, f, h);
		return;
	case HELLO_BIG:
		too_big(c, h);
		return;
	case HELLO_BAD:
		fault = h->fault; /* act() frees the hello */
		if (!c->hello && forged(c, f))
			return;
		c->detail = hello_fault_word(fault);
		look_up(c, h, fault);
		if (c->mode == MODE_REJECT)
			remember(c, h);     /* for the log alone */
		c->hello_left = UINT32_MAX; /* it has no end */
		act(c, f, fault);
		return;
	}
}

/* A listener without TLS: requests come at once. */
static int is_clear(const struct conn *c)
{
	return content_clear_site(&c->gen->table, c->frontend) != TBL_NONE;
}

static void in_clear(struct conn *c, struct first *f)
{
	if (requests_new(c, content_clear_site(&c->gen->table, c->frontend)) <
		0)
		conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
	else if (keep(c, f) == 0)
		requests_start(c);
}

void decide_start(struct conn *c)
{
	struct first none = {0};
	const struct table *t = &c->gen->table;
	const struct tbl_frontend *f = &t->frontend[c->frontend];
	int proxy = f->proxy_count &&
		route_source_in(
			t, f->proxy_first, f->proxy_count, c->family, c->addr);

	if (limits_admit(c) < 0 ||
		limits_enter(c, proxy ? LIMITS_BALANCER : LIMITS_CLIENT) < 0)
		return;
	if (!proxy && is_clear(c)) {
		in_clear(c, &none);
		return;
	}
	conn_enter(c, proxy ? CONN_PROXY : CONN_HELLO);
	/* The hello has often arrived already: that saves a wakeup. */
	decide_event(c);
}

void decide_event(struct conn *c)
{
	struct first f = {0};
	ssize_t n = read_some(c, &f);

	switch (n) {
	case IO_AGAIN:
		wait_more(c);
		return;
	case IO_EOF:
		conn_close(c, CLOSE_HELLO_EOF, NO_ALERT, NULL);
		return;
	case IO_RESET:
		/* Not one octet came: a balancer that checks that we are there,
		 * and need not close in order. */
		if (c->client.in)
			conn_close(c, CLOSE_CLIENT_RESET, NO_ALERT, NULL);
		else
			conn_close(c, CLOSE_HELLO_EOF, NO_ALERT, "reset");
		return;
	case IO_MEMORY:
		conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
		return;
	}
	if (c->state == CONN_PROXY && proxy_step(c, &f) <= 0)
		return;
	if (is_clear(c))
		in_clear(c, &f);
	else if (!f.n)
		wait_more(c);
	else
		hello_step(c, &f);
}
