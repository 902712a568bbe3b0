/*
 * Segments of the network: prefixes, and how octets travel to them.  Where two
 * contain an address, the longer prefix wins; no two segments have the same
 * prefix.
 */
#include <string.h>

#include "compiler/base/prefix.h"
#include "priv.h"

static void claim(struct check *c, const struct m_prefix *p, struct span at,
	uint32_t segment)
{
	struct m_prefix *key = arena_alloc(c->a, sizeof(*key));
	const struct m_segment *old;
	struct diag *g;
	uint32_t have;
	char text[64];

	*key = *p;
	have = symbols_add(
		c->sym, SPACE_SEGMENT_PREFIX, key, sizeof(*key), segment);
	if (have == segment)
		return;
	old = &c->m->segments.v[have];
	g = diag_add(c->d, DIAG_TC0805, at, "%s is already in segment '%s'",
		prefix_text(p, text), old->name.text);
	diag_label(g, old->name.span, "declared here");
	diag_help(g,
		"if an address is in two segments, the longer prefix counts: "
		"give one of them longer prefixes");
}

static void prefixes(struct check *c, const struct ast *n, struct m_segment *s,
	uint32_t number)
{
	struct prefix_vec v = {NULL, 0, 0};
	struct m_prefix p;

	for (const struct ast *k = n->kids; k; k = k->next) {
		if (k->kind != AST_ADDR || !check_literal(k) ||
			check_prefix(
				c, k->text, k->text_len, check_span(k), &p) < 0)
			continue;
		claim(c, &p, check_span(k), number);
		PUSH(c->a, &v) = p;
	}
	if (v.n)
		prefix_canonical(&v);
	s->prefixes.v = v.v;
	s->prefixes.n = v.n;
	s->prefixes.cap = v.cap;
}

static void segment(struct check *c, const struct ast *n, uint32_t number)
{
	const struct ast *word = ast_kid(n, AST_WORD);
	const struct ast *note = ast_kid(n, AST_STRING);
	struct m_segment *s = &c->m->segments.v[number];
	int link = word ? check_word(c, word, words_link) : -1;

	*s = (struct m_segment){.name = {n->text, check_span(n)},
		.span = n->span,
		.link = link < 0 ? 0 : (uint8_t)link,
		.note = note && *note->text ? note->text : NULL};
	if (word)
		s->link_span = check_span(word);
	prefixes(c, n, s, number);
}

void check_segments(struct check *c)
{
	size_t n = c->decls[SPACE_SEGMENT].n;

	for (size_t i = 0; i < n; i++)
		PUSH(c->a, &c->m->segments) = (struct m_segment){.link = 0};
	for (size_t i = 0; i < n; i++)
		segment(c, c->decls[SPACE_SEGMENT].v[i], (uint32_t)i);
}
