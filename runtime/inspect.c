/*
 * The guard of a passthrough.  Called by relay.c while it stands; owns the
 * octets it holds back: none of a ServerHello reaches the client before it is
 * judged, none of a second ClientHello the server.  One that comes before it
 * is asked for waits in .in.
 */
#include "inspect.h"

#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "hello.h"
#include "priority.h"
#include "worker_state.h"

#define SERVER_HELLO_MAX 16384
#define ALERT_RECORD 7 /* octets, in the clear */
#define TLS13 0x0304
enum { RECORD_ALERT_TYPE = 21, RECORD_HANDSHAKE = 22 };

enum phase { SERVER_HELLO, SECOND_HELLO };

struct inspect {
	uint8_t phase;
	uint8_t retried; /* a HelloRetryRequest has passed */
	uint8_t waits;   /* the client is at a hello that is not due yet */
	uint8_t head_len;
	uint8_t head[5]; /* of the client's record, behind its first hello */
	uint32_t body;   /* ... and what is to come of it */
	struct buf *held; /* of the direction the phase waits for */
	uint32_t skip;    /* whole records in front of the hello */
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
}

void inspect_free(struct inspect **i)
{
	if (!*i)
		return;
	buf_free(&(*i)->held);
	free(*i);
	*i = NULL;
}

/* Forward what was held; the guard may be gone or wait for something else. */
static int let_go(struct conn *c, int d, int done)
{
	struct inspect *i = c->inspect;
	struct buf *held = i->held;
	int r = IO_DONE;

	i->held = NULL;
	i->skip = 0;
	if (done)
		inspect_free(&c->inspect);
	if (held)
		r = io_write(&c->io[!d], buf_data(held), buf_len(held));
	buf_free(&held);
	return r;
}

static int cut(struct conn *c, enum close_reason reason, uint8_t alert,
	const char *detail)
{
	conn_close(c, reason, alert, detail);
	return IO_DONE;
}

static int allowed(const struct conn *c, const struct server_hello *h)
{
	uint32_t enforce = conn_action(c)->enforce;
	const struct tbl_profile *p = &c->gen->table.profile[enforce];

	return h->version >= p->tls_min && h->version <= p->tls_max &&
	       priority_has_suite(&c->gen->table, enforce, h->suite);
}

/* An alert may be a warning, and a ServerHello follow.  0: not yet there. */
static int skip_alerts(struct inspect *i)
{
	const uint8_t *r;
	size_t n;

	while ((n = buf_len(i->held) - i->skip) > 0) {
		r = buf_data(i->held) + i->skip;
		/* RFC 8446 5.1: one alert, and nothing else, in a record. */
		if (r[0] != RECORD_ALERT_TYPE ||
			(n >= 5 && (r[3] != 0 || r[4] != 2)))
			return 1;
		if (n < ALERT_RECORD)
			return 0;
		i->skip += ALERT_RECORD;
	}
	return 0;
}

/* Forward the alerts, and wait for the ServerHello. */
static int pass_alerts(struct conn *c)
{
	struct inspect *i = c->inspect;
	int r;

	if (!i->skip)
		return IO_DONE;
	r = io_write(&c->io[CLIENT], buf_data(i->held), i->skip);
	buf_consume(&i->held, i->skip);
	i->skip = 0;
	return r;
}

static int judge_server(struct conn *c)
{
	struct inspect *i = c->inspect;
	int enforcing = conn_action(c)->enforce != TBL_NONE;

	if (!skip_alerts(i))
		return pass_alerts(c);
	switch (server_hello_parse(&i->server, buf_data(i->held) + i->skip,
		buf_len(i->held) - i->skip, SERVER_HELLO_MAX,
		c->worker->hello_scratch)) {
	case HELLO_MORE:
		return pass_alerts(c);
	case HELLO_OK:
		break;
	default:
		/* A server that an enforcing policy cannot vouch for. */
		if (enforcing)
			return cut(c, CLOSE_ENFORCED, ALERT_HANDSHAKE_FAILURE,
				"no acceptable ServerHello");
		return let_go(c, SERVER, 1);
	}
	c->tls_version = i->server.version;
	c->tls_suite = i->server.suite;
	if (enforcing && !allowed(c, &i->server))
		return cut(c, CLOSE_ENFORCED, ALERT_HANDSHAKE_FAILURE,
			"version or suite outside the profile");
	if (!i->server.is_hrr || i->retried)
		return let_go(c, SERVER, 1);
	i->retried = 1;
	i->phase = SECOND_HELLO;
	i->waits = 0;
	memset(&i->server, 0, sizeof(i->server));
	return let_go(c, SERVER, 0);
}

/* How many of n octets behind the first hello come before a handshake record.
 * RFC 8446 appendix D.4: a ChangeCipherSpec may stand there; 4.2.10: early
 * data; and an alert need not be the end. */
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
		if (!i->head_len && p[at] == RECORD_HANDSHAKE)
			break;
		i->head[i->head_len++] = p[at++];
		if (i->head_len == sizeof(i->head)) {
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

static int judge_client(struct conn *c)
{
	struct inspect *i = c->inspect;
	size_t limit = conn_limit(c)->hello_bytes;

	switch (hello_parse(&i->client, buf_data(i->held) + i->skip,
		buf_len(i->held) - i->skip, limit,
		c->worker->hello_scratch)) {
	case HELLO_MORE:
		return IO_DONE;
	case HELLO_OK:
		break;
	default:
		return cut(c, CLOSE_MALFORMED, ALERT_ILLEGAL_PARAMETER,
			hello_fault_word(i->client.fault));
	}
	if (!same_name(c, &i->client))
		return cut(c, CLOSE_SNI_CHANGED, ALERT_ILLEGAL_PARAMETER, NULL);
	i->phase = SERVER_HELLO;
	return let_go(c, CLIENT, conn_action(c)->enforce == TBL_NONE);
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

/* n octets go back to the front of what is to be read. */
static int put_back(struct conn *c, const uint8_t *p, size_t n)
{
	struct buf **in = &c->io[CLIENT].in, *b = NULL;

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
	return k ? io_write(&c->io[SERVER], p, k) : IO_DONE;
}

static int pass_client(struct conn *c, const uint8_t *p, size_t n)
{
	struct inspect *i = c->inspect;

	if (c->hello_left) {
		c->hello_left -= (uint32_t)n;
		return io_write(&c->io[SERVER], p, n);
	}
	if (i->phase == SERVER_HELLO)
		return pass_early(c, p, n);
	if (!i->held && (i->skip = (uint32_t)walk(i, p, n)) == n) {
		i->skip = 0;
		return io_write(&c->io[SERVER], p, n);
	}
	if (buf_append(&i->held, p, n) < 0)
		return IO_MEMORY;
	return judge_client(c);
}

int inspect_pass(struct conn *c, int d, const uint8_t *p, size_t n)
{
	struct inspect *i = c->inspect;

	if (d == CLIENT)
		return pass_client(c, p, n);
	if (i->phase != SERVER_HELLO)
		return io_write(&c->io[CLIENT], p, n);
	if (buf_append(&i->held, p, n) < 0)
		return IO_MEMORY;
	return judge_server(c);
}

int inspect_end(struct conn *c, int d)
{
	struct inspect *i = c->inspect;

	if ((i->phase == SERVER_HELLO) != (d == SERVER))
		return 0;
	if (i->held && d == SERVER && conn_action(c)->enforce != TBL_NONE &&
		buf_data(i->held)[0] != RECORD_ALERT_TYPE) {
		conn_close(c, CLOSE_ENFORCED, ALERT_HANDSHAKE_FAILURE,
			"half a ServerHello");
		return -1;
	}
	let_go(c, d, 1);
	return 0;
}
