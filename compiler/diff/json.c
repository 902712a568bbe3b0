/*
 * A diff for programs: format version 1.0 (tlsc(1)).
 */
#include "compiler/base/json_out.h"
#include "render.h"

static void text(FILE *o, const char *key, const char *value)
{
	fprintf(o, "\"%s\": ", key);
	json_put(o, value);
}

static void witness(FILE *o, const struct diff_group *g)
{
	const struct witness *w = &g->witness;

	fprintf(o, "\"witness\": {");
	text(o, "listener", w->listener);
	fprintf(o, ", ");
	text(o, "sni", w->sni);
	fprintf(o, ", ");
	text(o, "source", w->source);
	fprintf(o, ", \"alpn\": [");
	for (unsigned i = 0; i < w->alpn_count; i++) {
		fprintf(o, "%s", i ? ", " : "");
		json_put(o, w->alpn[i]);
	}
	fprintf(o, "], ");
	text(o, "tls", w->tls);
	fprintf(o, ", ");
	text(o, "arm", g->arm);
	fprintf(o, "}");
}

static void list(FILE *o, const char *key, const char *const *v, size_t n)
{
	fprintf(o, "\"%s\": [", key);
	for (size_t i = 0; i < n; i++) {
		fprintf(o, "%s", i ? ", " : "");
		json_put(o, v[i]);
	}
	fprintf(o, "]");
}

/* The members of a row, without braces. */
static void row(FILE *o, const struct diff_row *r)
{
	text(o, "kind", diff_weaken_word(r->kind));
	fprintf(o, ", ");
	text(o, "old", r->old);
	fprintf(o, ", ");
	text(o, "new", r->new_);
	fprintf(o, ", \"weaker\": %s, ", r->why ? "true" : "false");
	text(o, "why", r->why);
	fprintf(o, ", ");
	text(o, "accepted", r->accepted);
}

static void rows(FILE *o, const struct diff_rows *v)
{
	fprintf(o, "\"rows\": [");
	for (size_t i = 0; i < v->n; i++) {
		fprintf(o, "%s{", i ? ", " : "");
		row(o, &v->v[i]);
		fprintf(o, "}");
	}
	fprintf(o, "]");
}

static void suffixes(FILE *o, const struct diff_group *g)
{
	fprintf(o, "\"suffixes\": [");
	for (size_t i = 0; i < g->suffixes.n; i++) {
		fprintf(o, "%s{", i ? ", " : "");
		text(o, "suffix", g->suffixes.v[i].text);
		fprintf(o, ", \"names\": %zu}", g->suffixes.v[i].n);
	}
	fprintf(o, "]");
}

static void group(FILE *o, const struct diff_group *g)
{
	fprintf(o, "{");
	text(o, "from", g->from);
	fprintf(o, ", ");
	text(o, "to", g->to);
	fprintf(o, ", ");
	text(o, "changed", g->changed);
	fprintf(o, ", \"names\": %zu, \"weaker\": %s, ", g->names,
		g->weaker ? "true" : "false");
	text(o, "weakened", g->weakened);
	fprintf(o, ",\n   ");
	rows(o, &g->rows);
	fprintf(o, ",\n   ");
	suffixes(o, g);
	fprintf(o, ", ");
	list(o, "patterns", g->patterns.v, g->patterns.n);
	fprintf(o, ", ");
	list(o, "sources", g->sources.v, g->sources.n);
	fprintf(o, ", \"sources_more\": %zu, \"all_but\": %s,\n   ",
		g->sources_more, g->all_but ? "true" : "false");
	text(o, "only", g->only);
	fprintf(o, ", ");
	witness(o, g);
	fprintf(o, ", ");
	text(o, "from_file", g->from_file);
	fprintf(o, ", \"from_line\": %u, ", g->from_line);
	text(o, "to_file", g->to_file);
	fprintf(o, ", \"to_line\": %u}", g->to_line);
}

static void items(FILE *o, const struct diff *d)
{
	fprintf(o, "],\n \"items\": [");
	for (size_t i = 0; i < d->items.n; i++) {
		const struct diff_item *x = &d->items.v[i];

		fprintf(o, "%s\n  {", i ? "," : "");
		text(o, "of", x->of);
		fprintf(o, ", ");
		row(o, &x->row);
		fprintf(o, ", ");
		list(o, "patterns", x->patterns.v, x->patterns.n);
		fprintf(o, ", ");
		text(o, "file", x->file);
		fprintf(o, ", \"line\": %u}", x->line);
	}
}

static void unjudged(FILE *o, const struct diff *d)
{
	fprintf(o, "],\n \"unjudged\": [");
	for (size_t i = 0; i < d->unjudged.n; i++) {
		fprintf(o, "%s\n  {", i ? "," : "");
		text(o, "kind", diff_weaken_word(d->unjudged.v[i].kind));
		fprintf(o, ", ");
		text(o, "of", d->unjudged.v[i].of);
		fprintf(o, ", ");
		text(o, "why", d->unjudged.v[i].why);
		fprintf(o, ", \"forbidden\": %s}",
			d->unjudged.v[i].elsewhere ? "false" : "true");
	}
}

void diff_json(const struct render *r)
{
	const struct diff *d = r->d;
	FILE *o = r->o;

	fprintf(o, "{\"format\": \"1.0\", ");
	text(o, "old", r->v->old);
	fprintf(o, ", ");
	text(o, "new", r->v->new_);
	fprintf(o, ", \"same\": %s, \"weaker\": %zu,\n \"groups\": [",
		diff_empty(d) ? "true" : "false", diff_weaker(d));
	for (size_t i = 0; i < d->groups.n; i++) {
		fprintf(o, "%s\n  ", i ? "," : "");
		group(o, &d->groups.v[i]);
	}
	items(o, d);
	unjudged(o, d);
	fprintf(o, "]}\n");
}
