/* LINK: runtime/common/dictionary.c runtime/worker/by_host.c */
#include "runtime/common/dictionary.h"
#include "runtime/worker/by_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 5000

struct thing {
	struct dictionary_node node;
	char name[16];
};

static struct thing thing[MANY];
static struct dictionary all;
static unsigned seen;

static void put(unsigned i)
{
	snprintf(thing[i].name, sizeof(thing[i].name), "name-%u", i);
	dictionary_put(&all, &thing[i].node, thing[i].name, &thing[i]);
}

static void found_again(void **state)
{
	unsigned i;

	assert_null(dictionary_find(&all, "name-1"));
	for (i = 0; i < MANY; i++)
		put(i);
	assert_int_equal(all.count, MANY);
	for (i = 0; i < MANY; i += 2)
		dictionary_take(&all, &thing[i].node);
	for (i = 0; i < MANY; i++)
		assert_ptr_equal(dictionary_find(&all, thing[i].name),
			i % 2 ? &thing[i] : NULL);
	assert_null(dictionary_find(&all, "NAME-1"));
	dictionary_free(&all);
}

static void take(void *t)
{
	struct thing *x = t;

	seen++;
	dictionary_take(&all, &x->node);
}

static void each_may_go(void **state)
{
	unsigned i;

	for (i = 0; i < MANY; i++)
		put(i);
	dictionary_each(&all, take);
	assert_int_equal(seen, MANY);
	assert_int_equal(all.count, 0);
	dictionary_free(&all);
}

static void case_of_hosts(void **state)
{
	struct dictionary d = {.folded = 1};

	snprintf(thing[0].name, sizeof(thing[0].name), "A.Example");
	dictionary_put(&d, &thing[0].node, thing[0].name, &thing[0]);
	assert_ptr_equal(dictionary_find(&d, "a.eXample"), &thing[0]);
	dictionary_free(&d);
}

static void hosts_of_a_table(void **state)
{
	static char text[] = "\0b.test\0B.TEST\0a.test";
	struct tbl_server server[] = {{.family = TBL_HOST, .host_str = 1},
		{.family = TBL_V4}, {.family = TBL_HOST, .host_str = 15},
		{.family = TBL_HOST, .host_str = 8}};
	struct table t;
	struct by_host *h;
	uint32_t count, first;

	memset(&t, 0, sizeof(t));
	t.server = server;
	t.server_count = 4;
	t.str = text;
	h = by_host_new(&t);
	assert_non_null(h);
	first = by_host_find(h, &t, "b.Test", &count);
	assert_int_equal(count, 2);
	assert_int_equal(h->server[first], 0);
	assert_int_equal(h->server[first + 1], 3);
	by_host_find(h, &t, "c.test", &count);
	assert_int_equal(count, 0);
	by_host_find(h, &t, "a.tes", &count);
	assert_int_equal(count, 0);
	free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_again),
		cmocka_unit_test(each_may_go),
		cmocka_unit_test(case_of_hosts),
		cmocka_unit_test(hosts_of_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
