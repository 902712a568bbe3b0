/*
 * Backends with another name than before: an assertion or a test about the old
 * name is now about the new one.  A backend has been renamed when its name is
 * gone, one with the same servers is new, and no other may be meant.
 */
#include <ctype.h>
#include <string.h>

#include "compiler/base/symbols.h"
#include "priv.h"

static size_t word(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || (p[n] && strchr("-._", p[n])))
		n++;
	return n;
}

/* The backends of a side that the other side has not under their names, by
 * their servers. */
struct gone {
	struct symbols *servers; /* to the first */
	unsigned *like;          /* how many have the same, at the first */
};

static struct symbols *names_in(const struct differ *d, unsigned side)
{
	struct symbols *s = symbols_new(d->a);

	for (uint32_t i = 0; i < d->m[side]->backends.n; i++) {
		const char *name = d->m[side]->backends.v[i].name.text;

		symbols_add(s, 0, name, strlen(name), i);
	}
	return s;
}

static void find_gone(const struct differ *d, unsigned side, struct gone *g)
{
	const struct symbols *others = names_in(d, !side);
	const struct model *m = d->m[side];

	g->servers = symbols_new(d->a);
	g->like = arena_alloc(d->a, (m->backends.n + 1) * sizeof(*g->like));
	for (uint32_t i = 0; i < m->backends.n; i++) {
		const struct m_backend *b = &m->backends.v[i];
		const char *text = diff_servers_text(d, b);

		if (text &&
			symbols_find(others, 0, b->name.text,
				strlen(b->name.text)) == SYMBOL_NONE)
			g->like[symbols_add(
				g->servers, 0, text, strlen(text), i)]++;
	}
}

/* In a text a name ends where its word does. */
static int one_word_each(const struct model *m)
{
	for (size_t i = 0; i < m->backends.n; i++) {
		const char *name = m->backends.v[i].name.text;

		if (name[word(name)])
			return 0;
	}
	return 1;
}

struct symbols *diff_renames(const struct differ *d)
{
	const struct model *m = d->m[0];
	struct symbols *s = symbols_new(d->a);
	struct gone g[2];

	if (!one_word_each(m) || !one_word_each(d->m[1]))
		return s;
	find_gone(d, 0, &g[0]);
	find_gone(d, 1, &g[1]);
	for (uint32_t i = 0; i < m->backends.n; i++) {
		const char *name = m->backends.v[i].name.text, *text;
		uint32_t k = SYMBOL_NONE;

		text = g[0].like[i] == 1
			? diff_servers_text(d, &m->backends.v[i])
			: NULL;
		if (text)
			k = symbols_find(g[1].servers, 0, text, strlen(text));
		if (k != SYMBOL_NONE && g[1].like[k] == 1)
			symbols_add(s, 0, name, strlen(name), k);
	}
	return s;
}

static const char *new_name(const struct differ *d, const char *name, size_t n)
{
	uint32_t k = symbols_find(d->renames, 0, name, n);

	return k == SYMBOL_NONE ? NULL : d->m[1]->backends.v[k].name.text;
}

static int is(const char *p, size_t n, const char *what)
{
	return n == strlen(what) && memcmp(p, what, n) == 0;
}

/* After a string, a word or another character. */
static const char *behind(const char *p)
{
	if (*p != '"')
		return p + (word(p) ? word(p) : 1);
	for (p++; *p && *p != '"'; p++)
		p += *p == '\\' && p[1];
	return p + (*p != '\0');
}

/* Where names of backends begin when a word ends at p: after "backend is ", or
 * after "expect bridge to "; else NULL. */
static const char *names_begin(const char *from, const char *p)
{
	size_t n = (size_t)(p - from);

	if (is(from, n, "backend") && strncmp(p, " is ", 4) == 0)
		return p + 4;
	if (!is(from, n, "expect") || *p != ' ')
		return NULL;
	p += 1 + word(p + 1);
	return strncmp(p, " to ", 4) == 0 ? p + 4 : NULL;
}

/* The text so far and the names at *p, which moves on to what follows. */
static const char *rename_all(const struct differ *d, const char *out,
	const char *from, const char **p)
{
	for (;;) {
		size_t n = word(*p);
		const char *name = new_name(d, *p, n);

		out = arena_printf(d->a, "%s%.*s%s", out, (int)(*p - from),
			from, name ? name : arena_strndup(d->a, *p, n));
		*p += n;
		if (!n || strncmp(*p, " | ", 3) != 0)
			return out;
		from = *p;
		*p += 3;
	}
}

const char *diff_renamed(const struct differ *d, const char *text)
{
	const char *out = "", *from = text, *p = text;

	while (*p) {
		const char *end = behind(p), *names = names_begin(p, end);

		p = end;
		if (!names)
			continue;
		p = names;
		out = rename_all(d, out, from, &p);
		from = p;
	}
	return from == text ? text : arena_printf(d->a, "%s%s", out, from);
}
