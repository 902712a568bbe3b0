/* The decision about a request: buckets, terms, clauses, all readings of path and
 * query, weights and cookies, and whether Host is what the connection is for. */
/* LINK: grammar/words.c runtime/content/content.c runtime/content/terms.c runtime/content/target.c runtime/http/field.c runtime/http/first_line.c runtime/http/framing.c runtime/http/head.c runtime/http/host.c runtime/http/octets.c runtime/http/path.c runtime/http/reason.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/check_content.c runtime/table/check_sites.c runtime/table/path.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_content.c compiler/table/emit_paths.c compiler/table/emit_index.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "content_fixture.h"
#include "runtime/content/content.h"

static struct arena *arena;
static uint8_t *bytes;
static struct table t;
static struct http_readings readings;
static struct http_head head;
static struct content_answer a;
static uint8_t from[16];

static int setup(void **state)
{
	size_t len;

	arena = arena_new();
	bytes = fix_table(fix_content_model(arena), &len, &t);
	return 0;
}

static int teardown(void **state)
{
	free(bytes);
	arena_free(&arena);
	return 0;
}

/* Decides about a request line's method and target, and more lines. */
static void ask(const char *line, const char *more)
{
	static char buf[9000];
	struct content_query q = {.site = 0, .head = &head, .family = TBL_V4};
	int n = snprintf(buf, sizeof(buf),
		"%s HTTP/1.1\r\nHost: shop.example.com\r\n%s\r\n", line, more);

	memcpy(q.addr, from, sizeof(q.addr));
	http_head_start(&head);
	assert_int_equal(
		http_request_parse(&head, buf, (size_t)n, 65535), HTTP_WHOLE);
	content_decide(&t, &q, &readings, &a);
}

static void expect(const char *line, const char *more, unsigned action)
{
	ask(line, more);
	if (a.verdict != CONTENT_DECIDED || a.action != action)
		fail_msg("%s: verdict %d, action %u, expected %u", line,
			a.verdict, a.action, action);
}

static void ambiguous(const char *line, enum content_verdict verdict)
{
	ask(line, "");
	if (a.verdict != verdict)
		fail_msg("%s: verdict %d", line, a.verdict);
}

static void buckets(void **state)
{
	expect("GET /", "", DO_OK);
	assert_true(a.is_exact);
	expect("GET /x", "", DO_WEB);
	assert_null(a.bucket);
	expect("GET /healthz", "", DO_OK);
	expect("GET /healthz/", "", DO_WEB);
	expect("GET /healthz/x", "", DO_WEB);
	expect("GET /healthzz", "", DO_WEB);
	expect("GET /admin", "", DO_REFUSE);
	assert_false(a.is_exact);
	assert_memory_equal(content_bucket_path(&a).at, "/admin", 6);
	expect("GET /admin/", "", DO_REFUSE);
	expect("GET /admin/a/b/c/d", "", DO_REFUSE);
	expect("GET /administrator", "", DO_WEB);
	expect("GET /api", "", DO_SPLIT);
	expect("GET /api/v1", "", DO_OK);
	expect("GET /api/v1/x", "", DO_SPLIT);
	expect("GET /api/v2", "", DO_SPLIT);
	expect("OPTIONS *", "", DO_WEB);
	expect("GET http://shop.example.com/admin", "", DO_REFUSE);
	expect("GET http://shop.example.com", "", DO_OK);
}

static void methods(void **state)
{
	expect("POST /api", "X-Beta: 1\r\n", DO_WEB);
	expect("PUT /api", "x-beta: 1\r\n", DO_WEB);
	expect("PATCH /api", "X-Beta: 1\r\n", DO_SPLIT);
	expect("post /api", "X-Beta: 1\r\n", DO_SPLIT);
	expect("POST /api", "X-Beta: 1\r\nX-Trace:\r\n", DO_SPLIT);
}

static void headers(void **state)
{
	expect("POST /api", "X-Beta: 2\r\n", DO_SPLIT);
	expect("POST /api", "X-Beta: \r\n", DO_SPLIT);
	expect("POST /api", "X-Beta:   1  \r\n", DO_WEB);
	/* Twice is another value, also twice the same. */
	expect("POST /api", "X-Beta: 1\r\nX-Beta: 1\r\n", DO_SPLIT);
	expect("POST /api", "X-Beta: 2\r\nX-Beta: 1\r\n", DO_SPLIT);
	expect("POST /api", "X-Beta: 1, 2\r\n", DO_SPLIT);
	expect("POST /api", "X_Beta: 1\r\n", DO_SPLIT);
	assert_true(
		content_looks_like(&t, 0, (struct http_slice){"X_beta", 6}));
	assert_true(
		content_looks_like(&t, 0, (struct http_slice){"x_trace", 7}));
	assert_false(
		content_looks_like(&t, 0, (struct http_slice){"debug", 5}));
	/* What was decided by is the server's to see. */
	assert_false(
		content_looks_like(&t, 0, (struct http_slice){"X-Beta", 6}));
}

static void cookies(void **state)
{
	expect("GET /api", "Cookie: canary=yes\r\n", DO_MOVED);
	expect("GET /api", "Cookie: a=b; canary=yes; c=d\r\n", DO_MOVED);
	expect("GET /api", "Cookie: a=b\r\nCookie: canary=yes\r\n", DO_MOVED);
	expect("GET /api", "Cookie: canary=no\r\n", DO_SPLIT);
	expect("GET /api", "Cookie: canary=\"yes\"\r\n", DO_SPLIT);
	expect("GET /api", "Cookie: Canary=yes\r\n", DO_SPLIT);
	expect("GET /api", "Cookie: xcanary=yes\r\n", DO_SPLIT);
	expect("GET /api", "Cookie: canary=yes; canary=yes\r\n", DO_SPLIT);
	expect("GET /api", "Cookie: canary=yes\r\nCookie: canary=no\r\n",
		DO_SPLIT);
	expect("GET /api?page=2", "Cookie: canary=yes\r\n", DO_SPLIT);
	expect("GET /api?page", "Cookie: canary=yes\r\n", DO_SPLIT);
	expect("GET /api?Page", "Cookie: canary=yes\r\n", DO_MOVED);
	expect("GET /", "Cookie: user\r\n", DO_WEB);
}

static void queries(void **state)
{
	expect("GET /x?debug=on", "", DO_REFUSE);
	expect("GET /x?a=b&debug=on&c", "", DO_REFUSE);
	expect("GET /x?debug=off", "", DO_WEB);
	expect("GET /x?debug", "", DO_WEB);
	expect("GET /x?debug=on&debug=on", "", DO_WEB);
	expect("GET /x?xdebug=on", "", DO_WEB);
	expect("GET /x?", "", DO_WEB);
	/* What one server reads so and another otherwise is not served. */
	ambiguous("GET /x?debug=%6fn", CONTENT_QUERY_AMBIGUOUS);
	ambiguous("GET /x?%64ebug=on", CONTENT_QUERY_AMBIGUOUS);
	ambiguous("GET /x?a=b;debug=on", CONTENT_QUERY_AMBIGUOUS);
	ambiguous("GET /x?debug=on;a=b", CONTENT_QUERY_AMBIGUOUS);
	ambiguous("GET /x?debug=on&%64ebug=off", CONTENT_QUERY_AMBIGUOUS);
	assert_int_equal(a.reading, 0);
	/* But where it makes no difference it is. */
	expect("GET /x?q=100%25;a+b", "", DO_WEB);
	expect("GET /admin?debug=%6fn", "", DO_REFUSE);
}

static void sources(void **state)
{
	from[0] = 10;
	from[1] = 20;
	from[3] = 7;
	expect("GET /admin", "", DO_WEB);
	from[1] = 21;
	expect("GET /admin", "", DO_REFUSE);
	from[0] = 0;
}

static void readings_agree(void **state)
{
	ambiguous("GET /admin/..", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET /x/../admin", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET /x/..%2fadmin", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET /x/%2e%2e/admin", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET /x/%252e%252e/admin", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET //admin", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET /Admin", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET /%61dmin", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET /admin;x", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET /x/..;/admin", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET /x%5c..%5cadmin", CONTENT_PATH_AMBIGUOUS);
	ambiguous("GET /admin%3f", CONTENT_PATH_AMBIGUOUS);
	assert_true(a.reading > 0 && a.reading < readings.count);
	/* Odd, and all the same to this site. */
	expect("GET /group%2Fproject", "", DO_WEB);
	expect("GET /x?u=https%3A%2F%2Fa", "", DO_WEB);
	expect("GET /room/%23room:matrix.org", "", DO_WEB);
	expect("GET /x/a%252Fb", "", DO_WEB);
	expect("GET /x;jsessionid=1", "", DO_WEB);
	expect("GET /Images//A.png", "", DO_WEB);
	expect("GET /admin/Users//%41", "", DO_REFUSE);
	/* The same action is not enough: the edits must be, too. */
	from[0] = 10;
	from[1] = 20;
	ambiguous("GET /x/../admin", CONTENT_PATH_AMBIGUOUS);
	from[0] = from[1] = 0;
}

static void refused(void **state)
{
	ambiguous("GET /a%00", CONTENT_REFUSED);
	assert_int_equal(a.reason, HTTP_REASON_PATH_NUL);
	ambiguous("GET /a%2", CONTENT_REFUSED);
	assert_int_equal(a.reason, HTTP_REASON_PATH_PERCENT);
}

static void weights(void **state)
{
	struct http_slice none = {NULL, 0}, cookie;
	char token[CONTENT_TOKEN_LEN + 1];
	unsigned i, next = 0;
	int told;

	for (i = 0; i < 10000; i++)
		next += content_split(&t, DO_SPLIT, none,
				(uint32_t)((uint64_t)i * 0xffffffffu / 9999),
				&told) == 2;
	assert_int_equal(next, 500);
	assert_int_equal(content_split(&t, DO_SPLIT, none, 0, &told), 0);
	assert_int_equal(
		content_split(&t, DO_SPLIT, none, 0xffffffff, &told), 2);
	assert_int_equal(told, 0);
	content_token(&t, 2, token);
	cookie = (struct http_slice){token, CONTENT_TOKEN_LEN};
	assert_int_equal(content_split(&t, DO_SPLIT, cookie, 0, &told), 2);
	assert_int_equal(told, 1);
	/* Not sticky: the cookie says nothing. */
	assert_int_equal(content_split(&t, DO_WEB, cookie, 0, &told), 0);
	assert_int_equal(told, 0);
	/* A backend that is not of this split. */
	content_token(&t, 1, token);
	assert_int_equal(content_split(&t, DO_SPLIT, cookie, 0, &told), 0);
	assert_int_equal(told, 0);
}

static void sticky(void **state)
{
	char line[100], token[CONTENT_TOKEN_LEN + 1];
	int told;

	content_token(&t, 2, token);
	snprintf(line, sizeof(line), "Cookie: x=y; ab=%s\r\n", token);
	ask("GET /api", line);
	assert_int_equal(content_backend(&t, a.action, &head, 0, &told), 2);
	assert_int_equal(told, 1);
	snprintf(line, sizeof(line), "Cookie: ab=%s; ab=%s\r\n", token, token);
	ask("GET /api", line);
	assert_int_equal(content_backend(&t, a.action, &head, 0, &told), 0);
	assert_int_equal(told, 0);
}

static void edits(void **state)
{
	const struct tbl_edit *e;
	uint32_t at = 0;

	ask("GET /admin", "");
	e = content_edit_next(&t, 0, a.list, TBL_EDIT_REQUEST, &at);
	assert_string_equal(table_str(&t, e->name_str), "x-forwarded-proto");
	e = content_edit_next(&t, 0, a.list, TBL_EDIT_REQUEST, &at);
	assert_int_equal(e->op, TBL_EDIT_REMOVE);
	e = content_edit_next(&t, 0, a.list, TBL_EDIT_REQUEST, &at);
	assert_int_equal(e->value, 1);
	assert_null(content_edit_next(&t, 0, a.list, TBL_EDIT_REQUEST, &at));
	at = 0;
	e = content_edit_next(&t, 0, a.list, TBL_EDIT_RESPONSE, &at);
	assert_string_equal(table_str(&t, e->name_str), "cache-control");
	assert_null(content_edit_next(&t, 0, a.list, TBL_EDIT_RESPONSE, &at));
}

static void places(void **state)
{
	char text[64];

	ask("GET /admin", "");
	content_place(&t, a.clause, text, sizeof(text));
	assert_string_equal(text, "edge.tls:106");
	assert_int_equal(content_site(&t, FIX_OFFLOAD), 0);
	assert_int_equal(content_site(&t, FIX_PASS), TBL_NONE);
	assert_int_equal(content_clear_site(&t, 2), 1);
	assert_int_equal(content_clear_site(&t, 0), TBL_NONE);
	assert_int_equal(content_limit(&t, 0)->requests_source, 50);
}

static int fits(const char *host)
{
	char buf[400];
	struct route_query hello = {.frontend = 0,
		.sni_kind = ROUTE_SNI_NAME,
		.sni = "shop.example.com",
		.sni_len = 16,
		.tls_bit = TLS_13,
		.family = TBL_V4,
		.addr = {203, 0, 113, 9}};
	struct route_decision d;
	int n = snprintf(buf, sizeof(buf), "GET / HTTP/1.%d\r\n%s%s%s\r\n",
		*host != 0, *host ? "Host: " : "", host, *host ? "\r\n" : "");

	route_decide(&t, &hello, &d, NULL, NULL);
	assert_int_equal(d.action, FIX_OFFLOAD);
	http_head_start(&head);
	assert_int_equal(
		http_request_parse(&head, buf, (size_t)n, 65535), HTTP_WHOLE);
	return content_host_fits(&t, &hello, d.action, &head);
}

static void hosts(void **state)
{
	assert_true(fits("shop.example.com"));
	assert_true(fits("SHOP.example.com:8443"));
	assert_true(fits("shop.example.com."));
	assert_true(fits("a.deep.example.com")); /* has the same action */
	assert_true(fits("api.example.com"));
	assert_true(fits(""));
	assert_false(fits("other.example.com"));
	assert_false(fits("nowhere.test"));
	assert_false(fits("192.0.2.1"));
	assert_false(fits("[2001:db8::1]:443"));
	assert_false(fits("."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(buckets),
		cmocka_unit_test(methods), cmocka_unit_test(headers),
		cmocka_unit_test(cookies), cmocka_unit_test(queries),
		cmocka_unit_test(sources), cmocka_unit_test(readings_agree),
		cmocka_unit_test(refused), cmocka_unit_test(weights),
		cmocka_unit_test(sticky), cmocka_unit_test(edits),
		cmocka_unit_test(places), cmocka_unit_test(hosts)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
