/*
 * The head of a request comes in.  One that comes whole is read where the chunk
 * is; only of one in pieces are octets kept, and the parser's place.  Called by
 * requests.c while no request is served.
 */
#include "stream_parts.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/common/clock.h"
#include "runtime/tls/tls.h"

void stream_client_ended(struct conn *c, ssize_t why)
{
	const char *detail = NULL;

	switch (why) {
	case IO_EOF:
		conn_close(c, CLOSE_DONE, NO_ALERT, NULL);
		return;
	case IO_TRUNCATED:
		conn_close(c, CLOSE_CLIENT_TRUNCATED, NO_ALERT, NULL);
		return;
	case IO_MEMORY:
		conn_close(c, CLOSE_NO_MEMORY, NO_ALERT, NULL);
		return;
	case IO_BROKEN:
		if (c->client.tls)
			detail = tls_error(c->client.tls);
		conn_close(c, CLOSE_CLIENT_TLS_ERROR, NO_ALERT, detail);
		return;
	default:
		conn_close(c, CLOSE_CLIENT_RESET, NO_ALERT, NULL);
	}
}

/* 1: there are octets of a head; 0: not now, or closed. */
static int more(struct conn *c, struct stream_octets *o)
{
	struct requests *r = c->requests;
	int n;

	if (r->ended && (!r->ahead || r->head))
		n = -(int)r->ended;
	else
		n = stream_octets(&c->client, &r->ahead, r->head != NULL, o);
	if (n > 0) {
		c->bytes[CLIENT] += o->read;
		return 1;
	}
	if (n != IO_AGAIN)
		stream_client_ended(c, n);
	return 0;
}

/* It has only begun. */
static int wait_for_rest(struct conn *c, const struct stream_octets *o,
	const struct http_head *h)
{
	struct requests *r = c->requests;
	int begins = !r->head;

	if (stream_octets_wait(&r->ahead, &r->head, o, h) < 0)
		stream_client_ended(c, IO_MEMORY);
	else if (begins)
		conn_touch(c); /* the head's deadline begins */
	return 1;
}

static int whole(
	struct conn *c, const struct stream_octets *o, struct http_head *h)
{
	struct requests *r = c->requests;
	uint32_t length = h->length;
	struct stream *s = stream_new(c, h);

	if (!s) {
		stream_client_ended(c, IO_MEMORY);
		return 0;
	}
	stream_decide(s, h);
	if (!conn_over(c) &&
		stream_octets_used(&r->ahead, &r->head, o, length) < 0)
		stream_abort(s, STREAM_END_NO_MEMORY, NULL);
	return 1;
}

static int refused(struct conn *c, const struct http_head *h)
{
	enum http_reason why = h->reason;
	struct stream *s = stream_new(c, NULL);

	buf_free(&c->requests->ahead);
	free(c->requests->head);
	c->requests->head = NULL;
	if (s)
		stream_refuse(s, why);
	else
		stream_client_ended(c, IO_MEMORY);
	return 1;
}

int stream_head(struct conn *c)
{
	static struct http_head once;
	struct requests *r = c->requests;
	struct http_head *h = r->head ? r->head : &once;
	struct stream_octets o = {.n = 0};

	/* What was answered is on its way first: so many requests as a client
	 * sends at once, their answers do not pile up. */
	if (c->client.out || !more(c, &o))
		return 0;
	if (h == &once) {
		http_head_start(h);
		r->begun = clock_now();
	}
	switch (http_request_parse(h, (const char *)o.p, o.n,
		content_limit(&c->gen->table, c->limit)->head_bytes)) {
	case HTTP_MORE:
		return wait_for_rest(c, &o, h);
	case HTTP_WHOLE:
		return whole(c, &o, h);
	default:
		return refused(c, h);
	}
}
