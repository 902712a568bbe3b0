/* LINK: compiler/base/prefix.c compiler/base/arena.c */
/*
 * Prefixes against brute force: sets over the 256 addresses of 10.0.0.0/24
 * (and the same below a v6 prefix), every operation compared bit by bit.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/arena.h"
#include "compiler/base/prefix.h"
#include "runtime/table/table.h"

static uint64_t seed = 88172645463325252u;

static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % n);
}

static void expect(const char *text, enum prefix_parse how, const char *back)
{
	struct m_prefix p;
	char buf[64];

	assert_int_equal(prefix_parse(text, strlen(text), &p), how);
	if (how != PREFIX_BAD)
		assert_string_equal(prefix_text(&p, buf), back);
}

static void test_parse(void **state)
{
	expect("10.0.0.0/8", PREFIX_OK, "10.0.0.0/8");
	expect("10.20.0.1/16", PREFIX_HOST_BITS, "10.20.0.0/16");
	expect("10.20.0.1", PREFIX_OK, "10.20.0.1");
	expect("0.0.0.0/0", PREFIX_OK, "0.0.0.0/0");
	expect("2001:DB8::/32", PREFIX_OK, "2001:db8::/32");
	expect("2001:db8::1/127", PREFIX_HOST_BITS, "2001:db8::/127");
	expect("::1", PREFIX_OK, "::1");
	expect("::ffff:10.0.0.0/104", PREFIX_OK, "10.0.0.0/8");
	expect("::ffff:192.0.2.1", PREFIX_OK, "192.0.2.1");
	expect("::ffff:0:0/95", PREFIX_HOST_BITS, "::fffe:0:0/95");
	for (const char **s = (const char *[]){"", "/8", "10.0.0/8",
		     "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.256",
		     "010.0.0.1", "::/129", "10.0.0.0/-1", "x", "1:2:3", NULL};
		*s; s++)
		expect(*s, PREFIX_BAD, NULL);
}

/* A random prefix inside the /24 (v4) or its v6 twin. */
static struct m_prefix random_prefix(int v6)
{
	unsigned deep = rnd(9);
	struct m_prefix p = {.family = v6 ? TBL_V6 : TBL_V4};
	unsigned at = v6 ? 15 : 3;

	p.addr[0] = 10;
	p.addr[at] = (uint8_t)rnd(256);
	p.len = (uint8_t)(at * 8 + deep);
	prefix_mask(p.addr, p.len);
	return p;
}

static void members(const struct prefix_vec *s, uint8_t in[512])
{
	memset(in, 0, 512);
	for (size_t i = 0; i < s->n; i++)
		for (unsigned k = 0; k < 512; k++) {
			struct m_prefix a = {
				.family = k < 256 ? TBL_V4 : TBL_V6,
				.len = k < 256 ? 32 : 128};

			a.addr[0] = 10;
			a.addr[k < 256 ? 3 : 15] = (uint8_t)k;
			in[k] |= (uint8_t)prefix_contains(&s->v[i], &a);
		}
}

static void assert_canonical(struct arena *a, const struct prefix_vec *s)
{
	struct prefix_vec copy = {.n = s->n, .cap = s->n};

	copy.v = arena_alloc(a, (s->n + 1) * sizeof(*copy.v));
	if (s->n)
		memcpy(copy.v, s->v, s->n * sizeof(*copy.v));
	prefix_canonical(&copy);
	assert_int_equal(copy.n, s->n);
	if (s->n)
		assert_memory_equal(copy.v, s->v, s->n * sizeof(*copy.v));
	for (size_t i = 1; i < s->n; i++) {
		assert_true(prefix_cmp(&s->v[i - 1], &s->v[i]) < 0);
		assert_false(prefix_contains(&s->v[i - 1], &s->v[i]));
	}
}

static struct prefix_vec random_set(struct arena *a)
{
	struct prefix_vec s = {.n = rnd(8), .cap = 8};
	uint8_t before[512], after[512];

	s.v = arena_alloc(a, 8 * sizeof(*s.v));
	for (size_t i = 0; i < s.n; i++)
		s.v[i] = random_prefix((int)rnd(2));
	members(&s, before);
	prefix_canonical(&s);
	members(&s, after);
	assert_memory_equal(before, after, 512);
	assert_canonical(a, &s);
	return s;
}

static void test_algebra(void **state)
{
	for (unsigned round = 0; round < 2000; round++) {
		struct arena *a = arena_new();
		struct prefix_vec x = random_set(a), y = random_set(a);
		struct prefix_vec u = prefix_union(a, &x, &y);
		struct prefix_vec n = prefix_intersect(a, &x, &y);
		struct prefix_vec m = prefix_minus(a, &x, &y);
		struct prefix_vec c = prefix_complement(a, &x);
		uint8_t bx[512], by[512], bu[512], bn[512], bm[512], bc[512];

		members(&x, bx);
		members(&y, by);
		members(&u, bu);
		members(&n, bn);
		members(&m, bm);
		members(&c, bc);
		for (unsigned k = 0; k < 512; k++) {
			struct m_prefix at = {
				.family = k < 256 ? TBL_V4 : TBL_V6,
				.len = k < 256 ? 32 : 128};

			at.addr[0] = 10;
			at.addr[k < 256 ? 3 : 15] = (uint8_t)k;
			assert_int_equal(bu[k], bx[k] | by[k]);
			assert_int_equal(bn[k], bx[k] & by[k]);
			assert_int_equal(bm[k], bx[k] & !by[k]);
			assert_int_equal(bc[k], !bx[k]);
			assert_int_equal(prefix_covers(x.v, x.n, &at), bx[k]);
		}
		assert_canonical(a, &u);
		assert_canonical(a, &n);
		assert_canonical(a, &m);
		assert_canonical(a, &c);
		c = prefix_complement(a, &c);
		assert_int_equal(c.n, x.n);
		if (x.n)
			assert_memory_equal(c.v, x.v, x.n * sizeof(*x.v));
		arena_free(&a);
	}
}

/* What is left of ::ffff:0:0/96 must not come out as something to write. */
static void test_mapped(void **state)
{
	struct arena *a = arena_new();
	struct m_prefix around;
	struct prefix_vec x = {&around, 1, 1}, c;
	char buf[64];

	prefix_parse("::fffe:0:0/96", 13, &around);
	c = prefix_complement(a, &x);
	for (size_t i = 0; i < c.n; i++) {
		struct m_prefix again;
		const char *text = prefix_text(&c.v[i], buf);

		assert_int_equal(
			prefix_parse(text, strlen(text), &again), PREFIX_OK);
		assert_int_equal(prefix_cmp(&again, &c.v[i]), 0);
	}
	c = prefix_complement(a, &c);
	assert_int_equal(c.n, 1); /* with the block: nobody is in there */
	assert_int_equal(prefix_contains(c.v, &around), 1);
	assert_int_equal(c.v[0].len, 95);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_algebra),
		cmocka_unit_test(test_mapped),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
