/*
 * What runtime/http makes of octets, for tests/http.t: `read request`, `read
 * response`, `read head` (a response to HEAD) and `read path`.  Standard input
 * is records, each its length (4 octets, little-endian) and its octets; each
 * gets one line of space-separated words.
 *
 *	refused WORD
 *	more                           the octets end before the head or the body
 *	whole USED BODY FLAGS PAYLOAD REWRITTEN VERSION METHOD TARGET FIELD...
 *	READING...                     of a path, in hexadecimal
 *
 * BODY is none, chunked, close or length:N; FLAGS are letters (k: the
 * connection goes on, e: expects 100, u: upgrades) or `-`; PAYLOAD and what
 * follows are in hexadecimal; for a response METHOD is the status and TARGET
 * the phrase.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/http/chunked.h"
#include "runtime/http/path.h"
#include "runtime/http/write.h"

enum { MOST = 1 << 20, LIMIT = 16384 };

static struct http_head h;
static struct http_frame f;
static char payload[MOST], written[2 * LIMIT];
static size_t payload_n;
static int is_response;
static struct http_asked asked;

static void hex(struct http_slice s)
{
	printf(s.n > 0 ? " " : " -");
	for (size_t i = 0; i < s.n; i++)
		printf("%02x", (unsigned char)s.at[i]);
}

static void refused(enum http_reason why)
{
	printf("refused %s\n", http_reason_word(why));
}

/* 1 when the body is whole and *used is its length, 0 when a line was
 * printed. */
static int chunks(const char *p, size_t n, size_t *used)
{
	struct http_chunked c;
	struct http_slice data;
	size_t at = 0, step;

	http_chunked_start(&c, UINT64_MAX);
	while (at < n) {
		enum http_chunked_status st =
			http_chunked_read(&c, p + at, n - at, &step, &data);

		at += step;
		if (st == HTTP_CHUNKED_BAD)
			return refused(c.reason), 0;
		memcpy(payload + payload_n, data.at, data.n);
		payload_n += data.n;
		*used = at;
		if (st == HTTP_CHUNKED_END)
			return 1;
	}
	return puts("more"), 0;
}

static int body(const char *p, size_t n, size_t *used)
{
	*used = 0;
	if (f.body == HTTP_BODY_CHUNKED)
		return chunks(p, n, used);
	if (f.body == HTTP_BODY_LENGTH && f.length > n)
		return puts("more"), 0;
	if (f.body == HTTP_BODY_LENGTH)
		*used = (size_t)f.length;
	if (f.body == HTTP_BODY_CLOSE)
		*used = n;
	memcpy(payload, p, *used);
	payload_n = *used;
	return 1;
}

static void fields(void)
{
	if (is_response) {
		printf(" %u", h.status);
		hex(http_slice(&h, h.phrase));
	} else {
		hex(http_slice(&h, h.method_text));
		hex(http_slice(&h, h.target));
	}
	for (unsigned i = 0; i < h.count; i++) {
		hex(http_field_text(&h, i));
		hex(http_field_value(&h, i));
	}
}

static void whole(size_t used)
{
	static const char *const bodies[] = {
		"none", "length", "chunked", "close"};
	struct http_rewrite w = {.body = f.body};
	struct http_out out = {written, sizeof(written), 0, 0};
	enum http_reason why = is_response
		? http_write_response(&out, &h, &f, &w)
		: http_write_request(&out, &h, &f, &w);

	if (why != HTTP_FINE)
		abort();
	printf("whole %zu %s", used, bodies[f.body]);
	if (f.body == HTTP_BODY_LENGTH)
		printf(":%llu", (unsigned long long)f.length);
	printf(" %s%s%s", f.keep_alive ? "k" : "", f.expect ? "e" : "",
		f.upgrade ? "u" : "");
	if (!f.keep_alive && !f.expect && !f.upgrade)
		printf("-");
	hex((struct http_slice){payload, payload_n});
	hex((struct http_slice){out.at, out.len});
	printf(" %u", h.version);
	fields();
	printf("\n");
}

static void message(const char *p, size_t n)
{
	enum http_verdict v;
	enum http_reason why;
	size_t used;

	http_head_start(&h);
	v = is_response ? http_response_parse(&h, p, n, LIMIT)
			: http_request_parse(&h, p, n, LIMIT);
	if (v == HTTP_MORE) {
		puts("more");
		return;
	}
	why = v == HTTP_REFUSED ? h.reason
		: is_response   ? http_frame_response(&f, &h, asked, UINT64_MAX)
				: http_frame_request(&f, &h, UINT64_MAX);
	if (why != HTTP_FINE) {
		refused(why);
		return;
	}
	payload_n = 0;
	if (body(p + h.length, n - h.length, &used))
		whole(h.length + used);
}

static void path(const char *p, size_t n)
{
	static struct http_readings r;
	enum http_reason why = http_path_read(&r, (struct http_slice){p, n});

	if (why != HTTP_FINE) {
		refused(why);
		return;
	}
	for (unsigned i = 0; i < r.count; i++)
		hex(r.of[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "";
	unsigned char len[4];

	is_response =
		strcmp(kind, "response") == 0 || strcmp(kind, "head") == 0;
	asked.head = strcmp(kind, "head") == 0;
	if (!is_response && strcmp(kind, "request") != 0 &&
		strcmp(kind, "path") != 0)
		return 2;
	while (fread(len, 1, 4, stdin) == 4) {
		size_t n = len[0] | len[1] << 8 | len[2] << 16;
		char *p = malloc(n ? n : 1); /* exact: ASan sees overreads */

		if (!p || len[3] || n > MOST || fread(p, 1, n, stdin) != n)
			return 2;
		if (strcmp(kind, "path") == 0)
			path(p, n);
		else
			message(p, n);
		free(p);
	}
	return 0;
}
