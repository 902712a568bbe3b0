/*
 * Walking and looking up name patterns, and finding fresh names.  names_sort.c
 * has their order.
 */
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "compiler/base/arena.h"

struct name_entry names_entry(const char *key, size_t len)
{
	struct name_entry e = {
		.base = key, .len = (uint8_t)len, .kind = NAME_EXACT};
	unsigned skip = 0;

	if (len > 3 && memcmp(key, "**.", 3) == 0) {
		e.kind = NAME_ANY;
		skip = 3;
	} else if (len > 2 && memcmp(key, "*.", 2) == 0) {
		e.kind = NAME_ONE;
		skip = 2;
	}
	e.base += skip;
	e.len = (uint8_t)(e.len - skip);
	return e;
}

const char *names_text(const struct name_entry *e, char *buf)
{
	snprintf(buf, 260, "%s%.*s",
		e->kind == NAME_ANY           ? "**."
			: e->kind == NAME_ONE ? "*."
					      : "",
		(int)e->len, e->base);
	return buf;
}

static int equal(const struct name_entry *a, const struct name_entry *b)
{
	return a->len == b->len && a->kind == b->kind &&
		memcmp(a->base, b->base, a->len) == 0;
}

const struct names *names_of(struct model *m, uint32_t frontend)
{
	struct verify_cache *c = verify_cache(m);
	const struct m_frontend *f = &m->frontends.v[frontend];
	struct names *s;

	if (c->names[frontend])
		return c->names[frontend];
	s = arena_alloc(m->arena, sizeof(*s));
	s->n = f->pattern_count;
	s->v = arena_alloc(m->arena, (s->n ? s->n : 1) * sizeof(*s->v));
	for (size_t i = 0; i < s->n; i++) {
		const struct m_pattern *p =
			&m->patterns.v[f->pattern_first + i];

		s->v[i] = names_entry(p->key, p->len);
		s->v[i].value = p->list;
	}
	names_sort(s);
	return c->names[frontend] = s;
}

/* The first entry not below (base, kind). */
static size_t lower(const struct names *s, const struct name_entry *e)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (names_cmp(&s->v[mid], e) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static uint32_t find(const struct names *s, const char *base, size_t len,
	enum name_kind kind)
{
	struct name_entry e = {
		.base = base, .len = (uint8_t)len, .kind = (uint8_t)kind};
	size_t at = lower(s, &e);

	return at < s->n && names_cmp(&s->v[at], &e) == 0 ? s->v[at].value
							  : NAMES_NONE;
}

uint32_t names_lookup(const struct names *s, const char *name, size_t len)
{
	uint32_t v = find(s, name, len, NAME_EXACT);
	const char *dot = memchr(name, '.', len);
	int first = 1;

	while (v == NAMES_NONE && dot) {
		len -= (size_t)(dot + 1 - name);
		name = dot + 1;
		if (first)
			v = find(s, name, len, NAME_ONE);
		if (v == NAMES_NONE)
			v = find(s, name, len, NAME_ANY);
		first = 0;
		dot = memchr(name, '.', len);
	}
	return v;
}

/* Is outer a proper suffix of inner at a label's start, or (same) equal? */
static int under(const char *inner, unsigned ilen, const char *outer,
	unsigned olen, int same)
{
	if (olen >= ilen)
		return same && olen == ilen && memcmp(inner, outer, olen) == 0;
	return inner[ilen - olen - 1] == '.' &&
		memcmp(inner + ilen - olen, outer, olen) == 0;
}

void names_walk(struct name_walk *w, const struct names *s)
{
	w->s = s;
	w->next = 0;
	w->depth = 0;
	w->path[0] = (struct name_frame){
		.base = "", .any = NAMES_NONE, .one = NAMES_NONE};
}

int names_under(const struct name_entry *inner, const struct name_entry *outer)
{
	return under(inner->base, inner->len, outer->base, outer->len, 1);
}

/* The wildcards over one base, if there are any, become the top frame. */
static void push_base(struct name_walk *w, const char *base, size_t len)
{
	uint32_t any = find(w->s, base, len, NAME_ANY);
	uint32_t one = find(w->s, base, len, NAME_ONE);
	const struct name_frame *top = &w->path[w->depth];

	if (any == NAMES_NONE && one == NAMES_NONE)
		return;
	w->path[w->depth + 1] = (struct name_frame){.base = base,
		.len = (uint8_t)len,
		.one = one,
		.any = any != NAMES_NONE ? any : top->any};
	w->depth++;
}

void names_seek(
	struct name_walk *w, const struct names *s, const struct name_entry *e)
{
	struct name_entry start = {.base = e->base, .len = e->len};

	names_walk(w, s);
	for (size_t i = e->len; i-- > 1;)
		if (e->base[i - 1] == '.')
			push_base(w, e->base + i, e->len - i);
	w->next = lower(s, &start);
}

static uint32_t without(const struct name_walk *w, const struct name_entry *e)
{
	const struct name_frame *f = &w->path[w->depth];
	const char *dot;

	if (e->kind == NAME_ANY && w->depth > 0 && f->len == e->len)
		f--;
	if (e->kind != NAME_EXACT)
		return f->any;
	dot = memchr(e->base, '.', e->len);
	if (dot && w->depth > 0 && f->one != NAMES_NONE &&
		(unsigned)(e->base + e->len - (dot + 1)) == f->len)
		return f->one;
	return f->any;
}

static void enter(struct name_walk *w, const struct name_entry *e)
{
	struct name_frame *f = &w->path[w->depth];

	if (e->kind == NAME_EXACT)
		return;
	if (w->depth == 0 || f->len != e->len) {
		uint32_t any = f->any;

		f = &w->path[++w->depth];
		*f = (struct name_frame){.base = e->base,
			.len = e->len,
			.any = any,
			.one = NAMES_NONE};
	}
	if (e->kind == NAME_ANY)
		f->any = e->value;
	else
		f->one = e->value;
}

uint32_t names_at(
	struct name_walk *w, const struct name_entry *e, uint32_t *fallback)
{
	const struct names *s = w->s;
	uint32_t value;

	while (w->depth > 0 &&
		!under(e->base, e->len, w->path[w->depth].base,
			w->path[w->depth].len, 1))
		w->depth--;
	value = without(w, e);
	if (fallback)
		*fallback = value;
	if (w->next == s->n || !equal(&s->v[w->next], e))
		return value;
	value = s->v[w->next].value;
	enter(w, &s->v[w->next]);
	while (w->next < s->n && equal(&s->v[w->next], e))
		w->next++;
	return value;
}

const struct name_entry *names_next(struct name_walk *const *w, size_t n)
{
	const struct name_entry *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct names *s = w[i]->s;

		if (w[i]->next < s->n &&
			(!best || names_cmp(&s->v[w[i]->next], best) < 0))
			best = &s->v[w[i]->next];
	}
	return best;
}

/* Does no array hold anything at or under the name? */
static int unused(const struct names *const *s, size_t n, const char *name)
{
	struct name_entry e = {.base = name, .len = (uint8_t)strlen(name)};

	for (size_t i = 0; i < n; i++) {
		size_t at = lower(s[i], &e);

		if (at < s[i]->n &&
			under(s[i]->v[at].base, s[i]->v[at].len, name, e.len,
				1))
			return 0;
	}
	return 1;
}

static const char *fresh_anywhere(
	const struct names *const *s, size_t n, char *buf)
{
	static const char *const top[] = {"test", "invalid", "example"};

	for (unsigned i = 0;; i++) {
		size_t k;

		if (i < 3)
			snprintf(buf, 256, "unknown.%s", top[i]);
		else
			snprintf(buf, 256, "unknown.test-%u", i);
		for (k = 0; k < n; k++)
			if (names_lookup(s[k], buf, strlen(buf)) != NAMES_NONE)
				break;
		if (k == n)
			return buf;
	}
}

const char *names_fresh(const struct names *const *s, size_t n,
	const struct name_entry *e, char *buf)
{
	int deeper = 0;
	char deep[256];

	if (!e)
		return fresh_anywhere(s, n, buf);
	if (e->kind == NAME_EXACT) {
		snprintf(buf, 256, "%.*s", (int)e->len, e->base);
		return buf;
	}
	for (size_t i = 0; e->kind == NAME_ANY && i < n; i++)
		deeper |= find(s[i], e->base, e->len, NAME_ONE) != NAMES_NONE;
	for (unsigned i = 1;; i++) {
		if (i == 1)
			snprintf(buf, 256, "any.%.*s", (int)e->len, e->base);
		else
			snprintf(buf, 256, "any-%u.%.*s", i, (int)e->len,
				e->base);
		if (unused(s, n, buf))
			break;
	}
	if (!deeper)
		return buf;
	snprintf(deep, sizeof(deep), "%s", buf);
	snprintf(buf, 256, "a.%.250s", deep);
	return buf;
}
