/*
 * Diagnostics as SARIF 2.1.0 (OASIS Standard, 27 March 2020), for code
 * scanning services.  Those refuse runs with more than 5,000 results: the most
 * severe are written, and a notification says how many are not.
 */
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/json_out.h"
#include "compiler/base/version.h"
#include "list.h"

enum { RESULTS_MAX = 5000 };

static const char *const meanings[DIAG_COUNT] = {
#define DIAG(id, name, level, fixable, meaning) [DIAG_##id] = meaning,
#include "diag.def"
};

/* RFC 3986: a relative reference, or file: for an absolute path. */
static void put_uri(FILE *f, const char *path)
{
	static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				   "nopqrstuvwxyz0123456789-._~/";

	fputs(*path == '/' ? "\"file://" : "\"", f);
	for (; *path; path++)
		fprintf(f, strchr(safe, *path) ? "%c" : "%%%02X",
			(unsigned char)*path);
	fputc('"', f);
}

static void put_region(FILE *f, const char *member, struct diag_place at)
{
	fprintf(f,
		"\"%s\": {\"startLine\": %u, \"startColumn\": %u, "
		"\"endLine\": %u, \"endColumn\": %u}",
		member, at.line, at.column, at.end_line, at.end_column);
}

static void put_physical(FILE *f, struct diag_place at)
{
	fputs("\"physicalLocation\": {\"artifactLocation\": {\"uri\": ", f);
	put_uri(f, at.path);
	fputs("}, ", f);
	put_region(f, "region", at);
	fputc('}', f);
}

/* What a viewer shows: it knows nothing of witnesses and helps. */
static void put_message(
	FILE *f, const struct diag_report *r, const struct diag *g)
{
	fputs("\"message\": {\"text\": \"", f);
	json_put_raw(f, g->message);
	if (g->witness) {
		fputs("\\nwitness: ", f);
		json_put_raw(f, diag_witness_text(r->arena, g->witness));
	}
	for (const struct diag_text *t = g->notes; t; t = t->next) {
		fputs("\\nnote: ", f);
		json_put_raw(f, t->text);
	}
	for (const struct diag_text *t = g->helps; t; t = t->next) {
		fputs("\\nhelp: ", f);
		json_put_raw(f, t->text);
	}
	fputs("\"}", f);
}

static void put_locations(FILE *f, const struct diag *g)
{
	struct diag_place at = diag_place(g, g->span);
	const char *comma = "";
	int id = 0;

	fputs(", \"locations\": [", f);
	if (at.path) {
		fputc('{', f);
		put_physical(f, at);
		fputc('}', f);
	}
	fputc(']', f);
	if (!g->labels)
		return;
	fputs(", \"relatedLocations\": [", f);
	for (const struct diag_label *l = g->labels; l; l = l->next) {
		at = diag_place(g, l->span);
		if (!at.path)
			continue;
		fprintf(f, "%s{\"id\": %d, ", comma, ++id);
		put_physical(f, at);
		fputs(", \"message\": {\"text\": ", f);
		json_put(f, *l->text ? l->text : "here");
		fputs("}}", f);
		comma = ", ";
	}
	fputc(']', f);
}

static void put_replacement(
	FILE *f, const struct diag *g, const struct diag_edit *e)
{
	fputc('{', f);
	put_region(f, "deletedRegion", diag_place(g, e->edit.span));
	fputs(", \"insertedContent\": {\"text\": ", f);
	json_put(f, e->edit.replacement);
	fputs("}}", f);
}

/* Edits of one file are together in one artifactChange. */
static void put_fix(FILE *f, const struct diag *g)
{
	const struct diag_edit *e = g->edits;

	if (!e)
		return;
	fputs(", \"fixes\": [{\"description\": {\"text\": ", f);
	json_put(f, g->helps ? g->helps->text : "repair");
	fputs("}, \"artifactChanges\": [", f);
	while (e) {
		uint32_t file = e->edit.span.file;

		fputs("{\"artifactLocation\": {\"uri\": ", f);
		put_uri(f, diag_place(g, e->edit.span).path);
		fputs("}, \"replacements\": [", f);
		put_replacement(f, g, e);
		for (e = e->next; e && e->edit.span.file == file; e = e->next) {
			fputs(", ", f);
			put_replacement(f, g, e);
		}
		fprintf(f, "]}%s", e ? ", " : "");
	}
	fputs("]}]", f);
}

static void put_result(FILE *f, const struct diag_report *r,
	const struct diag *g, int rule, uint64_t fingerprint)
{
	fprintf(f,
		"    {\"ruleId\": \"%s\", \"ruleIndex\": %d, \"level\": "
		"\"%s\", ",
		diag_id_text(g->id), rule, diag_level_word(g->level));
	put_message(f, r, g);
	put_locations(f, g);
	fprintf(f,
		", \"partialFingerprints\": {\"tlscFinding/v1\": "
		"\"%016llx\"}",
		(unsigned long long)fingerprint);
	put_fix(f, g);
	fputc('}', f);
}

static void put_rule(FILE *f, enum diag_id id)
{
	fprintf(f,
		"     {\"id\": \"%s\", \"name\": \"%s\", "
		"\"shortDescription\": {\"text\": ",
		diag_id_text(id), diag_id_name(id));
	json_put(f, meanings[id]);
	fprintf(f,
		"}, \"help\": {\"text\": \"tlsc explain %s\"}, "
		"\"defaultConfiguration\": {\"level\": \"%s\"}}",
		diag_id_text(id), diag_level_word(diag_id_level(id)));
}

/* The rules that occur, by id; index[id] is what results refer to. */
static void put_rules(FILE *f, struct diag *const *v, size_t n, int *index)
{
	int used = 0;

	memset(index, 0, DIAG_COUNT * sizeof(*index));
	for (size_t i = 0; i < n; i++)
		index[v[i]->id] = 1;
	for (int id = 1; id < DIAG_COUNT; id++) {
		if (!index[id])
			continue;
		fputs(used ? ",\n" : "\n", f);
		put_rule(f, (enum diag_id)id);
		index[id] = used++;
	}
	fputs(used ? "\n   " : "", f);
}

static void put_invocation(FILE *f, size_t left)
{
	fputs("   \"invocations\": [{\"executionSuccessful\": true", f);
	if (left)
		fprintf(f,
			", \"toolExecutionNotifications\": [{\"level\": "
			"\"note\", \"message\": {\"text\": \"%zu results are "
			"left out\"}}]",
			left);
	fputs("}],\n", f);
}

void diag_sarif(
	FILE *f, const struct diag_report *r, const struct diag_style *style)
{
	struct diag **v;
	size_t n = diag_select(r, RESULTS_MAX, &v);
	uint64_t *marks = diag_fingerprints(r->arena, v, n);
	int index[DIAG_COUNT];

	fputs("{\"$schema\": \"https://docs.oasis-open.org/sarif/sarif/v2.1.0/"
	      "errata01/os/schemas/sarif-schema-2.1.0.json\",\n"
	      " \"version\": \"2.1.0\",\n \"runs\": [\n"
	      "  {\"tool\": {\"driver\": {\"name\": \"tlsc\", \"version\": "
	      "\"" TLSC_VERSION "\", \"rules\": [",
		f);
	put_rules(f, v, n, index);
	fputs("]}},\n", f);
	put_invocation(f, r->n - n + r->left_out);
	fputs("   \"columnKind\": \"unicodeCodePoints\",\n"
	      "   \"results\": [",
		f);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ",\n" : "\n", f);
		put_result(f, r, v[i], index[v[i]->id], marks[i]);
	}
	fputs(n ? "\n   ]}\n ]\n}\n" : "]}\n ]\n}\n", f);
}
