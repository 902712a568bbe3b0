/*
 * What a bridge offers its server by ALPN (offer.h), from the client's hello,
 * which is still in front of what was read.
 */
#include "offer.h"

#include <string.h>

#include "conn.h"
#include "runtime/table/hello.h"
#include "worker_state.h"

static size_t add(uint8_t *out, size_t n, const char *token, size_t len)
{
	if (n + 1 + len > OFFER_MAX)
		return n;
	out[n] = (uint8_t)len;
	memcpy(out + n + 1, token, len);
	return n + 1 + len;
}

/* Tokens of the table's list [first, count), those of the client only when
 * its offer is given. */
static size_t from_list(const struct table *t, uint32_t first, uint32_t count,
	const struct hello *client, uint8_t *out)
{
	size_t n = 0, k;
	uint32_t i;

	for (i = 0; i < count; i++) {
		const struct tbl_alpn *a = &t->alpn[t->alpnref[first + i]];
		const char *token = table_str(t, a->token_str);
		int wanted = client == NULL;

		for (k = 0; client && k < client->alpn_len;
			k += 1u + client->alpn[k])
			wanted |= client->alpn[k] == a->len &&
				!memcmp(client->alpn + k + 1, token, a->len);
		if (wanted)
			n = add(out, n, token, a->len);
	}
	return n;
}

/* The backend's own list; else what the client offers, as far as the action's
 * list allows. */
int offer_make(const struct conn *c, uint8_t out[OFFER_MAX], size_t *n)
{
	const struct table *t = &c->gen->table;
	const struct tbl_action *a = conn_action(c);
	const struct tbl_backend *b = &t->backend[a->backend];
	const struct buf *in = c->client.in;
	struct hello h;

	memset(&h, 0, sizeof(h));
	*n = 0;
	if (!in ||
		hello_parse(&h, buf_data(in), buf_len(in),
			c->worker->hello_limit,
			c->worker->hello_scratch) != HELLO_OK)
		return -1;
	if (b->alpn_count) {
		*n = from_list(t, b->alpn_first, b->alpn_count, NULL, out);
		return 0;
	}
	if (!h.alpn)
		return 0;
	if (a->alpn_count) {
		*n = from_list(t, a->alpn_first, a->alpn_count, &h, out);
		return *n ? 0 : -1;
	}
	if (h.alpn_len <= OFFER_MAX) {
		memcpy(out, h.alpn, h.alpn_len);
		*n = h.alpn_len;
	}
	return 0;
}
