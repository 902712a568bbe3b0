/*
 * The head of a response, from a server: as http_request.c.  The first octet is
 * what was asked.
 */
/* LINK: runtime/http/write.c runtime/http/framing.c runtime/http/head.c runtime/http/first_line.c runtime/http/host.c runtime/http/field.c runtime/http/octets.c runtime/http/reason.c */
#include "tests/fuzz/http_parts.h"

static void send_on(const struct http_head *h, const struct http_frame *f,
	struct http_asked asked)
{
	static struct http_head again;
	struct http_rewrite w = {.upgrade = f->upgrade};
	struct http_frame g;

	w.body = http_body_onward(f->body, HTTP_1_1);
	must(http_write_response(fresh(), h, f, &w) == HTTP_FINE);
	if (h->count + OURS > HTTP_FIELDS_MAX)
		return; /* maybe too many to be read again */
	must(parse(http_response_parse, &again, out.at, out.len) == HTTP_WHOLE);
	must(again.length == out.len && again.status == h->status);
	must(same(http_slice(h, h->phrase), http_slice(&again, again.phrase)));
	must(http_frame_response(&g, &again, asked, UINT64_MAX) == HTTP_FINE);
	must(g.body == w.body && g.length == f->length && g.keep_alive);
	must(g.upgrade == f->upgrade && g.has_length == f->has_length);
	nothing_of_one_hop(&again, &g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_head h;
	struct http_asked asked;
	struct http_frame f;

	if (size == 0)
		return 0;
	asked = (struct http_asked){data[0] & 1, data[0] >> 1 & 1};
	if (!read_both_ways(http_response_parse, &h, data + 1, size - 1))
		return 0;
	must(h.status >= 100 && h.status <= 599);
	if (http_frame_response(&f, &h, asked, UINT64_MAX) != HTTP_FINE)
		return 0;
	must(!asked.head || f.body == HTTP_BODY_NONE);
	must(f.upgrade == (h.status == 101));
	must(f.body != HTTP_BODY_CLOSE || !f.keep_alive);
	send_on(&h, &f, asked);
	return 0;
}
