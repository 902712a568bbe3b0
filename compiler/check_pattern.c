/*
 * The name patterns of all frontends, in one array and one hash set of their
 * numbers: four octets a slot, twice as many slots as names, so that ten
 * million names of a map cost no more than they must.
 */
#include <string.h>

#include "check_priv.h"
#include "names.h"
#include "text.h"

/* A file with a million duplicates says so a hundred times, then counts. */
#define REPEATS_MAX 100

void
check_patterns_room(struct check *c, size_t count)
{
	struct model *m = c->m;
	size_t slots = 64;

	m->patterns.cap = count + 1;
	m->patterns.v = arena_alloc(c->a, m->patterns.cap *
		sizeof *m->patterns.v);
	while (slots < 2 * (count + 1))
		slots *= 2;
	c->f->slots = arena_alloc(c->a, slots * sizeof *c->f->slots);
	c->f->slot_mask = slots - 1;
}

/* The slot of the key, or the free one where it belongs. */
static size_t
find(const struct model *m, uint32_t frontend, const char *key, size_t len)
{
	const struct facts *f = m->facts;
	size_t k = symbols_hash(frontend, key, len) & f->slot_mask;

	for (; f->slots[k]; k = (k + 1) & f->slot_mask) {
		const struct m_pattern *p = &m->patterns.v[f->slots[k] - 1];
		if (p->frontend == frontend && p->len == len &&
			!memcmp(p->key, key, len))
			break;
	}
	return k;
}

uint32_t
check_pattern_find(const struct model *m, uint32_t frontend, const char *key,
	size_t len)
{
	if (!m->facts || !m->facts->slots)
		return MODEL_NONE;
	uint32_t at = m->facts->slots[find(m, frontend, key, len)];
	return at ? at - 1 : MODEL_NONE;
}

static struct span
where(const struct m_pattern *p)
{
	return (struct span){p->file, p->off, p->off + p->len};
}

/* In a map, a line that says the same again is merely redundant. */
static void
repeated(struct check *c, const struct m_pattern *old, const char *key,
	size_t len, uint32_t list, struct span span, int from_map)
{
	int same = from_map && old->from_map && old->list == list;

	if (++c->repeats > REPEATS_MAX)
		return;
	struct diag *g = diag_add(c->d, same ? DIAG_TC0312 : DIAG_TC0303, span,
		same ? "'%.*s' stands in the map twice with the same target"
		     : "'%.*s' is routed twice in this frontend",
		(int)len, key);
	diag_label(g, where(old), "first here, by route '%s'",
		c->m->lists.v[old->list].route.text);
	if (!same)
		diag_help(g, "the most specific name decides and there is no "
			"order between routes: remove one of the two");
	if (c->repeats == REPEATS_MAX)
		diag_note(g, "further duplicate names are not listed");
}

static void
room_for(struct check *c)
{
	struct model *m = c->m;

	if (m->patterns.n + 1 <= c->f->slot_mask / 2)
		return;
	/* The count was a forecast; sets used by several routes exceed it. */
	size_t slots = (c->f->slot_mask + 1) * 2;
	uint32_t *fresh = arena_alloc(c->a, slots * sizeof *fresh);
	for (size_t i = 0; i < m->patterns.n; i++) {
		const struct m_pattern *p = &m->patterns.v[i];
		size_t k = symbols_hash(p->frontend, p->key, p->len) &
			(slots - 1);
		while (fresh[k])
			k = (k + 1) & (slots - 1);
		fresh[k] = (uint32_t)i + 1;
	}
	c->f->slots = fresh;
	c->f->slot_mask = slots - 1;
}

void
check_pattern(struct check *c, uint32_t frontend, const char *key, size_t len,
	uint32_t list, struct span span, int from_map)
{
	struct model *m = c->m;

	if (!c->f->slots)
		check_patterns_room(c, 16);
	room_for(c);
	size_t k = find(m, frontend, key, len);
	if (c->f->slots[k]) {
		repeated(c, &m->patterns.v[c->f->slots[k] - 1], key, len, list,
			span, from_map);
		return;
	}
	PUSH(c->a, &m->patterns) = (struct m_pattern){.key = key, .list = list,
		.file = span.file, .off = span.begin,
		.frontend = (uint16_t)frontend, .len = (uint8_t)len,
		.from_map = (uint8_t)from_map};
	c->f->slots[k] = (uint32_t)m->patterns.n;
}

const char *
check_pattern_text(struct check *c, const char *text, size_t len,
	struct span span, size_t *out_len)
{
	struct name_why w;
	char buf[256];
	struct diag *g;

	switch (name_pattern(text, len, buf, out_len, &w)) {
	case NAME_AS_IS:
		return text;
	case NAME_BAD:
		g = diag_add(c->d, DIAG_TC0306, span, "bad name '%.*s': %s",
			(int)(len > 260 ? 260 : len), text, w.why);
		if (*w.help)
			diag_help(g, "%s", w.help);
		return NULL;
	case NAME_CONVERTED:
		g = diag_add(c->d, DIAG_TC0306, span,
			"'%.*s' is stored as %s", (int)len, text, buf);
		diag_at(g, DIAG_NOTE);
		text_check_name(c->d, span, text, len);
		break;
	case NAME_LOWERED:
		break;
	}
	return arena_strndup(c->a, buf, *out_len);
}
