/* The decision: precedence of names, depths, clauses, arms, sets. */
/* LINK: grammar/words.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "runtime/table/route.h"
#include "table_fixture.h"

static struct arena *arena;
static struct model *model;
static struct table table;
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

static struct route_query query(const char *sni)
{
	struct route_query q = {.sni = sni,
		.sni_len = (uint8_t)strlen(sni),
		.tls_bit = TLS_13,
		.family = TBL_V4,
		.addr = {203, 0, 113, 1}};

	return q;
}

static const char *route(const char *sni)
{
	struct route_query q = query(sni);
	struct route_decision d;

	route_decide(&table, &q, &d, NULL, NULL);
	assert_int_equal(d.own, 0);
	return table_str(&table, table.list[d.list].route_str);
}

static void names(void **state)
{
	assert_string_equal(route("shop.example.com"), "shop");
	assert_string_equal(route("SHOP.Example.COM"), "shop");
	assert_string_equal(route("api.example.com"), "api");
	assert_string_equal(route("other.example.com"), "wild");
	assert_string_equal(route("a.b.example.com"), "deep");
	assert_string_equal(route("a.deep.example.com"), "shop");
	assert_string_equal(route("a.b.deep.example.com"), "shop");
	assert_string_equal(route("deep.example.com"), "wild");
	assert_string_equal(route("x"), "shop");
	assert_string_equal(route("example.com"), "default");
	assert_string_equal(route("com"), "default");
	assert_string_equal(route("example.org"), "default");
	assert_string_equal(route("xexample.com"), "default");
}

/* Names that no hello has: nothing matches, nothing breaks. */
static void odd_names(void **state)
{
	char name[256];
	struct route_query q = query("");
	struct route_decision d;
	unsigned len;

	assert_string_equal(route("."), "default");
	assert_string_equal(route(".."), "default");
	assert_string_equal(route("example.com."), "default");
	for (len = 0; len < 256; len++) {
		unsigned step;

		for (step = 1; step < 4; step++) {
			unsigned i;

			for (i = 0; i < len; i++)
				name[i] = i % step ? 'a' : '.';
			q.sni = name;
			q.sni_len = (uint8_t)len;
			route_decide(&table, &q, &d, NULL, NULL);
			assert_int_equal(d.list, table.frontend[0].default_);
		}
	}
}

/* 127 labels of one octet under **.example.com. */
static void longest_name(void **state)
{
	char name[254];
	unsigned i;

	for (i = 0; i + 11 < 253; i += 2)
		memcpy(name + i, "a.", 2);
	memcpy(name + i - 1, ".example.com", 13);
	assert_true(strlen(name) <= 253);
	assert_string_equal(route(name), "deep");
}

static void arms(void **state)
{
	struct route_query q = query("");
	struct route_decision d;

	q.sni_kind = ROUTE_SNI_NONE;
	route_decide(&table, &q, &d, NULL, NULL);
	assert_int_equal(d.list, table.frontend[0].no_sni);
	q.sni_kind = ROUTE_SNI_MALFORMED;
	/* A bot: the frontend's own clause does not come before this arm. */
	memcpy(q.addr, "\xc0\x00\x02\x01", 4);
	route_decide(&table, &q, &d, NULL, NULL);
	assert_int_equal(d.list, table.frontend[0].malformed);
	assert_int_equal(d.own, 0);
	q.sni_kind = ROUTE_SNI_NONE;
	route_decide(&table, &q, &d, NULL, NULL);
	assert_int_equal(d.own, 1);
	assert_int_equal(d.list, table.frontend[0].no_sni);
}

static unsigned mode(const struct route_query *q)
{
	struct route_decision d;

	route_decide(&table, q, &d, NULL, NULL);
	return table.action[d.action].mode;
}

static void clauses(void **state)
{
	struct route_query q = query("api.example.com");

	assert_int_equal(mode(&q), OFFLOAD);
	q.alpn = 1 << FIX_H2;
	assert_int_equal(mode(&q), PASSTHROUGH);
	memcpy(q.addr, "\x0a\x14\x00\x00", 4);
	assert_int_equal(mode(&q), BRIDGE);
	memcpy(q.addr, "\x0a\x14\xff\xff", 4);
	assert_int_equal(mode(&q), BRIDGE);
	memcpy(q.addr, "\x0a\x15\x00\x00", 4);
	assert_int_equal(mode(&q), PASSTHROUGH);
	memcpy(q.addr, "\x0a\x14\x00\x01", 4);
	q.tls_bit = 0x04;
	assert_int_equal(mode(&q), PASSTHROUGH);
	q.frontend = 1;
	q.sni = "shop.example.com";
	q.sni_len = 16;
	assert_int_equal(mode(&q), PASSTHROUGH);
	q.family = TBL_V6;
	q.tls_bit = TLS_13;
	memcpy(q.addr, "\x20\x01\x0d\xb8\0\x20\1\2\3\4\5\6\7\x8\x9\xa", 16);
	assert_int_equal(mode(&q), BRIDGE);
	q.addr[5] = 0x21;
	assert_int_equal(mode(&q), PASSTHROUGH);
	q.family = 0;
	assert_int_equal(mode(&q), PASSTHROUGH);
}

static void not_in(void **state)
{
	struct route_query q = query("elsewhere.test");

	assert_int_equal(mode(&q), PASSTHROUGH);
	memcpy(q.addr, "\x0a\x14\x00\x00", 4);
	assert_int_equal(mode(&q), REJECT);
	/* Something without an address is in no set. */
	q.family = TBL_UNIX;
	assert_int_equal(mode(&q), PASSTHROUGH);
}

struct seen {
	unsigned n;
	enum route_failed failed[8];
};

static void see(void *arg, uint32_t clause, enum route_failed f)
{
	struct seen *s = arg;

	assert_in_range(s->n, 0, 7);
	s->failed[s->n++] = f;
}

static void trace(void **state)
{
	struct route_query q = query("api.example.com");
	struct route_decision d;
	struct seen s = {0};

	memcpy(q.addr, "\x0a\x14\x00\x00", 4);
	q.tls_bit = 0x04;
	route_decide(&table, &q, &d, see, &s);
	assert_int_equal(s.n, 4);
	assert_int_equal(s.failed[0], ROUTE_SOURCE);
	assert_int_equal(s.failed[1], ROUTE_TLS);
	assert_int_equal(s.failed[2], ROUTE_ALPN);
	assert_int_equal(s.failed[3], ROUTE_APPLIES);
}

static void versions(void **state)
{
	assert_int_equal(route_tls_bit(0), 0x10);
	assert_int_equal(route_tls_bit(0x0300), 0x01);
	assert_int_equal(route_tls_bit(0x0301), 0x01);
	assert_int_equal(route_tls_bit(0x0302), 0x02);
	assert_int_equal(route_tls_bit(0x0303), 0x04);
	assert_int_equal(route_tls_bit(0x0304), 0x08);
	assert_int_equal(route_tls_bit(0x0305), 0x04);
	assert_int_equal(route_tls_bit(0xffff), 0x04);
}

/* Every key that is in the model is found, under its own frontend only. */
static void find(void **state)
{
	size_t i;

	for (i = 0; i < model->patterns.n; i++) {
		const struct m_pattern *p = &model->patterns.v[i];
		const struct tbl_namerec *r =
			table_find(&table, p->frontend, p->key, p->len);

		assert_non_null(r);
		assert_int_equal(r->list, p->list);
		assert_memory_equal(table_name_key(r), p->key, p->len);
	}
	assert_null(table_find(&table, 1, "x", 1));
	assert_null(table_find(&table, 0, "", 0));
	assert_int_equal(table_alpn_index(&table, "http/1.1", 8), FIX_HTTP11);
	assert_int_equal(table_alpn_index(&table, "http/1", 6), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names),
		cmocka_unit_test(odd_names), cmocka_unit_test(longest_name),
		cmocka_unit_test(arms), cmocka_unit_test(clauses),
		cmocka_unit_test(not_in), cmocka_unit_test(trace),
		cmocka_unit_test(versions), cmocka_unit_test(find)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
