/*
 * Coverage: which (name pattern, clause) pairs the tests reach.  A frontend's
 * own clauses and its arms' count once each; patterns that came from one map
 * count as one, since they are one rule, whichever backends its lines name.
 * The malformed arm cannot be tested by a query and does not count.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/verify/names.h"
#include "compiler/verify/space.h"
#include "testrun.h"

struct cover_unit {
	uint32_t list;    /* MODEL_NONE: an own clause */
	uint32_t clause;  /* of the model */
	uint32_t pattern; /* MODEL_NONE: none, or a map's */
	int hit;
};

struct cover {
	struct testrun *r;
	VEC(struct cover_unit) units;
	VEC(uint32_t) first;   /* per pattern: its first unit, or NONE */
	VEC(uint32_t) of_list; /* per list: the shared ones, or NONE */
};

static int place_cmp(const struct m_clause *a, const char *file, uint32_t line,
	uint32_t column)
{
	if (a->line != line)
		return a->line < line ? -1 : 1;
	if (a->column != column)
		return a->column < column ? -1 : 1;
	return strcmp(a->file ? a->file : "", file ? file : "");
}

/* Is this the place of the clause that the table decided by? */
static int same_place(const struct cover *c, uint32_t model, uint32_t table)
{
	const struct table *t = c->r->table;
	const struct tbl_srcmap *s = table_source(t, table);

	return s &&
		place_cmp(&c->r->model->clauses.v[model],
			table_str(t, s->file_str), s->line, s->column) == 0;
}

static void add_unit(
	struct cover *c, uint32_t list, uint32_t clause, uint32_t pattern)
{
	SPACE_ROOM(c->units, c->units.n + 1);
	c->units.v[c->units.n++] =
		(struct cover_unit){list, clause, pattern, 0};
}

static void add_list(struct cover *c, uint32_t list, uint32_t pattern)
{
	const struct m_list *l = &c->r->model->lists.v[list];

	for (uint32_t i = 0; i < l->count; i++)
		add_unit(c, list, l->first + i, pattern);
}

static void add_shared(struct cover *c, uint32_t list)
{
	if (list == MODEL_NONE || c->of_list.v[list] != SPACE_NONE)
		return;
	c->of_list.v[list] = (uint32_t)c->units.n;
	add_list(c, list, MODEL_NONE);
}

static void add_frontend(struct cover *c, const struct m_frontend *f)
{
	struct model *m = c->r->model;

	for (uint32_t i = 0; i < f->pre_count; i++)
		add_unit(c, MODEL_NONE, f->pre_first + i, MODEL_NONE);
	add_shared(c, f->no_sni);
	add_shared(c, f->default_);
	for (uint32_t i = 0; i < f->pattern_count; i++) {
		uint32_t p = f->pattern_first + i;

		if (m->patterns.v[p].from_map) {
			add_shared(c, m->patterns.v[p].list);
		} else {
			c->first.v[p] = (uint32_t)c->units.n;
			add_list(c, m->patterns.v[p].list, p);
		}
	}
}

static void collect(struct cover *c)
{
	struct model *m = c->r->model;

	SPACE_ROOM(c->first, m->patterns.n);
	memset(c->first.v, 0xff, m->patterns.n * sizeof(uint32_t));
	SPACE_ROOM(c->of_list, m->lists.n);
	memset(c->of_list.v, 0xff, m->lists.n * sizeof(uint32_t));
	/* Who listens without TLS decides about nobody here. */
	for (size_t i = 0; i < m->frontends.n; i++)
		if (m->frontends.v[i].clear_site == MODEL_NONE)
			add_frontend(c, &m->frontends.v[i]);
}

/* The frontend's patterns with value = number of the pattern. */
static struct names patterns_of(struct model *m, uint32_t frontend)
{
	const struct m_frontend *f = &m->frontends.v[frontend];
	struct names s = {.n = f->pattern_count};

	s.v = arena_alloc(m->arena, (s.n + 1) * sizeof(*s.v));
	for (uint32_t i = 0; i < s.n; i++) {
		const struct m_pattern *p =
			&m->patterns.v[f->pattern_first + i];

		s.v[i] = names_entry(p->key, p->len);
		s.v[i].value = f->pattern_first + i;
	}
	names_sort(&s);
	return s;
}

static uint32_t lower(const char *name, size_t n, char out[256])
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32
								 : name[i]);
	return (uint32_t)n;
}

/* Units from `from` on that belong together: mark the one that decided. */
static void hit(struct cover *c, uint32_t from, uint32_t clause)
{
	uint32_t list = c->units.v[from].list;
	uint32_t pattern = c->units.v[from].pattern;

	for (uint32_t i = from; i < c->units.n && c->units.v[i].list == list &&
		c->units.v[i].pattern == pattern;
		i++)
		if (same_place(c, c->units.v[i].clause, clause)) {
			c->units.v[i].hit = 1;
			return;
		}
}

static void hit_own(struct cover *c, uint32_t frontend, uint32_t clause)
{
	const struct m_frontend *f = &c->r->model->frontends.v[frontend];

	for (size_t i = 0; i < c->units.n; i++)
		if (c->units.v[i].list == MODEL_NONE &&
			c->units.v[i].clause - f->pre_first < f->pre_count &&
			same_place(c, c->units.v[i].clause, clause))
			c->units.v[i].hit = 1;
}

static void hit_case(struct cover *c, const struct test_case *t,
	const struct names *patterns)
{
	struct model *m = c->r->model;
	const struct m_frontend *f = &m->frontends.v[t->query.frontend];
	uint32_t pattern = NAMES_NONE, from;
	char name[256];

	if (t->decision.own) {
		hit_own(c, t->query.frontend, t->decision.clause);
		return;
	}
	if (t->query.sni_kind == ROUTE_SNI_NAME)
		pattern = names_lookup(patterns, name,
			lower(t->query.sni, t->query.sni_len, name));
	if (pattern == NAMES_NONE)
		from = c->of_list.v[t->query.sni_kind == ROUTE_SNI_NAME
				? f->default_
				: f->no_sni];
	else if (m->patterns.v[pattern].from_map)
		from = c->of_list.v[m->patterns.v[pattern].list];
	else
		from = c->first.v[pattern];
	if (from != SPACE_NONE)
		hit(c, from, t->decision.clause);
}

static void hit_all(struct cover *c)
{
	struct testrun *r = c->r;

	for (uint32_t f = 0; f < r->model->frontends.n; f++) {
		struct names s = patterns_of(r->model, f);

		for (size_t i = 0; i < r->cases.n; i++)
			if (r->cases.v[i].got &&
				r->cases.v[i].query.frontend == f)
				hit_case(c, &r->cases.v[i], &s);
	}
}

static int by_clause(const void *x, const void *y)
{
	const struct cover_unit *a = x, *b = y;

	if (a->clause != b->clause)
		return a->clause < b->clause ? -1 : 1;
	return a->pattern < b->pattern ? -1 : a->pattern > b->pattern;
}

/* By place, those that may be one before those that may not. */
static int by_place(const void *x, const void *y, void *model)
{
	const struct cover_unit *a = x, *b = y;
	const struct m_clause *p, *q;
	int r = (a->pattern != MODEL_NONE) - (b->pattern != MODEL_NONE);

	if (r || a->pattern != MODEL_NONE)
		return r;
	p = &((struct model *)model)->clauses.v[a->clause];
	q = &((struct model *)model)->clauses.v[b->clause];
	r = place_cmp(p, q->file, q->line, q->column);
	return r ? r : a->clause < b->clause ? -1 : a->clause > b->clause;
}

/* Lines of a map that name backends of their own have lists of their own, made
 * of the route's clauses: each of those is one unit. */
static void merge_maps(struct cover *c)
{
	struct model *m = c->r->model;
	size_t n = 0;

	if (!c->units.n)
		return;
	qsort_r(c->units.v, c->units.n, sizeof(*c->units.v), by_place, m);
	for (size_t i = 0; i < c->units.n; i++) {
		struct cover_unit *last = n ? &c->units.v[n - 1] : NULL;
		struct cover_unit *u = &c->units.v[i];
		const struct m_clause *k = &m->clauses.v[u->clause];

		if (last && u->pattern == MODEL_NONE &&
			!place_cmp(&m->clauses.v[last->clause], k->file,
				k->line, k->column))
			last->hit |= u->hit;
		else
			c->units.v[n++] = *u;
	}
	c->units.n = n;
}

/* Units [i, end) are one clause's. */
static void tell(struct cover *c, struct diags *d, size_t i, size_t end)
{
	const struct m_clause *clause =
		&c->r->model->clauses.v[c->units.v[i].clause];
	size_t missed = 0, first = end;
	struct diag *g;

	for (size_t k = i; k < end; k++)
		if (!c->units.v[k].hit) {
			missed++;
			first = k < first ? k : first;
		}
	if (!missed)
		return;
	if (missed == end - i)
		g = diag_add(d, DIAG_TC0804, clause->span,
			"no test reaches this clause");
	else
		g = diag_add(d, DIAG_TC0804, clause->span,
			"no test reaches this clause through %zu of its %zu "
			"name patterns",
			missed, end - i);
	if (!clause->span.file && clause->line)
		diag_note(g, "the clause is at %s:%u", clause->file,
			clause->line);
	if (c->units.v[first].pattern != MODEL_NONE) {
		const struct m_pattern *p =
			&c->r->model->patterns.v[c->units.v[first].pattern];

		diag_note(g, "for example '%.*s'", (int)p->len, p->key);
	}
}

void testrun_coverage(struct testrun *r, struct diags *d)
{
	struct cover c = {.r = r};

	collect(&c);
	hit_all(&c);
	merge_maps(&c);
	r->has_coverage = 1;
	r->units = c.units.n;
	for (size_t i = 0; i < c.units.n; i++)
		r->covered += (size_t)c.units.v[i].hit;
	if (c.units.n)
		qsort(c.units.v, c.units.n, sizeof(*c.units.v), by_clause);
	for (size_t i = 0, end; i < c.units.n; i = end) {
		for (end = i; end < c.units.n &&
			c.units.v[end].clause == c.units.v[i].clause;
			end++)
			;
		tell(&c, d, i, end);
	}
	free(c.units.v);
	free(c.first.v);
	free(c.of_list.v);
}

unsigned testrun_percent(const struct testrun *r)
{
	return r->units ? (unsigned)(r->covered * 100 / r->units) : 100;
}
