/*
 * dump --as tls: sites, and the paths of frontends without TLS.  Terms are
 * written where clauses use them.
 */
#include "dump_site.h"

#include <string.h>

#include "compiler/base/prefix.h"
#include "dump_word.h"
#include "grammar/table.h"
#include "grammar/words.h"

static void put_text(FILE *f, const char *s)
{
	dump_string(f, s ? s : "", s ? strlen(s) : 0);
}

static void put_set(FILE *f, const struct m_set *s)
{
	char buf[64];
	size_t i;

	fputs("source in { ", f);
	for (i = 0; i < s->prefixes.n; i++)
		fprintf(f, "%s%s", i ? ", " : "",
			prefix_text(&s->prefixes.v[i], buf));
	fputs(" }", f);
}

/* In no set is no address: it has no spelling. */
static int is_empty(const struct model *m, const struct m_term *t)
{
	return t->kind == TBL_TERM_SOURCE && !m->sets.v[t->set].prefixes.n;
}

/* The first row of a bit; *n of them. */
static const struct m_term *rows(
	const struct m_site *s, unsigned bit, size_t *n)
{
	const struct m_term *v = s->terms.v, *end = v + s->terms.n;

	while (v < end && v->bit != bit)
		v++;
	for (*n = 0; v + *n < end && v[*n].bit == bit;)
		++*n;
	return v;
}

/* Rows of one term are alternatives of one name. */
static int put_term(
	FILE *f, const struct model *m, const struct m_term *v, size_t n)
{
	static const char *const keys[] = {[TBL_TERM_METHOD] = "method",
		[TBL_TERM_HEADER] = "header",
		[TBL_TERM_HEADER_IS] = "header",
		[TBL_TERM_QUERY] = "query",
		[TBL_TERM_QUERY_IS] = "query",
		[TBL_TERM_COOKIE] = "cookie",
		[TBL_TERM_COOKIE_IS] = "cookie"};
	size_t i;

	for (i = 1; i < n; i++)
		if (v[i].kind != v->kind || !v->name != !v[i].name ||
			(v->name && strcmp(v->name, v[i].name)) ||
			(v->kind != TBL_TERM_METHOD &&
				v->kind != TBL_TERM_HEADER_IS &&
				v->kind != TBL_TERM_QUERY_IS &&
				v->kind != TBL_TERM_COOKIE_IS))
			return -1;
	if (v->kind == TBL_TERM_SOURCE) {
		put_set(f, &m->sets.v[v->set]);
		return 0;
	}
	fputs(keys[v->kind], f);
	if (v->name) {
		putc(' ', f);
		put_text(f, v->name);
	}
	if (v->kind == TBL_TERM_HEADER || v->kind == TBL_TERM_QUERY ||
		v->kind == TBL_TERM_COOKIE) {
		fputs(" present", f);
		return 0;
	}
	for (i = 0; i < n; i++) {
		fputs(i ? " | " : " is ", f);
		if (v->kind == TBL_TERM_METHOD)
			dump_name(f, v[i].value);
		else
			put_text(f, v[i].value);
	}
	return 0;
}

static int put_terms(FILE *f, const struct model *m, const struct m_site *s,
	uint64_t bits, const char * not, unsigned *count)
{
	for (; bits; bits &= bits - 1) {
		size_t n;
		const struct m_term *v =
			rows(s, (unsigned)__builtin_ctzll(bits), &n);

		if (!n)
			return -1;
		if (is_empty(m, v))
			continue;
		fputs((*count)++ ? " and " : "when ", f);
		fputs(not, f);
		if (put_term(f, m, v, n) < 0)
			return -1;
	}
	return 0;
}

/* A clause that needs an address in no set never applies. */
static int never(const struct model *m, const struct m_site *s, uint64_t need)
{
	for (; need; need &= need - 1) {
		size_t n;
		const struct m_term *v =
			rows(s, (unsigned)__builtin_ctzll(need), &n);

		if (n && is_empty(m, v))
			return 1;
	}
	return 0;
}

static void put_answer(
	FILE *f, const struct model *m, const struct m_caction *a)
{
	size_t i;

	if (a->kind == TBL_CACTION_ANSWER) {
		fprintf(f, "answer %u", a->status);
		if (a->text) {
			putc(' ', f);
			put_text(f, a->text);
		}
		return;
	}
	if (a->kind == TBL_CACTION_REDIRECT) {
		fputs("redirect ", f);
		if (a->text)
			put_text(f, a->text);
		else
			fputs("https", f);
		fprintf(f, " %u", a->status);
		return;
	}
	for (i = 0; i < a->splits.n; i++) {
		fputs(i ? ", " : "to ", f);
		dump_name(f, m->backends.v[a->splits.v[i].backend].name.text);
		if (a->splits.n > 1 || a->splits.v[i].weight != 1)
			fprintf(f, " %u", a->splits.v[i].weight);
	}
	if (a->sticky) {
		fputs(" sticky ", f);
		put_text(f, a->sticky);
	}
}

static void put_place(FILE *f, const struct m_cclause *c)
{
	if (!c->file)
		return;
	fputs("  # ", f);
	dump_plain(f, c->file);
	fprintf(f, ":%u", c->line);
}

static int put_clause(FILE *f, const struct model *m, const struct m_site *s,
	const struct m_path *p, const struct m_cclause *c, const char *indent)
{
	unsigned count = 0;

	if (never(m, s, c->need))
		return 0;
	fprintf(f, "%s\t", indent);
	if (put_terms(f, m, s, c->need, "", &count) < 0 ||
		put_terms(f, m, s, c->deny, "not ", &count) < 0)
		return -1;
	fputs(count ? " " : p->count > 1 ? "otherwise " : "", f);
	put_answer(f, m, &m->cactions.v[c->action]);
	putc(';', f);
	put_place(f, c);
	putc('\n', f);
	return 0;
}

static void put_edits(
	FILE *f, const struct m_edit *v, size_t n, const char *indent)
{
	for (; n; n--, v++) {
		fprintf(f, "%s%s %s ", indent,
			v->side == TBL_EDIT_REQUEST ? "request" : "response",
			v->op == TBL_EDIT_SET ? "set" : "remove");
		put_text(f, v->name);
		if (v->op == TBL_EDIT_SET) {
			putc(' ', f);
			if (v->value)
				fputs(words_field_value[v->value], f);
			else
				put_text(f, v->text);
		}
		fputs(";\n", f);
	}
}

int dump_site_body(FILE *f, const struct model *m, const struct m_site *s)
{
	size_t i;
	uint32_t k;

	put_edits(f, s->edits.v, s->edits.n, "\t");
	for (i = 0; i < s->paths.n; i++) {
		const struct m_path *p = &s->paths.v[i];

		fprintf(f, "\tpath %s ", p->is_exact ? "is" : "under");
		dump_string(f, p->text, p->len);
		fputs(" {\n", f);
		put_edits(f, p->edits.v, p->edits.n, "\t\t");
		for (k = 0; k < p->count; k++)
			if (put_clause(f, m, s, p, &m->cclauses.v[p->first + k],
				    "\t") < 0)
				return -1;
		fputs("\t}\n", f);
	}
	return 0;
}

int dump_sites(FILE *f, const struct model *m)
{
	size_t i;

	for (i = 0; i < m->sites.n; i++) {
		const struct m_site *s = &m->sites.v[i];

		if (s->is_frontends)
			continue;
		fputs("\nsite ", f);
		dump_name(f, s->name.text);
		fputs(" {\n", f);
		if (dump_site_body(f, m, s) < 0)
			return -1;
		fputs("}\n", f);
	}
	return 0;
}
