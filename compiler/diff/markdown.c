/*
 * A diff as the comment of a pull request.  Its text was written by the author
 * of the change: nothing of it leaves its code span or cell.
 */
#include <string.h>

#include "compiler/base/shown.h"
#include "render.h"

/* `text`, or "none" without marks. */
static void code(FILE *o, const char *text)
{
	if (!text) {
		fprintf(o, "none");
		return;
	}
	fputc('`', o);
	for (const char *p = shown_text(text); *p; p++)
		if (*p == '`')
			fputc('\'', o);
		else if (*p == '|')
			fputs("\\|", o);
		else
			fputc(*p, o);
	fputc('`', o);
}

static void verdict(FILE *o, const struct diff_row *r)
{
	if (!r->why)
		return;
	if (r->accepted) {
		fprintf(o, " accepted (");
		code(o, r->accepted);
		fprintf(o, "): %s", r->why);
		return;
	}
	fprintf(o, " **weaker**: ");
	fprintf(o, "%s", shown_text(r->why));
}

static void row(FILE *o, const struct diff_row *r)
{
	fprintf(o, "%s: ", diff_weaken_word(r->kind));
	code(o, r->old);
	fprintf(o, " &rarr; ");
	code(o, r->new_);
	verdict(o, r);
}

static void query(FILE *o, const struct diff_group *g)
{
	const struct witness *w = &g->witness;

	code(o, w->listener);
	fprintf(o, " ");
	code(o, w->sni ? w->sni : g->arm ? g->arm : "no-sni");
	fprintf(o, " source `%s`", w->source);
	for (unsigned i = 0; i < w->alpn_count; i++) {
		fprintf(o, "%s", i ? ", " : " alpn ");
		code(o, w->alpn[i]);
	}
	if (w->tls)
		fprintf(o, " tls `%s`", w->tls);
}

static void patterns(FILE *o, const char *const *v, size_t n, size_t most)
{
	for (size_t i = 0; i < n && i < most; i++) {
		fprintf(o, "%s", i ? ", " : "");
		code(o, v[i]);
	}
	if (n > most)
		fprintf(o, " and %zu more", n - most);
}

/* How many of them are under which suffix. */
static void suffixes(const struct render *r, const struct diff_group *g)
{
	size_t n = diff_shown(r, g->suffixes.n, DIFF_SUFFIXES_SHOWN);

	for (size_t i = 0; i < n; i++) {
		fprintf(r->o, "<br>%zu ", g->suffixes.v[i].n);
		code(r->o, g->suffixes.v[i].text);
	}
	if (n < g->suffixes.n)
		fprintf(r->o, "<br>and %zu more suffixes", g->suffixes.n - n);
}

static void names(const struct render *r, const struct diff_group *g)
{
	fprintf(r->o, "%zu", g->names);
	if (g->patterns.n < g->names || r->v->all)
		suffixes(r, g);
	fprintf(r->o, "%s", g->patterns.n ? "<br>" : "");
	patterns(r->o, g->patterns.v, g->patterns.n, g->patterns.n);
	if (g->patterns.n && g->patterns.n < g->names)
		fprintf(r->o, " and %zu more", g->names - g->patterns.n);
}

static void networks(FILE *o, const struct diff_group *g)
{
	if (!g->sources.n)
		return;
	fprintf(o, "<br>from %s", g->all_but ? "any but " : "");
	patterns(o, g->sources.v, g->sources.n, g->sources.n);
	if (g->sources_more)
		fprintf(o, " and %zu more networks", g->sources_more);
}

static void group(const struct render *r, const struct diff_group *g)
{
	FILE *o = r->o;

	fprintf(o, "| ");
	names(r, g);
	fprintf(o, " | ");
	code(o, g->from);
	fprintf(o, " | ");
	code(o, g->to);
	fprintf(o, " | ");
	for (size_t i = 0; i < g->rows.n; i++) {
		fprintf(o, "%s", i ? "<br>" : "");
		row(o, &g->rows.v[i]);
	}
	networks(o, g);
	if (g->only) {
		fprintf(o, "<br>only ");
		code(o, g->only);
	}
	fprintf(o, " | ");
	query(o, g);
	fprintf(o, " |\n");
}

static void item(const struct render *r, const struct diff_item *i)
{
	FILE *o = r->o;

	fprintf(o, "- ");
	code(o, i->of);
	fprintf(o, ", ");
	row(o, &i->row);
	if (i->line) {
		fprintf(o, " at ");
		code(o, i->file);
		fprintf(o, " line %u", i->line);
	}
	if (i->patterns.n) {
		fprintf(o, "; names: ");
		patterns(o, i->patterns.v, i->patterns.n,
			diff_shown(r, i->patterns.n, DIFF_PATTERNS_SHOWN));
	}
	fprintf(o, "\n");
}

static void unjudged(FILE *o, const struct diff_unjudged *u)
{
	fprintf(o, "- %s: %s ",
		u->elsewhere ? "not compared" : "**not judged**",
		diff_weaken_word(u->kind));
	code(o, u->of);
	fprintf(o, ": %s\n", shown_text(u->why));
}

static void groups(const struct render *r)
{
	size_t n = diff_shown(r, r->d->groups.n, DIFF_GROUPS_SHOWN);

	fprintf(r->o,
		"| names | before | after | what changes | for example "
		"|\n|---:|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++)
		group(r, &r->d->groups.v[i]);
	fprintf(r->o, "\n");
	if (n < r->d->groups.n)
		fprintf(r->o, "And %zu more kinds of change.\n\n",
			r->d->groups.n - n);
}

void diff_markdown(const struct render *r)
{
	const struct diff *d = r->d;

	fprintf(r->o, "### Policy change: ");
	code(r->o, r->v->old);
	fprintf(r->o, " to ");
	code(r->o, r->v->new_);
	fprintf(r->o, "\n\n");
	diff_headline(r->o, d, "**Weaker: ", "**\n\n");
	if (diff_empty(d))
		fprintf(r->o, "No decision differs.\n\n");
	if (d->groups.n)
		groups(r);
	for (size_t i = 0; i < d->items.n; i++)
		item(r, &d->items.v[i]);
	for (size_t i = 0; i < d->unjudged.n; i++)
		unjudged(r->o, &d->unjudged.v[i]);
}
