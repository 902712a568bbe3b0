/*
 * The guard of a passthrough.  It owns the octets that it holds back: no octet
 * of a ServerHello reaches the client before it is judged, none of a second
 * ClientHello the server.  A second ClientHello that comes before it was asked
 * for waits in .in.  A server that is held to a profile may say nothing between
 * a HelloRetryRequest and the hello it asks for.
 */
#include "inspect.h"

#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "decide.h"
#include "runtime/table/hello.h"
#include "runtime/table/wire.h"
#include "runtime/tls/priority.h"
#include "worker_state.h"

#define SERVER_HELLO_MAX 16384

enum phase { SERVER_HELLO, SECOND_HELLO };

struct inspect {
	uint8_t phase;
	uint8_t retried; /* a HelloRetryRequest has passed */
	uint8_t waits;   /* the client is at a hello that is not due yet */
	uint8_t head_len;
	uint8_t head
		[WIRE_HEADER]; /* of the client's record, after its first hello */
	uint32_t body; /* ... and octets of its body that are still to come */
	uint16_t version;    /* the client's highest, in its first hello */
	struct buf *held[2]; /* by direction */
	uint32_t skip; /* whole records in front of the hello that is due */
	struct server_hello server;
	struct hello client;
};

void inspect_start(struct conn *c)
{
	/* Only TLS 1.3 knows HelloRetryRequest. */
	if (conn_action(c)->enforce == TBL_NONE && c->tls_version != TLS13)
		return;
	c->inspect = calloc(1, sizeof(*c->inspect));
	if (!c->inspect)
		conn_close(c, CLOSE_NO_MEMORY, ALERT_INTERNAL_ERROR, NULL);
	else
		c->inspect->version = c->tls_version;
}

void inspect_free(struct inspect **i)
{
	if (!*i)
		return;
	buf_free(&(*i)->held[CLIENT]);
	buf_free(&(*i)->held[SERVER]);
	free(*i);
	*i = NULL;
}

/* Forward what was held.  The guard goes on to wait for something else, or is
 * freed. */
enum guard { STAYS, IS_DONE };
static int let_go(struct conn *c, int d, enum guard guard)
{
	struct inspect *i = c->inspect;
	struct buf *held = i->held[d];
	int r = IO_DONE;

	i->held[d] = NULL;
	i->skip = 0;
	if (guard == IS_DONE)
		inspect_free(&c->inspect);
	if (held)
		r = io_write(conn_io(c, !d), buf_data(held), buf_len(held));
	buf_free(&held);
	return r;
}

static int cut(struct conn *c, enum close_reason reason, uint8_t alert,
	const char *detail)
{
	conn_close(c, reason, alert, detail);
	return IO_DONE;
}

static int enforcing(const struct conn *c)
{
	return conn_action(c)->enforce != TBL_NONE;
}

static int allowed(const struct conn *c, const struct server_hello *h)
{
	uint32_t enforce = conn_action(c)->enforce;
	const struct tbl_profile *p = &c->gen->table.profile[enforce];

	return h->version >= p->tls_min && h->version <= p->tls_max &&
		priority_has_suite(&c->gen->table, enforce, h->suite);
}

/* Does the record at p, of which n octets are there, have the size of its
 * type? */
static int small_record(const uint8_t *p, size_t n, size_t size)
{
	/* RFC 8446 5.1: one alert, and nothing else, in a record. */
	return n < WIRE_HEADER || (p[3] == 0 && p[4] == size - WIRE_HEADER);
}

/* The octets of the server's whole records before a hello: an alert, which may
 * be a warning, and after a HelloRetryRequest a ChangeCipherSpec (RFC 8446
 * appendix D.4).  *other: something else follows them. */
static uint32_t small_records(const struct inspect *i, int *other)
{
	const struct buf *held = i->held[SERVER];
	size_t at = 0, n, size;
	const uint8_t *p;

	*other = 0;
	for (; (n = buf_len(held) - at) > 0; at += size) {
		p = buf_data(held) + at;
		size = p[0] == TYPE_ALERT ? WIRE_ALERT
			: p[0] == TYPE_CHANGE_CIPHER_SPEC && i->retried
			? WIRE_CHANGE_CIPHER_SPEC
			: 0;
		*other = !size || !small_record(p, n, size);
		if (*other || n < size)
			break;
	}
	return (uint32_t)at;
}

/* Forward the server's first n octets that are held. */
static int pass_front(struct conn *c, size_t n)
{
	struct buf **held = &c->inspect->held[SERVER];
	int r;

	if (!n)
		return IO_DONE;
	r = io_write(&c->client, buf_data(*held), n);
	buf_consume(held, n);
	return r;
}

/* Between a HelloRetryRequest and the second ClientHello a server says nothing
 * that could be judged. */
static int judge_between(struct conn *c)
{
	int other;
	uint32_t n = small_records(c->inspect, &other);

	if (other)
		return cut(c, CLOSE_ENFORCED, ALERT_HANDSHAKE_FAILURE,
			"octets after a HelloRetryRequest");
	return pass_front(c, n);
}

/* The octets of a HelloRetryRequest's records, when they hold nothing else;
 * else 0. */
static uint32_t retry_size(const struct inspect *i)
{
	const struct hello_gather *g = &i->server.gather;
	const uint8_t *p = buf_data(i->held[SERVER]) + i->skip + g->next_record;
	uint32_t len = (uint32_t)(p[3] << 8 | p[4]);

	return g->have + len == g->need ? g->next_record + WIRE_HEADER + len
					: 0;
}

static int retry(struct conn *c)
{
	struct inspect *i = c->inspect;
	uint32_t size = i->skip + retry_size(i);
	int r;

	i->retried = 1;
	i->phase = SECOND_HELLO;
	i->waits = 0;
	if (!enforcing(c)) {
		memset(&i->server, 0, sizeof(i->server));
		return let_go(c, SERVER, STAYS);
	}
	if (size == i->skip)
		return cut(c, CLOSE_ENFORCED, ALERT_HANDSHAKE_FAILURE,
			"octets after a HelloRetryRequest");
	memset(&i->server, 0, sizeof(i->server));
	i->skip = 0;
	r = pass_front(c, size);
	return r == IO_DONE ? judge_between(c) : r;
}

static int judge_server(struct conn *c)
{
	struct inspect *i = c->inspect;
	const struct buf *held = i->held[SERVER];
	int other;

	i->skip = small_records(i, &other);
	switch (!other ? HELLO_MORE
		       : hello_parse_server(&i->server,
				 buf_data(held) + i->skip,
				 buf_len(held) - i->skip, SERVER_HELLO_MAX,
				 c->worker->hello_scratch)) {
	case HELLO_MORE:
		return pass_front(c, i->skip);
	case HELLO_OK:
		break;
	default:
		/* What an enforcing policy cannot judge it must not let
		 * through. */
		if (enforcing(c))
			return cut(c, CLOSE_ENFORCED, ALERT_HANDSHAKE_FAILURE,
				"not an acceptable ServerHello");
		return let_go(c, SERVER, IS_DONE);
	}
	c->tls_version = i->server.version;
	c->tls_suite = i->server.suite;
	if (enforcing(c) && !allowed(c, &i->server))
		return cut(c, CLOSE_ENFORCED, ALERT_HANDSHAKE_FAILURE,
			"version or suite outside the profile");
	if (!i->server.is_hrr)
		return let_go(c, SERVER, IS_DONE);
	if (!i->retried)
		return retry(c);
	/* RFC 8446 4.1.4: there is one at most. */
	if (enforcing(c))
		return cut(c, CLOSE_ENFORCED, ALERT_HANDSHAKE_FAILURE,
			"a second HelloRetryRequest");
	return let_go(c, SERVER, IS_DONE);
}

/* How many of n octets after the first hello come before a handshake record.
 * RFC 8446 appendix D.4 allows a ChangeCipherSpec there, 4.2.10 early data; an
 * alert need not be the end. */
static size_t walk(struct inspect *i, const uint8_t *p, size_t n)
{
	size_t at = 0, k;

	while (at < n) {
		if (i->body) {
			k = n - at < i->body ? n - at : i->body;
			i->body -= (uint32_t)k;
			at += k;
			continue;
		}
		if (!i->head_len && p[at] == TYPE_HANDSHAKE)
			break;
		i->head[i->head_len++] = p[at++];
		if (i->head_len == WIRE_HEADER) {
			i->body = (uint32_t)(i->head[3] << 8 | i->head[4]);
			i->head_len = 0;
		}
	}
	return at;
}

static int same_name(const struct conn *c, const struct hello *h)
{
	const char *sni = conn_sni(c);

	return h->sni_len == strlen(sni) && !memcmp(h->sni, sni, h->sni_len);
}

/* What else decides (route.h).  A second hello with another offer would get to
 * a server where the policy sends others.  RFC 8446 4.1.2 lets neither change.
 * The rest is for the server to compare, which has both hellos. */
static int same_offer(const struct conn *c, const struct hello *h)
{
	return decide_alpn(&c->gen->table, h) == c->alpn &&
		h->max_version == c->inspect->version;
}

static int judge_client(struct conn *c)
{
	struct inspect *i = c->inspect;
	size_t limit = conn_limit(c)->hello_bytes;
	const struct buf *held = i->held[CLIENT];

	switch (hello_parse(&i->client, buf_data(held) + i->skip,
		buf_len(held) - i->skip, limit, c->worker->hello_scratch)) {
	case HELLO_MORE:
		return IO_DONE;
	case HELLO_OK:
		break;
	default:
		return cut(c, CLOSE_MALFORMED,
			hello_fault_alert(i->client.fault),
			hello_fault_word(i->client.fault));
	}
	if (!same_name(c, &i->client))
		return cut(c, CLOSE_SNI_CHANGED, ALERT_ILLEGAL_PARAMETER, NULL);
	if (!same_offer(c, &i->client))
		return cut(
			c, CLOSE_HELLO_CHANGED, ALERT_ILLEGAL_PARAMETER, NULL);
	i->phase = SERVER_HELLO;
	return let_go(c, CLIENT, enforcing(c) ? STAYS : IS_DONE);
}

int inspect_waits(const struct conn *c, int d)
{
	return c->inspect && d == CLIENT && c->inspect->waits;
}

size_t inspect_room(const struct conn *c, int d, size_t cap)
{
	if (!c->inspect || d == SERVER || !c->hello_left)
		return cap;
	return c->hello_left < cap ? c->hello_left : cap;
}

/* n octets go back to the front of what is still to be read. */
static int put_back(struct conn *c, const uint8_t *p, size_t n)
{
	struct buf **in = &c->client.in, *b = NULL;

	if (buf_append(&b, p, n) < 0 ||
		(*in && buf_append(&b, buf_data(*in), buf_len(*in)) < 0)) {
		buf_free(&b);
		return IO_MEMORY;
	}
	buf_free(in);
	*in = b;
	c->bytes[CLIENT] -= n;
	c->inspect->waits = 1;
	return IO_DONE;
}

/* Before the ServerHello: everything but a handshake record. */
static int pass_early(struct conn *c, const uint8_t *p, size_t n)
{
	size_t k = walk(c->inspect, p, n);

	if (k < n && put_back(c, p + k, n - k) < 0)
		return IO_MEMORY;
	return k ? io_write(&c->leg->io, p, k) : IO_DONE;
}

static int pass_client(struct conn *c, const uint8_t *p, size_t n)
{
	struct inspect *i = c->inspect;

	if (c->hello_left) {
		c->hello_left -= (uint32_t)n;
		return io_write(&c->leg->io, p, n);
	}
	if (i->phase == SERVER_HELLO)
		return pass_early(c, p, n);
	if (!i->held[CLIENT] && (i->skip = (uint32_t)walk(i, p, n)) == n) {
		i->skip = 0;
		return io_write(&c->leg->io, p, n);
	}
	if (buf_append(&i->held[CLIENT], p, n) < 0)
		return IO_MEMORY;
	return judge_client(c);
}

int inspect_pass(struct conn *c, int d, const uint8_t *p, size_t n)
{
	struct inspect *i = c->inspect;

	if (d == CLIENT)
		return pass_client(c, p, n);
	if (i->phase == SECOND_HELLO && !enforcing(c))
		return io_write(&c->client, p, n);
	if (buf_append(&i->held[SERVER], p, n) < 0)
		return IO_MEMORY;
	return i->phase == SERVER_HELLO ? judge_server(c) : judge_between(c);
}

int inspect_end(struct conn *c, int d)
{
	struct inspect *i = c->inspect;

	/* Half a hello decides nothing, and the server may still speak. */
	if (i->phase == SECOND_HELLO && enforcing(c)) {
		let_go(c, d, STAYS);
		return 0;
	}
	if ((i->phase == SERVER_HELLO) != (d == SERVER))
		return 0;
	if (i->held[SERVER] && d == SERVER && enforcing(c) &&
		buf_data(i->held[SERVER])[0] != TYPE_ALERT) {
		conn_close(c, CLOSE_ENFORCED, ALERT_HANDSHAKE_FAILURE,
			"half a ServerHello");
		return -1;
	}
	let_go(c, d, IS_DONE);
	return 0;
}
