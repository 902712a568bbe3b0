/*
 * What heads say of their bodies and of the connection.  Refusals are in the
 * corpus (tests/http); here is what is read, and the bounds.
 */
/* LINK: runtime/http/framing.c runtime/http/head.c runtime/http/first_line.c runtime/http/host.c runtime/http/field.c runtime/http/octets.c runtime/http/reason.c */
#include "runtime/http/framing.h"
#include "tests/unit/http_parts.h"

static struct http_head h;
static struct http_frame f;

static enum http_reason asks(const char *start, const char *fields)
{
	char s[4096];

	snprintf(s, sizeof(s), "%s\r\nHost: a\r\n%s\r\n", start, fields);
	assert_int_equal(request(&h, s), HTTP_WHOLE);
	return http_frame_request(&f, &h, UINT64_MAX);
}

static enum http_reason answers(
	struct http_asked asked, const char *start, const char *fields)
{
	char s[4096];

	snprintf(s, sizeof(s), "%s\r\n%s\r\n", start, fields);
	assert_int_equal(response(&h, s), HTTP_WHOLE);
	return http_frame_response(&f, &h, asked, UINT64_MAX);
}

#define GET "GET / HTTP/1.1"
#define POST "POST / HTTP/1.1"

static void bodies_of_requests(void **state)
{
	assert_int_equal(asks(GET, ""), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_NONE);
	assert_int_equal(f.has_length, 0);
	assert_int_equal(asks(POST, "Content-Length: 0\r\n"), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_NONE);
	assert_int_equal(f.has_length, 1);
	assert_int_equal(asks(GET, "Content-Length: 0042\r\n"), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_LENGTH);
	assert_int_equal(f.length, 42);
	assert_int_equal(
		asks(POST, "Transfer-Encoding: Chunked\r\n"), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_CHUNKED);
	assert_int_equal(
		asks("DELETE / HTTP/1.1", "Content-Length: 1\r\n"), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_LENGTH);
}

static void longest_length(void **state)
{
	assert_int_equal(asks(POST, "Content-Length: 999999999999999999\r\n"),
		HTTP_FINE);
	assert_int_equal(f.length, 999999999999999999u);
	assert_int_equal(http_frame_request(&f, &h, 999999999999999998u),
		HTTP_REASON_BODY_LONG);
	assert_int_equal(
		http_frame_request(&f, &h, 999999999999999999u), HTTP_FINE);
	assert_int_equal(asks(POST, "Content-Length: 1000000000000000000\r\n"),
		HTTP_REASON_LENGTH_BAD);
}

static void bodies_of_responses(void **state)
{
	struct http_asked get = {0, 0}, head = {1, 0};
	static const char length[] = "Content-Length: 5\r\n";
	static const char chunked[] = "Transfer-Encoding: chunked\r\n";

	assert_int_equal(answers(get, "HTTP/1.1 200 OK", length), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_LENGTH);
	assert_int_equal(answers(get, "HTTP/1.1 200 OK", chunked), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_CHUNKED);
	assert_int_equal(f.keep_alive, 1);
	assert_int_equal(answers(get, "HTTP/1.1 200 OK", ""), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_CLOSE);
	assert_int_equal(f.keep_alive, 0);
	assert_int_equal(
		answers(get, "HTTP/1.1 200 OK", "Content-Length: 0\r\n"),
		HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_NONE);
	assert_int_equal(f.keep_alive, 1);
	/* Told, and not there. */
	assert_int_equal(answers(head, "HTTP/1.1 200 OK", length), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_NONE);
	assert_int_equal(f.length, 5);
	assert_int_equal(answers(head, "HTTP/1.1 200 OK", chunked), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_NONE);
	assert_int_equal(f.is_chunked, 1);
	assert_int_equal(f.keep_alive, 1);
	assert_int_equal(answers(head, "HTTP/1.1 200 OK", ""), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_NONE);
	assert_int_equal(answers(get, "HTTP/1.1 304 x", length), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_NONE);
	assert_int_equal(f.has_length, 1);
	assert_int_equal(
		answers(get, "HTTP/1.1 204 x", "Content-Length: 0\r\n"),
		HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_NONE);
	assert_int_equal(f.has_length, 0);
	assert_int_equal(
		answers(get, "HTTP/1.1 103 x", "Link: y\r\n"), HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_NONE);
}

static void no_body_where_none_can_be(void **state)
{
	static const char *const starts[] = {"HTTP/1.1 100 x", "HTTP/1.1 103 x",
		"HTTP/1.1 199 x", "HTTP/1.1 204 x"};

	for (int head = 0; head < 2; head++) {
		struct http_asked asked = {(uint8_t)head, 0};

		for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
			assert_int_equal(answers(asked, starts[i],
						 "Content-Length: 1\r\n"),
				HTTP_REASON_BODY_UNEXPECTED);
			assert_int_equal(answers(asked, starts[i],
						 "Transfer-Encoding: "
						 "chunked\r\n"),
				HTTP_REASON_BODY_UNEXPECTED);
		}
	}
}

static void keep_alive(void **state)
{
	static const struct {
		const char *version, *fields;
		int want;
	} cases[] = {
		{"1.1", "", 1},
		{"1.1", "Connection: close\r\n", 0},
		{"1.1", "Connection: x, CLOSE ,\r\n", 0},
		{"1.1", "Connection: keep-alive\r\nConnection: close\r\n", 0},
		{"1.1", "Connection: closed\r\n", 1},
		{"1.1", "Proxy-Connection: close\r\n", 1},
		{"1.0", "", 0},
		{"1.0", "Connection: Keep-Alive\r\n", 1},
		{"1.0", "Connection: keep-alive, close\r\n", 0},
		{"1.0", "Keep-Alive: timeout=5\r\n", 0},
	};
	char start[40];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(start, sizeof(start), "GET / HTTP/%s",
			cases[i].version);
		assert_int_equal(asks(start, cases[i].fields), HTTP_FINE);
		assert_int_equal(f.keep_alive, cases[i].want);
	}
}

static void expectations(void **state)
{
	static const char expect[] = "Expect: 100-Continue\r\n"
				     "Content-Length: 1\r\n";

	assert_int_equal(asks(POST, expect), HTTP_FINE);
	assert_int_equal(f.expect, 1);
	assert_int_equal(asks("POST / HTTP/1.0", expect), HTTP_FINE);
	assert_int_equal(f.expect, 0);
	assert_int_equal(asks(POST, "Expect: 100-continue\r\n"), HTTP_FINE);
	assert_int_equal(f.expect, 0);
	assert_int_equal(
		asks(POST, "Expect: 100-continue, x\r\n"), HTTP_REASON_EXPECT);
	assert_int_equal(http_reason_status(HTTP_REASON_EXPECT, 0), 417);
	/* From a server it means nothing. */
	assert_int_equal(answers((struct http_asked){0, 0}, "HTTP/1.1 200 x",
				 "Expect: y\r\nContent-Length: 3\r\n"),
		HTTP_FINE);
	assert_int_equal(f.body, HTTP_BODY_LENGTH);
}

static void upgrades(void **state)
{
	static const char ws[] = "Connection: keep-alive, Upgrade\r\n"
				 "Upgrade: WebSocket\r\n";
	static const char *const others[] = {
		"Connection: upgrade\r\nUpgrade: h2c\r\n",
		"Connection: upgrade\r\nUpgrade: websocket, h2c\r\n",
		"Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: x\r\n",
		"Connection: upgrade\r\nUpgrade: x\r\nUpgrade: websocket\r\n",
		"Connection: upgrade\r\nUpgrade: websocket/13\r\n",
		"Upgrade: websocket\r\n",
		"Connection: upgrade\r\n",
		"Connection: upgrade\r\nUpgrade: websocket\r\n"
		"Content-Length: 1\r\n",
	};
	struct http_asked asked = {0, 1}, not_asked = {0, 0};

	assert_int_equal(asks(GET, ws), HTTP_FINE);
	assert_int_equal(f.upgrade, 1);
	assert_int_equal(asks("GET / HTTP/1.0", ws), HTTP_FINE);
	assert_int_equal(f.upgrade, 0);
	assert_int_equal(asks(POST, ws), HTTP_FINE);
	assert_int_equal(f.upgrade, 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		assert_int_equal(asks(GET, others[i]), HTTP_FINE);
		assert_int_equal(f.upgrade, 0);
	}
	assert_int_equal(answers(asked, "HTTP/1.1 101 x", ws), HTTP_FINE);
	assert_int_equal(f.upgrade, 1);
	assert_int_equal(answers(not_asked, "HTTP/1.1 101 x", ws),
		HTTP_REASON_SWITCH_UNASKED);
	assert_int_equal(answers(asked, "HTTP/1.1 101 x", others[0]),
		HTTP_REASON_SWITCH_UNASKED);
	assert_int_equal(answers(asked, "HTTP/1.0 101 x", ws),
		HTTP_REASON_SWITCH_UNASKED);
	assert_int_equal(answers(asked, "HTTP/1.1 200 x", ws), HTTP_FINE);
	assert_int_equal(f.upgrade, 0);
}

static void hop_by_hop(void **state)
{
	assert_int_equal(asks(GET,
				 "X-A: 1\r\n"
				 "Connection: x-b, close\r\n"
				 "X-B: 2\r\n"
				 "Keep-Alive: 5\r\n"
				 "TE: gzip, trailers\r\n"
				 "x-b: 3\r\n"
				 "Connection: X-A\r\n"
				 "Cookie: c\r\n"
				 "Upgrade: h2c\r\n"
				 "HTTP2-Settings: x\r\n"),
		HTTP_FINE);
	assert_int_equal(h.count, 11);
	for (unsigned i = 0; i < h.count; i++)
		assert_int_equal(http_frame_drops(&f, i), i != 8);
	assert_int_equal(f.te_trailers, 1);
}

/* The first field, and two in a row. */
static void named_fields_anywhere(void **state)
{
	assert_int_equal(request(&h,
				 "GET / HTTP/1.1\r\nA: 1\r\nA: 2\r\n"
				 "a: 3\r\nConnection: a\r\n"
				 "Host: a\r\n\r\n"),
		HTTP_WHOLE);
	assert_int_equal(http_frame_request(&f, &h, UINT64_MAX), HTTP_FINE);
	for (unsigned i = 0; i < 3; i++)
		assert_true(http_frame_drops(&f, i));
	assert_int_equal(f.dropped[0], 0x1f);
	assert_int_equal(f.dropped[1], 0);
}

/* Each option is looked for among all fields, so there are not many. */
static void options_are_bounded(void **state)
{
	char list[200] = "Connection: ";

	for (int i = 0; i < HTTP_OPTIONS_MAX; i++)
		strcat(list, ",a,");
	strcat(list, "\r\n");
	assert_int_equal(asks(GET, list), HTTP_FINE);
	strcpy(list + strlen(list) - 2, "a\r\n");
	assert_int_equal(asks(GET, list), HTTP_REASON_CONNECTION_MANY);
}

/* The last field, too, has a bit. */
static void the_hundredth_field(void **state)
{
	char s[2000] = "Connection: z\r\n";

	for (int i = 2; i < HTTP_FIELDS_MAX - 1; i++)
		strcat(s, "a:\r\n");
	strcat(s, "z:\r\n");
	assert_int_equal(asks(GET, s), HTTP_FINE);
	assert_int_equal(h.count, HTTP_FIELDS_MAX);
	assert_true(http_frame_drops(&f, HTTP_FIELDS_MAX - 1));
	assert_false(http_frame_drops(&f, HTTP_FIELDS_MAX - 2));
}

static void onward(void **state)
{
	assert_int_equal(
		http_body_onward(HTTP_BODY_CHUNKED, HTTP_1_0), HTTP_BODY_CLOSE);
	assert_int_equal(
		http_body_onward(HTTP_BODY_CLOSE, HTTP_1_1), HTTP_BODY_CHUNKED);
	assert_int_equal(
		http_body_onward(HTTP_BODY_CLOSE, HTTP_1_0), HTTP_BODY_CLOSE);
	assert_int_equal(
		http_body_onward(HTTP_BODY_LENGTH, HTTP_1_0), HTTP_BODY_LENGTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_of_requests),
		cmocka_unit_test(longest_length),
		cmocka_unit_test(bodies_of_responses),
		cmocka_unit_test(no_body_where_none_can_be),
		cmocka_unit_test(keep_alive),
		cmocka_unit_test(expectations),
		cmocka_unit_test(upgrades),
		cmocka_unit_test(hop_by_hop),
		cmocka_unit_test(named_fields_anywhere),
		cmocka_unit_test(options_are_bounded),
		cmocka_unit_test(the_hundredth_field),
		cmocka_unit_test(onward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
