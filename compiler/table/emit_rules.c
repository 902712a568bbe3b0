/*
 * The rules, as sections: address sets, clauses, lists, the source map,
 * frontends and listeners.  A set is written once, however many clauses or
 * names use it.
 */
#include "emit_parts.h"

#include <string.h>

static struct tbl_prefix prefix(const struct m_prefix *p, uint32_t set)
{
	struct tbl_prefix t = {.set = set, .family = p->family, .len = p->len};

	memcpy(t.addr, p->addr, p->family == TBL_V4 ? 4 : 16);
	return t;
}

/* Equal but for the set's number? */
static int same_set(const struct emit *e, uint32_t first, const struct m_set *s)
{
	const struct emit_buf *b = &e->section[TBL_SRC];
	const struct tbl_prefix *t = (const void *)b->p;
	size_t n = b->n / sizeof(*t), i;
	uint32_t set = t[first].set;

	for (i = 0; i < s->prefixes.n; i++) {
		struct tbl_prefix p = prefix(&s->prefixes.v[i], set);

		if (first + i >= n || memcmp(&t[first + i], &p, sizeof(p)))
			return 0;
	}
	return first + i == n || t[first + i].set != set;
}

static uint64_t set_hash(const struct m_set *s)
{
	uint64_t h[2] = {s->prefixes.n, 0};
	size_t i;

	for (i = 0; i < s->prefixes.n; i++) {
		struct tbl_prefix p = prefix(&s->prefixes.v[i], 0);

		h[1] = emit_hash(&p, sizeof(p));
		h[0] = emit_hash(h, sizeof(h));
	}
	return h[0];
}

/* Where the set's prefixes begin in SRC. */
uint32_t emit_set(struct emit *e, const struct m_set *s)
{
	struct emit_buf *b = &e->section[TBL_SRC];
	uint64_t hash = set_hash(s);
	size_t at = SIZE_MAX, i;
	uint32_t *slot, first;

	if (!s->prefixes.n)
		return 0;
	while (*(slot = emit_intern_slot(&e->sets, hash, &at)))
		if (same_set(e, *slot - 1, s))
			return *slot - 1;
	first = (uint32_t)(b->n / sizeof(struct tbl_prefix));
	*slot = first + 1;
	for (i = 0; i < s->prefixes.n; i++) {
		struct tbl_prefix p = prefix(&s->prefixes.v[i], e->set_count);

		memcpy(emit_buf_add(b, sizeof(p)), &p, sizeof(p));
	}
	e->set_count++;
	return first;
}

static void clause(struct emit *e, const struct m_clause *c)
{
	struct tbl_clause t = {.alpn_need = c->alpn_need,
		.alpn_deny = c->alpn_deny,
		.src_test = c->src_test,
		.tls_mask = c->tls_mask,
		.action = e->action[c->action]};
	struct tbl_srcmap place = {.line = c->line,
		.column = c->column,
		.end_column = c->end_column};

	if (c->src_test != TBL_SRC_ANY) {
		const struct m_set *s = &e->m->sets.v[c->set];

		t.src_first = emit_set(e, s);
		t.src_count = (uint32_t)s->prefixes.n;
	}
	place.file_str = emit_str(e, c->file);
	memcpy(emit_buf_add(&e->section[TBL_CLAUSE], sizeof(t)), &t, sizeof(t));
	memcpy(emit_buf_add(&e->section[TBL_SRCMAP], sizeof(place)), &place,
		sizeof(place));
}

/* Clauses to the end of CLAUSE; where they begin. */
static uint32_t clauses(struct emit *e, uint32_t first, uint32_t count)
{
	uint32_t at = (uint32_t)(e->section[TBL_CLAUSE].n /
		sizeof(struct tbl_clause));
	uint32_t i;

	for (i = first; i < first + count; i++)
		clause(e, &e->m->clauses.v[i]);
	return at;
}

static void list(struct emit *e, const struct m_list *l)
{
	struct tbl_list t = {.count = l->count};

	t.route_str = emit_str(e, l->route.text);
	t.first = clauses(e, l->first, l->count);
	memcpy(emit_buf_add(&e->section[TBL_LIST], sizeof(t)), &t, sizeof(t));
}

static void listener(
	struct emit *e, const struct m_listener *l, uint32_t frontend)
{
	struct tbl_listener *t =
		emit_buf_add(&e->section[TBL_LISTENER], sizeof(*t));

	t->frontend = frontend;
	t->family = l->family;
	t->flags = e->m->frontends.v[frontend].clear_site != MODEL_NONE
		? TBL_LISTENER_CLEAR
		: 0;
	if (l->family == TBL_UNIX) {
		t->path_str = emit_str(e, l->path);
		return;
	}
	t->port = l->port;
	memcpy(t->addr, l->addr, l->family == TBL_V4 ? 4 : 16);
}

static void frontend(
	struct emit *e, const struct m_frontend *f, uint32_t number)
{
	struct tbl_frontend t = {.pre_count = f->pre_count,
		.no_sni = e->list[f->no_sni],
		.default_ = e->list[f->default_],
		.malformed = e->list[f->malformed],
		.limit = e->limit[f->limit]};
	size_t i;

	t.name_str = emit_str(e, f->name.text);
	t.pre_first = clauses(e, f->pre_first, f->pre_count);
	if (f->proxy_set != MODEL_NONE) {
		const struct m_set *s = &e->m->sets.v[f->proxy_set];

		t.proxy_first = emit_set(e, s);
		t.proxy_count = (uint32_t)s->prefixes.n;
	}
	memcpy(emit_buf_add(&e->section[TBL_FRONTEND], sizeof(t)), &t,
		sizeof(t));
	for (i = 0; i < f->listeners.n; i++)
		listener(e, &f->listeners.v[i], number);
}

void emit_rules(struct emit *e)
{
	const struct model *m = e->m;
	uint32_t i;

	for (i = 0; i < m->lists.n; i++)
		if (e->list[i] != MODEL_NONE)
			list(e, &m->lists.v[i]);
	for (i = 0; i < m->frontends.n; i++)
		frontend(e, &m->frontends.v[i], i);
}
