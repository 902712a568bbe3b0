/*
 * The evidence for people: Markdown that reads well as it is, and on paper.
 * Text from the policy cannot leave its code span or its cell.
 */
#include "evidence.h"

#include <string.h>

#include "compiler/base/prefix.h"
#include "compiler/base/segment.h"
#include "compiler/base/shown.h"
#include "compiler/base/version.h"
#include "grammar/words.h"
#include "runtime/table/hex.h"

#define NAMES_SHOWN 20

static void code(FILE *f, const char *text)
{
	fputc('`', f);
	for (const char *p = shown_text(text); *p; p++)
		if (*p == '`')
			fputc('\'', f);
		else if (*p == '|')
			fputs("\\|", f);
		else
			fputc(*p, f);
	fputc('`', f);
}

/* Our own words, but for the name of a file: nothing of it is markup. */
static void prose(FILE *f, const char *text)
{
	for (const char *p = shown_text(text); *p; p++) {
		if (strchr("\\`*_<>[]|#&", *p))
			fputc('\\', f);
		fputc(*p, f);
	}
}

static void hash(FILE *f, const char *what, const uint8_t *p)
{
	char digits[HEX_SHA256];

	fprintf(f, "| %s | `%s` |\n", what, hex_text(digits, p, 32));
}

static void head(FILE *f, const struct evidence *e)
{
	const struct input *t = e->table ? e->table : e->in;

	fputs("# Compliance evidence\n\n| | |\n|---|---|\n| policy | ", f);
	code(f, e->in->path);
	fprintf(f, " |\n| made | %s by tlsc " TLSC_VERSION " |\n", e->made);
	if (e->with) {
		fputs("| parameters | ", f);
		code(f, e->with);
		fputs(" |\n", f);
	}
	if (e->table) {
		fputs("| table | ", f);
		code(f, e->table->path);
		fputs(" |\n", f);
		hash(f, "root id", t->table.header->root);
		fprintf(f, "| serial | %llu |\n",
			(unsigned long long)t->table.header->serial);
	}
	hash(f, "semantic id", t->table.header->semantic);
	hash(f, "source id", t->table.header->source);
	fputs("\nThe semantic id identifies the decisions for all connections; "
	      "a table with a different one decides differently.\n",
		f);
}

static void sha256(FILE *f, const uint8_t *p)
{
	char digits[HEX_SHA256];

	fprintf(f, " sha256 `%s`", hex_text(digits, p, 32));
}

static void inputs(FILE *f, const struct evidence *e)
{
	const struct model *m = e->in->model;

	fputs("\n## Inputs\n\n", f);
	for (size_t i = 0; i < m->inputs.n; i++) {
		const struct m_input *p = &m->inputs.v[i];

		if (p->kind != TBL_INPUT_FILE && p->kind != TBL_INPUT_PARAM)
			continue;
		fputs("- ", f);
		code(f, p->name);
		if (p->kind == TBL_INPUT_PARAM) {
			fputs(" = ", f);
			code(f, p->value ? p->value : "");
		} else {
			sha256(f, p->sha256);
		}
		fputc('\n', f);
	}
	for (size_t i = 0; i < e->files.n; i++) {
		fputs("- ", f);
		code(f, e->files.v[i].name);
		if (e->files.v[i].is_read)
			sha256(f, e->files.v[i].sha256);
		else
			fputs(", which was not read", f);
		fputc('\n', f);
	}
}

static void route(FILE *f, const struct evidence_route *r)
{
	fputs("- ", f);
	code(f, r->name);
	fputs(" of frontend ", f);
	code(f, r->frontend);
	fputs(" (", f);
	code(f, r->place);
	fputs(")", f);
}

static void routes(FILE *f, const struct evidence_standard *s)
{
	fputs("\nRoutes that must comply:\n\n", f);
	for (size_t i = 0; i < s->routes.n; i++) {
		const struct evidence_route *r = &s->routes.v[i];

		route(f, r);
		for (size_t k = 0; k < r->patterns.n && k < NAMES_SHOWN; k++) {
			fputs(k ? ", " : ": ", f);
			code(f, r->patterns.v[k]);
		}
		if (r->patterns.n > NAMES_SHOWN)
			fprintf(f, " and %zu more",
				r->patterns.n - NAMES_SHOWN);
		fputc('\n', f);
	}
}

static const char *verdict(const struct evidence_line *l)
{
	static const char *const words[] = {[COMPLY_MET] = "met",
		[COMPLY_BROKEN] = "**broken**",
		[COMPLY_CLAIMED] = "claimed",
		[COMPLY_UNREAD] = "not judged"};

	return l->point.verdict == COMPLY_BROKEN && l->allowed
		? "broken, and allowed"
		: words[l->point.verdict];
}

static void line(FILE *f, const struct evidence_line *l)
{
	fputs("| ", f);
	code(f, l->scope->name);
	fputs(" | ", f);
	code(f, l->action);
	fputs(" | ", f);
	code(f, l->place ? l->place : "built in");
	fprintf(f, " | %s | ", verdict(l));
	code(f, l->point.what);
	if (l->allowed && *l->allowed) {
		fputs(" allowed: ", f);
		code(f, l->allowed);
	}
	fputs(" | ", f);
	prose(f, l->point.how);
	fputs(" |\n", f);
}

static void rule(FILE *f, const struct evidence_rule *r)
{
	if (r->rule->who)
		return;
	fprintf(f, "\n### %s: %s\n\n%s%s%s.\n", r->rule->clause, r->rule->text,
		r->verdict == EVIDENCE_BROKEN ? "**" : "",
		evidence_word(r->verdict),
		r->verdict == EVIDENCE_BROKEN ? "**" : "");
	if (!r->lines.n)
		return;
	fputs("\n| route | action | line | | what | known from |\n"
	      "|---|---|---|---|---|---|\n",
		f);
	for (size_t i = 0; i < r->lines.n; i++)
		line(f, &r->lines.v[i]);
}

/* Several routes may rest on one claim. */
static int is_said(const struct evidence_rule *r, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (r->lines.v[k].point.verdict == COMPLY_CLAIMED &&
			strcmp(r->lines.v[k].point.what,
				r->lines.v[i].point.what) == 0)
			return 1;
	return 0;
}

static void outside(FILE *f, const struct evidence_standard *s)
{
	fputs("\n### Outside what a gateway can see\n\nThese are never "
	      "reported as met.\n\n| | requirement | who attests | name, date "
	      "|\n|---|---|---|---|\n",
		f);
	for (size_t i = 0; i < s->rules.n; i++) {
		const struct comply_rule *r = s->rules.v[i].rule;

		if (r->who)
			fprintf(f, "| [ ] | %s: %s | %s | |\n", r->clause,
				r->text, r->who);
		for (size_t k = 0; k < s->rules.v[i].lines.n; k++) {
			const struct evidence_line *l =
				&s->rules.v[i].lines.v[k];

			if (l->point.verdict != COMPLY_CLAIMED ||
				is_said(&s->rules.v[i], k))
				continue;
			fprintf(f, "| [ ] | %s: ", r->clause);
			code(f, l->point.what);
			fputs(" | the operator of the network | |\n", f);
		}
	}
}

static void standard(FILE *f, const struct evidence_standard *s)
{
	fprintf(f, "\n## %s\n\n%s; %s.\n", s->standard->name,
		s->standard->version, s->standard->source);
	routes(f, s);
	for (size_t i = 0; i < s->rules.n; i++)
		rule(f, &s->rules.v[i]);
	outside(f, s);
}

static void tests(FILE *f, const struct evidence *e)
{
	fprintf(f,
		"\nTests of the policy, one connection each, decided by the "
		"gateway's own lookup: %zu passed, %s%zu failed%s.\n",
		e->passed, e->failed ? "**" : "", e->failed,
		e->failed ? "**" : "");
	if (e->failed)
		fputc('\n', f);
	for (size_t i = 0; i < e->failures.n; i++) {
		fputs("- ", f);
		code(f, e->failures.v[i].title);
		fputs(" (", f);
		code(f, e->failures.v[i].place);
		fputs(") **fails**: ", f);
		code(f, e->failures.v[i].why);
		fputc('\n', f);
	}
}

static void proofs(FILE *f, const struct evidence *e)
{
	static const char *const words[] = {[VERDICT_HOLDS] = "holds",
		[VERDICT_FAILS] = "**fails**",
		[VERDICT_VACUOUS] = "holds: its premise matches nothing",
		[VERDICT_ERROR] = "not judged"};

	fputs("\n## Proofs\n\nEach holds or fails over all connections that "
	      "clients can make: every name, source, ALPN offer and version.\n",
		f);
	if (e->assertions.n)
		fputc('\n', f);
	for (size_t i = 0; i < e->assertions.n; i++) {
		fputs("- ", f);
		code(f, e->assertions.v[i].text);
		fputs(" (", f);
		code(f, e->assertions.v[i].place);
		fprintf(f, "): %s\n", words[e->assertions.v[i].verdict]);
	}
	tests(f, e);
}

/* What assertions and claims rest on. */
static void segments(FILE *f, const struct evidence *e)
{
	const struct model *m = e->in->model;
	char text[64];

	if (m->segments.n)
		fputs("\n## Segments of the network\n\nClaims of the policy; a "
		      "gateway cannot see any of this.\n\n",
			f);
	for (size_t i = 0; i < m->segments.n; i++) {
		const struct m_segment *s = &m->segments.v[i];

		fputs("- ", f);
		code(f, s->name.text);
		for (size_t k = 0; k < s->prefixes.n; k++) {
			fputs(k ? ", " : ": ", f);
			code(f, prefix_text(&s->prefixes.v[k], text));
		}
		fprintf(f, ", link %s", words_text(words_link, s->link));
		if (s->note) {
			fputs(": ", f);
			code(f, s->note);
		}
		fputc('\n', f);
	}
}

static void outside_all(FILE *f, const struct evidence *e)
{
	fputs("\n## Under no standard\n\nThe decisions of these were not "
	      "judged.\n\n",
		f);
	if (!e->outside.n)
		fputs("None.\n", f);
	for (size_t i = 0; i < e->outside.n; i++) {
		route(f, &e->outside.v[i]);
		fputc('\n', f);
	}
}

static void allows(FILE *f, const struct evidence *e)
{
	fputs("\n## Findings that are allowed\n\n", f);
	if (!e->allows.n)
		fputs("None.\n", f);
	for (size_t i = 0; i < e->allows.n; i++) {
		const struct evidence_allow *w = &e->allows.v[i];

		fputs("- ", f);
		code(f, w->id);
		fputs(" (", f);
		code(f, w->place);
		fputs(")", f);
		if (w->until) {
			fputs(" until ", f);
			code(f, w->until);
		}
		if (*w->reason) {
			fputs(": ", f);
			code(f, w->reason);
		}
		fputc('\n', f);
	}
}

void evidence_markdown(FILE *f, const struct evidence *e)
{
	head(f, e);
	for (size_t i = 0; i < e->standards.n; i++)
		standard(f, &e->standards.v[i]);
	outside_all(f, e);
	proofs(f, e);
	segments(f, e);
	allows(f, e);
	inputs(f, e);
}
