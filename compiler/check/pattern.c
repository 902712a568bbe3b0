/*
 * The name patterns of all frontends: an array, and a hash set of their
 * numbers.  A slot has four octets: the pattern's number and, in the remaining
 * bits, a part of the hash, so that most collisions need no look at the other
 * name.  A frontend's patterns are entered together with their slots fetched
 * ahead: ten million names are ten million cache misses otherwise.
 */
#include <string.h>

#include "compiler/base/name.h"
#include "compiler/syntax/text.h"
#include "priv.h"

/* A file with a million duplicates says so a hundred times, then counts. */
#define REPEATS_MAX 100
#define AHEAD 16

void check_patterns_room(struct check *c, size_t count)
{
	struct model *m = c->m;

	m->patterns.cap = count + 1;
	m->patterns.v =
		arena_alloc(c->a, m->patterns.cap * sizeof(*m->patterns.v));
}

static uint64_t hash_of(const struct m_pattern *p)
{
	return symbols_hash(p->frontend, p->key, p->len);
}

/* The slot of the key, or the free one where it belongs. */
static size_t find(const struct model *m, uint64_t hash, uint32_t frontend,
	const char *key, size_t len)
{
	const struct facts *f = m->facts;
	uint32_t tag = (uint32_t)(hash >> 32) & ~f->number_mask;
	size_t k = hash & f->slot_mask;

	for (; f->slots[k]; k = (k + 1) & f->slot_mask) {
		uint32_t v = f->slots[k];
		const struct m_pattern *p =
			&m->patterns.v[(v & f->number_mask) - 1];
		if ((v & ~f->number_mask) == tag && p->frontend == frontend &&
			p->len == len && !memcmp(p->key, key, len))
			break;
	}
	return k;
}

uint32_t check_pattern_find(
	const struct model *m, uint32_t frontend, const char *key, size_t len)
{
	if (!m->facts || !m->facts->slots)
		return MODEL_NONE;
	size_t k =
		find(m, symbols_hash(frontend, key, len), frontend, key, len);
	uint32_t at = m->facts->slots[k] & m->facts->number_mask;
	return at ? at - 1 : MODEL_NONE;
}

struct span check_pattern_span(
	const struct sources *s, const struct m_pattern *p)
{
	const struct source *src = source_get(s, p->file);
	struct span span = {p->file, p->off, p->off + p->len};

	if (!src || p->off >= src->len)
		return span;
	const char *text = src->text + p->off, *end = src->text + src->len;
	const char *e = text + 1;
	if (*text == '"') {
		while (e < end && *e != '"' && *e != '\n')
			e++;
		e += e < end && *e == '"';
	} else if (src->is_list) {
		while (e < end && !strchr(" \t\r\n#", *e))
			e++;
	} else {
		return span; /* by way of a parameter */
	}
	span.end = (uint32_t)(e - src->text);
	return span;
}

/* The map's whole line, its newline included. */
static struct span line_of(const struct sources *s, const struct m_pattern *p)
{
	const struct source *src = source_get(s, p->file);
	struct span span = {p->file, p->off, p->off};

	while (span.begin > 0 && src->text[span.begin - 1] != '\n')
		span.begin--;
	while (span.end < src->len && src->text[span.end] != '\n')
		span.end++;
	span.end += span.end < src->len;
	return span;
}

/* In a map, a line that says the same again is merely redundant. */
static void repeated(
	struct check *c, const struct m_pattern *old, const struct m_pattern *p)
{
	int same = p->from_map && old->from_map && old->list == p->list;

	if (++c->repeats > REPEATS_MAX)
		return;
	struct diag *g = diag_add(c->d, same ? DIAG_TC0312 : DIAG_TC0303,
		check_pattern_span(c->s, p),
		same ? "'%.*s' is in the map twice with the same target"
		     : "'%.*s' is routed twice in this frontend",
		(int)p->len, p->key);
	diag_label(g, check_pattern_span(c->s, old),
		"first routed here, by route '%s'",
		c->m->lists.v[old->list].route.text);
	if (same)
		diag_fix(g, line_of(c->s, p), "");
	else
		diag_help(g,
			"the order of routes does not matter, so neither would "
			"win: remove one of the two");
	if (c->repeats == REPEATS_MAX)
		diag_note(g, "further duplicate names are not listed");
}

static void enter(struct check *c, size_t k, uint64_t hash, size_t i)
{
	struct facts *f = c->f;
	f->slots[k] =
		((uint32_t)(hash >> 32) & ~f->number_mask) | (uint32_t)(i + 1);
}

/* Twice as many slots as patterns, those of earlier frontends in place. */
static void slots_for(struct check *c, size_t settled, size_t n)
{
	struct facts *f = c->f;
	size_t slots = 64;

	if (f->slots && 2 * n <= f->slot_mask)
		return;
	while (slots <= 2 * n)
		slots *= 2;
	f->slots = arena_alloc(c->a, slots * sizeof(*f->slots));
	f->slot_mask = slots - 1;
	f->number_mask = (uint32_t)(slots - 1);
	for (size_t i = 0; i < settled; i++) {
		const struct m_pattern *p = &c->m->patterns.v[i];
		uint64_t h = hash_of(p);
		enter(c, find(c->m, h, p->frontend, p->key, p->len), h, i);
	}
}

void check_patterns_settle(struct check *c, size_t first)
{
	struct model *m = c->m;
	struct m_pattern *v = m->patterns.v;
	size_t n = m->patterns.n, kept = first;
	uint64_t hash[AHEAD];

	/* What all frontends will have was forecast. */
	slots_for(c, first, n > m->patterns.cap ? n : m->patterns.cap);
	for (size_t i = first; i < n + AHEAD; i++) {
		uint64_t *h = &hash[i % AHEAD];
		if (i >= first + AHEAD) {
			struct m_pattern p = v[i - AHEAD];
			size_t k = find(m, *h, p.frontend, p.key, p.len);
			if (c->f->slots[k]) {
				repeated(c,
					&v[(c->f->slots[k] &
						   c->f->number_mask) -
						1],
					&p);
			} else {
				enter(c, k, *h, kept);
				v[kept++] = p;
			}
		}
		if (i < n) {
			*h = hash_of(&v[i]);
			__builtin_prefetch(
				&c->f->slots[*h & c->f->slot_mask], 1);
		}
	}
	m->patterns.n = kept;
}

void check_pattern(struct check *c, uint32_t frontend, const char *key,
	size_t len, uint32_t list, struct span span, int from_map)
{
	PUSH(c->a, &c->m->patterns) = (struct m_pattern){.key = key,
		.list = list,
		.file = span.file,
		.off = span.begin,
		.frontend = (uint16_t)frontend,
		.len = (uint8_t)len,
		.from_map = (uint8_t)from_map};
}

#define UNDERSCORES_MAX 20 /* told one by one: a map may be full of them */

/* RFC 2181 11 forbids it in no name, the CA/Browser Forum in certificates. */
static void note_underscore(
	struct check *c, const char *text, size_t len, struct span span)
{
	struct diag *g;

	if (c->underscores++ >= UNDERSCORES_MAX)
		return;
	g = diag_add(c->d, DIAG_TC0316, span,
		"'%.*s' has an underscore: no public CA issues a certificate "
		"for it",
		(int)len, text);
	if (c->underscores == UNDERSCORES_MAX)
		diag_note(g, "further names with an underscore are not listed");
	diag_note(g,
		"such a name works only where clients trust a CA of your own");
}

const char *check_pattern_text(struct check *c, const char *text, size_t len,
	struct span span, size_t *out_len)
{
	struct name_why w;
	char buf[256];
	struct diag *g;

	enum name_result result = name_pattern(text, len, buf, out_len, &w);

	if (result != NAME_BAD && w.underscore)
		note_underscore(c, text, len, span);
	switch (result) {
	case NAME_AS_IS:
		if (memmem(text, len, "xn--", 4))
			text_check_name(c->d, span, text, len);
		return text;
	case NAME_BAD:
		g = diag_add(c->d, DIAG_TC0306, span, "bad name '%s': %s",
			check_cut(c, text, len), w.why);
		if (*w.help)
			diag_help(g, "%s", w.help);
		return NULL;
	case NAME_CONVERTED:
		g = diag_add(c->d, DIAG_TC0306, span, "'%s' is stored as '%s'",
			check_cut(c, text, len), buf);
		diag_at(g, DIAG_NOTE);
		text_check_name(c->d, span, text, len);
		break;
	case NAME_LOWERED:
		break;
	}
	return arena_strndup(c->a, buf, *out_len);
}
