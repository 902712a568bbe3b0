/* What is kept over restarts: written and read again, and nothing else read. */
/* LINK: runtime/table/hex.c runtime/master/state_file.c runtime/master/state_text.c runtime/common/links.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/master/state_file.h"
#include "runtime/master/state_text.h"

static char dir[64], err[600];

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/state.XXXXXX");
	assert_non_null(mkdtemp(dir));
	return 0;
}

static const char *in(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(in("state"));
	unlink(in("state.new"));
	unlink(in("lock"));
	return rmdir(dir);
}

/* Two CRLs, one with the longest number, one with none. */
static void fill(struct state *s)
{
	struct state_crl *c;

	memset(s, 0, sizeof(*s));
	s->serial = UINT64_MAX;
	memset(s->root, 'a', 64);
	c = state_add(s);
	state_path("a.crl", c->path);
	memset(c->mark.scope, 7, sizeof(c->mark.scope));
	memset(c->mark.number, 0x1f, sizeof(c->mark.number));
	c->mark.number_len = sizeof(c->mark.number);
	c->mark.from = INT64_MAX;
	strcpy(c->mark.name, "CN=One, O=Two words");
	c = state_add(s);
	state_path("b.crl", c->path);
	c->mark.delta = 1;
	c->mark.from = -1;
}

static void equal(const struct state *a, const struct state *b)
{
	size_t i;

	assert_int_equal(a->serial, b->serial);
	assert_string_equal(a->root, b->root);
	assert_int_equal(a->crls, b->crls);
	for (i = 0; i < a->crls; i++)
		assert_memory_equal(&a->crl[i], &b->crl[i], sizeof(a->crl[i]));
}

static void again(const struct state *s)
{
	struct state_dir d;
	struct state got;

	assert_int_equal(
		state_file_open(&d, dir, STATE_LOCK, err, sizeof(err)), 0);
	assert_int_equal(state_file_write(&d, s, err, sizeof(err)), 0);
	assert_int_equal(state_file_read(&d, &got, err, sizeof(err)), 0);
	equal(s, &got);
	state_free(&got);
	state_file_close(&d);
}

static void written_and_read(void **state)
{
	struct state s, none = {0};

	(void)state;
	fill(&s);
	again(&s);
	again(&none);
	state_free(&s);
}

static void nothing_yet(void **state)
{
	struct state_dir d;
	struct state got;

	(void)state;
	assert_int_equal(
		state_file_open(&d, dir, STATE_LOOK, err, sizeof(err)), 0);
	assert_int_equal(state_file_read(&d, &got, err, sizeof(err)), 1);
	assert_int_equal(got.serial, 0);
	assert_int_equal(access(in("lock"), F_OK), -1);
	state_file_close(&d);
}

static int parse(const char *text, size_t len)
{
	char *copy = malloc(len + 1);
	struct state s;
	int r;

	memcpy(copy, text, len);
	copy[len] = 0;
	r = state_text_parse(&s, copy, len);
	state_free(&s);
	free(copy);
	return r;
}

/* A part of it, or with any octet changed, is refused. */
static void damaged(void **state)
{
	struct state s;
	size_t len, i;
	char *text;

	(void)state;
	fill(&s);
	text = state_text(&s, &len);
	assert_int_equal(parse(text, len), 0);
	for (i = 0; i < len; i++) {
		assert_int_equal(parse(text, i), -1);
		text[i] ^= 1;
		assert_int_equal(parse(text, len), -1);
		text[i] ^= 1;
	}
	free(text);
	state_free(&s);
}

/* The longest that a mark has. */
static void long_name(void **state)
{
	struct state s = {0};
	struct state_crl *c = state_add(&s);
	size_t len;
	char *text;

	(void)state;
	memset(c->mark.name, 'n', sizeof(c->mark.name) - 1);
	text = state_text(&s, &len);
	assert_int_equal(parse(text, len), 0);
	free(text);
	state_free(&s);
}

static void others_may_write(void **state)
{
	struct state_dir d;
	struct state s = {0}, got;

	(void)state;
	again(&s);
	assert_int_equal(chmod(in("state"), 0622), 0);
	assert_int_equal(
		state_file_open(&d, dir, STATE_LOCK, err, sizeof(err)), 0);
	assert_int_equal(state_file_read(&d, &got, err, sizeof(err)), -1);
	assert_non_null(strstr(err, "state: writable by group or others"));
	state_file_close(&d);
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(
		state_file_open(&d, dir, STATE_LOCK, err, sizeof(err)), -1);
	assert_non_null(strstr(err, ": writable by group or others"));
	assert_int_equal(
		state_file_open(&d, in("state"), STATE_LOCK, err, sizeof(err)),
		-1);
	assert_non_null(strstr(err, "state: not a directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			written_and_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_yet, set_up, tear_down),
		cmocka_unit_test(damaged),
		cmocka_unit_test(long_name),
		cmocka_unit_test_setup_teardown(
			others_may_write, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
