/*
 * Sites as sections: terms, header edits, answers, clauses and the lists of
 * paths, limits of requests, and which action or frontend has which site.  Only
 * what is reached goes into the table; without a site there is none of it.
 */
#include "emit_parts.h"

#include <string.h>

/* An element of EDIT, once for each list and site: lists stand before sites. */
static void edits(struct emit *e, const struct m_edit *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct tbl_edit *t =
			emit_buf_add(&e->section[TBL_EDIT], sizeof(*t));

		t->side = v[i].side;
		t->op = v[i].op;
		t->value = v[i].value;
		t->name_str = emit_str(e, v[i].name);
		t->value_str = emit_str(e, v[i].text);
	}
}

static void mark_caction(struct emit *e, uint32_t i)
{
	const struct m_caction *a = &e->m->cactions.v[i];
	size_t k;

	e->caction[i] = 1;
	for (k = 0; k < a->splits.n; k++)
		e->backend[a->splits.v[k].backend] = 1;
}

static void mark_site(struct emit *e, uint32_t i)
{
	const struct m_site *s = &e->m->sites.v[i];
	uint32_t k;
	size_t p;

	if (e->site[i])
		return;
	e->site[i] = 1;
	for (p = 0; p < s->paths.n; p++)
		for (k = 0; k < s->paths.v[p].count; k++)
			mark_caction(e,
				e->m->cclauses.v[s->paths.v[p].first + k]
					.action);
}

void emit_reach_sites(struct emit *e)
{
	const struct model *m = e->m;
	size_t i;

	for (i = 0; i < m->actions.n; i++)
		if (e->action[i] && m->actions.v[i].site != MODEL_NONE)
			mark_site(e, m->actions.v[i].site);
	for (i = 0; i < m->frontends.n; i++)
		if (m->frontends.v[i].clear_site != MODEL_NONE)
			mark_site(e, m->frontends.v[i].clear_site);
}

static void term(struct emit *e, const struct m_term *p)
{
	struct tbl_term t = {.bit = p->bit, .kind = p->kind};

	t.name_str = emit_str(e, p->name);
	t.name_len = p->name ? (uint16_t)strlen(p->name) : 0;
	t.value_str = emit_str(e, p->value);
	t.value_len = p->value ? (uint16_t)strlen(p->value) : 0;
	if (p->set != MODEL_NONE) {
		const struct m_set *s = &e->m->sets.v[p->set];

		t.src_first = emit_set(e, s);
		t.src_count = (uint32_t)s->prefixes.n;
	}
	memcpy(emit_buf_add(&e->section[TBL_TERM], sizeof(t)), &t, sizeof(t));
}

static void caction(struct emit *e, const struct m_caction *a)
{
	struct emit_buf *splits = &e->section[TBL_SPLIT];
	struct tbl_caction t = {.kind = a->kind,
		.status = a->status,
		.split_first = (uint32_t)(splits->n / sizeof(struct tbl_split)),
		.split_count = (uint32_t)a->splits.n};
	size_t i;

	t.text_str = emit_str(e, a->text);
	t.sticky_str = emit_str(e, a->sticky);
	memcpy(emit_buf_add(&e->section[TBL_CACTION], sizeof(t)), &t,
		sizeof(t));
	for (i = 0; i < a->splits.n; i++) {
		struct tbl_split *s = emit_buf_add(splits, sizeof(*s));

		s->backend = e->backend[a->splits.v[i].backend];
		s->weight = a->splits.v[i].weight;
	}
}

static void cclause(struct emit *e, const struct m_cclause *c)
{
	struct tbl_srcmap *place =
		emit_buf_add(&e->section[TBL_SRCMAP], sizeof(*place));
	struct tbl_cclause *t =
		emit_buf_add(&e->section[TBL_CCLAUSE], sizeof(*t));

	t->need = c->need;
	t->deny = c->deny;
	t->action = e->caction[c->action];
	place->file_str = emit_str(e, c->file);
	place->line = c->line;
	place->column = c->column;
	place->end_column = c->end_column;
}

static uint32_t count(const struct emit *e, unsigned section, size_t size)
{
	return (uint32_t)(e->section[section].n / size);
}

static void list(struct emit *e, const struct m_path *p)
{
	struct tbl_clist *t = emit_buf_add(&e->section[TBL_CLIST], sizeof(*t));
	uint32_t i;

	t->first = count(e, TBL_CCLAUSE, sizeof(struct tbl_cclause));
	t->count = p->count;
	t->edit_first = count(e, TBL_EDIT, sizeof(struct tbl_edit));
	t->edit_count = (uint32_t)p->edits.n;
	for (i = 0; i < p->count; i++)
		cclause(e, &e->m->cclauses.v[p->first + i]);
	edits(e, p->edits.v, p->edits.n);
}

static int is_root(const struct m_path *p)
{
	return !p->is_exact && p->len == 1;
}

/* The root's, then the others' in the order of their records. */
static void lists(struct emit *e, const struct m_site *s)
{
	size_t i;

	for (i = 0; i < s->paths.n; i++)
		if (is_root(&s->paths.v[i]))
			list(e, &s->paths.v[i]);
	for (i = 0; i < s->paths.n; i++)
		if (!is_root(&s->paths.v[i]))
			list(e, &s->paths.v[i]);
}

static void site(
	struct emit *e, const struct m_site *s, uint32_t number, uint32_t *next)
{
	struct tbl_site t = {.mode = s->mode, .root = (*next)++};
	size_t i;

	t.name_str = emit_str(e, s->name.text);
	t.term_first = count(e, TBL_TERM, sizeof(struct tbl_term));
	t.term_count = (uint32_t)s->terms.n;
	for (i = 0; i < s->terms.n; i++)
		term(e, &s->terms.v[i]);
	t.edit_first = count(e, TBL_EDIT, sizeof(struct tbl_edit));
	t.edit_count = (uint32_t)s->edits.n;
	edits(e, s->edits.v, s->edits.n);
	emit_paths(e, s, number, &t, next);
	memcpy(emit_buf_add(&e->section[TBL_SITE], sizeof(t)), &t, sizeof(t));
}

static void put(struct emit *e, unsigned section, uint32_t number)
{
	memcpy(emit_buf_add(&e->section[section], sizeof(number)), &number,
		sizeof(number));
}

static void climit(struct emit *e, const struct m_limit *l)
{
	struct tbl_climit *t =
		emit_buf_add(&e->section[TBL_CLIMIT], sizeof(*t));

	t->head_bytes = l->head_bytes;
	t->head_ms = l->head_ms;
	t->body_bytes = l->body_bytes;
	t->requests = l->requests;
	t->requests_source = l->requests_source;
	t->keep_alive_ms = l->keep_alive_ms;
	t->response_ms = l->response_ms;
}

static void owners(struct emit *e)
{
	const struct model *m = e->m;
	size_t i;

	for (i = 0; i < m->actions.n; i++)
		if (e->action[i] != MODEL_NONE)
			put(e, TBL_CONTENT,
				m->actions.v[i].site == MODEL_NONE
					? TBL_NONE
					: e->site[m->actions.v[i].site]);
	for (i = 0; i < m->frontends.n; i++)
		put(e, TBL_CLEAR,
			m->frontends.v[i].clear_site == MODEL_NONE
				? TBL_NONE
				: e->site[m->frontends.v[i].clear_site]);
	for (i = 0; i < m->limits.n; i++)
		if (e->limit[i] != MODEL_NONE)
			climit(e, &m->limits.v[i]);
}

void emit_content(struct emit *e)
{
	const struct model *m = e->m;
	uint32_t number = 0, next = 0;
	size_t i;

	for (i = 0; i < m->cactions.n; i++)
		if (e->caction[i] != MODEL_NONE)
			caction(e, &m->cactions.v[i]);
	for (i = 0; i < m->sites.n; i++)
		if (e->site[i] != MODEL_NONE)
			lists(e, &m->sites.v[i]);
	for (i = 0; i < m->sites.n; i++)
		if (e->site[i] != MODEL_NONE)
			site(e, &m->sites.v[i], number++, &next);
	if (number)
		owners(e);
}
