/*
 * What a policy proves about itself: assertions and tests, of which none may
 * go; and its parameters.  Assertions and tests are compared as a table
 * carries them, sets spelt out, so one about a set that changed is another
 * one.
 */
#include <ctype.h>
#include <string.h>

#include "ast.h"
#include "check.h"
#include "diff_priv.h"
#include "symbols.h"

enum { TEXT_TEST = 1, TEXT_ASSERT = 2 };

/* Behind the title: a test under another name is the same. */
static const char *body(const struct m_text *x)
{
	const char *p = x->kind == TEXT_TEST ? strchr(x->text, '"') : NULL;

	if (!p)
		return x->text;
	for (p++; *p && *p != '"'; p++)
		p += *p == '\\' && p[1];
	return *p ? p + 1 : x->text;
}

/* Of several that say the same, the first; SYMBOL_NONE: the side has none. */
static uint32_t find_text(const struct symbols *s, const struct m_text *x)
{
	return symbols_find(s, x->kind, body(x), strlen(body(x)));
}

static struct symbols *texts_of(struct differ *d, unsigned side)
{
	struct symbols *s = symbols_new(d->a);

	for (uint32_t i = 0; i < d->m[side]->texts.n; i++) {
		const struct m_text *x = &d->m[side]->texts.v[i];

		symbols_add(s, x->kind, body(x), strlen(body(x)), i);
	}
	return s;
}

static enum weaken_id kind(const struct m_text *x)
{
	return x->kind == TEXT_TEST ? WEAKEN_TEST : WEAKEN_ASSERT;
}

/* Texts of one side that the other has not. */
static size_t lacking(struct differ *d, struct symbols *const known[2],
	unsigned side, unsigned what, const char *why)
{
	const struct model *m = d->m[side];
	size_t n = 0;

	for (uint32_t i = 0; i < m->texts.n; i++) {
		const struct m_text *x = &m->texts.v[i];
		struct diff_item *item;

		if (x->kind != what || find_text(known[side], x) != i ||
		    find_text(known[!side], x) != SYMBOL_NONE)
			continue;
		n++;
		item = diff_item(d, kind(x), "the policy", side ? NULL :
			x->text, side ? x->text : NULL, why);
		item->file = x->file;
		item->line = x->line;
	}
	return n;
}

static void texts(struct differ *d, struct symbols *const known[2],
	unsigned what, const char *why)
{
	/* New ones are told where they may be meant to take the place. */
	if (lacking(d, known, 0, what, why))
		lacking(d, known, 1, what, NULL);
}

/* ---- names in texts ---- */

static int word_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-._", c));
}

static void add_words(struct symbols *s, const char *p)
{
	while (*p) {
		const char *from = p;

		while (word_char(*p))
			p++;
		if (p > from)
			symbols_add(s, 0, from, (size_t)(p - from), 0);
		else
			p++;
	}
}

/* The words of all assertions and tests of a side. */
static struct symbols *words_of(struct differ *d, unsigned side)
{
	struct symbols *s = symbols_new(d->a);

	for (size_t i = 0; i < d->m[side]->texts.n; i++)
		add_words(s, body(&d->m[side]->texts.v[i]));
	return s;
}

static struct symbols *backends_of(struct differ *d, unsigned side)
{
	struct symbols *s = symbols_new(d->a);

	for (uint32_t i = 0; i < d->m[side]->backends.n; i++) {
		const char *name = d->m[side]->backends.v[i].name.text;

		symbols_add(s, 0, name, strlen(name), i);
	}
	return s;
}

/* Assertions and tests name backends: with the names of two changed for one
 * another, every decision is as before and every assertion about other
 * servers. */
static void other_servers(struct differ *d)
{
	struct symbols *words = words_of(d, 1), *known = backends_of(d, 1);

	for (size_t i = 0; i < d->m[0]->backends.n; i++) {
		const struct m_backend *a = &d->m[0]->backends.v[i];
		const char *name = a->name.text, *was, *is;
		uint32_t k = symbols_find(known, 0, name, strlen(name));

		if (k == SYMBOL_NONE || symbols_find(words, 0, name,
			strlen(name)) == SYMBOL_NONE)
			continue;
		was = diff_servers_text(d, a);
		is = diff_servers_text(d, &d->m[1]->backends.v[k]);
		if (!diff_text_same(was, is))
			diff_item(d, WEAKEN_ASSERT, arena_printf(d->a,
				"backend %s", name), was, is,
				"assertions and tests are about other servers");
	}
}

/* ---- parameters ---- */

static const struct ast *default_of(const struct ast *param)
{
	const struct ast *type = ast_kid(param, AST_TYPE);

	return type ? type->next : NULL;
}

static const struct ast *find(const struct ast *list, const char *name)
{
	while (list && strcmp(list->text, name) != 0)
		list = list->next;
	return list;
}

static const char *value_text(const struct ast *value)
{
	return value ? value->text : NULL;
}

/* "prod | staging", "duration". */
static const char *type_text(struct differ *d, const struct ast *param)
{
	const struct ast *type = ast_kid(param, AST_TYPE);
	const char *text = NULL;

	for (const struct ast *k = type ? type->kids : NULL; k; k = k->next)
		text = text ? arena_printf(d->a, "%s | %s", text, k->text) :
			k->text;
	return text ? text : type ? type->text : "";
}

static void param(struct differ *d, const struct ast *a, const struct ast *b)
{
	const char *old = value_text(default_of(a));
	const char *new_ = value_text(default_of(b));
	const char *was = type_text(d, a), *is = type_text(d, b);

	if (!diff_text_same(old, new_))
		diff_item(d, WEAKEN_PARAM, a->text, old, new_, new_ ?
			"without -D it is another policy" : NULL);
	if (strcmp(was, is) != 0)
		diff_item(d, WEAKEN_PARAM, a->text, was, is, NULL);
}

static void declared(struct differ *d)
{
	const struct ast *a = d->m[0]->facts->params;
	const struct ast *b = d->m[1]->facts->params;

	for (const struct ast *p = a; p; p = p->next)
		if (find(b, p->text))
			param(d, p, find(b, p->text));
		else
			diff_item(d, WEAKEN_PARAM, p->text, type_text(d, p),
				NULL, NULL);
	for (const struct ast *p = b; p; p = p->next)
		if (!find(a, p->text))
			diff_item(d, WEAKEN_PARAM, p->text, NULL,
				type_text(d, p), NULL);
}

static const struct m_input *input(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->inputs.n; i++)
		if (m->inputs.v[i].kind == TBL_INPUT_PARAM &&
		    strcmp(m->inputs.v[i].name, name) == 0)
			return &m->inputs.v[i];
	return NULL;
}

/* A table holds the values that it was made with. */
static void in_force(struct differ *d)
{
	for (size_t i = 0; i < d->m[0]->inputs.n; i++) {
		const struct m_input *a = &d->m[0]->inputs.v[i], *b;

		if (a->kind != TBL_INPUT_PARAM)
			continue;
		b = input(d->m[1], a->name);
		if (b && !diff_text_same(a->value, b->value))
			diff_item(d, WEAKEN_PARAM, a->name, a->value, b->value,
				"made with another value");
	}
}

void diff_texts(struct differ *d)
{
	struct symbols *const known[2] = { texts_of(d, 0), texts_of(d, 1) };

	texts(d, known, TEXT_ASSERT, "an assertion less");
	texts(d, known, TEXT_TEST, "a test less");
	other_servers(d);
	if (d->m[0]->facts && d->m[1]->facts)
		declared(d);
	else
		in_force(d);
}
