/*
 * Diagnostics as one JSON object, format 1.0: members are only ever added.
 * One diagnostic a line, so that a diff of two outputs can be read.
 */
#include "compiler/base/json_out.h"
#include "list.h"

static void put_place(
	FILE *f, const struct diag *g, struct span span, int with_end)
{
	struct diag_place at = diag_place(g, span);

	if (!at.path) {
		fputs("\"file\": null, \"line\": null, \"column\": null", f);
		if (with_end)
			fputs(", \"end_line\": null, \"end_column\": null", f);
		return;
	}
	fputs("\"file\": ", f);
	json_put(f, at.path);
	fprintf(f, ", \"line\": %u, \"column\": %u", at.line, at.column);
	if (with_end)
		fprintf(f, ", \"end_line\": %u, \"end_column\": %u",
			at.end_line, at.end_column);
}

static void put_notes(FILE *f, const struct diag *g)
{
	const char *comma = "";

	fputs(", \"notes\": [", f);
	for (const struct diag_label *l = g->labels; l; l = l->next) {
		fprintf(f, "%s{\"message\": ", comma);
		json_put(f, l->text);
		fputs(", ", f);
		put_place(f, g, l->span, 0);
		fputc('}', f);
		comma = ", ";
	}
	for (const struct diag_text *t = g->notes; t; t = t->next) {
		fprintf(f, "%s{\"message\": ", comma);
		json_put(f, t->text);
		fputc('}', f);
		comma = ", ";
	}
	fputc(']', f);
}

static void put_help(FILE *f, const struct diag *g)
{
	if (!g->helps) {
		fputs(", \"help\": null", f);
		return;
	}
	fputs(", \"help\": \"", f);
	for (const struct diag_text *t = g->helps; t; t = t->next) {
		json_put_raw(f, t->text);
		if (t->next)
			fputs("\\n", f);
	}
	fputc('"', f);
}

static void put_witness(FILE *f, const struct witness *w)
{
	if (!w) {
		fputs(", \"witness\": null", f);
		return;
	}
	fputs(", \"witness\": {\"listener\": ", f);
	json_put(f, w->listener);
	fputs(", \"sni\": ", f);
	json_put(f, w->sni);
	fputs(", \"source\": ", f);
	json_put(f, w->source);
	fputs(", \"alpn\": [", f);
	for (unsigned i = 0; i < w->alpn_count; i++) {
		fputs(i ? ", " : "", f);
		json_put(f, w->alpn[i]);
	}
	fputs("], \"tls\": ", f);
	json_put(f, w->tls);
	if (w->leads_to) {
		fputs(", \"leads_to\": ", f);
		json_put(f, w->leads_to);
	}
	fputc('}', f);
}

static void put_fix(FILE *f, const struct diag *g)
{
	if (!g->edits) {
		fputs(", \"fix\": null", f);
		return;
	}
	fputs(", \"fix\": {\"edits\": [", f);
	for (const struct diag_edit *e = g->edits; e; e = e->next) {
		fputc('{', f);
		put_place(f, g, e->edit.span, 1);
		fputs(", \"replacement\": ", f);
		json_put(f, e->edit.replacement);
		fprintf(f, "}%s", e->next ? ", " : "");
	}
	fputs("]}", f);
}

static void put_one(FILE *f, const struct diag *g)
{
	fprintf(f,
		"  {\"id\": \"%s\", \"name\": \"%s\", \"severity\": \"%s\", "
		"\"message\": ",
		diag_id_text(g->id), diag_id_name(g->id),
		diag_level_word(g->level));
	json_put(f, g->message);
	fputs(", ", f);
	put_place(f, g, g->span, 1);
	put_notes(f, g);
	put_help(f, g);
	put_witness(f, g->witness);
	put_fix(f, g);
	fputc('}', f);
}

void diag_json(
	FILE *f, const struct diag_report *r, const struct diag_style *style)
{
	fprintf(f,
		"{\"format\": \"1.0\", \"errors\": %zu, \"warnings\": %zu, "
		"\"notes\": %zu, \"left_out\": %zu, \"diagnostics\": [",
		r->errors, r->warnings, r->notes, r->left_out);
	for (size_t i = 0; i < r->n; i++) {
		fputs(i ? ",\n" : "\n", f);
		put_one(f, r->v[i]);
	}
	fputs(r->n ? "\n]}\n" : "]}\n", f);
}
