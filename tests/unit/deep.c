/* verify --deep agrees with a sound table, and notices a table whose lookup
 * and contents differ: a structure that the validator accepts with another
 * model, which is how a defect of either side would look. */
/* LINK: runtime/table/hex.c grammar/words.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/base/site.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c compiler/table/undump.c compiler/table/undump_content.c compiler/table/undump_parts.c compiler/table/undump_trust.c compiler/verify/deep.c compiler/base/plain.c compiler/base/prefix.c compiler/base/symbols.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "compiler/table/undump.h"
#include "compiler/verify/deep.h"
#include "table_fixture.h"

static struct arena *arena;
static struct table table;
static struct model *model;
static struct deep_report report;
static uint8_t *bytes;

static int setup(void **state)
{
	size_t len;

	arena = arena_new();
	bytes = fix_table(fix_model(arena), &len, &table);
	model = undump_model(arena, &table);
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
	assert_int_equal(deep_check(&table, model, &report), 0);
	assert_int_equal(report.names, 7);
	assert_true(report.lookups > 30);
	assert_true(report.decisions > 500);
	assert_null(report.fault);
}

/* Records do not stand in the order of the policy. */
static struct m_pattern *pattern(const char *key)
{
	size_t i;

	for (i = 0; i < model->patterns.n; i++)
		if (model->patterns.v[i].len == strlen(key) &&
			!memcmp(model->patterns.v[i].key, key, strlen(key)))
			return &model->patterns.v[i];
	return NULL;
}

static void other_list(void **state)
{
	pattern("**.deep.example.com")->list = FIX_API;
	assert_int_equal(deep_check(&table, model, &report), -1);
	assert_non_null(strstr(report.fault, "deep.example.com"));
}

static void other_name(void **state)
{
	pattern("api.example.com")->key = "api.example.net";
	assert_int_equal(deep_check(&table, model, &report), -1);
	assert_non_null(strstr(report.fault, "api.example."));
}

static void other_clauses(void **state)
{
	/* An ALPN test, a version, an address off by one, an order. */
	model->clauses.v[5].alpn_need = 2;
	assert_int_equal(deep_check(&table, model, &report), -1);
}

static void other_version(void **state)
{
	model->clauses.v[4].tls_mask = 0x0c;
	assert_int_equal(deep_check(&table, model, &report), -1);
}

static void other_address(void **state)
{
	model->sets.v[0].prefixes.v[0].len = 17;
	assert_int_equal(deep_check(&table, model, &report), -1);
}

static void other_arm(void **state)
{
	model->frontends.v[0].no_sni = FIX_MALFORMED;
	assert_int_equal(deep_check(&table, model, &report), -1);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {EACH(agrees), EACH(other_list),
		EACH(other_name), EACH(other_clauses), EACH(other_version),
		EACH(other_address), EACH(other_arm)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
