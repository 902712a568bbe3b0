/*
 * The sites of a table as a model's: the reverse of emit_content.c.
 */
#include <string.h>

#include "compiler/base/site.h"
#include "undump_priv.h"

static void cactions(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i, k;

	UNDUMP_ARRAY(u->a, u->m->cactions, t->caction_count);
	for (i = 0; i < t->caction_count; i++) {
		const struct tbl_caction *a = &t->caction[i];
		struct m_caction *m = &u->m->cactions.v[i];

		m->kind = a->kind;
		m->status = a->status;
		m->text = undump_text(t, a->text_str);
		m->sticky = undump_text(t, a->sticky_str);
		UNDUMP_ARRAY(u->a, m->splits, a->split_count);
		for (k = 0; k < a->split_count; k++)
			m->splits.v[k] = (struct m_split){
				t->split[a->split_first + k].backend,
				t->split[a->split_first + k].weight};
	}
}

static void cclauses(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	UNDUMP_ARRAY(u->a, u->m->cclauses, t->cclause_count);
	for (i = 0; i < t->cclause_count; i++) {
		const struct tbl_cclause *c = &t->cclause[i];
		struct m_cclause *m = &u->m->cclauses.v[i];

		m->need = c->need;
		m->deny = c->deny;
		m->action = c->action;
		if (t->srcmap_count) {
			const struct tbl_srcmap *s =
				&t->srcmap[t->clause_count + i];

			m->file = undump_text(t, s->file_str);
			m->line = s->line;
			m->column = s->column;
			m->end_column = s->end_column;
		}
	}
}

static struct m_edit edit(const struct table *t, const struct tbl_edit *e)
{
	return (struct m_edit){.side = e->side,
		.op = e->op,
		.value = e->value,
		.name = table_str(t, e->name_str),
		.text = undump_text(t, e->value_str)};
}

static void terms(struct undump *u, const struct tbl_site *s, struct m_site *m)
{
	const struct table *t = u->t;
	uint32_t i;

	UNDUMP_ARRAY(u->a, m->terms, s->term_count);
	for (i = 0; i < s->term_count; i++) {
		const struct tbl_term *p = &t->term[s->term_first + i];

		m->terms.v[i] = (struct m_term){.bit = p->bit,
			.kind = p->kind,
			.name = undump_text(t, p->name_str),
			.value = undump_text(t, p->value_str),
			.set = p->kind == TBL_TERM_SOURCE
				? undump_set(u, p->src_first, p->src_count)
				: MODEL_NONE};
	}
}

static void path(struct undump *u, struct m_path *m, uint32_t list,
	const char *key, uint32_t len, int is_exact)
{
	const struct tbl_clist *l = &u->t->clist[list];
	uint32_t i;

	m->text = key;
	m->len = len;
	m->is_exact = (uint8_t)is_exact;
	m->first = l->first;
	m->count = l->count;
	UNDUMP_ARRAY(u->a, m->edits, l->edit_count);
	for (i = 0; i < l->edit_count; i++)
		m->edits.v[i] = edit(u->t, &u->t->edit[l->edit_first + i]);
}

/* The site's records begin at *off.  The root goes where its text belongs:
 * behind `is "/"`, before all others. */
static void paths(struct undump *u, const struct tbl_site *s, uint32_t number,
	uint32_t *off, struct m_site *m)
{
	const struct table *t = u->t;
	const struct tbl_pathrec *r;
	uint32_t n = 0, at = *off;

	UNDUMP_ARRAY(u->a, m->paths, 2 * (size_t)s->path_count + 1);
	r = table_path_next(t, &at);
	if (!r || r->site != number || r->len != 1)
		path(u, &m->paths.v[n++], s->root, "/", 1, 0);
	at = *off;
	while ((r = table_path_next(t, &at)) && r->site == number) {
		const char *key = table_path_key(r);

		*off = at;
		if (r->is != TBL_NONE)
			path(u, &m->paths.v[n++], r->is, key, r->len, 1);
		if (r->under != TBL_NONE)
			path(u, &m->paths.v[n++], r->under, key, r->len, 0);
		if (r->len == 1)
			path(u, &m->paths.v[n++], s->root, "/", 1, 0);
	}
	m->paths.n = n;
}

static void sites(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i, k, off = 0;

	UNDUMP_ARRAY(u->a, u->m->sites, t->site_count);
	for (i = 0; i < t->site_count; i++) {
		const struct tbl_site *s = &t->site[i];
		struct m_site *m = &u->m->sites.v[i];

		m->name.text = table_str(t, s->name_str);
		m->mode = s->mode;
		m->used = 1;
		terms(u, s, m);
		UNDUMP_ARRAY(u->a, m->edits, s->edit_count);
		for (k = 0; k < s->edit_count; k++)
			m->edits.v[k] = edit(t, &t->edit[s->edit_first + k]);
		paths(u, s, i, &off, m);
		site_settle(u->m, m);
	}
	for (i = 0; i < t->clear_count; i++)
		if (t->clear[i] != TBL_NONE)
			u->m->sites.v[t->clear[i]].is_frontends = 1;
}

static void limits(struct undump *u)
{
	uint32_t i;

	for (i = 0; i < u->t->climit_count; i++) {
		const struct tbl_climit *l = &u->t->climit[i];
		struct m_limit *m = &u->m->limits.v[i];

		m->head_bytes = l->head_bytes;
		m->head_ms = l->head_ms;
		m->body_bytes = l->body_bytes;
		m->requests = l->requests;
		m->requests_source = l->requests_source;
		m->keep_alive_ms = l->keep_alive_ms;
		m->response_ms = l->response_ms;
	}
}

void undump_content(struct undump *u)
{
	cactions(u);
	cclauses(u);
	sites(u);
	limits(u);
}
