/* LINK: grammar/words.c compiler/base/literal.c */
/*
 * Typed literals: values, ranges, and the help that a missing unit gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/literal.h"
#include "grammar/table.h"

static struct literal_why w;

static void durations(void **state)
{
	uint64_t v;
	assert_int_equal(literal_duration("500ms", &v, &w), 0);
	assert_int_equal(v, 500);
	assert_int_equal(literal_duration("5s", &v, &w), 0);
	assert_int_equal(v, 5000);
	assert_int_equal(literal_duration("2h", &v, &w), 0);
	assert_int_equal(v, 7200000);
	assert_int_equal(literal_duration("1d", &v, &w), 0);
	assert_int_equal(v, 86400000);
	assert_int_equal(literal_duration("5", &v, &w), -1);
	assert_string_equal(w.why, "5 has no unit");
	assert_string_equal(
		w.help, "write 5s for seconds or 5ms for milliseconds");
	assert_int_equal(literal_duration("5sec", &v, &w), -1);
	assert_string_equal(w.why, "5sec has an unknown unit");
	assert_int_equal(literal_duration("99999999999999999999s", &v, &w), -1);
	assert_non_null(strstr(w.why, "too large"));
	assert_int_equal(literal_duration("18446744073709551615d", &v, &w), -1);
	assert_int_equal(literal_duration("", &v, &w), -1);
	assert_int_equal(literal_duration("1.5s", &v, &w), -1);
	assert_int_equal(literal_duration("-1s", &v, &w), -1);
}

static void sizes_counts_rates(void **state)
{
	uint64_t v;
	assert_int_equal(literal_size("16KiB", &v, &w), 0);
	assert_int_equal(v, 16384);
	assert_int_equal(literal_size("16kB", &v, &w), -1);
	assert_int_equal(literal_size("16", &v, &w), -1);
	assert_string_equal(w.help, "write 16KiB or 16B");
	assert_int_equal(literal_count("50k", &v, &w), 0);
	assert_int_equal(v, 50000);
	assert_int_equal(literal_count("7", &v, &w), 0);
	assert_int_equal(v, 7);
	assert_int_equal(literal_count("7s", &v, &w), -1);
	assert_int_equal(literal_rate("2k/s", &v, &w), 0);
	assert_int_equal(v, 2000);
	assert_int_equal(literal_rate("20", &v, &w), -1);
	assert_string_equal(
		w.help, "rates are per second: write 20/s or 20k/s");
	assert_int_equal(literal_rate("20/m", &v, &w), -1);
	assert_int_equal(literal_bandwidth("10MiB/s", &v, &w), 0);
	assert_int_equal(v, 10485760);
	assert_int_equal(literal_bandwidth("10MiB", &v, &w), -1);
}

static void ports_versions(void **state)
{
	uint16_t v;
	assert_int_equal(literal_port("65535", &v, &w), 0);
	assert_int_equal(v, 65535);
	assert_int_equal(literal_port("0", &v, &w), -1);
	assert_int_equal(literal_port("65536", &v, &w), -1);
	assert_int_equal(literal_port("443x", &v, &w), -1);
	assert_int_equal(literal_version("1.3", &v, &w), 0);
	assert_int_equal(v, 0x0304);
	assert_int_equal(literal_version("1.4", &v, &w), -1);
	assert_int_equal(literal_version("unknown", &v, &w), -1);
}

static void dates(void **state)
{
	int64_t d;
	assert_int_equal(literal_date("1970-01-01", &d, &w), 0);
	assert_int_equal(d, 0);
	assert_int_equal(literal_date("2000-02-29", &d, &w), 0);
	assert_int_equal(d, 11016);
	assert_int_equal(literal_date("2027-03-31", &d, &w), 0);
	assert_int_equal(d, 20908);
	assert_int_equal(literal_date("2027-02-29", &d, &w), -1);
	assert_int_equal(literal_date("2100-02-29", &d, &w), -1);
	assert_int_equal(literal_date("2027-13-01", &d, &w), -1);
	assert_int_equal(literal_date("2027-3-1", &d, &w), -1);
	assert_int_equal(literal_date("1969-12-31", &d, &w), -1);
}

static void endpoints(void **state)
{
	struct literal_endpoint e;
	static const uint8_t ten[4] = {10, 0, 0, 1};

	assert_int_equal(literal_endpoint("10.0.0.1:443", &e, &w), 0);
	assert_int_equal(e.family, TBL_V4);
	assert_int_equal(e.port, 443);
	assert_memory_equal(e.addr, ten, 4);
	assert_int_equal(literal_endpoint("[::1]:8443", &e, &w), 0);
	assert_int_equal(e.family, TBL_V6);
	assert_int_equal(e.addr[15], 1);
	assert_int_equal(literal_endpoint("api.internal:80", &e, &w), 0);
	assert_int_equal(e.family, TBL_HOST);
	assert_int_equal(e.host_len, 12);
	assert_int_equal(literal_endpoint("unix:\"/run/a.sock\"", &e, &w), 0);
	assert_int_equal(e.family, TBL_UNIX);
	assert_int_equal(e.host_len, 11);
	assert_int_equal(literal_endpoint("unix:\"\"", &e, &w), -1);
	assert_int_equal(literal_endpoint("10.0.0.1", &e, &w), -1);
	assert_int_equal(literal_endpoint("::1:443", &e, &w), -1);
	assert_int_equal(literal_endpoint("[::1]", &e, &w), -1);
	assert_int_equal(literal_endpoint("[10.0.0.1]:80", &e, &w), -1);
	assert_int_equal(literal_endpoint("10.0.0.1:0", &e, &w), -1);
	assert_int_equal(literal_endpoint("", &e, &w), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(sizes_counts_rates),
		cmocka_unit_test(ports_versions),
		cmocka_unit_test(dates),
		cmocka_unit_test(endpoints),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
