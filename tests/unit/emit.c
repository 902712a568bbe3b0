/* emit and undump are inverse; what nothing reaches stays out; the same model
 * gives the same bytes; many names, and names that fit no index, too. */
/* LINK: runtime/table/hex.c grammar/words.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c compiler/base/arena.c compiler/base/site.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c compiler/table/undump.c compiler/table/undump_content.c compiler/table/undump_parts.c compiler/table/undump_trust.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "table_fixture.h"
#include "compiler/table/undump.h"

static void round_trip(void **state)
{
	struct arena *a = arena_new();
	struct table t, u;
	size_t n, m;
	uint8_t *one = fix_table(fix_model(a), &n, &t);
	uint8_t *two = fix_table(undump_model(a, &t), &m, &u);

	assert_int_equal(n, m);
	assert_memory_equal(one, two, n);
	free(two);
	free(one);
	arena_free(&a);
}

static void same_again(void **state)
{
	struct arena *a = arena_new(), *b = arena_new();
	struct table t;
	size_t n, m;
	uint8_t *one = fix_table(fix_model(a), &n, &t);
	uint8_t *two = fix_table(fix_model(b), &m, &t);

	assert_int_equal(n, m);
	assert_memory_equal(one, two, n);
	free(two);
	free(one);
	arena_free(&a);
	arena_free(&b);
}

/* Unused objects leave no trace, even in front of used ones; a set that two
 * clauses spell twice stands once. */
static void unused(void **state)
{
	struct arena *a = arena_new();
	struct table t, u;
	size_t n, m;
	struct model *x = fix_model(a);
	uint8_t *one = fix_table(x, &n, &t), *two;
	struct m_set *s;

	fix_profile(x, "nobody", 0x0303);
	fix_cert(x, "nobody", "certs/absent.pem");
	fix_backend(x, "nobody", 0);
	fix_action(x, PASSTHROUGH)->backend = 2;
	fix_clause(x, 5, 0, 0);
	fix_list(x, "nobody", 1, 0);
	fix_set(x, "again", x->sets.v[FIX_OFFICE].prefixes.v, 2);
	s = &x->sets.v[x->sets.n - 1];
	assert_int_equal(s->prefixes.n, 2);
	x->clauses.v[1].set = (uint32_t)x->sets.n - 1;
	two = fix_table(x, &m, &u);
	assert_int_equal(n, m);
	assert_memory_equal(one, two, n);
	free(two);
	free(one);
	arena_free(&a);
}

/* What only a decrypting mode has is dropped, not refused (TC0207 said it). */
static void ineffective(void **state)
{
	struct arena *a = arena_new();
	struct table t, u;
	size_t n, m;
	struct model *x = fix_model(a);
	uint8_t *one = fix_table(x, &n, &t), *two;
	struct m_action *p = &x->actions.v[FIX_PASS];

	p->profile = 1;
	*ADD(a, p->certs) = 1;
	*ADD(a, p->alpn) = FIX_H2;
	p->client_auth = 2;
	p->client_ca = "certs/nobody.pem";
	x->actions.v[FIX_DENY].backend = 0;
	two = fix_table(x, &m, &u);
	assert_int_equal(n, m);
	assert_memory_equal(one, two, n);
	free(two);
	free(one);
	arena_free(&a);
}

static void many_names(struct model *m, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		char key[64];
		int len = snprintf(key, sizeof(key), "%sh%07u.tenant.test",
			i % 10 == 3           ? "*."
				: i % 10 == 7 ? "**."
					      : "",
			i);

		fix_pattern(m, 1, arena_strndup(m->arena, key, (size_t)len),
			i % 2 ? FIX_SHOP : FIX_API);
	}
}

static void sizes(void **state)
{
	static const unsigned counts[] = {
		0, 1, 2, 5, 6, 7, 8, 13, 50, 64, 100, 511, 1000, 4096, 20000};
	size_t c, n, m;

	for (c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct arena *a = arena_new();
		struct table t, u;
		struct model *x = fix_model(a);
		uint8_t *one, *two;

		many_names(x, counts[c]);
		one = fix_table(x, &n, &t);
		assert_int_equal(t.header->name_count, counts[c] + 7);
		two = fix_table(undump_model(a, &t), &m, &u);
		assert_int_equal(n, m);
		assert_memory_equal(one, two, n);
		free(two);
		free(one);
		arena_free(&a);
	}
}

/* 45 octets a name of 23 octets, index included (issue 3.10). */
static void dense(void **state)
{
	struct arena *a = arena_new();
	struct table t;
	struct model *x = fix_model(a);
	size_t n, base;
	const unsigned names = 30000;
	unsigned i;
	uint8_t *one = fix_table(x, &base, &t);

	free(one);
	for (i = 0; i < names; i++)
		fix_pattern(x, 1, arena_printf(a, "host%07u.example.net", i),
			FIX_SHOP);
	assert_int_equal(x->patterns.v[x->patterns.n - 1].len, 23);
	one = fix_table(x, &n, &t);
	assert_true(n - base <= 45ul * names);
	free(one);
	arena_free(&a);
}

/* A name twice: the validator of the output says so, nothing is written. */
static void duplicate(void **state)
{
	struct arena *a = arena_new();
	struct model *x = fix_model(a);
	const char *err = NULL;
	size_t n;

	fix_pattern(x, 1, "shop.example.com", FIX_SHOP);
	assert_null(emit_table(x, &n, &err));
	assert_non_null(strstr(err, "duplicate-name"));
	arena_free(&a);
}

/* A hundred times the same name finds no place in any index. */
static void no_index(void **state)
{
	struct arena *a = arena_new();
	struct model *x = fix_model(a);
	const char *err = NULL;
	unsigned i;
	size_t n;

	for (i = 0; i < 100; i++)
		fix_pattern(x, 1, "shop.example.com", FIX_SHOP);
	assert_null(emit_table(x, &n, &err));
	assert_non_null(strstr(err, "index"));
	arena_free(&a);
}

static void no_names(void **state)
{
	struct arena *a = arena_new();
	struct model *x = fix_model(a);
	struct table t, u;
	uint8_t *one, *two;
	size_t n, m;

	x->frontends.v[0].pattern_count = 0;
	x->frontends.v[1].pattern_count = 0;
	x->patterns.n = 0;
	one = fix_table(x, &n, &t);
	assert_int_equal(t.bucket_count, 0);
	assert_null(table_find(&t, 0, "shop.example.com", 16));
	two = fix_table(undump_model(a, &t), &m, &u);
	assert_int_equal(n, m);
	assert_memory_equal(one, two, n);
	free(two);
	free(one);
	arena_free(&a);
}

/* Files of CAs stand by path, those that somebody names; what they hold comes
 * back. */
static void trusts(void **state)
{
	struct arena *a = arena_new();
	struct model *x = fix_trusts(fix_model(a));
	struct table t, u;
	size_t n, m;
	uint8_t *one, *two;
	uint32_t count;

	fix_trusted(x, fix_trust(x, "certs/idle.pem"), 0x33, "CN=idle");
	one = fix_table(x, &n, &t);
	assert_int_equal(t.trust_count, 3);
	assert_string_equal(
		table_str(
			&t, table_trust(&t, "certs/ca.pem", &count)->file_str),
		"certs/ca.pem");
	assert_int_equal(count, 2);
	assert_int_equal(table_trust(&t, "certs/clients.pem", &count)->kind,
		TBL_TRUST_LIVE);
	assert_int_equal(count, 1);
	assert_null(table_trust(&t, "certs/idle.pem", &count));
	two = fix_table(undump_model(a, &t), &m, &u);
	assert_int_equal(n, m);
	assert_memory_equal(one, two, n);
	free(two);
	free(one);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(round_trip),
		cmocka_unit_test(same_again), cmocka_unit_test(unused),
		cmocka_unit_test(ineffective), cmocka_unit_test(sizes),
		cmocka_unit_test(dense), cmocka_unit_test(duplicate),
		cmocka_unit_test(no_index), cmocka_unit_test(no_names),
		cmocka_unit_test(trusts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
