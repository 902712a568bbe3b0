/* Coroutines: yield, resume, nesting, deep stacks, many at once. */
/* LINK: runtime/tls/coroutine.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "runtime/tls/coroutine.h"

static void count_to_three(void *arg)
{
	int *n = arg;

	for (int i = 0; i < 3; i++) {
		++*n;
		coroutine_yield();
	}
}

static void yields_and_ends(void **state)
{
	int n = 0, failed;
	struct coroutine *c = coroutine_start(count_to_three, &n, &failed);

	(void)state;
	assert_non_null(c);
	assert_null(coroutine_current());
	assert_int_equal(n, 1);
	coroutine_resume(&c);
	assert_int_equal(n, 2);
	coroutine_resume(&c);
	assert_non_null(c);
	coroutine_resume(&c);
	assert_null(c);
	assert_int_equal(n, 3);
}

static void no_yield(void *arg)
{
	*(int *)arg = coroutine_current() != NULL;
}

static void may_end_at_once(void **state)
{
	int inside = 0, failed = 1;

	(void)state;
	assert_null(coroutine_start(no_yield, &inside, &failed));
	assert_int_equal(failed, 0);
	assert_int_equal(inside, 1);
}

/* 128 KiB of stack in use across a yield. */
static void deep(void *arg)
{
	volatile char big[128 * 1024];

	memset((char *)big, *(int *)arg, sizeof(big));
	coroutine_yield();
	for (size_t i = 0; i < sizeof(big); i += 512)
		if (big[i] != (char)*(int *)arg)
			*(int *)arg = -1;
}

static void stacks_are_their_own(void **state)
{
	enum { N = 100 }; /* more than the pool keeps */
	struct coroutine *c[N];
	int id[N], failed;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < N; i++) {
			id[i] = i;
			c[i] = coroutine_start(deep, &id[i], &failed);
			assert_non_null(c[i]);
		}
		for (int i = N; i-- > 0;) {
			coroutine_resume(&c[i]);
			assert_null(c[i]);
			assert_int_equal(id[i], i);
		}
	}
	coroutine_drain();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yields_and_ends),
		cmocka_unit_test(may_end_at_once),
		cmocka_unit_test(stacks_are_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
