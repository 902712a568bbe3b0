/* Generations: the last reference, and only it, ends one.  The table reader
 * has tests of its own and is replaced here by one that obeys. */
/* LINK: runtime/common/generation.c runtime/common/bundle.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/common/bundle.h"
#include "runtime/common/generation.h"

static enum table_error verdict;
static char err[256];

enum table_error table_view(
	const void *base, size_t size, struct table *t, struct table_fault *why)
{
	memset(t, 0, sizeof(*t));
	t->base = base;
	t->size = size;
	*why = (struct table_fault){verdict, TBL_LIST, 4711};
	return verdict;
}

const char *table_error_text(enum table_error e)
{
	return "it is wrong";
}

const char *table_section_name(unsigned section)
{
	return section == TBL_LIST ? "LIST" : "?";
}

static int memfd(const char *text, int seals)
{
	int fd = memfd_create("t", MFD_ALLOW_SEALING);

	assert_int_equal(strlen(text), write(fd, text, strlen(text)));
	if (seals)
		fcntl(fd, F_ADD_SEALS, seals);
	return fd;
}

#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)

static unsigned retired;

static void on_retired(struct generation *g, void *arg)
{
	assert_int_equal(5, g->number);
	assert_ptr_equal(&retired, arg);
	assert_memory_equal("table", g->table.base, 5); /* still mapped */
	retired++;
}

static void test_references(void **state)
{
	int fd = memfd("table", SEALS), bundle = memfd("", SEALS);
	struct generation *g, *one, *two;

	verdict = TABLE_OK;
	g = generation_map(5, fd, bundle, err, sizeof(err));
	close(fd);
	close(bundle);
	assert_non_null(g);
	assert_non_null(g->bundle);
	g->retired = on_retired;
	g->retired_arg = &retired;
	one = generation_get(g);
	two = generation_get(g);
	generation_put(&g);
	assert_null(g);
	generation_put(&two);
	assert_int_equal(0, retired);
	generation_put(&one);
	assert_int_equal(1, retired);
	generation_put(&one); /* NULL is fine */
}

static void test_refusals(void **state)
{
	int fd = memfd("table", 0);

	verdict = TABLE_OK;
	assert_null(generation_map(1, fd, -1, err, sizeof(err)));
	assert_string_equal("the table's memory is not sealed", err);
	close(fd);
	fd = memfd("", SEALS);
	assert_null(generation_map(1, fd, -1, err, sizeof(err)));
	assert_string_equal("the table is empty", err);
	close(fd);
	fd = memfd("table", SEALS);
	verdict = (enum table_error)1;
	assert_null(generation_map(1, fd, -1, err, sizeof(err)));
	assert_string_equal("TC0901: it is wrong (LIST at offset 4711)", err);
	verdict = TABLE_OK;
	assert_null(generation_map(1, fd, 0, err, sizeof(err)));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_references),
		cmocka_unit_test(test_refusals)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
