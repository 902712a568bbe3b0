/*
 * Diagnostics in the formats of CI services: GitHub workflow commands, which
 * become annotations, and GitLab's Code Quality report.
 */
#include <string.h>

#include "compiler/base/json_out.h"
#include "compiler/base/shown.h"
#include "list.h"

/* Workflow commands: % CR LF in data, also : and , in properties. */
static void put_escaped(FILE *f, const char *s, const char *special)
{
	for (s = s ? s : ""; *s; s++)
		if (strchr(special, *s))
			fprintf(f, "%%%02X", (unsigned char)*s);
		else
			fputc(*s, f);
}

static const char *github_word(enum diag_level l)
{
	return l >= DIAG_DENY       ? "error"
		: l == DIAG_WARNING ? "warning"
				    : "notice";
}

static void put_place(FILE *f, const struct diag *g)
{
	struct diag_place at = diag_place(g, g->span);

	if (!at.path)
		return;
	fputs("file=", f);
	put_escaped(f, shown_text(at.path), "%\r\n:,");
	fprintf(f, ",line=%u,endLine=%u", at.line, at.end_line);
	/* Columns are shown only within one line, and end inclusively. */
	if (at.line == at.end_line && at.end_column > at.column)
		fprintf(f, ",col=%u,endColumn=%u", at.column,
			at.end_column - 1);
	fputc(',', f);
}

void diag_github(
	FILE *f, const struct diag_report *r, const struct diag_style *style)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct diag *g = r->v[i];

		fprintf(f, "::%s ", github_word(g->level));
		put_place(f, g);
		fprintf(f, "title=%s %s::", diag_id_text(g->id),
			diag_id_name(g->id));
		put_escaped(f, shown_lines(g->message), "%\r\n");
		if (g->witness) {
			fputs("%0Awitness: ", f);
			put_escaped(f,
				shown_lines(diag_witness_text(
					r->arena, g->witness)),
				"%\r\n");
		}
		for (const struct diag_text *t = g->helps; t; t = t->next) {
			fputs("%0Ahelp: ", f);
			put_escaped(f, shown_lines(t->text), "%\r\n");
		}
		fputc('\n', f);
	}
	if (r->left_out)
		fprintf(f, "::notice title=tlsc::%zu findings are left out\n",
			r->left_out);
}

static const char *gitlab_word(enum diag_level l)
{
	return l == DIAG_ERROR      ? "critical"
		: l == DIAG_DENY    ? "major"
		: l == DIAG_WARNING ? "minor"
				    : "info";
}

void diag_gitlab(
	FILE *f, const struct diag_report *r, const struct diag_style *style)
{
	uint64_t *marks = diag_fingerprints(r->arena, r->v, r->n);

	fputc('[', f);
	for (size_t i = 0; i < r->n; i++) {
		const struct diag *g = r->v[i];
		struct diag_place at = diag_place(g, g->span);

		fprintf(f, "%s\n  {\"description\": ", i ? "," : "");
		json_put(f, g->message);
		fprintf(f,
			", \"check_name\": \"%s\", \"fingerprint\": "
			"\"%016llx\", \"severity\": \"%s\", \"location\": "
			"{\"path\": ",
			diag_id_text(g->id), (unsigned long long)marks[i],
			gitlab_word(g->level));
		json_put(f, at.path ? at.path : "");
		fprintf(f, ", \"lines\": {\"begin\": %u, \"end\": %u}}}",
			at.path ? at.line : 1, at.path ? at.end_line : 1);
	}
	fputs(r->n ? "\n]\n" : "]\n", f);
}
