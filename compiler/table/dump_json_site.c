/*
 * dump --as json: sites.
 */
#include <string.h>

#include "compiler/base/json_out.h"
#include "compiler/base/prefix.h"
#include "dump_json.h"
#include "dump_site.h"
#include "grammar/table.h"
#include "grammar/words.h"

static void term(struct json *j, const struct m_term *t)
{
	static const char *const kinds[] = {[TBL_TERM_METHOD] = "method",
		[TBL_TERM_HEADER] = "header",
		[TBL_TERM_HEADER_IS] = "header_is",
		[TBL_TERM_QUERY] = "query",
		[TBL_TERM_QUERY_IS] = "query_is",
		[TBL_TERM_COOKIE] = "cookie",
		[TBL_TERM_COOKIE_IS] = "cookie_is",
		[TBL_TERM_SOURCE] = "source_in"};
	char buf[64];
	size_t i;

	dump_json_item(j);
	dump_json_open(j, '{');
	dump_json_number(j, "term", t->bit);
	dump_json_text(j, "kind", kinds[t->kind]);
	if (t->name)
		dump_json_text(j, "name", t->name);
	if (t->kind == TBL_TERM_SOURCE) {
		const struct m_set *s = &j->m->sets.v[t->set];

		dump_json_key(j, "value");
		dump_json_open(j, '[');
		for (i = 0; i < s->prefixes.n; i++) {
			dump_json_item(j);
			json_put(j->f, prefix_text(&s->prefixes.v[i], buf));
		}
		dump_json_close(j, ']');
	} else {
		dump_json_text(j, "value", t->value ? t->value : "");
	}
	dump_json_close(j, '}');
}

static void bits(struct json *j, const char *name, uint64_t v)
{
	dump_json_key(j, name);
	dump_json_open(j, '[');
	for (; v; v &= v - 1) {
		dump_json_item(j);
		fprintf(j->f, "%d", __builtin_ctzll(v));
	}
	dump_json_close(j, ']');
}

static void answer(struct json *j, const struct m_caction *a)
{
	size_t i;

	if (a->kind != TBL_CACTION_TO) {
		dump_json_text(j, "answer",
			a->kind == TBL_CACTION_ANSWER ? "answer" : "redirect");
		dump_json_number(j, "status", a->status);
		dump_json_text(j,
			a->kind == TBL_CACTION_ANSWER ? "body" : "location",
			a->text);
		return;
	}
	dump_json_text(j, "answer", "to");
	dump_json_key(j, "backends");
	dump_json_open(j, '[');
	for (i = 0; i < a->splits.n; i++) {
		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "name",
			j->m->backends.v[a->splits.v[i].backend].name.text);
		dump_json_number(j, "weight", a->splits.v[i].weight);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
	dump_json_text(j, "sticky", a->sticky);
}

static void edits(struct json *j, const struct m_edit *v, size_t n)
{
	dump_json_key(j, "edits");
	dump_json_open(j, '[');
	for (; n; n--, v++) {
		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "of", v->side ? "response" : "request");
		dump_json_text(j, "op", v->op ? "remove" : "set");
		dump_json_text(j, "name", v->name);
		if (!v->op)
			dump_json_text(j, v->value ? "variable" : "value",
				v->value          ? words_field_value[v->value]
					: v->text ? v->text
						  : "");
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

static void path(struct json *j, const struct m_path *p)
{
	uint32_t i;

	dump_json_item(j);
	dump_json_open(j, '{');
	dump_json_key(j, p->is_exact ? "is" : "under");
	fprintf(j->f, "\"%.*s\"", (int)p->len, p->text);
	edits(j, p->edits.v, p->edits.n);
	dump_json_key(j, "clauses");
	dump_json_open(j, '[');
	for (i = 0; i < p->count; i++) {
		const struct m_cclause *c = &j->m->cclauses.v[p->first + i];

		dump_json_item(j);
		dump_json_open(j, '{');
		bits(j, "needs", c->need);
		bits(j, "denies", c->deny);
		answer(j, &j->m->cactions.v[c->action]);
		dump_json_text(j, "file", c->file);
		dump_json_number(j, "line", c->line);
		dump_json_number(j, "column", c->column);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
	dump_json_close(j, '}');
}

void dump_json_sites(struct json *j)
{
	size_t i, k;

	if (!j->m->sites.n)
		return;
	dump_json_key(j, "sites");
	dump_json_open(j, '[');
	for (i = 0; i < j->m->sites.n; i++) {
		const struct m_site *s = &j->m->sites.v[i];

		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "name", s->name.text);
		dump_json_key(j, "terms");
		dump_json_open(j, '[');
		for (k = 0; k < s->terms.n; k++)
			term(j, &s->terms.v[k]);
		dump_json_close(j, ']');
		edits(j, s->edits.v, s->edits.n);
		dump_json_key(j, "paths");
		dump_json_open(j, '[');
		for (k = 0; k < s->paths.n; k++)
			path(j, &s->paths.v[k]);
		dump_json_close(j, ']');
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}
