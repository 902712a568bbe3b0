/* Texts of the verifier; see text.h. */
#include "text.h"

#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/prefix.h"
#include "grammar/words.h"
#include "runtime/table/table.h"

const char *verify_mode_text(struct arena *a, const struct m_action *action)
{
	if (action->mode != MODE_REJECT)
		return words_text(words_mode, action->mode);
	return arena_printf(
		a, "reject %s", words_text(words_reject, action->reject));
}

const char *verify_action_text(struct model *m, uint32_t action)
{
	const struct m_action *a = &m->actions.v[action];
	const char *to = a->backend < m->backends.n
		? m->backends.v[a->backend].name.text
		: "?";

	if (a->site != MODEL_NONE)
		return arena_printf(m->arena, "%s to site %s",
			words_text(words_mode, a->mode),
			m->sites.v[a->site].name.text);
	if (a->mode == MODE_REJECT)
		return verify_mode_text(m->arena, a);
	if (a->enforce != MODEL_NONE)
		return arena_printf(m->arena, "%s to %s enforcing %s",
			words_text(words_mode, a->mode), to,
			m->profiles.v[a->enforce].name.text);
	return arena_printf(
		m->arena, "%s to %s", words_text(words_mode, a->mode), to);
}

const char *verify_mode_verb(uint8_t mode)
{
	return mode == MODE_PASSTHROUGH ? "pass through"
					: words_text(words_mode, mode);
}

const char *verify_mode_done(uint8_t mode)
{
	switch (mode) {
	case MODE_PASSTHROUGH:
		return "passed through";
	case MODE_OFFLOAD:
		return "offloaded";
	case MODE_BRIDGE:
		return "bridged";
	}
	return "rejected";
}

static int same_line(const struct m_clause *a, const struct m_clause *b)
{
	return a->line == b->line && a->file && b->file &&
		strcmp(a->file, b->file) == 0;
}

/* Clauses are in the model as in the text, those of a map once for each of its
 * backends, so the search around it ends. */
int verify_shares_line(const struct model *m, const struct m_clause *c)
{
	enum { FAR = 1000 };
	size_t at = (size_t)(c - m->clauses.v), i;

	for (i = at; i-- > 0 && at - i < FAR && same_line(&m->clauses.v[i], c);)
		if (m->clauses.v[i].column != c->column)
			return 1;
	for (i = at + 1; i < m->clauses.n && i - at < FAR &&
		same_line(&m->clauses.v[i], c);
		i++)
		if (m->clauses.v[i].column != c->column)
			return 1;
	return 0;
}

const char *verify_place(
	struct model *m, const struct m_clause *c, const struct m_clause *near)
{
	int column = verify_shares_line(m, c);

	if (c->line == 0)
		return NULL;
	if (c->file && (!near || !near->file || strcmp(c->file, near->file)))
		return arena_printf(m->arena, column ? "%s:%u:%u" : "%s:%u",
			c->file, c->line, c->column);
	return arena_printf(m->arena, column ? "line %u, column %u" : "line %u",
		c->line, c->column);
}

/* One that could be a client's: of documentation if there is such a one, and
 * not the unspecified address. */
static vaddr nice_address(const struct region *g)
{
	const vaddr v4[] = {0xc0000201, 0xc6336401, 0xcb007101, 0x0a000001};
	const vaddr v6 = (vaddr)0x20010db8 << 96 | 1;

	for (size_t i = 0; g->family == TBL_V4 && i < sizeof(v4) / sizeof(*v4);
		i++)
		if (g->lo <= v4[i] && g->hi >= v4[i])
			return v4[i];
	if (g->family == TBL_V6 && g->lo <= v6 && g->hi >= v6)
		return v6;
	return !g->lo && g->hi ? 1 : g->lo;
}

void verify_witness(struct model *m, const struct space *s,
	const struct region *g, const struct cell *c, struct witness *w)
{
	struct m_prefix a = space_address(g->family, nice_address(g));
	const char **alpn =
		arena_alloc(m->arena, (s->token_count + 1) * sizeof(*alpn));

	w->source = prefix_text(&a, arena_alloc(m->arena, 64));
	w->alpn_count = 0;
	for (unsigned i = 0; i < s->token_count; i++)
		if (c->alpn >> i & 1)
			alpn[w->alpn_count++] = s->tokens[i];
	w->alpn = alpn;
	w->tls = words_tls_text(c->tls);
}

const char *verify_witness_name(
	struct model *m, uint32_t frontend, uint32_t list, uint32_t pattern)
{
	const struct m_frontend *f = &m->frontends.v[frontend];
	const struct names *s = names_of(m, frontend);
	char buf[256];
	struct name_entry e;

	if (list == f->no_sni || list == f->malformed)
		return NULL;
	if (pattern == MODEL_NONE)
		return arena_printf(
			m->arena, "%s", names_fresh(&s, 1, NULL, buf));
	e = names_entry(m->patterns.v[pattern].key, m->patterns.v[pattern].len);
	return arena_printf(m->arena, "%s", names_fresh(&s, 1, &e, buf));
}
