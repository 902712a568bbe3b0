/*
 * The answers of tlsc match, for people and as JSON.
 */
#include <stdio.h>

#include "compiler/base/json_out.h"
#include "compiler/base/shown.h"
#include "match.h"

/* "bridge to api" or "reject close". */
static void action(const struct match_answer *a, FILE *f)
{
	fprintf(f, "%s%s %s", a->mode,
		a->site              ? " to site"
			: a->backend ? " to"
				     : "",
		shown_text(a->site           ? a->site
				: a->backend ? a->backend
					     : a->reason));
	if (a->enforce)
		fprintf(f, " enforcing %s", shown_text(a->enforce));
}

void match_print(const struct match_answer *a, FILE *f)
{
	action(a, f);
	fprintf(f, " (%s %s", a->decision.own ? "frontend" : "route",
		shown_text(a->decision.own ? a->frontend : a->route));
	if (a->file)
		fprintf(f, ", %s:%u", shown_text(a->file), a->line);
	if (a->file && a->shares_line)
		fprintf(f, ":%u", a->column);
	/* Elsewhere the name is beside the clause. */
	if (a->name_file && a->in_list)
		fprintf(f, ", name at %s:%u", shown_text(a->name_file),
			a->name_line);
	putc(')', f);
	if (a->refused)
		fprintf(f, ", then refused with %s: the client has %s",
			a->refused, shown_text(a->why));
	putc('\n', f);
}

static void json_name(const struct match_answer *a, FILE *f)
{
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)a->name_len,
		a->name ? a->name : "");
	fputs(", \"name\": ", f);
	json_put(f, a->name ? name : NULL);
	fputs(", \"name_file\": ", f);
	json_put(f, a->name_file);
	if (a->name_file)
		fprintf(f, ", \"name_line\": %u", a->name_line);
	else
		fputs(", \"name_line\": null", f);
}

void match_json(const struct match_answer *a, FILE *f)
{
	fprintf(f, "{\"action\": \"%s\", \"backend\": ", a->mode);
	json_put(f, a->backend);
	if (a->site) {
		fputs(", \"site\": ", f);
		json_put(f, a->site);
	}
	fputs(", \"reason\": ", f);
	json_put(f, a->reason);
	fputs(", \"route\": ", f);
	json_put(f, a->route);
	fputs(", \"file\": ", f);
	json_put(f, a->file);
	if (a->file)
		fprintf(f, ", \"line\": %u, \"column\": %u", a->line,
			a->column);
	else
		fputs(", \"line\": null, \"column\": null", f);
	json_name(a, f);
	fputs(", \"refused\": ", f);
	json_put(f, a->refused);
	fputs("}\n", f);
}
