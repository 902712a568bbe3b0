/*
 * A diff on the terminal: enough to decide on, without the policies.
 */
#include <string.h>

#include "compiler/base/shown.h"
#include "render.h"

static void only(FILE *o, const struct diff_group *g)
{
	if (g->only)
		fprintf(o, "    only %s\n", shown_text(g->only));
}

static void query(FILE *o, const struct diff_group *g)
{
	const struct witness *w = &g->witness;

	fprintf(o, "    %s ", shown_text(w->listener));
	if (w->sni)
		fprintf(o, "sni \"%s\"", shown_text(w->sni));
	else
		fprintf(o, "%s", g->arm ? g->arm : "no-sni");
	fprintf(o, " source %s", w->source);
	for (unsigned i = 0; i < w->alpn_count; i++)
		fprintf(o, "%s\"%s\"", i ? ", " : " alpn ",
			shown_text(w->alpn[i]));
	if (w->tls)
		fprintf(o, " tls %s", w->tls);
	fprintf(o, "\n");
}

static void place(FILE *o, const char *what, const char *file, uint32_t line)
{
	if (line)
		fprintf(o, "%s%s:%u", what, shown_text(file), line);
}

static void places(FILE *o, const struct diff_group *g)
{
	if (!g->from_line && !g->to_line)
		return;
	fprintf(o, "    ");
	place(o, "was ", g->from_file, g->from_line);
	place(o, g->from_line ? ", now " : "now ", g->to_file, g->to_line);
	fprintf(o, "\n");
}

static const char *or_none(const char *s)
{
	return s ? s : "none";
}

static void verdict(FILE *o, const struct diff_row *r)
{
	if (r->why && r->accepted)
		fprintf(o, "  accepted (%s): %s", shown_text(r->accepted),
			r->why);
	else if (r->why)
		fprintf(o, "  WEAKER: %s", shown_text(r->why));
	fprintf(o, "\n");
}

static void row(FILE *o, const struct diff_row *r)
{
	fprintf(o, "    %s: ", diff_weaken_word(r->kind));
	fprintf(o, "%s -> ", shown_text(or_none(r->old)));
	fprintf(o, "%s", shown_text(or_none(r->new_)));
	verdict(o, r);
}

static void networks(FILE *o, const struct diff_group *g)
{
	for (size_t i = 0; i < g->sources.n; i++)
		fprintf(o, "%s%s",
			i                    ? ", "
				: g->all_but ? "    from any but "
					     : "    from ",
			g->sources.v[i]);
	if (g->sources_more)
		fprintf(o, " and %zu more networks", g->sources_more);
	if (g->sources.n)
		fprintf(o, "\n");
}

/* Of all that there are. */
static void patterns(FILE *o, const char *const *v, size_t n, size_t all)
{
	for (size_t i = 0; i < n; i++)
		fprintf(o, "%s%s", i ? ", " : "    names: ", shown_text(v[i]));
	if (n && n < all)
		fprintf(o, " and %zu more", all - n);
	if (n)
		fprintf(o, "\n");
}

/* How many of them are under which suffix. */
static void suffixes(const struct render *r, const struct diff_group *g)
{
	size_t n = diff_shown(r, g->suffixes.n, DIFF_SUFFIXES_SHOWN);

	for (size_t i = 0; i < n; i++)
		fprintf(r->o, "%s%zu %s%s",
			i ? ", " : "    names: ", g->suffixes.v[i].n,
			*g->suffixes.v[i].text == '(' ? "" : "under ",
			shown_text(g->suffixes.v[i].text));
	if (n < g->suffixes.n)
		fprintf(r->o, " and %zu more suffixes", g->suffixes.n - n);
	if (n)
		fprintf(r->o, "\n");
}

static void names(const struct render *r, const struct diff_group *g)
{
	if (g->patterns.n < g->names || r->v->all)
		suffixes(r, g);
	patterns(r->o, g->patterns.v, g->patterns.n, g->names);
}

/* Of those that nobody has accepted. */
static void headline(FILE *o, const struct diff_group *g)
{
	fprintf(o, "%zu name pattern%s: %s -> ", g->names,
		g->names == 1 ? "" : "s", shown_text(g->from));
	fprintf(o, "%s", shown_text(g->to));
	if (g->rows.v[0].kind != WEAKEN_MODE)
		fprintf(o, " (%s)", shown_text(g->changed));
	if (g->weaker)
		fprintf(o, "  WEAKER: %s", shown_text(g->weakened));
	fprintf(o, "\n");
}

static void group(const struct render *r, const struct diff_group *g)
{
	headline(r->o, g);
	for (size_t i = 0; i < g->rows.n; i++)
		row(r->o, &g->rows.v[i]);
	names(r, g);
	networks(r->o, g);
	only(r->o, g);
	query(r->o, g);
	places(r->o, g);
}

static void item(const struct render *r, const struct diff_item *i)
{
	const struct diff_row *w = &i->row;

	fprintf(r->o, "%s %s: %s", diff_weaken_word(w->kind),
		!w->old            ? "added"
			: !w->new_ ? "removed"
				   : "changed",
		shown_text(i->of));
	if (w->old)
		fprintf(r->o, ": %s", shown_text(w->old));
	if (w->new_)
		fprintf(r->o, "%s%s", w->old ? " -> " : ": ",
			shown_text(w->new_));
	verdict(r->o, w);
	if (i->line)
		fprintf(r->o, "    %s:%u\n", shown_text(i->file), i->line);
	patterns(r->o, i->patterns.v,
		diff_shown(r, i->patterns.n, DIFF_PATTERNS_SHOWN),
		i->patterns.n);
}

void diff_human(const struct render *r)
{
	const struct diff *d = r->d;
	size_t n = diff_shown(r, d->groups.n, DIFF_GROUPS_SHOWN);

	diff_headline(r->o, d, "weaker: ", "\n");
	for (size_t i = 0; i < n; i++)
		group(r, &d->groups.v[i]);
	if (n < d->groups.n)
		fprintf(r->o,
			"and %zu more kinds of change (--all shows "
			"them)\n",
			d->groups.n - n);
	for (size_t i = 0; i < d->items.n; i++)
		item(r, &d->items.v[i]);
	for (size_t i = 0; i < d->unjudged.n; i++) {
		const struct diff_unjudged *u = &d->unjudged.v[i];

		fprintf(r->o, "%s: %s: %s",
			u->elsewhere ? "not compared" : "not judged",
			diff_weaken_word(u->kind), shown_text(u->of));
		fprintf(r->o, ": %s\n", shown_text(u->why));
	}
	if (diff_empty(d))
		fprintf(r->o, "no decision differs\n");
}
