/* The compiler's last look: a table that says something else than the model
 * is noticed, whatever part of emit was wrong. */
/* LINK: grammar/words.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c compiler/verify/replay.c compiler/base/plain.c compiler/base/prefix.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "compiler/verify/replay.h"
#include "table_fixture.h"

static struct arena *arena;
static struct table table;
static struct model *model;
static const char *err;
static uint8_t *bytes;

static int setup(void **state)
{
	size_t len;

	arena = arena_new();
	model = fix_model(arena);
	bytes = fix_table(model, &len, &table);
	return 0;
}

static int teardown(void **state)
{
	free(bytes);
	arena_free(&arena);
	return 0;
}

static void agrees(void **state)
{
	assert_int_equal(replay(&table, model, &err), 0);
	assert_null(err);
}

static void name_missing(void **state)
{
	fix_pattern(model, 1, "new.example.com", FIX_SHOP);
	assert_int_equal(replay(&table, model, &err), -1);
	assert_non_null(strstr(err, "new.example.com"));
}

static void name_elsewhere(void **state)
{
	model->patterns.v[0].list = FIX_WILD;
	assert_int_equal(replay(&table, model, &err), -1);
	assert_non_null(strstr(err, "shop.example.com"));
}

static void other_backend(void **state)
{
	model->actions.v[FIX_PASS].backend = 1;
	assert_int_equal(replay(&table, model, &err), -1);
}

static void other_order(void **state)
{
	struct m_clause *c = &model->clauses.v[4], swap = c[0];

	c[0] = c[1];
	c[1] = swap;
	assert_int_equal(replay(&table, model, &err), -1);
}

static void other_arm(void **state)
{
	model->frontends.v[1].default_ = FIX_NO_SNI;
	assert_int_equal(replay(&table, model, &err), -1);
}

static void other_own_clause(void **state)
{
	model->frontends.v[0].pre_count = 0;
	assert_int_equal(replay(&table, model, &err), -1);
}

static void frontend_missing(void **state)
{
	fix_frontend(model, "third", 1443);
	assert_int_equal(replay(&table, model, &err), -1);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {EACH(agrees), EACH(name_missing),
		EACH(name_elsewhere), EACH(other_backend), EACH(other_order),
		EACH(other_arm), EACH(other_own_clause),
		EACH(frontend_missing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
