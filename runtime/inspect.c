/*
 * The guard of a passthrough.  Called by relay.c while it stands; owns the
 * octets it holds back: none of a ServerHello reaches the client before it is
 * judged, none of a second ClientHello the server.
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
enum { RECORD_CCS = 20, RECORD_ALERT_TYPE = 21, RECORD_HANDSHAKE = 22,
	RECORD_DATA_TYPE = 23 };

enum phase { SERVER_HELLO, SECOND_HELLO };

struct inspect {
	uint8_t phase;
	uint8_t retried; /* a HelloRetryRequest has passed */
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
	memset(&i->server, 0, sizeof(i->server));
	return let_go(c, SERVER, 0);
}

/* RFC 8446 appendix D.4: a ChangeCipherSpec may stand before the second
 * ClientHello; 4.2.10: early data of the first flight, too.  1: at the hello,
 * 0: not yet there, -1: something else. */
static int skip_to_hello(struct inspect *i)
{
	const uint8_t *p = buf_data(i->held);
	size_t n = buf_len(i->held);

	while (n - i->skip >= 5) {
		const uint8_t *r = p + i->skip;

		if (r[0] == RECORD_HANDSHAKE)
			return 1;
		if (r[0] != RECORD_CCS && r[0] != RECORD_DATA_TYPE)
			return -1;
		if (n - i->skip < 5u + (r[3] << 8 | r[4]))
			return 0;
		i->skip += 5u + (uint32_t)(r[3] << 8 | r[4]);
	}
	return 0;
}

static int same_name(const struct conn *c, const struct hello *h)
{
	const char *sni = conn_sni(c);

	return h->sni_len == strlen(sni) && !memcmp(h->sni, sni, h->sni_len);
}

static int judge_client(struct conn *c)
{
	struct inspect *i = c->inspect;
	int at = skip_to_hello(i);
	size_t limit = conn_limit(c)->hello_bytes;

	/* Early data that was under way: as much as a hello may be. */
	if (at == 0 && buf_len(i->held) <= limit)
		return IO_DONE;
	if (at == 0 || (at < 0 &&
			buf_data(i->held)[i->skip] != RECORD_ALERT_TYPE))
		return cut(c, CLOSE_MALFORMED, ALERT_ILLEGAL_PARAMETER,
			"no second ClientHello");
	if (at < 0)
		return let_go(c, CLIENT, 1);
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

int inspect_pass(struct conn *c, int d, const uint8_t *p, size_t n)
{
	struct inspect *i = c->inspect;

	if ((i->phase == SERVER_HELLO) != (d == SERVER))
		return io_write(&c->io[!d], p, n);
	if (buf_append(&i->held, p, n) < 0)
		return IO_MEMORY;
	return i->phase == SERVER_HELLO ? judge_server(c) : judge_client(c);
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
