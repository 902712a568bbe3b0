/*
 * A diff for people (the terminal), for programs (JSON) and for a pull
 * request's comment (Markdown).
 */
#include <string.h>

#include "diff.h"
#include "json_out.h"
#include "shown.h"

static void put_query(FILE *o, const struct diff_group *g)
{
	const struct witness *w = &g->witness;

	fprintf(o, "%s ", shown_text(w->listener));
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
}

static void put_place(FILE *o, const char *what, const char *file,
	uint32_t line)
{
	if (line)
		fprintf(o, "%s%s:%u", what, shown_text(file), line);
}

#define SHOWN 100 /* groups for people; JSON has all */

static size_t shown(const struct diff *d)
{
	return d->groups.n < SHOWN ? d->groups.n : SHOWN;
}

static void human_list(FILE *o, const char *what, const char *const *v,
	size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(o, "%s %s\n", what, shown_text(v[i]));
}

static void human(FILE *o, const struct diff *d)
{
	for (size_t i = 0; i < shown(d); i++) {
		const struct diff_group *g = &d->groups.v[i];

		fprintf(o, "%zu name pattern%s: %s -> %s", g->names,
			g->names == 1 ? "" : "s", shown_text(g->from),
			shown_text(g->to));
		if (g->changed)
			fprintf(o, " (%s)", shown_text(g->changed));
		if (g->weaker)
			fprintf(o, "  WEAKER: %s", shown_text(g->weakened));
		fprintf(o, "\n    ");
		put_query(o, g);
		put_place(o, "\n    was ", g->from_file, g->from_line);
		put_place(o, ", now ", g->to_file, g->to_line);
		fprintf(o, "\n");
	}
	if (shown(d) < d->groups.n)
		fprintf(o, "and %zu more kinds of change (--format json shows "
			"all)\n", d->groups.n - shown(d));
	human_list(o, "listener added:", d->listeners_added.v,
		d->listeners_added.n);
	human_list(o, "listener removed:", d->listeners_removed.v,
		d->listeners_removed.n);
	human_list(o, "changed:", d->settings.v, d->settings.n);
	if (diff_empty(d))
		fprintf(o, "no decision differs\n");
}

static void put_text(FILE *o, const char *key, const char *text)
{
	fprintf(o, "\"%s\": ", key);
	if (text)
		json_put(o, text);
	else
		fprintf(o, "null");
}

static void json_witness(FILE *o, const struct diff_group *g)
{
	const struct witness *w = &g->witness;

	fprintf(o, "\"witness\": {");
	put_text(o, "listener", w->listener);
	fprintf(o, ", ");
	put_text(o, "sni", w->sni);
	fprintf(o, ", ");
	put_text(o, "source", w->source);
	fprintf(o, ", \"alpn\": [");
	for (unsigned i = 0; i < w->alpn_count; i++) {
		fprintf(o, "%s", i ? ", " : "");
		json_put(o, w->alpn[i]);
	}
	fprintf(o, "], ");
	put_text(o, "tls", w->tls);
	fprintf(o, ", ");
	put_text(o, "arm", g->arm);
	fprintf(o, "}");
}

static void json_group(FILE *o, const struct diff_group *g)
{
	fprintf(o, "{");
	put_text(o, "from", g->from);
	fprintf(o, ", ");
	put_text(o, "to", g->to);
	fprintf(o, ", ");
	put_text(o, "changed", g->changed);
	fprintf(o, ", \"names\": %zu, \"weaker\": %s, ", g->names,
		g->weaker ? "true" : "false");
	put_text(o, "weakened", g->weakened);
	fprintf(o, ", ");
	json_witness(o, g);
	fprintf(o, ", ");
	put_text(o, "from_file", g->from_file);
	fprintf(o, ", \"from_line\": %u, ", g->from_line);
	put_text(o, "to_file", g->to_file);
	fprintf(o, ", \"to_line\": %u}", g->to_line);
}

static void json_list(FILE *o, const char *key, const char *const *v, size_t n)
{
	fprintf(o, ",\n \"%s\": [", key);
	for (size_t i = 0; i < n; i++) {
		fprintf(o, "%s", i ? ", " : "");
		json_put(o, v[i]);
	}
	fprintf(o, "]");
}

static void json(FILE *o, const struct diff *d, const char *old,
	const char *new_)
{
	fprintf(o, "{\"format\": \"1.0\", ");
	put_text(o, "old", old);
	fprintf(o, ", ");
	put_text(o, "new", new_);
	fprintf(o, ", \"same\": %s, \"weaker\": %zu,\n \"groups\": [",
		diff_empty(d) ? "true" : "false", diff_forbidden(d, 0));
	for (size_t i = 0; i < d->groups.n; i++) {
		fprintf(o, "%s\n  ", i ? "," : "");
		json_group(o, &d->groups.v[i]);
	}
	fprintf(o, "]");
	json_list(o, "listeners_added", d->listeners_added.v,
		d->listeners_added.n);
	json_list(o, "listeners_removed", d->listeners_removed.v,
		d->listeners_removed.n);
	json_list(o, "settings", d->settings.v, d->settings.n);
	fprintf(o, "}\n");
}

static void markdown_row(FILE *o, const struct diff_group *g)
{
	fprintf(o, "| %zu | `%s` | `%s`%s%s%s | %s%s | `", g->names, g->from,
		g->to, g->changed ? " (" : "", g->changed ? g->changed : "",
		g->changed ? ")" : "", g->weaker ? "**weaker**: " : "",
		g->weaker ? g->weakened : "");
	put_query(o, g);
	fprintf(o, "` |\n");
}

static void markdown_list(FILE *o, const char *what, const char *const *v,
	size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(o, "- %s `%s`\n", what, v[i]);
}

static void markdown(FILE *o, const struct diff *d, const char *old,
	const char *new_)
{
	fprintf(o, "### Policy change: `%s` to `%s`\n\n", old, new_);
	if (diff_empty(d)) {
		fprintf(o, "No decision differs.\n");
		return;
	}
	if (d->groups.n) {
		fprintf(o, "| names | before | after | | for example |\n"
			"|---:|---|---|---|---|\n");
		for (size_t i = 0; i < shown(d); i++)
			markdown_row(o, &d->groups.v[i]);
		fprintf(o, "\n");
		if (shown(d) < d->groups.n)
			fprintf(o, "And %zu more kinds of change.\n\n",
				d->groups.n - shown(d));
	}
	markdown_list(o, "listener added:", d->listeners_added.v,
		d->listeners_added.n);
	markdown_list(o, "listener removed:", d->listeners_removed.v,
		d->listeners_removed.n);
	markdown_list(o, "changed:", d->settings.v, d->settings.n);
}

int diff_render(FILE *out, const struct diff *d, const char *format,
	const char *old, const char *new_)
{
	if (strcmp(format, "human") == 0)
		human(out, d);
	else if (strcmp(format, "json") == 0)
		json(out, d, old, new_);
	else if (strcmp(format, "markdown") == 0)
		markdown(out, d, old, new_);
	else
		return -1;
	return 0;
}
