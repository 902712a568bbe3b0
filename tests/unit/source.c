/* LINK: compiler/base/source.c compiler/base/arena.c */
/* LIBS: -lgnutls */
/*
 * Source files and the arena under them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler/base/arena.h"
#include "compiler/base/source.h"

static void expect_place(struct sources *s, uint32_t file, uint32_t off,
	uint32_t line, uint32_t column)
{
	uint32_t l, c;

	source_locate(s, file, off, &l, &c);
	assert_int_equal(l, line);
	assert_int_equal(c, column);
}

static void test_places(void **state)
{
	struct arena *a = arena_new();
	struct sources *s = source_new(a);
	uint32_t file = source_add(s, "x", "ab\n\ncd\r\ne", 9);
	size_t len;

	expect_place(s, file, 0, 1, 1);
	expect_place(s, file, 2, 1, 3);
	expect_place(s, file, 3, 2, 1);
	expect_place(s, file, 4, 3, 1);
	expect_place(s, file, 9, 4, 2);
	expect_place(s, 0, 5, 0, 0);
	assert_memory_equal(source_line(s, file, 3, &len), "cd", 2);
	assert_int_equal(len, 2);
	source_line(s, file, 2, &len);
	assert_int_equal(len, 0);
	source_line(s, file, 4, &len);
	assert_int_equal(len, 1);
	source_line(s, file, 5, &len);
	assert_int_equal(len, 0);
	file = source_add(s, "empty", "", 0);
	expect_place(s, file, 0, 1, 1);
	assert_null(source_get(s, 0));
	assert_null(source_get(s, 3));
	arena_free(&a);
	assert_null(a);
}

static void test_files(void **state)
{
	char dir[] = "/tmp/source-XXXXXX", path[64], link_[64], fifo[64];
	struct arena *a = arena_new();
	struct sources *s = source_new(a);
	const char *err = NULL;
	uint32_t file;
	int again;
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/p", dir);
	snprintf(link_, sizeof(link_), "%s/l", dir);
	snprintf(fifo, sizeof(fifo), "%s/f", dir);
	assert_int_equal(source_read(s, path, "p", &again, &err), 0);
	assert_string_equal(err, strerror(2));
	assert_int_equal(source_read(s, dir, "d", &again, &err), 0);

	f = fopen(path, "w");
	fputs("policy 1;\n", f);
	fclose(f);
	file = source_read(s, path, "p", &again, &err);
	assert_int_equal(file, 1);
	assert_false(again);
	assert_string_equal(source_get(s, file)->text, "policy 1;\n");
	assert_string_equal(source_get(s, file)->dir, dir);
	assert_string_equal(source_get(s, file)->path, "p");
	/* The same file by another name. */
	assert_int_equal(symlink(path, link_), 0);
	assert_int_equal(source_read(s, link_, "l", &again, &err), file);
	assert_true(again);
	/* A fifo nobody writes to does not hang, and is no empty file. */
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(source_read(s, fifo, "f", &again, &err), 0);
	assert_string_equal(err, "a FIFO that nobody writes to");
	assert_int_equal(source_count(s), 1);
	unlink(path);
	unlink(link_);
	unlink(fifo);
	rmdir(dir);
	arena_free(&a);
}

static void test_arena(void **state)
{
	struct arena *a = arena_new();
	uint32_t *v = NULL;
	size_t cap = 0;
	char *big, *text;

	for (size_t i = 0; i < 100000; i++) {
		arena_grow(a, &v, i, &cap, sizeof(*v));
		v[i] = (uint32_t)i;
	}
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(v[i], i);
	for (size_t size = 0; size < 300; size++) {
		char *p = arena_alloc(a, size);

		assert_int_equal((uintptr_t)p % (size % 16 ? 8 : 16), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	big = arena_alloc(a, (size_t)64 << 20);
	big[((size_t)64 << 20) - 1] = 1;
	text = arena_printf(a, "%d-%s", 5, "x");
	assert_string_equal(text, "5-x");
	assert_string_equal(arena_strndup(a, "abc", 2), "ab");
	assert_true(arena_used(a) >= (size_t)64 << 20);
	arena_free(&a);
	arena_free(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
