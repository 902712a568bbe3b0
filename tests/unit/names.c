/* LINK: compiler/base/name.c */
/* LIBS: -lidn2 */
/*
 * Names and patterns: what is stored, what is refused and why, and which
 * pattern covers which.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/name.h"

static char buf[256];
static struct name_why w;
static size_t n;

static enum name_result pattern(const char *text)
{
	buf[0] = '\0';
	return name_pattern(text, strlen(text), buf, &n, &w);
}

static void accepted(void **state)
{
	static const char *const as_is[] = {"example.com", "*.example.com",
		"**.example.com", "localhost", "a-b.x0.example", "1.2.3.4.test",
		"xn--bcher-kva.example", "**.test", "3com.com",
		"my_app.internal", "_dmarc.test", "a_.test", "*._.test",
		"test._tcp", "a.1_2", NULL};

	for (const char *const *t = as_is; *t; t++) {
		assert_int_equal(pattern(*t), NAME_AS_IS);
		assert_int_equal(n, strlen(*t));
		assert_int_equal(w.underscore, strchr(*t, '_') != NULL);
	}
	assert_int_equal(pattern("*.Example.COM"), NAME_LOWERED);
	assert_string_equal(buf, "*.example.com");
	assert_int_equal(pattern("XN--BCHER-KVA.example"), NAME_LOWERED);
	assert_int_equal(pattern("**.b\xc3\xbc"
				 "cher.example"),
		NAME_CONVERTED);
	assert_string_equal(buf, "**.xn--bcher-kva.example");
	/* IDNA 2008 without transitional mapping: sharp s stays. */
	assert_int_equal(pattern("fa\xc3\x9f.de"), NAME_CONVERTED);
	assert_string_equal(buf, "xn--fa-hia.de");
	assert_int_equal(pattern("_b\xc3\xbc"
				 "cher.My_App.test"),
		NAME_CONVERTED);
	assert_string_equal(buf, "xn--_bcher-4ya.my_app.test");
}

static void refused(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {{"", "empty"}, {"*.", "wildcard"}, {"*", "wildcard"},
		{"**", "wildcard"}, {"w*.example.com", "wildcard"},
		{"a.*.example.com", "wildcard"}, {"***.x.test", "wildcard"},
		{"*.*.x.test", "wildcard"}, {"10.0.0.1", "IP address"},
		{"[::1]", "IP address"}, {"2001:db8::1", "IP address"},
		{"example.com.", "trailing dot"},
		{".example.com", "empty label"}, {"a..b", "empty label"},
		{"-a.test", "hyphen"}, {"a-.test", "hyphen"},
		{"_.-a.test", "hyphen"}, {"a b.test", "0x20"},
		{"a/b.test", "'/'"}, {"xn--a.test", "xn--"},
		{"a.123", "digits"}, {"\xff\xfe.test", "international"},
		{NULL, NULL}};

	for (size_t i = 0; bad[i].text; i++) {
		assert_int_equal(pattern(bad[i].text), NAME_BAD);
		if (!strstr(w.why, bad[i].why))
			fail_msg("%s: %s", bad[i].text, w.why);
	}
}

static void lengths(void **state)
{
	char name[400];

	memset(name, 'a', sizeof(name));
	memcpy(name + 63, ".test", 6);
	assert_int_equal(pattern(name), NAME_AS_IS);
	memset(name, 'a', sizeof(name));
	memcpy(name + 64, ".test", 6);
	assert_int_equal(pattern(name), NAME_BAD);
	for (size_t i = 0; i < 253; i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[253] = '\0';
	assert_int_equal(pattern(name), NAME_AS_IS);
	name[253] = 'a';
	name[254] = '\0';
	assert_int_equal(pattern(name), NAME_BAD);
	/* A wildcard's suffix leaves room for fresh names. */
	memcpy(name, "**.", 3);
	name[243] = '\0';
	assert_int_equal(pattern(name), NAME_AS_IS);
	name[243] = 'a';
	name[244] = '\0';
	assert_int_equal(pattern(name), NAME_BAD);
}

static int covers(const char *a, const char *b)
{
	return name_covers(a, strlen(a), b, strlen(b));
}

static void covering(void **state)
{
	assert_true(covers("a.test", "a.test"));
	assert_true(covers("*.test", "a.test"));
	assert_false(covers("*.test", "a.b.test"));
	assert_false(covers("*.test", "test"));
	assert_true(covers("**.test", "a.b.test"));
	assert_false(covers("**.test", "test"));
	assert_true(covers("**.test", "*.test"));
	assert_true(covers("**.test", "*.a.test"));
	assert_true(covers("**.test", "**.a.test"));
	assert_false(covers("*.test", "**.test"));
	assert_false(covers("*.test", "*.a.test"));
	assert_false(covers("a.test", "*.test"));
	assert_false(covers("*.est", "a.test"));
	assert_false(covers("**.est", "a.test"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),
		cmocka_unit_test(refused),
		cmocka_unit_test(lengths),
		cmocka_unit_test(covering),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
