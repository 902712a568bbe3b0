/*
 * The evidence for programs: one object, format version 1.0.
 */
#include "evidence.h"

#include "compiler/base/json_out.h"
#include "compiler/base/prefix.h"
#include "compiler/base/segment.h"
#include "compiler/base/version.h"
#include "grammar/words.h"
#include "runtime/table/hex.h"

static void text(FILE *f, const char *key, const char *value)
{
	fprintf(f, "\"%s\": ", key);
	json_put(f, value);
}

static void hash(FILE *f, const char *key, const uint8_t *p)
{
	char digits[HEX_SHA256];

	fprintf(f, "\"%s\": \"%s\"", key, hex_text(digits, p, 32));
}

static void head(FILE *f, const struct evidence *e)
{
	const struct tbl_header *h =
		(e->table ? e->table : e->in)->table.header;

	fputs("{\"format\": \"1.0\", ", f);
	text(f, "policy", e->in->path);
	fputs(", ", f);
	if (e->with) {
		text(f, "with", e->with);
		fputs(", ", f);
	}
	text(f, "made", e->made);
	fputs(", \"tlsc\": \"" TLSC_VERSION "\", \"table\": {", f);
	text(f, "file", e->table ? e->table->path : NULL);
	fputs(", ", f);
	if (e->table)
		hash(f, "root", h->root);
	else
		fputs("\"root\": null", f);
	fprintf(f, ", \"serial\": %llu, ",
		e->table ? (unsigned long long)h->serial : 0);
	hash(f, "semantic", h->semantic);
	fputs(", ", f);
	hash(f, "source", h->source);
	fputs("}", f);
}

static void inputs(FILE *f, const struct evidence *e)
{
	const struct model *m = e->in->model;
	int some = 0;

	fputs(",\n\"inputs\": [", f);
	for (size_t i = 0; i < m->inputs.n; i++) {
		const struct m_input *p = &m->inputs.v[i];

		if (p->kind != TBL_INPUT_FILE && p->kind != TBL_INPUT_PARAM)
			continue;
		fputs(some++ ? ",\n  {" : "\n  {", f);
		text(f, p->kind == TBL_INPUT_FILE ? "file" : "param", p->name);
		fputs(", ", f);
		if (p->kind == TBL_INPUT_FILE)
			hash(f, "sha256", p->sha256);
		else
			text(f, "value", p->value);
		fputc('}', f);
	}
	for (size_t i = 0; i < e->files.n; i++) {
		fputs(some++ ? ",\n  {" : "\n  {", f);
		text(f, "credential", e->files.v[i].name);
		fputs(", ", f);
		if (e->files.v[i].is_read)
			hash(f, "sha256", e->files.v[i].sha256);
		else
			text(f, "sha256", NULL);
		fputc('}', f);
	}
	fputs("]", f);
}

static void routes(FILE *f, const struct evidence_standard *s)
{
	fputs(", \"routes\": [", f);
	for (size_t i = 0; i < s->routes.n; i++) {
		const struct evidence_route *r = &s->routes.v[i];

		fputs(i ? ",\n    {" : "\n    {", f);
		text(f, "route", r->name);
		fputs(", ", f);
		text(f, "frontend", r->frontend);
		fputs(", ", f);
		text(f, "at", r->place);
		fputs(", \"names\": [", f);
		for (size_t k = 0; k < r->patterns.n; k++) {
			fputs(k ? ", " : "", f);
			json_put(f, r->patterns.v[k]);
		}
		fputs("]}", f);
	}
	fputs("]", f);
}

static void lines(FILE *f, const struct evidence_rule *r)
{
	static const char *const words[] = {[COMPLY_MET] = "met",
		[COMPLY_BROKEN] = "broken",
		[COMPLY_CLAIMED] = "claimed",
		[COMPLY_UNREAD] = "not judged"};

	fputs(", \"lines\": [", f);
	for (size_t i = 0; i < r->lines.n; i++) {
		const struct evidence_line *l = &r->lines.v[i];

		fputs(i ? ",\n      {" : "\n      {", f);
		text(f, "route", l->scope->name);
		fputs(", ", f);
		text(f, "action", l->action);
		fputs(", ", f);
		text(f, "at", l->place);
		fputs(", ", f);
		text(f, "verdict", words[l->point.verdict]);
		fputs(", ", f);
		text(f, "what", l->point.what);
		fputs(", ", f);
		text(f, "how", l->point.how);
		fputs(", ", f);
		text(f, "allowed", l->allowed);
		fputc('}', f);
	}
	fputs("]", f);
}

static void rules(FILE *f, const struct evidence_standard *s)
{
	fputs(",\n  \"requirements\": [", f);
	for (size_t i = 0; i < s->rules.n; i++) {
		const struct evidence_rule *r = &s->rules.v[i];

		fputs(i ? ",\n    {" : "\n    {", f);
		text(f, "clause", r->rule->clause);
		fputs(", ", f);
		text(f, "text", r->rule->text);
		fputs(", ", f);
		text(f, "verdict", evidence_word(r->verdict));
		fputs(", ", f);
		text(f, "attested_by", r->rule->who);
		lines(f, r);
		fputc('}', f);
	}
	fputs("]", f);
}

static void standards(FILE *f, const struct evidence *e)
{
	fputs(",\n\"standards\": [", f);
	for (size_t i = 0; i < e->standards.n; i++) {
		const struct evidence_standard *s = &e->standards.v[i];

		fputs(i ? ",\n  {" : "\n  {", f);
		text(f, "name", s->standard->name);
		fputs(", ", f);
		text(f, "version", s->standard->version);
		fputs(", ", f);
		text(f, "source", s->standard->source);
		routes(f, s);
		rules(f, s);
		fputc('}', f);
	}
	fputs("]", f);
}

static void proofs(FILE *f, const struct evidence *e)
{
	static const char *const words[] = {[VERDICT_HOLDS] = "holds",
		[VERDICT_FAILS] = "fails",
		[VERDICT_VACUOUS] = "vacuous",
		[VERDICT_ERROR] = "not judged"};

	fputs(",\n\"assertions\": [", f);
	for (size_t i = 0; i < e->assertions.n; i++) {
		fputs(i ? ",\n  {" : "\n  {", f);
		text(f, "text", e->assertions.v[i].text);
		fputs(", ", f);
		text(f, "at", e->assertions.v[i].place);
		fputs(", ", f);
		text(f, "verdict", words[e->assertions.v[i].verdict]);
		fputc('}', f);
	}
	fprintf(f, "],\n\"tests\": {\"passed\": %zu, \"failed\": %zu}",
		e->passed, e->failed);
	fputs(",\n\"tests_failed\": [", f);
	for (size_t i = 0; i < e->failures.n; i++) {
		fputs(i ? ",\n  {" : "\n  {", f);
		text(f, "title", e->failures.v[i].title);
		fputs(", ", f);
		text(f, "at", e->failures.v[i].place);
		fputs(", ", f);
		text(f, "why", e->failures.v[i].why);
		fputc('}', f);
	}
	fputs("]", f);
}

static void segments(FILE *f, const struct evidence *e)
{
	const struct model *m = e->in->model;
	char buf[64];

	fputs(",\n\"segments\": [", f);
	for (size_t i = 0; i < m->segments.n; i++) {
		const struct m_segment *s = &m->segments.v[i];

		fputs(i ? ",\n  {" : "\n  {", f);
		text(f, "name", s->name.text);
		fputs(", \"prefixes\": [", f);
		for (size_t k = 0; k < s->prefixes.n; k++) {
			fputs(k ? ", " : "", f);
			json_put(f, prefix_text(&s->prefixes.v[k], buf));
		}
		fputs("], ", f);
		text(f, "link", words_text(words_link, s->link));
		fputs(", ", f);
		text(f, "note", s->note);
		fputc('}', f);
	}
	fputs("]", f);
}

static void outside(FILE *f, const struct evidence *e)
{
	fputs(",\n\"no_standard\": [", f);
	for (size_t i = 0; i < e->outside.n; i++) {
		fputs(i ? ",\n  {" : "\n  {", f);
		text(f, "route", e->outside.v[i].name);
		fputs(", ", f);
		text(f, "frontend", e->outside.v[i].frontend);
		fputs(", ", f);
		text(f, "at", e->outside.v[i].place);
		fputc('}', f);
	}
	fputs("]", f);
}

static void allows(FILE *f, const struct evidence *e)
{
	fputs(",\n\"allowed\": [", f);
	for (size_t i = 0; i < e->allows.n; i++) {
		fputs(i ? ",\n  {" : "\n  {", f);
		text(f, "id", e->allows.v[i].id);
		fputs(", ", f);
		text(f, "until", e->allows.v[i].until);
		fputs(", ", f);
		text(f, "reason", e->allows.v[i].reason);
		fputs(", ", f);
		text(f, "at", e->allows.v[i].place);
		fputc('}', f);
	}
	fputs("]", f);
}

void evidence_json(FILE *f, const struct evidence *e)
{
	head(f, e);
	inputs(f, e);
	standards(f, e);
	outside(f, e);
	proofs(f, e);
	segments(f, e);
	allows(f, e);
	fprintf(f, ",\n\"broken\": %zu, \"not_judged\": %zu}\n", e->broken,
		e->unread);
}
