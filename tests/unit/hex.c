/* Hexadecimal digits (runtime/table/hex.h). */
/* LINK: runtime/table/hex.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/table/hex.h"

static void test_text(void **state)
{
	static const uint8_t octets[] = {0x00, 0x0f, 0xa0, 0xff};
	char out[9];

	assert_ptr_equal(hex_text(out, octets, 4), out);
	assert_string_equal(out, "000fa0ff");
	assert_string_equal(hex_text(out, octets, 0), "");
}

static void test_value(void **state)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	for (int c = -128; c < 256; c++) {
		const char *at = memchr(digits, (char)c, strlen(digits));
		char one[2] = {(char)c, '\0'};

		assert_int_equal(hex_value((char)c),
			at ? (int)strtol(one, NULL, 16) : -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
