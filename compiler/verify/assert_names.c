/*
 * Assertions that test names.  The tests cut the names into regions together
 * with the policy's own patterns, so that a name that no route has is answered
 * by what decides it.
 */
#include <stdlib.h>

#include "assert_priv.h"

/* The policy's patterns and those of every name test, walked together. */
struct joint {
	struct name_walk *walks; /* the policy's first */
	struct name_walk **ptrs;
	const struct names **arrays;
	const struct pred_names **tests;
	size_t n, ifs; /* walks; those of the premise end here */
};

static void join(struct joint *j, struct proof *p)
{
	size_t n = 1 + p->if_.names.n + p->then.names.n, c[4] = {0};

	j->walks = space_room(NULL, &c[0], n, sizeof(*j->walks));
	j->ptrs = space_room(NULL, &c[1], n, sizeof(*j->ptrs));
	j->arrays = space_room(NULL, &c[2], n, sizeof(*j->arrays));
	j->tests = space_room(NULL, &c[3], n, sizeof(*j->tests));
	j->n = n;
	j->ifs = 1 + p->if_.names.n;
	j->arrays[0] = names_of(p->m, p->frontend);
	for (size_t i = 1; i < n; i++) {
		j->tests[i] = i < j->ifs ? &p->if_.names.v[i - 1]
					 : &p->then.names.v[i - j->ifs];
		j->arrays[i] = &j->tests[i]->set;
	}
	for (size_t i = 0; i < n; i++)
		j->ptrs[i] = &j->walks[i];
}

/* Everything, or (root) what is at and under a name. */
static void start(struct joint *j, const struct name_entry *root)
{
	for (size_t i = 0; i < j->n; i++)
		if (root)
			names_seek(&j->walks[i], j->arrays[i], root);
		else
			names_walk(&j->walks[i], j->arrays[i]);
}

static void part(struct joint *j)
{
	free(j->walks);
	free(j->ptrs);
	free(j->arrays);
	free(j->tests);
}

/* Do tests [from, to) hold at e? */
static int tests_hold(const struct joint *j, size_t from, size_t to,
	const struct name_entry *e)
{
	int holds = 1;

	for (size_t i = from; i < to; i++) {
		int in = e && names_at(&j->walks[i], e, NULL) != NAMES_NONE;

		holds &= in != j->tests[i]->negated;
	}
	return holds;
}

static void walk(
	struct proof *p, struct joint *j, const struct name_entry *root)
{
	const struct m_frontend *f = &p->m->frontends.v[p->frontend];
	struct assert_place at = {.arrays = j->arrays, .count = j->n};
	const struct name_entry *next;

	start(j, root);
	while (!assert_settled(p) && (next = names_next(j->ptrs, j->n))) {
		struct name_entry e = *next;
		uint32_t list;
		int t1, t2;

		if (root && !names_under(&e, root))
			return;
		list = names_at(&j->walks[0], &e, NULL);
		at.list = list == NAMES_NONE ? f->default_ : list;
		t1 = tests_hold(j, 1, j->ifs, &e);
		t2 = tests_hold(j, j->ifs, j->n, &e);
		at.entry = &e;
		if (t1 && assert_once(p, at.list, t2))
			assert_bucket(p, &at, t2);
	}
}

/* A premise's test that only a few places can satisfy: then the walk goes
 * there instead of over millions of names. */
static const struct names *few(const struct proof *p)
{
	for (size_t i = 0; i < p->if_.names.n; i++) {
		const struct pred_names *n = &p->if_.names.v[i];

		if (!n->negated && !n->no_sni && n->set.n <= 64)
			return &n->set;
	}
	return NULL;
}

void assert_names(struct proof *p)
{
	const struct m_frontend *f = &p->m->frontends.v[p->frontend];
	const struct names *roots = few(p);
	struct assert_place at = {.list = f->default_};
	struct joint j;
	int t1, t2;

	join(&j, p);
	at.arrays = j.arrays;
	at.count = j.n;
	t1 = tests_hold(&j, 1, j.ifs, NULL);
	t2 = tests_hold(&j, j.ifs, j.n, NULL);
	if (t1)
		assert_bucket(p, &at, t2);
	for (size_t i = 0; roots && i < roots->n && !assert_settled(p); i++)
		walk(p, &j, &roots->v[i]);
	if (!roots)
		walk(p, &j, NULL);
	part(&j);
}
