/*
 * Heads of requests and responses: what is found, what is refused, in any
 * pieces.  The corpus of heads that two readers take differently is
 * tests/http's.
 */
/* LINK: runtime/http/head.c runtime/http/first_line.c runtime/http/host.c runtime/http/field.c runtime/http/octets.c runtime/http/reason.c */
#include "tests/unit/http_parts.h"

static void request_is_read(void **state)
{
	static const char s[] = "POST /a/b?x=1&y=[2]|? HTTP/1.1\r\n"
				"Host: shop.example.com:8443\r\n"
				"X-Empty:\r\n"
				"X-Padded: \t two words\t \r\n"
				"\r\nbehind";
	struct http_head h;

	assert_int_equal(request(&h, s), HTTP_WHOLE);
	assert_int_equal(h.length, strlen(s) - strlen("behind"));
	assert_int_equal(h.method, HTTP_METHOD_POST);
	assert_int_equal(h.version, HTTP_1_1);
	assert_int_equal(h.form, HTTP_FORM_ORIGIN);
	assert_slice(http_slice(&h, h.method_text), "POST");
	assert_slice(http_slice(&h, h.target), "/a/b?x=1&y=[2]|?");
	assert_slice(http_head_path(&h), "/a/b");
	assert_int_equal(h.has_query, 1);
	assert_slice(http_slice(&h, h.query), "x=1&y=[2]|?");
	assert_slice(http_slice(&h, h.host), "shop.example.com:8443");
	assert_slice(http_slice(&h, h.host_name), "shop.example.com");
	assert_int_equal(h.port, 8443);
	assert_int_equal(h.count, 3);
	assert_int_equal(h.field[0].id, HTTP_FIELD_HOST);
	assert_int_equal(h.field[1].id, HTTP_FIELD_OTHER);
	assert_slice(http_field_text(&h, 1), "X-Empty");
	assert_slice(http_field_value(&h, 1), "");
	assert_slice(http_field_value(&h, 2), "two words");
	assert_int_equal(http_head_find(&h, slice("x-padded"), 0), 2);
	assert_int_equal(http_head_find(&h, slice("x-padde"), 0), h.count);
}

static void response_is_read(void **state)
{
	struct http_head h;

	assert_int_equal(response(&h,
				 "HTTP/1.1 404 Not \x80 Here\r\n"
				 "Server: x\r\n\r\n"),
		HTTP_WHOLE);
	assert_int_equal(h.status, 404);
	assert_int_equal(h.version, HTTP_1_1);
	assert_slice(http_slice(&h, h.phrase), "Not \x80 Here");
	assert_int_equal(h.count, 1);
	assert_int_equal(response(&h, "HTTP/1.0 200\r\n\r\n"), HTTP_WHOLE);
	assert_int_equal(h.version, HTTP_1_0);
	assert_slice(http_slice(&h, h.phrase), "");
	assert_int_equal(response(&h, "HTTP/1.1 200 \r\n\r\n"), HTTP_WHOLE);
	assert_slice(http_slice(&h, h.phrase), "");
}

static void forms_of_targets(void **state)
{
	static const struct {
		const char *head, *path;
		enum http_form form;
		int has_query;
	} good[] = {
		{"GET / HTTP/1.1\r\nHost: a", "/", HTTP_FORM_ORIGIN, 0},
		{"GET /? HTTP/1.1\r\nHost: a", "/", HTTP_FORM_ORIGIN, 1},
		{"GET //evil/x HTTP/1.1\r\nHost: a", "//evil/x",
			HTTP_FORM_ORIGIN, 0},
		{"GET http://a HTTP/1.1\r\nHost: a", "/", HTTP_FORM_ABSOLUTE,
			0},
		{"GET http://a?q HTTP/1.1\r\nHost: a", "/", HTTP_FORM_ABSOLUTE,
			1},
		{"GET HTTPS://A:1/x HTTP/1.1\r\nHost: a:1", "/x",
			HTTP_FORM_ABSOLUTE, 0},
		{"GET http://[::1]/x HTTP/1.1\r\nHost: [::1]", "/x",
			HTTP_FORM_ABSOLUTE, 0},
		{"OPTIONS * HTTP/1.1\r\nHost: a", "*", HTTP_FORM_ASTERISK, 0},
		{"OPTIONS http://a HTTP/1.1\r\nHost: a", "*",
			HTTP_FORM_ASTERISK, 0},
		{"OPTIONS http://a/ HTTP/1.1\r\nHost: a", "/",
			HTTP_FORM_ABSOLUTE, 0},
		{"GET http://a/ HTTP/1.0\r\nX: y", "/", HTTP_FORM_ABSOLUTE, 0},
	};
	char text[200];
	struct http_head h;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(text, sizeof(text), "%s\r\n\r\n", good[i].head);
		assert_int_equal(request(&h, text), HTTP_WHOLE);
		assert_slice(http_head_path(&h), good[i].path);
		assert_int_equal(h.form, good[i].form);
		assert_int_equal(h.has_query, good[i].has_query);
		assert_int_equal(h.has_host, 1);
	}
	assert_slice(http_slice(&h, h.host), "a");
	assert_int_equal(request(&h, "GET / HTTP/1.0\r\n\r\n"), HTTP_WHOLE);
	assert_int_equal(h.has_host, 0);
}

/* From a copy of exact size. */
static int read_host(const char *s, uint16_t *port)
{
	char *copy = malloc(strlen(s) + 1);
	struct http_slice host = {copy + 1, strlen(s)}, name;
	int st;

	memcpy(copy + 1, s, host.n);
	st = http_host_read(host, &name, port);
	free(copy);
	return st;
}

static void hosts(void **state)
{
	static const char *const good[] = {"a", "a.example.com.", "a_b-c",
		"1.2", "a:9", "[::1]", "[::ffff:1.2.3.4]:1", "a:65535"};
	static const char *const bad[] = {"", ":", ":80", "a:", "a:0", "a:080",
		"a:65536", "a:99999", "a:-1", "a:8 ", "a b", "a,b", "a@b", "a#",
		"a?", "a/", "a%41", "[::1", "[:80", "[]", "::1", "[::1]x",
		"[g]", "a:b", "a\\b", "\xc3\xa9"};
	struct http_slice name;
	uint16_t port;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(read_host(good[i], &port), 0);
	assert_int_equal(port, 65535);
	assert_int_equal(http_host_read(slice("a:1"), &name, &port), 0);
	assert_slice(name, "a");
	assert_int_equal(http_host_read(slice("a"), &name, &port), 0);
	assert_int_equal(port, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(read_host(bad[i], &port), -1);
}

/* Whatever the limit is: a head that is as long is read, and with one octet
 * less it is refused, in pieces or not. */
static void limits_are_exact(void **state)
{
	static const char s[] = "GET /abc HTTP/1.1\r\nHost: a\r\n\r\n";
	size_t n = sizeof(s) - 1;
	struct http_head h;

	for (size_t limit = 0; limit <= n; limit++) {
		for (int cut = 0; cut < 2; cut++) {
			enum http_verdict v = cut
				? dribble(http_request_parse, &h, s, n, limit)
				: parse_n(http_request_parse, &h, s, n, limit);

			if (limit == n) {
				assert_int_equal(v, HTTP_WHOLE);
				continue;
			}
			assert_int_equal(v, HTTP_REFUSED);
			assert_int_equal(h.reason,
				limit < 19 ? HTTP_REASON_TARGET_LONG
					   : HTTP_REASON_HEAD_LONG);
		}
	}
}

static void a_larger_limit_than_any(void **state)
{
	size_t n = HTTP_HEAD_MAX + 100;
	char *s = malloc(n);
	struct http_head h;

	memset(s, 'a', n);
	memcpy(s, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 28);
	assert_int_equal(
		parse_n(http_request_parse, &h, s, n, SIZE_MAX), HTTP_REFUSED);
	assert_int_equal(h.reason, HTTP_REASON_HEAD_LONG);
	memcpy(s + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	assert_int_equal(
		parse_n(http_request_parse, &h, s, n, SIZE_MAX), HTTP_WHOLE);
	assert_int_equal(h.length, HTTP_HEAD_MAX);
	assert_int_equal(h.field[1].value.n, HTTP_HEAD_MAX - 28 - 4);
	free(s);
}

static size_t many(char *s, unsigned fields)
{
	size_t n = (size_t)sprintf(s, "GET / HTTP/1.1\r\nHost: a\r\n");

	while (--fields > 0)
		n += (size_t)sprintf(s + n, "a:\r\n");
	return n + (size_t)sprintf(s + n, "\r\n");
}

static void a_hundred_fields(void **state)
{
	char s[2000];
	struct http_head h;

	many(s, HTTP_FIELDS_MAX);
	assert_int_equal(request(&h, s), HTTP_WHOLE);
	assert_int_equal(h.count, HTTP_FIELDS_MAX);
	assert_int_equal(dribble(http_request_parse, &h, s, strlen(s), LIMIT),
		HTTP_WHOLE);
	many(s, HTTP_FIELDS_MAX + 1);
	assert_int_equal(request(&h, s), HTTP_REFUSED);
	assert_int_equal(h.reason, HTTP_REASON_FIELDS_MANY);
}

/* Every octet at every place of a name, a value and a target. */
static void octets(void **state)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklm"
				    "nopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char path[] = "-._~!$&'()*+,;=:@/%?0123456789abcdefghijklm"
				   "nopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char s[] = "GET /.x HTTP/1.1\r\nHost: a\r\nX.x: abcdefgh.ijk\r\n\r\n";
	struct http_head h;

	for (int o = 0; o < 256; o++) {
		static const size_t at[] = {5, 28, 40};
		int want[] = {o && strchr(path, o) != NULL,
			o == ':' || (o && strchr(token, o) != NULL),
			o == '\t' || (o >= ' ' && o != 0x7f)};

		for (int k = 0; k < 3; k++) {
			char before = s[at[k]];

			assert_int_equal(before, '.');
			s[at[k]] = (char)o;
			assert_int_equal(parse_n(http_request_parse, &h, s,
						 sizeof(s) - 1, LIMIT),
				want[k] ? HTTP_WHOLE : HTTP_REFUSED);
			s[at[k]] = before;
		}
	}
}

static void fault_is_located(void **state)
{
	struct http_head h;

	assert_int_equal(
		request(&h, "\r\nGET / HTTP/7.1\r\n\r\n"), HTTP_REFUSED);
	assert_int_equal(h.fault_at, 2);
	assert_int_equal(request(&h, "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n"),
		HTTP_REFUSED);
	assert_int_equal(h.reason, HTTP_REASON_NAME_SPACE);
	assert_int_equal(h.fault_at, 26);
	assert_string_equal(http_reason_word(h.reason), "space-in-name");
	assert_int_equal(http_reason_status(h.reason, 0), 400);
	assert_int_equal(http_reason_status(h.reason, 1), 502);
}

/* The first n octets, then all. */
static enum http_verdict two_pieces(
	parser *p, struct http_head *h, const char *s, size_t n, size_t all)
{
	char *copy = malloc(n), *more = malloc(all);
	enum http_verdict v;

	memcpy(copy, s, n);
	memcpy(more, s, all);
	http_head_start(h);
	v = p(h, copy, n, LIMIT);
	free(copy);
	if (v == HTTP_MORE)
		v = p(h, more, all, LIMIT);
	free(more);
	return v;
}

/* The first fault is reported, however the octets arrive. */
static void compare_pieces(parser *p, const char *s)
{
	struct http_head whole, cut;
	enum http_verdict v = parse_n(p, &whole, s, strlen(s), LIMIT);

	assert_int_not_equal(v, HTTP_MORE);
	for (size_t n = 1; n < whole.length; n++)
		assert_int_equal(
			two_pieces(p, &cut, s, n, strlen(s)), HTTP_WHOLE);
	assert_int_equal(dribble(p, &cut, s, strlen(s), LIMIT), v);
	assert_int_equal(cut.reason, whole.reason);
	assert_int_equal(cut.fault_at, whole.fault_at);
	assert_int_equal(cut.length, whole.length);
	assert_int_equal(cut.count, whole.count);
	for (unsigned k = 0; k < whole.count; k++) {
		struct http_field *a = &cut.field[k], *b = &whole.field[k];

		assert_int_equal(a->name.at, b->name.at);
		assert_int_equal(a->value.at, b->value.at);
		assert_int_equal(a->value.n, b->value.n);
		assert_int_equal(a->id, b->id);
	}
}

static void same_in_pieces(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
		"HTTP/1.1 200\r\n\r\n",
		"HTTP/1.1 200 O\x01K\r\n\r\n",
		"HTTP/1.1 2x0 OK\r\n\r\n",
		"HTTP/3.1 200 OK\r\n\r\n",
		"HTTP/1.1 600\r\n\r\n",
		"\r\nHTTP/1.1 200\r\n\r\n",
	};
	static const char *const heads[] = {
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nX:\x01 y\r\n fold\r\n\r\n",
		"GET / HTTP/1.1\nHost: a\r\n\r\n",
		"GE\x01T / HTTP/3.7\r\n\r\n",
		"GET x HTTP/2.0\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nname-without\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		compare_pieces(http_request_parse, heads[i]);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		compare_pieces(http_response_parse, answers[i]);
}

/* Linear, however slowly the octets come: what has been searched for the end
 * of a line is not looked at before that end is there, and a line that has
 * been read never again.  Both are line ends here while they must not be
 * looked at. */
static void nothing_is_searched_twice(void **state)
{
	static const char s[] = "GET /a/long/target?x HTTP/1.1\r\n"
				"X: some value\r\nHost: a\r\n\r\n";
	size_t n = sizeof(s) - 1;
	enum http_verdict v = HTTP_MORE;
	struct http_head h;

	http_head_start(&h);
	for (size_t have = 1; have <= n; have++) {
		char copy[sizeof(s)];

		assert_int_equal(v, HTTP_MORE);
		memcpy(copy, s, have);
		memset(copy, '\n', h.line);
		if (s[have - 1] != '\n')
			memset(copy, '\n', h.searched);
		/* Host is judged at the end. */
		if (have == n)
			memcpy(copy, s, have);
		v = http_request_parse(&h, copy, have, LIMIT);
		if (v == HTTP_MORE)
			assert_int_equal(h.searched, have);
	}
	assert_int_equal(v, HTTP_WHOLE);
}

static void names_are_found(void **state)
{
	char *nothing;

	assert_int_equal(http_field_find("Content-LENGTH", 14),
		HTTP_FIELD_CONTENT_LENGTH);
	assert_int_equal(
		http_field_find("content_length", 14), HTTP_FIELD_OTHER);
	assert_int_equal(http_field_find("", 0), HTTP_FIELD_OTHER);
	/* The same slot as "te". */
	assert_int_equal(http_field_find("4e", 2), HTTP_FIELD_OTHER);
	for (int i = 1; i < HTTP_FIELD_COUNT; i++) {
		const char *name = http_field_name((enum http_field_id)i);

		assert_int_equal(http_field_find(name, strlen(name)), i);
		assert_int_equal(http_field_find(name, strlen(name) - 1),
			HTTP_FIELD_OTHER);
	}
	assert_int_equal(http_field_fate(HTTP_FIELD_TE), HTTP_FATE_HOP);
	assert_true(http_folds(slice("X_Real-ip"), slice("x-real_IP")));
	assert_false(http_same(slice("X_Real-ip"), slice("x-real-ip")));
	assert_false(http_folds(slice("x-real-i"), slice("x-real-ip")));
	assert_false(http_same(slice("x-real-i"), slice("x-real-ip")));
	/* Of no octets none is looked at. */
	nothing = malloc(1);
	assert_int_equal(http_field_find(nothing + 1, 0), HTTP_FIELD_OTHER);
	free(nothing);
}

static void methods(void **state)
{
	static const struct {
		const char *name;
		int repeatable, served;
	} cases[] = {{"GET", 1, 1}, {"HEAD", 1, 1}, {"OPTIONS", 1, 1},
		{"POST", 0, 1}, {"PUT", 0, 1}, {"DELETE", 0, 1},
		{"PATCH", 0, 1}, {"CONNECT", 0, 0}, {"TRACE", 0, 0},
		{"get", 0, 1}, {"GETS", 0, 1}, {"QUERY", 0, 1}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum http_method m = http_method_find(slice(cases[i].name));

		assert_int_equal(m == HTTP_METHOD_OTHER, i > 8);
		assert_string_equal(
			http_method_name(m), i > 8 ? "" : cases[i].name);
		assert_int_equal(
			http_method_repeatable(m), cases[i].repeatable);
		assert_int_equal(http_method_served(m), cases[i].served);
	}
}

static void lists(void **state)
{
	struct http_slice list = slice(" ,a,, b c\t,,"), item;

	assert_int_equal(http_list_next(&list, &item), 1);
	assert_slice(item, "a");
	assert_int_equal(http_list_next(&list, &item), 1);
	assert_slice(item, "b c");
	assert_int_equal(http_list_next(&list, &item), 0);
	assert_true(http_is_value(slice("")));
	assert_true(http_is_value(slice("a\tb")));
	assert_false(http_is_value(slice(" ")));
	assert_false(http_is_value(slice(" a")));
	assert_false(http_is_value(slice("a ")));
	assert_false(http_is_value(slice("a\r\nb")));
	assert_false(http_is_token(slice("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_is_read),
		cmocka_unit_test(response_is_read),
		cmocka_unit_test(forms_of_targets),
		cmocka_unit_test(hosts),
		cmocka_unit_test(limits_are_exact),
		cmocka_unit_test(a_larger_limit_than_any),
		cmocka_unit_test(a_hundred_fields),
		cmocka_unit_test(octets),
		cmocka_unit_test(fault_is_located),
		cmocka_unit_test(same_in_pieces),
		cmocka_unit_test(nothing_is_searched_twice),
		cmocka_unit_test(names_are_found),
		cmocka_unit_test(methods),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
