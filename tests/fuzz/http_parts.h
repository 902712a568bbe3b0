/*
 * What the fuzz targets of heads share.
 */
#ifndef TESTS_FUZZ_HTTP_PARTS_H
#define TESTS_FUZZ_HTTP_PARTS_H

#include <stdlib.h>
#include <string.h>

#include "runtime/http/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	LIMIT = 4096,
	OURS = 4, /* fields that the writer may add */
};

typedef enum http_verdict parser(
	struct http_head *h, const char *buf, size_t n, size_t limit);

static char sent[3 * LIMIT];
static struct http_out out;

static inline void must(int holds)
{
	if (!holds)
		abort();
}

static inline struct http_out *fresh(void)
{
	out = (struct http_out){sent, sizeof(sent), 0, 0};
	return &out;
}

static inline int same(struct http_slice a, struct http_slice b)
{
	return a.n == b.n && memcmp(a.at, b.at, a.n) == 0;
}

static inline enum http_verdict parse(
	parser *p, struct http_head *h, const char *s, size_t n)
{
	http_head_start(h);
	return p(h, s, n, sizeof(sent));
}

/* Pieces of lengths that the octets themselves say, at a new place each time;
 * only what is there is there, for ASan. */
static inline enum http_verdict in_pieces(
	parser *p, struct http_head *h, const uint8_t *data, size_t size)
{
	enum http_verdict v = HTTP_MORE;

	http_head_start(h);
	for (size_t have = 0; v == HTTP_MORE && have <= size;) {
		char *copy = malloc(have ? have : 1);

		must(copy != NULL);
		memcpy(copy, data, have);
		v = p(h, copy, have, LIMIT);
		free(copy);
		if (have == size)
			break;
		have += 1 + data[have] % 32;
		if (have > size)
			have = size;
	}
	return v;
}

static inline void inside(const struct http_head *h, struct http_span s)
{
	must((uint32_t)s.at + s.n <= h->length);
}

static inline void check_fields(const struct http_head *h)
{
	must(h->length <= LIMIT && h->count <= HTTP_FIELDS_MAX);
	inside(h, h->target);
	inside(h, h->path);
	inside(h, h->query);
	inside(h, h->host_name);
	inside(h, h->phrase);
	for (unsigned i = 0; i < h->count; i++) {
		inside(h, h->field[i].name);
		inside(h, h->field[i].value);
		must(http_is_token(http_field_text(h, i)));
		must(http_is_value(http_field_value(h, i)));
	}
}

/* 1: a whole head. */
static inline int read_both_ways(
	parser *p, struct http_head *h, const uint8_t *data, size_t size)
{
	static struct http_head cut;
	enum http_verdict v, u;

	u = in_pieces(p, &cut, data, size);
	http_head_start(h);
	v = p(h, (const char *)data, size, LIMIT);
	/* Of a line that is not whole a fault may be seen earlier. */
	must(v == u || (v == HTTP_REFUSED && u == HTTP_MORE));
	if (u == HTTP_REFUSED)
		must(cut.reason == h->reason && cut.fault_at == h->fault_at);
	if (v != HTTP_WHOLE)
		return 0;
	must(cut.length == h->length && cut.count == h->count);
	check_fields(h);
	return 1;
}

/* What we wrote has no field that may not pass, but those of the framing. */
static inline void nothing_of_one_hop(
	const struct http_head *h, const struct http_frame *f)
{
	for (unsigned i = 0; i < h->count; i++)
		must(!http_frame_drops(f, i) ||
			http_field_fate((enum http_field_id)h->field[i].id) ==
				HTTP_FATE_FRAMES);
}

#endif
