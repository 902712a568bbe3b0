/* Dumps of tables that tlsc did not make: nothing that stands in their strings
 * ends a line, a quotation or obeys a terminal; JSON stays JSON; what no
 * policy says is refused. */
/* LINK: tlsc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>

#include "compiler/base/options.h"
#include "compiler/base/within.h"
#include "compiler/table/dump.h"
#include "compiler/table/undump.h"
#include "table_fixture.h"

static struct arena *arena;
static struct table table;
static struct model *model;
static uint8_t *bytes;
static char *out;
static size_t out_len;

static int setup(void **state)
{
	size_t len;

	arena = arena_new();
	bytes = fix_table(fix_model(arena), &len, &table);
	model = undump_model(arena, &table);
	/* The fixture has an arm of two clauses and a route of two settings. */
	model->lists.v[FIX_DEFAULT].first++;
	model->lists.v[FIX_DEFAULT].count--;
	model->clauses.v[7].action = FIX_PASS;
	return 0;
}

static int teardown(void **state)
{
	free(bytes);
	free(out);
	out = NULL;
	arena_free(&arena);
	return 0;
}

static const char evil[] = "a\"b\n\x1b[2Jfrontend\x7f \\ x";

static int as_tls(void)
{
	FILE *f = open_memstream(&out, &out_len);
	const char *err;
	int r = dump_tls(f, model, &err);

	if (r)
		print_message("# %s\n", err);

	fclose(f);
	return r;
}

static void hostile_text(void **state)
{
	char *line;

	model->backends.v[0].name.text = evil;
	model->backends.v[1].servers.v[1].host = evil;
	model->lists.v[FIX_SHOP].route.text = evil;
	model->certs.v[0].chain = evil;
	model->clauses.v[0].file = evil;
	model->clauses.v[4].file = evil;
	model->inputs.v[0].name = evil;
	model->texts.v[0].text = evil;
	assert_int_equal(as_tls(), 0);
	assert_null(strchr(out, 0x1b));
	assert_null(strchr(out, 0x7f));
	for (line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
		assert_false(!strncmp(line, "frontend", 8) &&
			strncmp(line, "frontend edge {", 15) &&
			strncmp(line, "frontend inner {", 16));
}

static void hostile_json(void **state)
{
	json_t *j;
	FILE *f = open_memstream(&out, &out_len);

	model->backends.v[0].name.text = evil;
	model->backends.v[0].servers.v[1].host = evil;
	model->backends.v[1].servers.v[1].host = evil;
	model->lists.v[FIX_SHOP].route.text = evil;
	model->profiles.v[0].name.text = evil;
	model->clauses.v[0].file = evil;
	dump_json(f, &table, model);
	fclose(f);
	j = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(j, "backends"), 0),
			"name")),
		evil);
	json_decref(j);
}

static void inventory(void **state)
{
	json_t *j, *c;
	FILE *f = open_memstream(&out, &out_len);

	model->certs.v[0].name.text = evil;
	dump_inventory(f, model, "nowhere/",
		within_new(model->arena, "nowhere",
			&(struct options){.no_fs = 0}));
	fclose(f);
	j = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	c = json_array_get(json_object_get(j, "certificates"), 0);
	assert_string_equal(json_string_value(json_object_get(c, "chain_file")),
		"certs/shop.pem");
	assert_non_null(json_string_value(json_object_get(c, "chain_error")));
	/* Routes shop and api of edge, api of inner. */
	assert_int_equal(json_array_size(json_object_get(c, "used_by")), 3);
	json_decref(j);
}

/* Two settings in one route, an arm of two clauses: nobody can write that. */
static void unsayable(void **state)
{
	assert_int_equal(as_tls(), 0);
	free(out);
	model->clauses.v[7].action = FIX_OFFLOAD;
	assert_int_equal(as_tls(), -1);
	free(out);
	model->clauses.v[7].action = FIX_PASS;
	model->lists.v[FIX_DEFAULT].first--;
	model->lists.v[FIX_DEFAULT].count++;
	assert_int_equal(as_tls(), -1);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {EACH(hostile_text),
		EACH(hostile_json), EACH(inventory), EACH(unsayable)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
