/* LINK: grammar/words.c compiler/verify/verify.c compiler/verify/clause.c compiler/verify/prune.c compiler/verify/serve.c compiler/verify/report.c compiler/verify/space.c compiler/verify/sweep.c compiler/verify/sweep_list.c compiler/verify/space_cells.c compiler/verify/names.c compiler/verify/names_sort.c compiler/verify/text.c compiler/verify/cache.c compiler/base/prefix.c compiler/base/arena.c */
/*
 * The verifier's findings about clauses against brute force: random frontends
 * over eight v4 and eight v6 addresses (and one outside each), three ALPN
 * tokens and five versions, every query decided by walking the clauses.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/arena.h"
#include "compiler/base/prefix.h"
#include "compiler/verify/space.h"
#include "compiler/verify/verify.h"
#include "runtime/table/table.h"

#define CLAUSES 64
#define LISTS 8

/* The collector: which clause got which id.  A clause's span begins at its
 * index; a list's at 1000 and its index. */
struct diag {
	int unused;
};
static struct diag the_diag;
static enum diag_id got[CLAUSES], gap[LISTS];
static uint8_t fixed[CLAUSES];
static int twice;

struct diag *diag_add(struct diags *d, enum diag_id id, struct span span,
	const char *fmt, ...)
{
	if (id == DIAG_TC0305)
		return &the_diag;
	if (span.begin >= 1000) {
		gap[span.begin - 1000] = id;
		return &the_diag;
	}
	twice |= got[span.begin] != DIAG_NONE;
	got[span.begin] = id;
	return &the_diag;
}
void diag_caret(struct diag *g, const char *fmt, ...)
{
}
void diag_label(struct diag *g, struct span span, const char *fmt, ...)
{
}
void diag_note(struct diag *g, const char *fmt, ...)
{
}
void diag_help(struct diag *g, const char *fmt, ...)
{
}
void diag_fix(struct diag *g, struct span span, const char *text)
{
	fixed[span.begin] = 1;
}

struct world {
	struct arena *a;
	struct model m;
	uint8_t gone[CLAUSES];
};

struct query {
	struct m_prefix addr;
	uint64_t alpn;
	uint8_t tls;
};

static struct world *now;
static uint32_t decide(struct world *w, uint32_t list, const struct query *q,
	const uint8_t *gone);

/* Every witness must be a query that shows what is said. */
void diag_witness(struct diag *g, const struct witness *w)
{
	assert_non_null(w->source);
	assert_non_null(w->tls);
}

static uint64_t seed;

static unsigned rnd(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 20) % n;
}

static struct query query_at(unsigned i)
{
	struct query q = {.addr = {.family = TBL_V4, .len = 32}};
	unsigned a = i % 18;

	if (a >= 9) {
		q.addr.family = TBL_V6;
		q.addr.len = 128;
	}
	q.addr.addr[0] = 10;
	q.addr.addr[a >= 9 ? 15 : 3] = (uint8_t)(a % 9);
	q.alpn = i / 18 % 8;
	q.tls = (uint8_t)(1u << i / 144);
	return q;
}
#define QUERIES (18 * 8 * 5)

static int applies(
	struct model *m, const struct m_clause *c, const struct query *q)
{
	int in = 0;

	if ((q->alpn & c->alpn_need) != c->alpn_need ||
		(q->alpn & c->alpn_deny) || !(q->tls & c->tls_mask))
		return 0;
	if (c->src_test == TBL_SRC_ANY)
		return 1;
	for (size_t i = 0; i < m->sets.v[c->set].prefixes.n; i++)
		in |= prefix_contains(
			&m->sets.v[c->set].prefixes.v[i], &q->addr);
	return c->src_test == TBL_SRC_IN ? in : !in;
}

static uint32_t scan(struct world *w, uint32_t first, uint32_t n,
	const struct query *q, const uint8_t *gone)
{
	for (uint32_t i = first; i < first + n; i++)
		if (!gone[i] && applies(&w->m, &w->m.clauses.v[i], q))
			return i;
	return MODEL_NONE;
}

static uint32_t decide(struct world *w, uint32_t list, const struct query *q,
	const uint8_t *gone)
{
	const struct m_frontend *f = &w->m.frontends.v[0];
	const struct m_list *l = &w->m.lists.v[list];
	uint32_t c = MODEL_NONE;

	if (list != f->malformed)
		c = scan(w, f->pre_first, f->pre_count, q, gone);
	return c != MODEL_NONE ? c : scan(w, l->first, l->count, q, gone);
}

static uint32_t action(struct world *w, uint32_t clause)
{
	return clause == MODEL_NONE ? MODEL_NONE
				    : w->m.clauses.v[clause].action;
}

static void random_clause(struct world *w, int unconditional)
{
	struct model *m = &w->m;
	uint32_t i = (uint32_t)m->clauses.n++;
	struct m_clause *c = &m->clauses.v[i];

	*c = (struct m_clause){.set = MODEL_NONE,
		.tls_mask = 0x1f,
		.action = rnd(3),
		.span = {1, i, i},
		.line = i + 1};
	if (unconditional)
		return;
	if (rnd(3)) {
		struct m_set *s = &m->sets.v[m->sets.n];
		struct prefix_vec v = {.n = 1 + rnd(3)};

		v.v = arena_alloc(w->a, 4 * sizeof(*v.v));
		for (size_t k = 0; k < v.n; k++) {
			struct m_prefix *p = &v.v[k];
			unsigned at, v6 = rnd(2);

			p->family = v6 ? TBL_V6 : TBL_V4;
			at = v6 ? 15 : 3;
			p->addr[0] = 10;
			p->addr[at] = (uint8_t)rnd(8);
			p->len = (uint8_t)(rnd(8) ? at * 8 + 5 + rnd(4) : 0);
			prefix_mask(p->addr, p->len);
		}
		prefix_canonical(&v);
		s->prefixes.v = v.v;
		s->prefixes.n = v.n;
		c->set = (uint32_t)m->sets.n++;
		c->src_test = rnd(3) ? TBL_SRC_IN : TBL_SRC_NOT_IN;
	}
	if (!rnd(3))
		c->tls_mask = (uint8_t)(1 + rnd(31));
	if (!rnd(3))
		c->alpn_need = 1u << rnd(3);
	if (!rnd(4))
		c->alpn_deny = (1u << rnd(3)) & ~c->alpn_need;
}

static uint32_t random_list(struct world *w, unsigned most, int arm)
{
	struct model *m = &w->m;
	uint32_t l = (uint32_t)m->lists.n++;
	unsigned n = 1 + rnd(most), end = rnd(6) != 0;

	m->lists.v[l] = (struct m_list){.route = {"r", {1, 1000 + l, 0}},
		.first = (uint32_t)m->clauses.n,
		.count = n,
		.is_arm = (uint8_t)arm};
	for (unsigned i = 0; i < n; i++)
		random_clause(w, i + 1 == n && end);
	return l;
}

static void random_world(struct world *w)
{
	static const char *names[] = {
		"a.test", "*.a.test", "**.test", "any.a.test", "unknown.test"};
	struct model *m = &w->m;
	struct m_frontend *f;

	memset(w, 0, sizeof(*w));
	w->a = m->arena = arena_new();
	m->clauses.v = arena_alloc(w->a, CLAUSES * sizeof(*m->clauses.v));
	m->sets.v = arena_alloc(w->a, CLAUSES * sizeof(*m->sets.v));
	m->lists.v = arena_alloc(w->a, LISTS * sizeof(*m->lists.v));
	m->patterns.v = arena_alloc(w->a, LISTS * sizeof(*m->patterns.v));
	m->actions.v = arena_alloc(w->a, 3 * sizeof(*m->actions.v));
	m->actions.n = 3;
	for (unsigned i = 0; i < 3; i++)
		m->actions.v[i] = (struct m_action){.mode = 4,
			.reject = (uint8_t)i,
			.enforce = MODEL_NONE,
			.site = MODEL_NONE};
	m->alpns.v = arena_alloc(w->a, 3 * sizeof(*m->alpns.v));
	m->alpns.n = 3;
	m->alpns.v[0] = "acme-tls/1";
	m->alpns.v[1] = "h2";
	m->alpns.v[2] = "http/1.1";
	f = m->frontends.v = arena_alloc(w->a, sizeof(*f));
	m->frontends.n = 1;
	f->name.text = "edge";
	f->clear_site = MODEL_NONE;
	f->pre_count = rnd(4);
	for (unsigned i = 0; i < f->pre_count; i++)
		random_clause(w, rnd(30) == 0);
	f->no_sni = random_list(w, 2, 1);
	f->default_ = random_list(w, 3, 1);
	f->malformed = random_list(w, 1, 1);
	f->pattern_count = 1 + rnd(4);
	for (unsigned i = 0; i < f->pattern_count; i++)
		m->patterns.v[m->patterns.n++] =
			(struct m_pattern){.key = names[i],
				.len = (uint8_t)strlen(names[i]),
				.list = i && rnd(2) ? m->patterns.v[i - 1].list
						    : random_list(w, 5, 0)};
}

static int unconditional(const struct m_clause *c)
{
	return c->src_test == TBL_SRC_ANY && c->tls_mask == 0x1f &&
		!c->alpn_need && !c->alpn_deny;
}

/* Which of the frontend's own clauses were told because they never decide. */
static void told(struct world *w, uint8_t *gone)
{
	static const uint8_t none[CLAUSES];
	uint32_t own = w->m.frontends.v[0].pre_count;

	for (uint32_t i = 0; i < own; i++)
		gone[i] = got[i] == DIAG_TC0301 || got[i] == DIAG_TC0302;
	for (unsigned i = 0; i < QUERIES; i++) {
		struct query q = query_at(i);
		uint32_t by = scan(w, 0, own, &q, none);

		if (by != MODEL_NONE)
			gone[by] = 0;
	}
}

/* Who decides instead of c, without the frontend's clauses that never do:
 * where that is another of the frontend's own, the list's that would come
 * next, if it is not that which does as c does. */
static uint32_t cover(struct world *w, uint32_t list, const struct query *q,
	uint32_t by, uint32_t c, const uint8_t *never)
{
	uint32_t own = w->m.frontends.v[0].pre_count, then;
	uint8_t gone[CLAUSES];

	if (by >= own || c < own)
		return by;
	memcpy(gone, never, sizeof(gone));
	gone[by] = 1;
	then = decide(w, list, q, gone);
	if (then < own || then >= c ||
		(action(w, by) == action(w, c) &&
			action(w, then) != action(w, c)))
		return by;
	return then;
}

/* What one list's brute force says about clauses [first, first + n). */
static void expect_reach(struct world *w, uint32_t list, uint32_t first,
	uint32_t n, const uint8_t *whole)
{
	static const uint8_t none[CLAUSES];
	static uint32_t by[QUERIES];
	uint8_t never[CLAUSES] = {0};

	told(w, never);
	for (unsigned i = 0; i < QUERIES; i++) {
		struct query q = query_at(i);

		by[i] = decide(w, list, &q, none);
	}
	for (uint32_t c = first; c < first + n; c++) {
		int reached = 0, differs = 0, any = 0;

		for (unsigned i = 0; i < QUERIES; i++) {
			struct query q = query_at(i);

			reached |= by[i] == c;
			if (!applies(&w->m, &w->m.clauses.v[c], &q))
				continue;
			any = 1;
			differs |= action(w,
					   cover(w, list, &q, by[i], c,
						   never)) != action(w, c);
		}
		if (reached) {
			assert_int_not_equal(got[c], DIAG_TC0301);
			continue;
		}
		if (!differs && any && c + 1 == first + n && whole[c] &&
			c >= w->m.frontends.v[0].pre_count)
			assert_int_equal(got[c], DIAG_NONE);
		else
			assert_int_equal(got[c],
				differs || !any ? DIAG_TC0301 : DIAG_TC0302);
	}
}

static int gap_of(struct world *w, uint32_t list)
{
	static const uint8_t none[CLAUSES];

	for (unsigned i = 0; i < QUERIES; i++) {
		struct query q = query_at(i);

		if (decide(w, list, &q, none) == MODEL_NONE)
			return 1;
	}
	return 0;
}

/* Does the list decide the same without these clauses? */
static int same_without(struct world *w, uint32_t list, const uint8_t *gone)
{
	static const uint8_t none[CLAUSES];

	for (unsigned i = 0; i < QUERIES; i++) {
		struct query q = query_at(i);

		if (action(w, decide(w, list, &q, none)) !=
			action(w, decide(w, list, &q, gone)))
			return 0;
	}
	return 1;
}

static int can_go(struct world *w, uint32_t list, uint32_t c)
{
	uint8_t gone[CLAUSES] = {0};

	gone[c] = 1;
	return same_without(w, list, gone);
}

/* Exactly the clauses that can go alone are told, and those with a fix can go
 * together. */
static void expect_lean(struct world *w)
{
	uint32_t own = w->m.frontends.v[0].pre_count;

	for (uint32_t c = 0; c < own; c++) {
		int alone = 1;

		for (uint32_t l = 0; l < w->m.lists.n; l++)
			alone &= can_go(w, l, c);
		assert_int_equal(
			got[c] == DIAG_TC0301 || got[c] == DIAG_TC0302, alone);
	}
	for (uint32_t l = 0; l < w->m.lists.n; l++) {
		const struct m_list *li = &w->m.lists.v[l];

		assert_true(same_without(w, l, fixed));
		for (uint32_t c = li->first; c + 1 < li->first + li->count; c++)
			assert_int_equal(
				got[c] == DIAG_TC0301 || got[c] == DIAG_TC0302,
				can_go(w, l, c));
	}
}

static void check_world(struct world *w)
{
	struct m_frontend *f = &w->m.frontends.v[0];
	uint8_t whole[CLAUSES];
	int gaps[LISTS];

	memset(got, 0, sizeof(got));
	memset(gap, 0, sizeof(gap));
	memset(fixed, 0, sizeof(fixed));
	twice = 0;
	now = w;
	for (uint32_t l = 0; l < w->m.lists.n; l++)
		gaps[l] = gap_of(w, l);
	for (uint32_t c = 0; c < w->m.clauses.n; c++)
		whole[c] = (uint8_t)unconditional(&w->m.clauses.v[c]);
	verify_clauses(&w->m, NULL);
	assert_false(twice);
	for (uint32_t l = 0; l < w->m.lists.n; l++) {
		const struct m_list *li = &w->m.lists.v[l];

		assert_int_equal(gap[l], gaps[l] ? DIAG_TC0304 : DIAG_NONE);
		if (!gaps[l])
			assert_true(unconditional(
				&w->m.clauses.v[li->first + li->count - 1]));
	}
	expect_reach(w, f->default_, f->pre_first, f->pre_count, whole);
}

/* Closing a list changes nothing. */
static void expect_same(struct world *w, const uint32_t *by, uint32_t list)
{
	static const uint8_t none[CLAUSES];

	for (unsigned i = 0; i < QUERIES; i++) {
		struct query q = query_at(i);

		assert_int_equal(decide(w, list, &q, none), by[i]);
	}
}

/* Reachability needs the clauses as they were: judged before closing. */
static void check_reach(struct world *w)
{
	static const uint8_t none[CLAUSES];
	static uint32_t by[LISTS][QUERIES];
	struct m_clause before[CLAUSES];
	uint8_t whole[CLAUSES];

	memcpy(before, w->m.clauses.v, sizeof(before));
	for (uint32_t c = 0; c < w->m.clauses.n; c++)
		whole[c] = (uint8_t)unconditional(&w->m.clauses.v[c]);
	for (uint32_t l = 0; l < w->m.lists.n; l++)
		for (unsigned i = 0; i < QUERIES; i++) {
			struct query q = query_at(i);

			by[l][i] = decide(w, l, &q, none);
		}
	check_world(w);
	for (uint32_t l = 0; l < w->m.lists.n; l++)
		expect_same(w, by[l], l);
	memcpy(w->m.clauses.v, before, sizeof(before));
	for (uint32_t l = 0; l < w->m.lists.n; l++) {
		expect_reach(w, l, w->m.lists.v[l].first, w->m.lists.v[l].count,
			whole);
	}
	expect_lean(w);
}

static void large_clause(struct world *w)
{
	struct model *m = &w->m;
	struct m_set *set = &m->sets.v[m->sets.n];
	struct prefix_vec v = {.n = 100};
	uint32_t i = (uint32_t)m->clauses.n;

	random_clause(w, 1);
	v.v = arena_alloc(w->a, v.n * sizeof(*v.v));
	for (size_t k = 0; k < v.n; k++) {
		v.v[k] = (struct m_prefix){
			.family = TBL_V4, .len = (uint8_t)(30 + rnd(3))};
		v.v[k].addr[0] = 10;
		v.v[k].addr[3] = (uint8_t)(rnd(128) * 2);
		prefix_mask(v.v[k].addr, v.v[k].len);
	}
	prefix_canonical(&v);
	set->prefixes.v = v.v;
	set->prefixes.n = v.n;
	set->outside.v = NULL;
	m->clauses.v[i].set =
		(uint32_t)(rnd(3) || !m->sets.n ? m->sets.n++
						: rnd((unsigned)m->sets.n));
	m->clauses.v[i].src_test = rnd(2) ? TBL_SRC_IN : TBL_SRC_NOT_IN;
	m->clauses.v[i].tls_mask = (uint8_t)(1 + rnd(31));
}

static void expect_solved(
	struct world *w, const struct space *s, unsigned k, uint8_t tls)
{
	static const uint8_t none[CLAUSES];
	struct query q = {.addr = {.family = TBL_V4,
				  .len = 32,
				  .addr = {10, 0, 0, (uint8_t)k}},
		.tls = tls};
	uint32_t want = scan(w, 0, (uint32_t)w->m.clauses.n, &q, none);
	vaddr a = space_number(&q.addr);
	uint32_t by = SPACE_NONE;

	for (size_t i = 0; i < s->regions.n; i++) {
		const struct region *g = &s->regions.v[i];

		if (g->family == TBL_V4 && g->lo <= a && a <= g->hi)
			by = space_at(s, space_outcome(s, g), 0, tls, NULL);
	}
	assert_int_equal(by, want == MODEL_NONE ? SPACE_NONE : want);
}

static void test_random(void **state)
{
	const char *more = getenv("VERIFY_ROUNDS");
	unsigned rounds = more ? (unsigned)atoi(more) : 1500;

	for (unsigned i = 0; i < rounds; i++) {
		struct world w;

		seed = 0x9e3779b97f4a7c15u * (i + 1);
		rnd(2);
		random_world(&w);
		check_reach(&w);
		arena_free(&w.a);
	}
}

/* Large sets, negated ones among them, in one solved space: 256 addresses. */
static void test_large(void **state)
{
	for (unsigned round = 0; round < 60; round++) {
		struct world w;
		struct space *s;

		seed = 0x2545f4914f6cdd1du * (round + 1);
		random_world(&w);
		w.m.clauses.n = w.m.sets.n = 0;
		for (unsigned i = 0; i < 6; i++)
			large_clause(&w);
		s = space_new(w.a);
		space_begin(s, 1);
		space_add(s, &w.m, 0, 0, (uint32_t)w.m.clauses.n);
		assert_int_equal(space_solve(s), 0);
		for (unsigned k = 0; k < 256; k++)
			for (uint8_t tls = 1; tls < 32; tls *= 2)
				expect_solved(&w, s, k, tls);
		space_free(&s);
		arena_free(&w.a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_large),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
