/*
 * --format accept: a statement for each weaker row that nobody has accepted, to
 * be reviewed, given a reason and put into the file of --accept.  Without a
 * reason it is refused.
 */
#include "render.h"

static void quoted(FILE *o, const char *text)
{
	fputc('"', o);
	for (const char *p = text; *p; p++) {
		if (*p == '"' || *p == '\\')
			fputc('\\', o);
		fputc(*p == '\n' || *p == '\r' ? ' ' : *p, o);
	}
	fputc('"', o);
}

static void side(FILE *o, const char *word, const char *text)
{
	fprintf(o, "\n  %s ", word);
	if (text)
		quoted(o, text);
	else
		fprintf(o, "none");
}

static void statement(const struct render *r, const struct diff_row *w,
	const char *of, const char *const *names, size_t n, const char *clients)
{
	FILE *o = r->o;

	if (!w->why || w->accepted)
		return;
	fprintf(o, "accept %s", diff_weaken_word(w->kind));
	for (size_t i = 0; i < n; i++) {
		fprintf(o, "%s", i ? ", " : "\n  names ");
		quoted(o, names[i]);
	}
	if (clients) {
		fprintf(o, "\n  clients ");
		quoted(o, clients);
	}
	if (of) {
		fprintf(o, "\n  of ");
		quoted(o, of);
	}
	side(o, "old", w->old);
	side(o, "new", w->new_);
	fprintf(o, "\n  on %s reason \"\"; # ", r->v->today);
	for (const char *p = w->why; *p; p++)
		fputc(*p == '\n' || *p == '\r' ? ' ' : *p, o);
	fprintf(o, "\n");
}

void diff_stubs(const struct render *r)
{
	const struct diff *d = r->d;

	for (size_t i = 0; i < d->groups.n; i++)
		for (size_t k = 0; k < d->groups.v[i].rows.n; k++)
			statement(r, &d->groups.v[i].rows.v[k], NULL,
				d->groups.v[i].patterns.v,
				d->groups.v[i].patterns.n,
				d->groups.v[i].clients);
	for (size_t i = 0; i < d->items.n; i++)
		statement(r, &d->items.v[i].row, d->items.v[i].of,
			d->items.v[i].patterns.v, d->items.v[i].patterns.n,
			NULL);
}
