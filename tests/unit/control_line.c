/* Lines of the control protocol: what is understood, and what is refused. */
/* LINK: runtime/common/control_line.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "runtime/common/control_line.h"

static struct control_command c;

static const char *parse(const char *line)
{
	return control_parse(line, strlen(line), &c);
}

static void test_verbs(void **state)
{
	assert_null(parse("status"));
	assert_int_equal(CONTROL_STATUS, c.verb);
	assert_null(parse("generations"));
	assert_int_equal(CONTROL_GENERATIONS, c.verb);
	assert_null(parse("drain-all\r"));
	assert_int_equal(CONTROL_DRAIN_ALL, c.verb);
	assert_non_null(parse("drain"));
	assert_non_null(parse("drain  "));
	assert_non_null(parse("drain-all web"));
	assert_null(parse("drain web/127.0.0.1:80"));
	assert_int_equal(CONTROL_DRAIN, c.verb);
	assert_string_equal(c.server, "web/127.0.0.1:80");
	assert_null(parse("undrain web"));
	assert_int_equal(CONTROL_UNDRAIN, c.verb);
	assert_non_null(parse("undrain"));
	assert_non_null(parse("servers web"));
	assert_null(parse("  status  "));
	assert_int_equal(CONTROL_STATUS, c.verb);
}

static void test_load(void **state)
{
	char line[300];

	assert_null(parse("load"));
	assert_int_equal(CONTROL_LOAD, c.verb);
	assert_string_equal("", c.path);
	assert_null(parse("load  /a dir/policy.bin "));
	assert_string_equal("/a dir/policy.bin", c.path);
	assert_non_null(parse("load policy.bin"));
	memset(line, 'x', sizeof(line));
	memcpy(line, "load /", 6);
	assert_null(control_parse(line, 5 + CONTROL_PATH_MAX, &c));
	assert_int_equal(CONTROL_PATH_MAX, strlen(c.path));
	assert_non_null(control_parse(line, 6 + CONTROL_PATH_MAX, &c));
}

static void test_rollback(void **state)
{
	assert_null(parse("rollback"));
	assert_int_equal(CONTROL_ROLLBACK, c.verb);
	assert_int_equal(0, c.number);
	assert_null(parse("rollback 1234567890123456789"));
	assert_int_equal(1234567890123456789, c.number);
	assert_non_null(parse("rollback 12345678901234567890"));
	assert_non_null(parse("rollback 0"));
	assert_non_null(parse("rollback -1"));
	assert_non_null(parse("rollback 1x"));
	assert_non_null(parse("rollback 1 2"));
}

static void test_why(void **state)
{
	assert_null(parse("why 3-17"));
	assert_int_equal(CONTROL_WHY, c.verb);
	assert_int_equal(3, c.worker);
	assert_int_equal(17, c.number);
	assert_non_null(parse("why"));
	assert_non_null(parse("why 17"));
	assert_non_null(parse("why 3-"));
	assert_non_null(parse("why -3"));
	assert_non_null(parse("why 3-0"));
	assert_non_null(parse("why 3-1-2"));
}

static void test_shadow(void **state)
{
	assert_null(parse("shadow-load /x"));
	assert_int_equal(CONTROL_SHADOW_LOAD, c.verb);
	assert_string_equal("/x", c.path);
	assert_non_null(parse("shadow-load"));
	assert_non_null(parse("shadow-load x"));
	assert_null(parse("shadow"));
	assert_null(parse("shadow-off"));
	assert_non_null(parse("shadow off"));
}

static void test_garbage(void **state)
{
	char line[CONTROL_LINE_MAX + 1];

	assert_non_null(parse(""));
	assert_non_null(parse("   "));
	assert_non_null(parse("STATUS"));
	assert_non_null(parse("stat"));
	assert_non_null(parse("statusx"));
	assert_non_null(parse("status now"));
	assert_non_null(parse("load\t/x"));
	assert_non_null(parse("\x1b[2J"));
	assert_non_null(control_parse("load /a\0b", 9, &c));
	memset(line, ' ', sizeof(line));
	assert_string_equal(
		"the line is too long", control_parse(line, sizeof(line), &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_verbs),
		cmocka_unit_test(test_load), cmocka_unit_test(test_rollback),
		cmocka_unit_test(test_why), cmocka_unit_test(test_shadow),
		cmocka_unit_test(test_garbage)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
