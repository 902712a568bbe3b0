/*
 * What a policy proves about itself: assertions and tests, none of which may be
 * removed.  They are compared in the form that a table has, with sets written
 * out, so one about a changed set counts as another.
 */
#include <ctype.h>
#include <string.h>

#include "compiler/base/symbols.h"
#include "priv.h"

enum { TEXT_TEST = 1, TEXT_ASSERT = 2 };

/* After the title: a test with another title is the same. */
static const char *body(const struct m_text *x)
{
	const char *p = x->kind == TEXT_TEST ? strchr(x->text, '"') : NULL;

	if (!p)
		return x->text;
	for (p++; *p && *p != '"'; p++)
		p += *p == '\\' && p[1];
	return *p ? p + 1 : x->text;
}

/* What it says, with names of the new side. */
static const char *meaning(
	const struct differ *d, unsigned side, const struct m_text *x)
{
	return diff_ordered(d->a, side ? body(x) : diff_renamed(d, body(x)));
}

/* Of several that say the same, the first; SYMBOL_NONE: the side has none. */
static uint32_t find_text(
	const struct symbols *s, unsigned kind, const char *said)
{
	return symbols_find(s, kind, said, strlen(said));
}

static struct symbols *texts_of(struct differ *d, unsigned side)
{
	struct symbols *s = symbols_new(d->a);

	for (uint32_t i = 0; i < d->m[side]->texts.n; i++) {
		const struct m_text *x = &d->m[side]->texts.v[i];
		const char *said = meaning(d, side, x);

		symbols_add(s, x->kind, said, strlen(said), i);
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
		const char *said = meaning(d, side, x);
		struct diff_item *item;

		if (x->kind != what ||
			find_text(known[side], what, said) != i ||
			find_text(known[!side], what, said) != SYMBOL_NONE)
			continue;
		n++;
		item = diff_item(d, kind(x), "the policy",
			side ? NULL : x->text, side ? x->text : NULL, why);
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

static int word_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-._", c));
}

/* A name in quotes may be of several words; behind it. */
static const char *add_string(struct arena *a, struct symbols *s, const char *p)
{
	char *out = arena_alloc(a, strlen(p) + 1);
	size_t n = 0;

	for (p++; *p && *p != '"'; p++) {
		p += *p == '\\' && p[1];
		out[n++] = *p;
	}
	symbols_add(s, 0, out, n, 0);
	return p + (*p != '\0');
}

static void add_words(struct arena *a, struct symbols *s, const char *p)
{
	while (*p) {
		const char *from = p;

		while (word_char(*p))
			p++;
		if (p > from)
			symbols_add(s, 0, from, (size_t)(p - from), 0);
		else
			p = *p == '"' ? add_string(a, s, p) : p + 1;
	}
}

struct symbols *diff_words(struct differ *d, unsigned side)
{
	struct symbols *s = symbols_new(d->a);

	for (size_t i = 0; i < d->m[side]->texts.n; i++)
		add_words(d->a, s, body(&d->m[side]->texts.v[i]));
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
	struct symbols *words = diff_words(d, 1), *known = backends_of(d, 1);

	for (size_t i = 0; i < d->m[0]->backends.n; i++) {
		const struct m_backend *a = &d->m[0]->backends.v[i];
		const char *name = a->name.text, *was, *is;
		uint32_t k = symbols_find(known, 0, name, strlen(name));

		if (k == SYMBOL_NONE ||
			symbols_find(words, 0, name, strlen(name)) ==
				SYMBOL_NONE)
			continue;
		was = diff_servers_text(d, a);
		is = diff_servers_text(d, &d->m[1]->backends.v[k]);
		if (diff_servers_more(a, &d->m[1]->backends.v[k]))
			diff_item(d, WEAKEN_ASSERT,
				arena_printf(d->a, "backend %s", name), was, is,
				"assertions and tests are about other servers");
	}
}

void diff_texts(struct differ *d)
{
	struct symbols *known[2];

	d->renames = diff_renames(d);
	known[0] = texts_of(d, 0);
	known[1] = texts_of(d, 1);
	texts(d, known, TEXT_ASSERT, "an assertion was removed");
	texts(d, known, TEXT_TEST, "a test was removed");
	other_servers(d);
}
