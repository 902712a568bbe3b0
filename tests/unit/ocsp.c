/*
 * OCSP: URLs of responders, HTTP answers, judgement, and when to ask again.
 */
/* LINK: runtime/tls/ocsp.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "runtime/tls/ocsp.h"

static int parse(const char *text, struct ocsp_url *u)
{
	return ocsp_url_parse(text, strlen(text), u);
}

static void urls(void **state)
{
	struct ocsp_url u;

	assert_int_equal(parse("http://o.example/x/y", &u), 0);
	assert_string_equal(u.host, "o.example");
	assert_string_equal(u.port, "80");
	assert_string_equal(u.path, "/x/y");
	assert_int_equal(parse("HTTP://o.example:8080", &u), 0);
	assert_string_equal(u.port, "8080");
	assert_string_equal(u.path, "/");
	assert_int_equal(parse("http://[::1]:81/", &u), 0);
	assert_string_equal(u.host, "::1");
	assert_string_equal(u.port, "81");
}

static void bad_urls(void **state)
{
	static const char *const bad[] = {"", "http://", "https://o/",
		"ftp://o/", "http:///x", "http://o:/", "http://o:0/",
		"http://o:65536/", "http://o:8a/", "http://[::1/",
		"http://[::1]x/", "http://o/\r\nHost: x", "http://o /",
		"http://u@o/", "http://o:123456/"};
	struct ocsp_url u;
	char big[2000];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse(bad[i], &u), -1);
	memset(big, 'a', sizeof(big));
	memcpy(big, "http://", 7);
	assert_int_equal(ocsp_url_parse(big, sizeof(big), &u), -1);
	memcpy(big, "http://o/", 9);
	assert_int_equal(ocsp_url_parse(big, sizeof(big), &u), -1);
}

static const uint8_t *body;
static size_t len;
static const char *why;

static int answer(const char *text, int end)
{
	return ocsp_body(text, strlen(text), end, &body, &len, &why);
}

static void answers(void **state)
{
	static const char whole[] = "HTTP/1.0 200 OK\r\nServer: x\r\n"
				    "content-length: 3\r\n\r\nabc";
	size_t n;

	for (n = 0; n + 1 < sizeof(whole); n++)
		assert_int_equal(ocsp_body(whole, n, 0, &body, &len, &why), 0);
	assert_int_equal(answer(whole, 0), 1);
	assert_int_equal(len, 3);
	assert_memory_equal(body, "abc", 3);
	assert_int_equal(answer("HTTP/1.1 200\r\n\r\nab", 0), 0);
	assert_int_equal(answer("HTTP/1.1 200\r\n\r\nab", 1), 1);
	assert_int_equal(len, 2);
}

static void bad_answers(void **state)
{
	assert_int_equal(answer("SSH-2.0-x\r\n", 0), -1);
	assert_int_equal(answer("HTTP/1.0 404 No\r\n\r\n", 0), -1);
	assert_int_equal(answer("HTTP/2 200\r\n\r\n", 0), -1);
	assert_int_equal(answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: "
				"chunked\r\n\r\n",
				 0),
		-1);
	assert_int_equal(answer("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\n"
				"abc",
				 1),
		-1);
	assert_int_equal(answer("HTTP/1.0 200 OK\r\n", 1), -1);
	assert_int_equal(answer("", 1), -1);
}

static void nonsense(void **state)
{
	static const uint8_t junk[64] = {0x30, 0x82, 0xff, 0xff};
	struct ocsp_facts f;

	assert_non_null(ocsp_judge(junk, sizeof(junk), NULL, NULL, 0, &f));
	assert_non_null(ocsp_judge(junk, 0, NULL, NULL, 0, &f));
}

static void times(void **state)
{
	struct ocsp_facts f = {.this_update = 1000, .until = 8200};

	assert_true(ocsp_refresh(&f, 1000) == 3600);
	assert_true(ocsp_refresh(&f, 8199) == 10);
	f.until = 10000000;
	assert_true(ocsp_refresh(&f, 1000) == 86400);
	assert_true(ocsp_retry(1) == 5);
	assert_true(ocsp_retry(2) == 10);
	assert_true(ocsp_retry(1000000) == 3600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(bad_urls),
		cmocka_unit_test(answers),
		cmocka_unit_test(bad_answers),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
