/*
 * Heads that go out: nothing of one hop reaches the next, edits do what they
 * say, a redirect stays on its host, a buffer that is too small is noticed.
 */
/* LINK: runtime/http/write.c runtime/http/answer.c runtime/http/framing.c runtime/http/head.c runtime/http/first_line.c runtime/http/host.c runtime/http/field.c runtime/http/octets.c runtime/http/reason.c */
#include "runtime/http/answer.h"
#include "tests/unit/http_parts.h"

static struct http_head h;
static struct http_frame f;
static char buf[8192];
static struct http_out out;

static void fresh(size_t room)
{
	memset(buf, '#', sizeof(buf));
	out = (struct http_out){buf, room, 0, 0};
}

static void read_request(const char *s)
{
	assert_int_equal(request(&h, s), HTTP_WHOLE);
	assert_int_equal(http_frame_request(&f, &h, UINT64_MAX), HTTP_FINE);
	fresh(sizeof(buf));
}

static void read_response(const char *s, struct http_asked asked)
{
	assert_int_equal(response(&h, s), HTTP_WHOLE);
	assert_int_equal(
		http_frame_response(&f, &h, asked, UINT64_MAX), HTTP_FINE);
	fresh(sizeof(buf));
}

static void assert_out(const char *want)
{
	assert_int_equal(out.full, 0);
	buf[out.len] = '\0';
	assert_string_equal(buf, want);
}

static void request_is_rewritten(void **state)
{
	struct http_rewrite w = {.body = HTTP_BODY_CHUNKED};

	read_request("POST http://a/x%2Fy?z HTTP/1.1\r\n"
		     "X-A:\t1 \r\n"
		     "Connection: x-secret, keep-alive\r\n"
		     "X-Secret: 2\r\n"
		     "Host: A\r\n"
		     "Transfer-Encoding: chunked\r\n"
		     "Content_Length: 5\r\n"
		     "transfer_Encoding: x\r\n"
		     "Expect: 100-continue\r\n"
		     "TE: trailers\r\n"
		     "Trailer: y\r\n"
		     "Upgrade: h2c\r\n"
		     "HTTP2-Settings: q\r\n"
		     "Proxy-Connection: close\r\n"
		     "X_B: 3\r\n\r\n");
	assert_int_equal(http_write_request(&out, &h, &f, &w), HTTP_FINE);
	assert_out("POST /x%2Fy?z HTTP/1.1\r\nhost: a\r\n"
		   "transfer-encoding: chunked\r\n"
		   "X-A: 1\r\nX_B: 3\r\n\r\n");
}

/* Names that begin as ours and are as long. */
static void names_like_ours_pass(void **state)
{
	struct http_rewrite w = {.body = HTTP_BODY_NONE};

	read_request("GET / HTTP/1.1\r\nHost: a\r\nHist: 1\r\nTx: 2\r\n"
		     "Content-Lengts: 3\r\nhosts: 4\r\n\r\n");
	assert_int_equal(http_write_request(&out, &h, &f, &w), HTTP_FINE);
	assert_out("GET / HTTP/1.1\r\nhost: a\r\nHist: 1\r\nTx: 2\r\n"
		   "Content-Lengts: 3\r\nhosts: 4\r\n\r\n");
}

static void length_is_told(void **state)
{
	struct http_rewrite w = {.body = HTTP_BODY_LENGTH, .close = 1};

	read_request("PUT / HTTP/1.0\r\nContent-Length: 007\r\n\r\n");
	w.host = slice("b");
	assert_int_equal(http_write_request(&out, &h, &f, &w), HTTP_FINE);
	assert_out("PUT / HTTP/1.1\r\nhost: b\r\ncontent-length: 7\r\n"
		   "connection: close\r\n\r\n");
	w = (struct http_rewrite){.body = HTTP_BODY_NONE};
	read_request("POST /? HTTP/1.1\r\nHost: a\r\n"
		     "Content-Length: 0\r\n\r\n");
	assert_int_equal(http_write_request(&out, &h, &f, &w), HTTP_FINE);
	assert_out("POST /? HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
}

static void edits(void **state)
{
	struct http_edit e[] = {
		{HTTP_EDIT_SET, slice("x-real-ip"), slice("192.0.2.1")},
		{HTTP_EDIT_REMOVE, slice("cookie"), {"", 0}},
		{HTTP_EDIT_ADD, slice("Via"), slice("1.1 b")},
		{HTTP_EDIT_SET, slice("x-twice"), slice("1")},
		{HTTP_EDIT_SET, slice("X-Twice"), slice("2")},
		{HTTP_EDIT_ADD, slice("x-gone"), slice("1")},
		{HTTP_EDIT_REMOVE, slice("x-gone"), {"", 0}},
		{HTTP_EDIT_SET, slice("content-length"), slice("9")},
		{HTTP_EDIT_SET, slice("connection"), slice("x")},
		{HTTP_EDIT_SET, slice("x-empty"), slice("")},
	};
	struct http_rewrite w = {.edit = e, .edits = sizeof(e) / sizeof(*e)};

	read_request("GET / HTTP/1.1\r\nHost: a\r\nX-Real-IP: 6\r\n"
		     "x_real_ip: 7\r\nX-REAL-ip: 8\r\nVia: 1.0 c\r\n"
		     "Cookie: d\r\ncookie: e\r\nCookies: f\r\n\r\n");
	assert_int_equal(http_write_request(&out, &h, &f, &w), HTTP_FINE);
	assert_out("GET / HTTP/1.1\r\nhost: a\r\nVia: 1.0 c\r\nCookies: f\r\n"
		   "x-real-ip: 192.0.2.1\r\nVia: 1.1 b\r\nX-Twice: 2\r\n"
		   "x-empty: \r\n\r\n");
}

/* What was decided by reaches the server under no other name. */
static void tested_names(void **state)
{
	struct http_edit e[] = {
		{HTTP_EDIT_TESTED, slice("x-beta"), {"", 0}},
		{HTTP_EDIT_SET, slice("x-a-b"), slice("1")},
		{HTTP_EDIT_TESTED, slice("x-a-b"), {"", 0}},
	};
	struct http_rewrite w = {.edit = e, .edits = 3};

	read_request("GET / HTTP/1.1\r\nHost: a\r\nX-Beta: 1\r\n"
		     "x_beta: 2\r\nX-BETA: 3\r\nx-a_b: 4\r\n\r\n");
	assert_int_equal(http_write_request(&out, &h, &f, &w), HTTP_FINE);
	assert_out("GET / HTTP/1.1\r\nhost: a\r\nX-Beta: 1\r\nX-BETA: 3\r\n"
		   "x-a-b: 1\r\n\r\n");
}

/* A field that a client takes away with Connection is still set by us. */
static void set_what_was_nominated(void **state)
{
	struct http_edit e = {
		HTTP_EDIT_SET, slice("x-real-ip"), slice("192.0.2.1")};
	struct http_rewrite w = {.edit = &e, .edits = 1};

	read_request("GET / HTTP/1.1\r\nHost: a\r\n"
		     "Connection: x-real-ip, host, content-length\r\n"
		     "Content-Length: 0\r\n\r\n");
	assert_int_equal(http_write_request(&out, &h, &f, &w), HTTP_FINE);
	assert_out("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n"
		   "x-real-ip: 192.0.2.1\r\n\r\n");
}

static void values_may_come_from_outside(void **state)
{
	static const char *const bad[] = {
		"a\r\nb: c", "a\n", "\r", " a", "a\t", "a\x7f", "a\x01"};
	struct http_edit e = {HTTP_EDIT_SET, slice("x"), {"", 0}};
	struct http_rewrite w = {.edit = &e, .edits = 1};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		read_request("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		e.value = slice(bad[i]);
		assert_int_equal(http_write_request(&out, &h, &f, &w),
			HTTP_REASON_WRITE_VALUE);
	}
	e.name = slice("x y");
	e.value = slice("z");
	assert_int_equal(
		http_write_request(&out, &h, &f, &w), HTTP_REASON_WRITE_VALUE);
}

static void response_is_rewritten(void **state)
{
	struct http_asked get = {0, 0}, head = {1, 0};
	struct http_rewrite w = {.body = HTTP_BODY_CHUNKED};

	read_response("HTTP/1.0 200 Very OK\r\nServer:  x\r\n"
		      "Keep-Alive: timeout=5\r\nConnection: keep-alive\r\n"
		      "Upgrade: h2c\r\n\r\n",
		get);
	assert_int_equal(http_write_response(&out, &h, &f, &w), HTTP_FINE);
	assert_out("HTTP/1.1 200 Very OK\r\ntransfer-encoding: chunked\r\n"
		   "Server: x\r\n\r\n");
	read_response(
		"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n", get);
	w = (struct http_rewrite){.body = HTTP_BODY_CLOSE, .close = 1};
	assert_int_equal(http_write_response(&out, &h, &f, &w), HTTP_FINE);
	assert_out("HTTP/1.1 200 \r\nconnection: close\r\n\r\n");
	read_response("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", head);
	w = (struct http_rewrite){.body = HTTP_BODY_NONE, .keep_alive = 1};
	assert_int_equal(http_write_response(&out, &h, &f, &w), HTTP_FINE);
	assert_out("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n"
		   "connection: keep-alive\r\n\r\n");
}

static void upgrade(void **state)
{
	static const char asks[] = "GET /ws HTTP/1.1\r\nHost: a\r\n"
				   "Upgrade: WebSocket\r\n"
				   "Connection: Upgrade\r\n"
				   "Sec-WebSocket-Key: k\r\n\r\n";
	struct http_rewrite w = {.upgrade = 1};

	read_request(asks);
	assert_int_equal(http_write_request(&out, &h, &f, &w), HTTP_FINE);
	assert_out("GET /ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\n"
		   "upgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n");
}

/* In a buffer of any size: all of it, or WRITE_LONG and not one octet too far;
 * what is written is then read as the same. */
static void rooms(void **state)
{
	struct http_rewrite w = {.body = HTTP_BODY_LENGTH, .close = 1};
	struct http_head again;
	size_t need;

	read_request("GET /x?y HTTP/1.1\r\nHost: a\r\nA: b\r\n"
		     "Content-Length: 12\r\n\r\n");
	assert_int_equal(http_write_request(&out, &h, &f, &w), HTTP_FINE);
	need = out.len;
	for (size_t room = 0; room < need; room++) {
		fresh(room);
		assert_int_equal(http_write_request(&out, &h, &f, &w),
			HTTP_REASON_WRITE_LONG);
		assert_int_equal(buf[room], '#');
	}
	fresh(need);
	assert_int_equal(http_write_request(&out, &h, &f, &w), HTTP_FINE);
	assert_int_equal(buf[need], '#');
	http_head_start(&again);
	assert_int_equal(
		http_request_parse(&again, buf, need, need), HTTP_WHOLE);
	assert_int_equal(again.length, need);
}

static void answers(void **state)
{
	struct http_answer a = {.status = 403, .text = slice("n"), .close = 1};
	struct http_edit e = {HTTP_EDIT_SET, slice("x"), slice("y")};

	fresh(sizeof(buf));
	assert_int_equal(http_write_answer(&out, &a), HTTP_FINE);
	assert_out("HTTP/1.1 403 Forbidden\r\n"
		   "content-type: text/plain; charset=utf-8\r\n"
		   "content-length: 1\r\nconnection: close\r\n\r\nn");
	fresh(sizeof(buf));
	a = (struct http_answer){.status = 200,
		.text = slice("no\n"),
		.head = 1,
		.edit = &e,
		.edits = 1};
	assert_int_equal(http_write_answer(&out, &a), HTTP_FINE);
	assert_out("HTTP/1.1 200 OK\r\n"
		   "content-type: text/plain; charset=utf-8\r\n"
		   "content-length: 3\r\nx: y\r\n\r\n");
	fresh(sizeof(buf));
	a = (struct http_answer){.status = 204, .text = slice("no")};
	assert_int_equal(http_write_answer(&out, &a), HTTP_FINE);
	assert_out("HTTP/1.1 204 No Content\r\n\r\n");
	fresh(sizeof(buf));
	a = (struct http_answer){.status = 405};
	assert_int_equal(http_write_answer(&out, &a), HTTP_FINE);
	assert_out(
		"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n"
		"allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n\r\n");
	fresh(20);
	assert_int_equal(http_write_answer(&out, &a), HTTP_REASON_WRITE_LONG);
	fresh(sizeof(buf));
	http_put_continue(&out);
	assert_out("HTTP/1.1 100 Continue\r\n\r\n");
}

/* Every reason has a status with a phrase. */
static void reasons(void **state)
{
	for (int r = 1; r < HTTP_REASON_COUNT; r++) {
		unsigned status = http_reason_status((enum http_reason)r, 0);

		assert_string_not_equal(http_status_phrase(status), "");
		assert_true(status >= 400 && status <= 505);
	}
	assert_string_equal(http_status_phrase(299), "");
}

static void location(
	const char *target, const char *host, uint16_t port, const char *want)
{
	char s[300];

	snprintf(s, sizeof(s), "%s HTTP/1.1\r\nHost: a.example.com:80\r\n\r\n",
		target);
	read_request(s);
	assert_int_equal(
		http_put_location(&out, "https", slice(host), port, &h),
		want ? HTTP_FINE : HTTP_REASON_WRITE_LOCATION);
	if (want)
		assert_out(want);
}

static void redirects(void **state)
{
	location("GET /x?y=1", "", 0, "https://a.example.com/x?y=1");
	location("GET /", "b.test", 8443, "https://b.test:8443/");
	location("GET /", "[::1]", 0, "https://[::1]/");
	location("GET //evil/x", "", 0, "https://a.example.com//evil/x");
	location("GET /@evil", "", 0, "https://a.example.com/@evil");
	location("GET /?@evil", "", 0, "https://a.example.com/?@evil");
	location("GET http://a.example.com:80?x", "", 0,
		"https://a.example.com/?x");
	location("OPTIONS *", "", 0, NULL);
	location("GET /", "b@c", 0, NULL);
	location("GET /", "b:1", 2, NULL);
	read_request("GET /x HTTP/1.0\r\n\r\n");
	assert_int_equal(http_put_location(&out, "https", slice(""), 0, &h),
		HTTP_REASON_WRITE_LOCATION);
	/* Such targets do not come so far. */
	assert_int_equal(request(&h, "GET @evil/x HTTP/1.1\r\nHost: a\r\n\r\n"),
		HTTP_REFUSED);
	assert_int_equal(request(&h, "GET .evil HTTP/1.1\r\nHost: a\r\n\r\n"),
		HTTP_REFUSED);
	assert_int_equal(
		request(&h, "GET http://a@evil/ HTTP/1.1\r\nHost: a\r\n\r\n"),
		HTTP_REFUSED);
}

static void redirect_answer(void **state)
{
	char url[200];
	struct http_out u = {url, sizeof(url), 0, 0};
	struct http_answer a = {.status = 308};

	read_request("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(
		http_put_location(&u, "https", slice(""), 0, &h), HTTP_FINE);
	a.location = (struct http_slice){u.at, u.len};
	assert_int_equal(http_write_answer(&out, &a), HTTP_FINE);
	assert_out("HTTP/1.1 308 Permanent Redirect\r\ncontent-length: 0\r\n"
		   "location: https://a/x\r\n\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_rewritten),
		cmocka_unit_test(names_like_ours_pass),
		cmocka_unit_test(length_is_told),
		cmocka_unit_test(edits),
		cmocka_unit_test(tested_names),
		cmocka_unit_test(set_what_was_nominated),
		cmocka_unit_test(values_may_come_from_outside),
		cmocka_unit_test(response_is_rewritten),
		cmocka_unit_test(upgrade),
		cmocka_unit_test(rooms),
		cmocka_unit_test(answers),
		cmocka_unit_test(reasons),
		cmocka_unit_test(redirects),
		cmocka_unit_test(redirect_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
