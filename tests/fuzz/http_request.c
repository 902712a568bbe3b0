/*
 * The head of a request, from any client: the verdict is the same however the
 * octets are cut, every span lies in the head, and what we send on reads as the
 * same request with our framing.
 */
/* LINK: runtime/http/write.c runtime/http/framing.c runtime/http/head.c runtime/http/first_line.c runtime/http/host.c runtime/http/field.c runtime/http/octets.c runtime/http/reason.c */
#include "tests/fuzz/http_parts.h"

static void send_on(const struct http_head *h, const struct http_frame *f)
{
	static struct http_head again;
	struct http_rewrite w = {.body = f->body, .upgrade = f->upgrade};
	struct http_frame g;

	must(http_write_request(fresh(), h, f, &w) == HTTP_FINE);
	if (h->count + OURS > HTTP_FIELDS_MAX)
		return; /* maybe too many to be read again */
	must(parse(http_request_parse, &again, out.at, out.len) == HTTP_WHOLE);
	must(again.length == out.len && again.method == h->method);
	must(again.has_query == h->has_query);
	must(same(http_head_path(h), http_head_path(&again)));
	must(same(http_slice(h, h->query), http_slice(&again, again.query)));
	must(!h->has_host ||
		same(http_slice(h, h->host), http_slice(&again, again.host)));
	must(http_frame_request(&g, &again, UINT64_MAX) == HTTP_FINE);
	must(g.body == f->body && g.length == f->length);
	must(g.upgrade == f->upgrade && !g.expect && g.keep_alive);
	nothing_of_one_hop(&again, &g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_head h;
	struct http_frame f;

	if (!read_both_ways(http_request_parse, &h, data, size))
		return 0;
	must(h.version == HTTP_1_1 || h.version == HTTP_1_0);
	must(h.has_host || h.version == HTTP_1_0);
	must(http_method_served((enum http_method)h.method));
	if (http_frame_request(&f, &h, UINT64_MAX) != HTTP_FINE)
		return 0;
	must(f.body != HTTP_BODY_CLOSE);
	must(!f.upgrade || f.body == HTTP_BODY_NONE);
	/* HTTP/1.0 without Host: the caller knows whom it is for. */
	if (h.has_host)
		send_on(&h, &f);
	return 0;
}
