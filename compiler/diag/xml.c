/*
 * Diagnostics as XML: checkstyle for editors and Jenkins, JUnit for tools that
 * count tests.
 */
#include <string.h>

#include "compiler/base/xml_out.h"
#include "list.h"

static const char *checkstyle_word(enum diag_level l)
{
	return l >= DIAG_DENY       ? "error"
		: l == DIAG_WARNING ? "warning"
				    : "info";
}

static void put_error(FILE *f, const struct diag *g, struct diag_place at)
{
	fputs("    <error", f);
	if (at.path)
		fprintf(f, " line=\"%u\" column=\"%u\"", at.line, at.column);
	fprintf(f, " severity=\"%s\" message=\"", checkstyle_word(g->level));
	xml_put(f, g->message);
	for (const struct diag_text *t = g->helps; t; t = t->next) {
		fputs("; ", f);
		xml_put(f, t->text);
	}
	fprintf(f, "\" source=\"tlsc.%s\"/>\n", diag_id_text(g->id));
}

void diag_checkstyle(
	FILE *f, const struct diag_report *r, const struct diag_style *style)
{
	const char *open = NULL;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<checkstyle version=\"4.3\">\n",
		f);
	for (size_t i = 0; i < r->n; i++) {
		struct diag_place at = diag_place(r->v[i], r->v[i]->span);
		const char *path = at.path ? at.path : "tlsc";

		if (!open || strcmp(open, path) != 0) {
			fputs(open ? "  </file>\n  <file name=\""
				   : "  <file name=\"",
				f);
			xml_put(f, path);
			fputs("\">\n", f);
			open = path;
		}
		put_error(f, r->v[i], at);
	}
	fputs(open ? "  </file>\n</checkstyle>\n" : "</checkstyle>\n", f);
}

static void put_texts(
	FILE *f, const struct diag_report *r, const struct diag *g)
{
	if (g->witness) {
		fputs("witness: ", f);
		xml_put(f, diag_witness_text(r->arena, g->witness));
		fputc('\n', f);
	}
	for (const struct diag_text *t = g->notes; t; t = t->next) {
		fputs("note: ", f);
		xml_put(f, t->text);
		fputc('\n', f);
	}
	for (const struct diag_text *t = g->helps; t; t = t->next) {
		fputs("help: ", f);
		xml_put(f, t->text);
		fputc('\n', f);
	}
}

/* Errors fail; the rest is printed and passes. */
static void put_case(FILE *f, const struct diag_report *r, const struct diag *g)
{
	struct diag_place at = diag_place(g, g->span);
	int failed = g->level >= DIAG_DENY;

	fprintf(f, "    <testcase name=\"%s %s", diag_id_text(g->id),
		diag_id_name(g->id));
	if (at.path)
		fprintf(f, " line %u", at.line);
	fputs("\" classname=\"", f);
	xml_put(f, at.path ? at.path : "tlsc");
	fputs(failed ? "\"><failure message=\"" : "\"><system-out>", f);
	xml_put(f, g->message);
	if (failed)
		fprintf(f, "\" type=\"%s\">", diag_id_text(g->id));
	else
		fputc('\n', f);
	put_texts(f, r, g);
	fputs(failed ? "</failure></testcase>\n" : "</system-out></testcase>\n",
		f);
}

void diag_junit(
	FILE *f, const struct diag_report *r, const struct diag_style *style)
{
	size_t failures = 0;

	for (size_t i = 0; i < r->n; i++)
		failures += r->v[i]->level >= DIAG_DENY;
	fprintf(f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites tests=\"%zu\" failures=\"%zu\">\n"
		"  <testsuite name=\"tlsc\" tests=\"%zu\" failures=\"%zu\" "
		"errors=\"0\">\n",
		r->n ? r->n : 1, failures, r->n ? r->n : 1, failures);
	if (!r->n)
		fputs("    <testcase name=\"check\" classname=\"tlsc\"/>\n", f);
	for (size_t i = 0; i < r->n; i++)
		put_case(f, r, r->v[i]);
	fputs("  </testsuite>\n</testsuites>\n", f);
}
