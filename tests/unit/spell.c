/* LINK: compiler/base/spell.c */
/*
 * The nearest name: what is offered, and above all what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "compiler/base/spell.h"

static const char *near(const char *word)
{
	static const char *const names[] = {"backend", NULL, "bridge",
		"frontend", "reject", "route", "tls", "to"};

	return spell_nearest(word, strlen(word), names, 8);
}

static void offers(void **state)
{
	assert_string_equal(near("bakcend"), "backend");
	assert_string_equal(near("brige"), "bridge");
	assert_string_equal(near("rejects"), "reject");
	assert_string_equal(near("fronted"), "frontend");
	assert_string_equal(near("tsl"), "tls");
	assert_string_equal(near("route"), "route");
}

static void does_not_offer(void **state)
{
	assert_null(near("x"));
	assert_null(near("xyz"));
	assert_null(near(""));
	assert_null(near("certificate"));
	assert_null(near("a-very-long-word-that-is-longer-than-anything-that-"
			 "one-could-possibly-have-meant-by-any-of-these"));
}

static unsigned distance(const char *a, const char *b)
{
	return spell_distance(a, strlen(a), b, strlen(b), 10);
}

static void distances(void **state)
{
	assert_int_equal(distance("", ""), 0);
	assert_int_equal(distance("", "abc"), 3);
	assert_int_equal(distance("kitten", "sitting"), 3);
	assert_int_equal(distance("ab", "ba"), 1);
	assert_int_equal(distance("abcd", "abdc"), 1);
	assert_int_equal(spell_distance("abc", 3, "xyz", 3, 2), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offers),
		cmocka_unit_test(does_not_offer),
		cmocka_unit_test(distances),
	};

	return cmocka_run_group_tests_name("spell", tests, NULL, NULL);
}
