/*
 * A model of a checked table, for the verifier, diff and dump of binaries.
 * The reverse of emit: emit_table(undump_model(t)) gives t's bytes again.
 * Strings stay in the table; spans are empty, places come from SRCMAP.  Here
 * are the rules (clauses, lists, frontends, names); undump_parts.c has what
 * they refer to.
 */
#include "undump.h"

#include <string.h>

#include "undump_priv.h"

/* One set for each number, and after them the empty one. */
static void sets(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i, n = t->src_count ? t->src[t->src_count - 1].set + 1 : 0;
	struct m_prefix *all =
		arena_alloc(u->a, t->src_count * sizeof(*all) + 1);

	u->set_count = n;
	UNDUMP_ARRAY(u->a, u->m->sets, n + 1);
	for (i = 0; i < t->src_count; i++) {
		struct m_set *s = &u->m->sets.v[t->src[i].set];

		if (!s->prefixes.v)
			s->prefixes.v = all + i;
		s->prefixes.n++;
		s->prefixes.cap++;
		s->used = 1;
		all[i].family = t->src[i].family;
		all[i].len = t->src[i].len;
		memcpy(all[i].addr, t->src[i].addr, sizeof(all[i].addr));
	}
}

uint32_t undump_set(const struct undump *u, uint32_t first, uint32_t count)
{
	return count ? u->t->src[first].set : u->set_count;
}

static void clauses(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	UNDUMP_ARRAY(u->a, u->m->clauses, t->clause_count);
	for (i = 0; i < t->clause_count; i++) {
		const struct tbl_clause *c = &t->clause[i];
		struct m_clause *m = &u->m->clauses.v[i];

		m->set = c->src_test == TBL_SRC_ANY
			? MODEL_NONE
			: undump_set(u, c->src_first, c->src_count);
		m->src_test = c->src_test;
		m->tls_mask = c->tls_mask;
		m->alpn_need = c->alpn_need;
		m->alpn_deny = c->alpn_deny;
		m->action = c->action;
		if (!t->srcmap_count)
			continue;
		m->file = undump_text(t, t->srcmap[i].file_str);
		m->line = t->srcmap[i].line;
		m->column = t->srcmap[i].column;
		m->end_column = t->srcmap[i].end_column;
	}
}

static void lists(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	UNDUMP_ARRAY(u->a, u->m->lists, t->list_count);
	for (i = 0; i < t->list_count; i++) {
		struct m_list *m = &u->m->lists.v[i];

		m->route = undump_name(t, t->list[i].route_str);
		m->first = t->list[i].first;
		m->count = t->list[i].count;
	}
}

static void mention(
	struct undump *u, uint32_t frontend, uint32_t first, uint32_t count)
{
	uint32_t i;

	for (i = first; i < first + count; i++)
		u->m->frontends.v[frontend].alpn_mentioned |=
			u->t->clause[i].alpn_need | u->t->clause[i].alpn_deny;
}

static void arm(struct undump *u, uint32_t frontend, uint32_t list)
{
	struct m_list *l = &u->m->lists.v[list];

	l->is_arm = 1;
	l->frontend = frontend;
	mention(u, frontend, l->first, l->count);
}

static void listeners(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i, j, n;

	for (i = 0; i < t->listener_count; i += n) {
		uint32_t frontend = t->listener[i].frontend;
		struct m_frontend *f = &u->m->frontends.v[frontend];

		for (n = 1; i + n < t->listener_count; n++)
			if (t->listener[i + n].frontend != frontend)
				break;
		UNDUMP_ARRAY(u->a, f->listeners, n);
		for (j = 0; j < n; j++) {
			const struct tbl_listener *l = &t->listener[i + j];
			struct m_listener *m = &f->listeners.v[j];

			m->family = l->family;
			m->port = l->port;
			memcpy(m->addr, l->addr, sizeof(m->addr));
			m->path = undump_text(t, l->path_str);
		}
	}
}

static void frontends(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i, patterns = 0;

	UNDUMP_ARRAY(u->a, u->m->frontends, t->frontend_count);
	for (i = 0; i < t->frontend_count; i++) {
		const struct tbl_frontend *f = &t->frontend[i];
		struct m_frontend *m = &u->m->frontends.v[i];

		m->name = undump_name(t, f->name_str);
		m->pre_first = f->pre_first;
		m->pre_count = f->pre_count;
		m->no_sni = f->no_sni;
		m->default_ = f->default_;
		m->malformed = f->malformed;
		m->limit = f->limit;
		m->profile = MODEL_NONE;
		m->proxy_set = f->proxy_count
			? undump_set(u, f->proxy_first, f->proxy_count)
			: MODEL_NONE;
		m->clear_site = t->site_count ? t->clear[i] : MODEL_NONE;
		m->pattern_first = patterns;
		m->pattern_count = f->name_count;
		patterns += f->name_count;
		mention(u, i, f->pre_first, f->pre_count);
		arm(u, i, f->no_sni);
		arm(u, i, f->default_);
		arm(u, i, f->malformed);
	}
	listeners(u);
}

/* A list's clauses are looked at once for a run of its names. */
static void patterns(struct undump *u)
{
	const struct table *t = u->t;
	const struct tbl_namerec *r;
	uint32_t off = 0, at = 0, i = 0, last = MODEL_NONE;
	struct m_list *l;

	UNDUMP_ARRAY(u->a, u->m->patterns, t->header->name_count);
	while ((r = table_name_next(t, &off))) {
		struct m_pattern *p = &u->m->patterns.v[i++];

		p->key = table_name_key(r);
		p->list = r->list;
		p->off = at;
		p->frontend = r->frontend;
		p->len = r->len;
		at = off;
		if (r->list == last)
			continue;
		last = r->list;
		l = &u->m->lists.v[last];
		l->frontend = r->frontend;
		mention(u, r->frontend, l->first, l->count);
	}
}

static void provenance(struct undump *u)
{
	const struct table *t = u->t;
	uint32_t i;

	UNDUMP_ARRAY(u->a, u->m->inputs, t->input_count);
	for (i = 0; i < t->input_count; i++) {
		struct m_input *m = &u->m->inputs.v[i];

		m->kind = t->input[i].kind;
		m->name = table_str(t, t->input[i].name_str);
		m->value = undump_text(t, t->input[i].value_str);
		memcpy(m->sha256, t->input[i].sha256, sizeof(m->sha256));
	}
	UNDUMP_ARRAY(u->a, u->m->texts, t->text_count);
	for (i = 0; i < t->text_count; i++)
		u->m->texts.v[i] = (struct m_text){
			.kind = t->text[i].kind,
			.text = table_str(t, t->text[i].text_str),
			.file = undump_text(t, t->text[i].file_str),
			.line = t->text[i].line,
		};
}

struct model *undump_model(struct arena *a, const struct table *t)
{
	struct undump u = {a, t, arena_alloc(a, sizeof(struct model)), 0};

	u.m->arena = a;
	undump_parts(&u);
	sets(&u);
	clauses(&u);
	lists(&u);
	frontends(&u);
	patterns(&u);
	provenance(&u);
	undump_extras(&u);
	undump_trusts(&u);
	undump_content(&u);
	memcpy(u.m->semantic, t->header->semantic, sizeof(u.m->semantic));
	u.m->serial = t->header->serial;
	return u.m;
}
