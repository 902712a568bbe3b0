/* LINK: compiler/verify/names.c compiler/verify/names_sort.c compiler/verify/cache.c compiler/verify/space.c compiler/verify/sweep.c compiler/verify/sweep_list.c compiler/verify/space_cells.c compiler/base/prefix.c compiler/base/arena.c */
/*
 * Name patterns against brute force: sorting, lookup, walks over two arrays
 * and fresh names, over a small tree of labels.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/verify/names.h"

static uint64_t seed;

static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 20) % n;
}

/* 40 bases of one to four labels, with '-' (below '.' in ASCII) in some. */
static char bases[40][64];
static char keys[120][68];

static void make_pool(void)
{
	static const char *const labels[] = {
		"a", "b", "a-b", "any", "test", "xn--p1ai", "a0"};

	for (unsigned i = 0; i < 40; i++) {
		unsigned n = 1 + rnd(4);

		bases[i][0] = '\0';
		for (unsigned k = 0; k < n; k++) {
			strcat(bases[i], k ? "." : "");
			strcat(bases[i], labels[rnd(7)]);
		}
		snprintf(keys[3 * i], 68, "%.63s", bases[i]);
		snprintf(keys[3 * i + 1], 68, "*.%.63s", bases[i]);
		snprintf(keys[3 * i + 2], 68, "**.%.63s", bases[i]);
	}
}

struct pool {
	struct name_entry e[120];
	unsigned n;
	struct names s;
};

static void draw(struct pool *p, unsigned most)
{
	unsigned want = rnd(most + 1);

	p->n = 0;
	while (p->n < want) {
		const char *key = keys[rnd(120)];
		struct name_entry e = names_entry(key, strlen(key));
		unsigned k = 0;

		while (k < p->n && names_cmp(&p->e[k], &e) != 0)
			k++;
		if (k < p->n) {
			want--;
			continue;
		}
		e.value = p->n;
		p->e[p->n++] = e;
	}
	p->s = (struct names){p->e, p->n};
	names_sort(&p->s);
}

static int matches(const struct name_entry *e, const char *name)
{
	size_t n = strlen(name);
	const char *dot = strchr(name, '.');

	if (e->kind == NAME_EXACT)
		return n == e->len && memcmp(name, e->base, n) == 0;
	if (e->kind == NAME_ONE)
		return dot && strlen(dot + 1) == e->len &&
			memcmp(dot + 1, e->base, e->len) == 0;
	return n > e->len + 1u && name[n - e->len - 1] == '.' &&
		memcmp(name + n - e->len, e->base, e->len) == 0;
}

static int rank(const struct name_entry *e)
{
	return e->kind == NAME_EXACT  ? 2000
		: e->kind == NAME_ONE ? 1000
				      : e->len;
}

static uint32_t brute(const struct pool *p, const char *name)
{
	uint32_t best = NAMES_NONE;
	int most = -1;

	for (unsigned i = 0; i < p->n; i++)
		if (matches(&p->e[i], name) && rank(&p->e[i]) > most) {
			most = rank(&p->e[i]);
			best = p->e[i].value;
		}
	return best;
}

static void check_order(const struct pool *p)
{
	for (unsigned i = 1; i < p->n; i++)
		assert_true(names_cmp(&p->s.v[i - 1], &p->s.v[i]) < 0);
	for (unsigned i = 0; i < p->n; i++)
		for (unsigned k = 0; k < 120; k++)
			if (strchr(keys[k], '*') == NULL)
				assert_int_equal(names_lookup(&p->s, keys[k],
							 strlen(keys[k])),
					brute(p, keys[k]));
}

/* At every place of two arrays, both sides give what a fresh name of that
 * place's region gets. */
static void check_walk(const struct pool *a, const struct pool *b)
{
	const struct names *both[2] = {&a->s, &b->s};
	struct name_walk w[2];
	struct name_walk *const walks[2] = {&w[0], &w[1]};
	const struct name_entry *next;
	char name[256], text[260];
	unsigned places = 0;

	names_walk(&w[0], &a->s);
	names_walk(&w[1], &b->s);
	while ((next = names_next(walks, 2))) {
		struct name_entry e = *next;

		names_fresh(both, 2, &e, name);
		assert_true(matches(&e, name));
		names_text(&e, text);
		assert_int_equal(names_at(&w[0], &e, NULL), brute(a, name));
		assert_int_equal(names_at(&w[1], &e, NULL), brute(b, name));
		places++;
	}
	assert_true(places <= a->n + b->n && places >= a->n && places >= b->n);
	names_fresh(both, 2, NULL, name);
	assert_int_equal(brute(a, name), NAMES_NONE);
	assert_int_equal(brute(b, name), NAMES_NONE);
}

static void test_random(void **state)
{
	for (unsigned i = 0; i < 400; i++) {
		static struct pool a, b;

		seed = 0x9e3779b97f4a7c15u * (i + 1);
		make_pool();
		draw(&a, i % 2 ? 60 : 8);
		draw(&b, 20);
		check_order(&a);
		check_walk(&a, &b);
	}
}

static void test_fallback(void **state)
{
	struct name_entry v[3] = {names_entry("**.x.test", 9),
		names_entry("a.x.test", 8), names_entry("*.x.test", 8)};
	struct names s = {v, 3};
	struct name_walk w;
	struct name_walk *const walks[1] = {&w};
	uint32_t less;

	for (uint32_t i = 0; i < 3; i++)
		v[i].value = i;
	names_sort(&s);
	names_walk(&w, &s);
	assert_int_equal(names_at(&w, names_next(walks, 1), &less), 0);
	assert_int_equal(less, NAMES_NONE);
	assert_int_equal(names_at(&w, names_next(walks, 1), &less), 2);
	assert_int_equal(less, 0);
	assert_int_equal(names_at(&w, names_next(walks, 1), &less), 1);
	assert_int_equal(less, 2);
	assert_null(names_next(walks, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_fallback),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
