/*
 * Which rows an accepting statement covers (accept.h).  A row of a group is
 * accepted only when all of the group's names are in scope: what is new for
 * another name needs another review.
 */
#include "accept.h"

#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/model.h"
#include "compiler/base/shown.h"
#include "grammar/table.h"

/* After "**." or "*."; *stars is the number of stars. */
static const char *base(const char *pattern, unsigned *stars)
{
	*stars = strncmp(pattern, "**.", 3) == 0
		? 2
		: strncmp(pattern, "*.", 2) == 0;
	return pattern + (*stars ? *stars + 1 : 0);
}

static int under(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && name[n - m - 1] == '.' &&
		strcmp(name + n - m, suffix) == 0;
}

/* Is every name of the pattern one of the scope's? */
static int covers(const char *scope, const char *pattern)
{
	unsigned wide, stars;
	const char *outer = base(scope, &wide), *inner = base(pattern, &stars);
	const char *dot = strchr(inner, '.');

	if (strcmp(scope, pattern) == 0)
		return 1;
	if (wide == 2)
		return under(inner, outer) ||
			(stars && strcmp(inner, outer) == 0);
	return wide == 1 && !stars && dot && strcmp(dot + 1, outer) == 0;
}

static int all_covered(const struct accept *x, const char *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < x->names.n && !covers(x->names.v[k], v[i]))
			k++;
		if (k == x->names.n)
			return 0;
	}
	return n > 0;
}

static int same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static int in_force(const struct model *m, const char *value, size_t n)
{
	for (size_t i = 0; i < m->inputs.n; i++) {
		const struct m_input *in = &m->inputs.v[i];
		size_t k = strlen(in->name);

		if (in->kind == TBL_INPUT_PARAM &&
			n == k + 1 + strlen(in->value) &&
			memcmp(value, in->name, k) == 0 && value[k] == '=' &&
			memcmp(value + k + 1, in->value, n - k - 1) == 0)
			return 1;
	}
	return 0;
}

/* Are all the values in force that the statement is for? */
static int with(const struct accept *x, const struct model *m)
{
	for (const char *p = x->with; p && *p;) {
		const char *end = strstr(p, ", ");
		size_t n = end ? (size_t)(end - p) : strlen(p);

		if (!in_force(m, p, n))
			return 0;
		p += n + (end ? 2 : 0);
	}
	return 1;
}

static int speaks_of(const struct accepts *s, const struct accept *x,
	const struct diff_row *r)
{
	return x->kinds >> r->kind & 1 && (!x->until || x->until >= s->today) &&
		(!x->old_said || same(x->old, r->old)) &&
		(!x->new_said || same(x->new_, r->new_));
}

static void accept(struct arena *a, struct accept *x, struct diff_row *r)
{
	x->used++;
	r->accepted = arena_printf(a, "%s, %s", x->reason, x->on_text);
}

static void of_group(struct arena *a, struct accepts *s, struct diff_group *g,
	const struct model *m)
{
	for (size_t k = 0; k < s->v.n; k++) {
		struct accept *x = &s->v.v[k];

		if (x->of || !with(x, m) ||
			(x->clients &&
				(g->untold || !same(x->clients, g->clients))) ||
			!all_covered(x, g->patterns.v, g->patterns.n))
			continue;
		for (size_t i = 0; i < g->rows.n; i++)
			if (g->rows.v[i].why && speaks_of(s, x, &g->rows.v[i]))
				accept(a, x, &g->rows.v[i]);
	}
}

static void of_item(struct arena *a, struct accepts *s, struct diff_item *i,
	const struct model *m)
{
	for (size_t k = 0; k < s->v.n; k++) {
		struct accept *x = &s->v.v[k];

		if (!i->row.why || x->clients || !with(x, m) ||
			!speaks_of(s, x, &i->row) ||
			(x->of && strcmp(x->of, i->of) != 0) ||
			(x->names.n &&
				!all_covered(x, i->patterns.v, i->patterns.n)))
			continue;
		accept(a, x, &i->row);
	}
}

/* What of the verdict is left. */
static void reconsider(struct arena *a, struct diff_group *g)
{
	g->weaker = 0;
	g->weakened = NULL;
	for (size_t i = 0; i < g->rows.n; i++) {
		const struct diff_row *r = &g->rows.v[i];

		if (!r->why || r->accepted)
			continue;
		g->weaker = 1;
		g->weakened = diff_joined(a, g->weakened, r->why);
	}
}

void accept_apply(struct arena *a, struct accepts *s, struct diff *d,
	const struct model *new_)
{
	for (size_t i = 0; i < d->groups.n; i++) {
		of_group(a, s, &d->groups.v[i], new_);
		reconsider(a, &d->groups.v[i]);
	}
	for (size_t i = 0; i < d->items.n; i++)
		of_item(a, s, &d->items.v[i], new_);
}

void accept_stale(FILE *o, const struct accepts *s)
{
	for (size_t i = 0; i < s->v.n; i++) {
		const struct accept *x = &s->v.v[i];
		int ended = x->until && x->until < s->today;

		if (ended || !x->used)
			fprintf(o, "tlsc: %s:%u: %s\n", shown_text(s->path),
				x->line,
				ended ? "this has expired"
				      : "this accepts nothing: remove it");
	}
}
