/*
 * Groups: changes that read alike, whichever clauses they come from.  The text
 * of every dimension counts, so two changes that differ in anything are two
 * groups.
 */
#include <stdlib.h>
#include <string.h>

#include "action.h"
#include "compiler/base/symbols.h"
#include "compiler/verify/canon.h"
#include "compiler/verify/text.h"

static const char *or_none(const char *s)
{
	return s ? s : "";
}

/* What the rows say together, and the text that is their identity. */
static const char *summarize(struct arena *a, struct diff_group *g)
{
	const char *key = arena_printf(a, "%s\n%s", g->from, g->to);

	for (size_t i = 0; i < g->rows.n; i++) {
		const struct diff_row *r = &g->rows.v[i];
		const char *word = diff_weaken_word(r->kind);

		key = arena_printf(a, "%s\n%s\t%s\t%s\t%s", key, word,
			or_none(r->old), or_none(r->new_), or_none(r->why));
		g->changed = diff_joined(a, g->changed, word);
		if (r->why)
			g->weakened = diff_joined(a, g->weakened, r->why);
		g->weaker |= r->why != NULL;
	}
	return key;
}

static int same_form(struct differ *d, const uint32_t action[2])
{
	return action[0] != MODEL_NONE &&
		memcmp(canon_form(d->m[0], action[0]),
			canon_form(d->m[1], action[1]), 32) == 0;
}

static uint32_t make(struct differ *d, const struct m_clause *const c[2],
	const uint32_t action[2])
{
	struct diff_group g = {.names = 0};
	const struct m_action *a[2] = {
		c[0] ? &d->m[0]->actions.v[action[0]] : NULL,
		&d->m[1]->actions.v[action[1]]};
	const char *key;
	uint32_t at;

	diff_action(d, a, &g.rows);
	if (!g.rows.n && same_form(d, action))
		return GROUP_NONE;
	if (!g.rows.n)
		PUSH(d->a, &g.rows) = (struct diff_row){WEAKEN_OTHER, NULL,
			NULL, "how they differ cannot be determined", NULL};
	g.from = c[0] ? verify_action_text(d->m[0], action[0])
		      : "nothing listens";
	g.to = verify_action_text(d->m[1], action[1]);
	key = summarize(d->a, &g);
	at = symbols_add(d->known, DIFF_GROUPS, key, strlen(key),
		(uint32_t)d->out->groups.n);
	if (at < d->out->groups.n)
		return at;
	g.from_file = c[0] ? c[0]->file : NULL;
	g.from_line = c[0] ? c[0]->line : 0;
	g.to_file = c[1]->file;
	g.to_line = c[1]->line;
	PUSH(d->a, &d->out->groups) = g;
	SPACE_ROOM(d->reach, d->reach.n + 1);
	d->reach.v[d->reach.n++] = (struct reach){.settled = 0};
	return at;
}

/* Two that let the same clients in: who counts them, by which names. */
static void meet(struct differ *d, const uint32_t action[2])
{
	const struct m_action *a, *b = &d->m[1]->actions.v[action[1]];

	if (action[0] == MODEL_NONE)
		return;
	a = &d->m[0]->actions.v[action[0]];
	if (a->mode == MODE_REJECT || b->mode == MODE_REJECT)
		return;
	diff_met(d, DIFF_BY_LIMIT, a->limit, b->limit);
	if (a->backend != MODEL_NONE && b->backend != MODEL_NONE)
		diff_met(d, DIFF_BY_BACKEND, a->backend, b->backend);
	diff_named(d, a, b);
}

uint32_t diff_group_of(struct differ *d, const struct m_clause *const c[2])
{
	uint32_t action[2] = {c[0] ? c[0]->action : MODEL_NONE, c[1]->action};
	uint32_t at;
	void *key;

	meet(d, action);
	if (same_form(d, action) &&
		!diff_action_deep(&d->m[1]->actions.v[action[1]]))
		return GROUP_NONE;
	at = symbols_find(d->known, DIFF_CHANGES, action, sizeof(action));
	if (at != SYMBOL_NONE)
		return at - 1;
	key = arena_alloc(d->a, sizeof(action));
	memcpy(key, action, sizeof(action));
	at = make(d, c, action);
	/* One up, for SYMBOL_NONE has another meaning. */
	symbols_add(d->known, DIFF_CHANGES, key, sizeof(action), at + 1);
	return at;
}

uint32_t diff_group_gave_up(struct differ *d, const struct spot *at)
{
	static const char why[] = "too many ALPN protocols are tested together";
	struct diff_group g = {.from = "not compared",
		.to = "not compared",
		.let_in = 1,
		.arm = at->arm,
		.witness = {.source = "any",
			.listener = diff_side(d, 1)->name.text}};
	const char *key;
	uint32_t i;

	PUSH(d->a, &g.rows) =
		(struct diff_row){WEAKEN_OTHER, NULL, NULL, why, NULL};
	key = summarize(d->a, &g);
	i = symbols_add(d->known, DIFF_GROUPS, key, strlen(key),
		(uint32_t)d->out->groups.n);
	if (i == d->out->groups.n) {
		PUSH(d->a, &d->out->groups) = g;
		SPACE_ROOM(d->reach, d->reach.n + 1);
		d->reach.v[d->reach.n++] = (struct reach){.settled = 0};
	}
	return i;
}

/* Patterns that are always shown: this number of any kind, and of wildcards. */
enum { FEW = 10, WILDCARDS = 100 };

/* The last two labels of what a pattern covers. */
static const char *suffix(struct arena *a, const struct name_entry *e)
{
	size_t at = e->len, dots = 0;

	while (at && !(e->base[at - 1] == '.' && ++dots == 2))
		at--;
	return arena_strndup(a, e->base + at, e->len - at);
}

/* Names come in the order of their suffixes, but for each pair of frontends
 * anew. */
static void count_suffix(
	struct differ *d, struct diff_group *g, const struct spot *at)
{
	const char *text =
		at->entry ? suffix(d->a, at->entry) : diff_spot_text(d->a, at);
	size_t n = g->suffixes.n;

	if (!n || strcmp(g->suffixes.v[n - 1].text, text) != 0)
		PUSH(d->a, &g->suffixes) = (struct diff_suffix){text, 0};
	g->suffixes.v[g->suffixes.n - 1].n++;
}

/* One pattern may cover many names: a reader must not take a wildcard for one
 * customer. */
static int is_one_name(const char *pattern)
{
	return *pattern != '*' && *pattern != '(';
}

void diff_group_name(struct differ *d, uint32_t group, const struct spot *at)
{
	struct diff_group *g = &d->out->groups.v[group];
	const char *text = d->o->names || g->patterns.n < FEW + WILDCARDS
		? diff_spot_text(d->a, at)
		: NULL;

	g->names++;
	diff_clients_add(
		d, &d->reach.v[group].places, diff_side(d, 1)->name.text);
	count_suffix(d, g, at);
	if (d->o->names || g->patterns.n < FEW || (text && !is_one_name(text)))
		PUSH(d->a, &g->patterns) = text;
}

/* Of many names those of which one is many. */
static void finish_patterns(const struct differ *d, struct diff_group *g)
{
	size_t n = 0;

	if (d->o->names || g->names <= FEW)
		return;
	for (size_t i = 0; i < g->patterns.n; i++)
		if (!is_one_name(g->patterns.v[i]))
			g->patterns.v[n++] = g->patterns.v[i];
	g->patterns.n = n;
}

static int most_names_under(const void *x, const void *y)
{
	const struct diff_suffix *a = x, *b = y;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return strcmp(a->text, b->text);
}

static int by_text(const void *x, const void *y)
{
	return strcmp(((const struct diff_suffix *)x)->text,
		((const struct diff_suffix *)y)->text);
}

static void finish_suffixes(struct diff_group *g)
{
	size_t n = 0;

	if (!g->suffixes.n)
		return;
	qsort(g->suffixes.v, g->suffixes.n, sizeof(*g->suffixes.v), by_text);
	for (size_t i = 0; i < g->suffixes.n; i++)
		if (n &&
			strcmp(g->suffixes.v[n - 1].text,
				g->suffixes.v[i].text) == 0)
			g->suffixes.v[n - 1].n += g->suffixes.v[i].n;
		else
			g->suffixes.v[n++] = g->suffixes.v[i];
	g->suffixes.n = n;
	qsort(g->suffixes.v, n, sizeof(*g->suffixes.v), most_names_under);
}

/* Nobody gets more of an action whose profile refuses all its clients. */
static void refuse(struct differ *d, struct diff_group *g)
{
	for (size_t i = 0; i < g->rows.n; i++) {
		struct diff_row *r = &g->rows.v[i];

		r->why = NULL;
		if (r->kind == WEAKEN_MODE)
			r->new_ = arena_printf(d->a,
				"%s, then refused with "
				"protocol-version",
				r->new_);
	}
	g->weaker = 0;
	g->weakened = NULL;
}

void diff_groups_finish(struct differ *d)
{
	for (uint32_t i = 0; i < d->out->groups.n; i++) {
		if (!d->out->groups.v[i].let_in)
			refuse(d, &d->out->groups.v[i]);
		diff_reach_text(d, i);
		diff_clients_text(d, i);
		finish_suffixes(&d->out->groups.v[i]);
		finish_patterns(d, &d->out->groups.v[i]);
	}
	free(d->reach.v);
}
