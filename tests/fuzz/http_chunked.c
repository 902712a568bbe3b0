/*
 * A body in the chunked coding, from either side: the same payload and the same
 * verdict however the octets are cut, and payload is never more than announced.
 */
/* LINK: runtime/http/chunked.c runtime/http/octets.c */
#include <stdlib.h>
#include <string.h>

#include "runtime/http/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 16 };

struct outcome {
	enum http_chunked_status st;
	enum http_reason reason;
	size_t at, n;
	char payload[MOST];
};

static void must(int holds)
{
	if (!holds)
		abort();
}

/* Pieces of one octet, or as long as the octets say; from copies of exact
 * size. */
static void decode(
	struct outcome *o, const uint8_t *data, size_t size, unsigned most)
{
	struct http_chunked c;
	struct http_slice got;
	size_t used;

	*o = (struct outcome){.st = HTTP_CHUNKED_MORE};
	http_chunked_start(&c, MOST);
	while (o->at < size && o->st != HTTP_CHUNKED_END) {
		size_t n = 1 + data[o->at] % most;
		char *copy;

		n = n < size - o->at ? n : size - o->at;
		copy = malloc(n);
		must(copy != NULL);
		memcpy(copy, data + o->at, n);
		o->st = http_chunked_read(&c, copy, n, &used, &got);
		o->at += used;
		must(used <= n && o->n + got.n <= c.total && c.total <= MOST);
		memcpy(o->payload + o->n, got.at, got.n);
		o->n += got.n;
		free(copy);
		if (o->st == HTTP_CHUNKED_BAD)
			break;
		must(used > 0);
	}
	o->reason = c.reason;
	if (o->st == HTTP_CHUNKED_END)
		must(o->n == c.total);
}

/* What was read is written and read again. */
static void again(const struct outcome *o)
{
	static char wire[MOST + 64];
	static struct outcome p;
	size_t n = 0;

	if (o->n > 0) {
		n = http_chunk_head(wire, o->n);
		memcpy(wire + n, o->payload, o->n);
		n += o->n;
		memcpy(wire + n, HTTP_CHUNK_TAIL, 2);
		n += 2;
	}
	memcpy(wire + n, HTTP_CHUNK_LAST, 5);
	n += 5;
	decode(&p, (const uint8_t *)wire, n, 255);
	must(p.st == HTTP_CHUNKED_END && p.at == n && p.n == o->n);
	must(memcmp(p.payload, o->payload, o->n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome one, many;

	if (size > MOST / 2)
		return 0;
	decode(&one, data, size, 1);
	decode(&many, data, size, 255);
	must((one.st == HTTP_CHUNKED_END) == (many.st == HTTP_CHUNKED_END));
	must((one.st == HTTP_CHUNKED_BAD) == (many.st == HTTP_CHUNKED_BAD));
	must(one.reason == many.reason && one.at == many.at);
	must(one.n == many.n && memcmp(one.payload, many.payload, one.n) == 0);
	if (one.st == HTTP_CHUNKED_END)
		again(&one);
	return 0;
}
