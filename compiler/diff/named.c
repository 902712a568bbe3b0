/*
 * What assertions and tests refer to by name: clients that used one backend,
 * frontend or certificate and now have one of another name are no longer
 * covered, although the text of the assertions is unchanged.
 */
#include "action.h"
#include "compiler/base/symbols.h"

static int spoken_of(struct differ *d, const char *name)
{
	if (!d->words)
		d->words = diff_words(d, 1);
	return symbols_find(d->words, 0, name, strlen(name)) != SYMBOL_NONE;
}

static void named(
	struct differ *d, const char *what, const char *from, const char *to)
{
	const char *of, *key;

	if (diff_text_same(from, to) || !spoken_of(d, from))
		return;
	of = arena_printf(d->a, "%s %s", what, from);
	key = arena_printf(d->a, "%s\n%s", of, to);
	if (symbols_find(d->known, DIFF_MOVES, key, strlen(key)) != SYMBOL_NONE)
		return;
	symbols_add(d->known, DIFF_MOVES, key, strlen(key), 0);
	diff_item(d, WEAKEN_ASSERT, of, from, to,
		"assertions are no longer about these clients");
}

void diff_named_frontends(struct differ *d)
{
	named(d, "frontend", diff_side(d, 0)->name.text,
		diff_side(d, 1)->name.text);
}

static const char *cert(const struct differ *d, unsigned side,
	const struct m_action *a, size_t i)
{
	return d->m[side]->certs.v[a->certs.v[i]].name.text;
}

static int shows(
	const struct differ *d, const struct m_action *a, const char *name)
{
	for (size_t i = 0; i < a->certs.n; i++)
		if (diff_text_same(cert(d, 1, a, i), name))
			return 1;
	return 0;
}

static void certificates(
	struct differ *d, const struct m_action *a, const struct m_action *b)
{
	for (size_t i = 0; i < a->certs.n && b->certs.n; i++)
		if (!shows(d, b, cert(d, 0, a, i)))
			named(d, "certificate", cert(d, 0, a, i),
				cert(d, 1, b, i < b->certs.n ? i : 0));
}

void diff_named(
	struct differ *d, const struct m_action *a, const struct m_action *b)
{
	if (a->backend != MODEL_NONE && b->backend != MODEL_NONE)
		named(d, "backend", d->m[0]->backends.v[a->backend].name.text,
			d->m[1]->backends.v[b->backend].name.text);
	if (words_decrypts(a->mode) && words_decrypts(b->mode))
		certificates(d, a, b);
}
