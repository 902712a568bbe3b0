/*
 * See replay.h.  The model is the one that emit was given, so that any error of
 * emit is found: objects are compared by names and places, not by emit's
 * numbers.
 */
#include "replay.h"

#include <stdio.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/plain.h"
#include "runtime/table/route.h"

struct replayer {
	const struct table *t;
	const struct model *m;
	uint32_t frontend;
	const char **err;
	uint32_t *number; /* of each list of the model in the table */
	uint8_t *done;    /* its clauses have been decided */
};

static int fail(const struct replayer *r, const char *what, const char *name)
{
	*r->err = arena_printf(r->m->arena, "frontend %s, %s: %s",
		r->m->frontends.v[r->frontend].name.text, name, what);
	return -1;
}

/* A client that the clause's own guard lets in. */
static void client(const struct model *m, const struct m_clause *c,
	struct m_prefix *at, struct route_query *q)
{
	static const struct m_prefix somewhere = {TBL_V4, 32, {192, 0, 2, 1}};

	*at = somewhere;
	if (c->src_test == TBL_SRC_IN && m->sets.v[c->set].prefixes.n)
		*at = m->sets.v[c->set].prefixes.v[0];
	at->len = at->family == TBL_V4 ? 32 : 128;
	q->family = at->family;
	memcpy(q->addr, at->addr, sizeof(q->addr));
	q->alpn = c->alpn_need;
	q->tls_bit = (uint8_t)(c->tls_mask & -c->tls_mask);
}

static int same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static int same_action(const struct replayer *r, const struct tbl_action *a,
	const struct m_action *b)
{
	const struct table *t = r->t;
	const struct model *m = r->m;

	if (a->mode != b->mode || a->limit >= t->limit_count ||
		strcmp(table_str(t, t->limit[a->limit].name_str),
			m->limits.v[b->limit].name.text))
		return 0;
	if (t->site_count && t->content[a - t->action] != TBL_NONE)
		return b->site != MODEL_NONE &&
			!strcmp(table_str(t,
					t->site[t->content[a - t->action]]
						.name_str),
				m->sites.v[b->site].name.text);
	if (a->backend == TBL_NONE)
		return a->reject == b->reject;
	return !strcmp(table_str(t, t->backend[a->backend].name_str),
		m->backends.v[b->backend].name.text);
}

/* Is the table's clause the model's? */
static int same_clause(const struct replayer *r, uint32_t got, uint32_t want)
{
	const struct table *t = r->t;
	const struct m_clause *c = &r->m->clauses.v[want];
	const struct tbl_srcmap *place = table_source(t, got);

	if (place &&
		(place->line != c->line || place->column != c->column ||
			!same_text(table_str(t, place->file_str), c->file)))
		return 0;
	return same_action(r, &t->action[t->clause[got].action],
		&r->m->actions.v[c->action]);
}

/* Each clause of the run, for a query that leads to the model's list l. */
static int clauses(struct replayer *r, struct route_query *q,
	const struct m_list *l, uint32_t first, uint32_t count,
	const char *name)
{
	const struct m_frontend *fe = &r->m->frontends.v[r->frontend];
	struct route_decision got;
	struct m_prefix at;
	uint32_t i, want;

	for (i = first; i < first + count; i++) {
		client(r->m, &r->m->clauses.v[i], &at, q);
		want = MODEL_NONE;
		if (q->sni_kind != ROUTE_SNI_MALFORMED)
			want = plain_first(r->m, fe->pre_first, fe->pre_count,
				&at, q->alpn, q->tls_bit);
		if (want == MODEL_NONE)
			want = plain_first(r->m, l->first, l->count, &at,
				q->alpn, q->tls_bit);
		route_decide(r->t, q, &got, NULL, NULL);
		if (want == MODEL_NONE || !same_clause(r, got.clause, want))
			return fail(r, "a clause decides otherwise", name);
	}
	return 0;
}

/* A name that no policy has. */
static const char nobody[] =
	"---------------------------------------------------------------";

static int default_arm(struct replayer *r)
{
	const struct m_frontend *fe = &r->m->frontends.v[r->frontend];
	const struct m_list *l = &r->m->lists.v[fe->default_];
	struct route_query q = {.frontend = r->frontend,
		.sni = nobody,
		.sni_len = sizeof(nobody) - 1};

	if (route_list(r->t, &q, NULL) != r->t->frontend[r->frontend].default_)
		return fail(r, "leads elsewhere", "default");
	return clauses(r, &q, l, l->first, l->count, "default");
}

static int arms(struct replayer *r)
{
	const struct m_frontend *fe = &r->m->frontends.v[r->frontend];
	const struct m_list *no_sni = &r->m->lists.v[fe->no_sni];
	const struct m_list *malformed = &r->m->lists.v[fe->malformed];
	struct route_query q = {
		.frontend = r->frontend, .sni_kind = ROUTE_SNI_NONE};

	if (clauses(r, &q, no_sni, fe->pre_first, fe->pre_count, "own") ||
		clauses(r, &q, no_sni, no_sni->first, no_sni->count, "no-sni"))
		return -1;
	q.sni_kind = ROUTE_SNI_MALFORMED;
	return clauses(r, &q, malformed, malformed->first, malformed->count,
		"malformed");
}

static int same_list(const struct replayer *r, const struct tbl_list *got,
	const struct m_list *want)
{
	return got->count == want->count &&
		!strcmp(table_str(r->t, got->route_str), want->route.text);
}

/* Through a name of the pattern that no other takes away. */
static int list(struct replayer *r, const struct m_pattern *p, uint32_t number,
	uint8_t *done)
{
	const struct m_list *l = &r->m->lists.v[p->list];
	struct route_query q = {.frontend = r->frontend};
	char name[512];
	int skip = 0;

	if (*p->key == '*')
		skip = p->key[1] == '*' ? 3 : 2;
	snprintf(name, sizeof(name), "%s%.*s",
		skip == 3      ? "x-0.x-1."
			: skip ? "x-0."
			       : "",
		p->len - skip, p->key + skip);
	if (strlen(name) > 253)
		return 0;
	q.sni = name;
	q.sni_len = (uint8_t)strlen(name);
	if (route_list(r->t, &q, NULL) != number)
		return 0;
	*done = 1;
	return clauses(r, &q, l, l->first, l->count, name);
}

/* Every name one by one: which is it that leads elsewhere? */
static int search(struct replayer *r)
{
	const struct m_frontend *fe = &r->m->frontends.v[r->frontend];
	const struct tbl_namerec *rec;
	uint32_t i;

	for (i = 0; i < fe->pattern_count; i++) {
		const struct m_pattern *p =
			&r->m->patterns.v[fe->pattern_first + i];

		rec = table_find(r->t, (uint16_t)r->frontend, p->key, p->len);
		if (!rec || rec->list != r->number[p->list])
			return fail(r, "a name leads elsewhere",
				arena_strndup(r->m->arena, p->key, p->len));
	}
	return fail(r, "a name too many", "records");
}

/* The validator has found every record through the index.  That the records
 * are the model's names with the model's lists is seen from sums over both,
 * since looking up ten million names one by one takes seconds. */
static uint64_t digest(
	uint16_t frontend, const char *key, size_t len, uint32_t list)
{
	const uint64_t seed[2] = {0x7265706c6179, list};

	return table_key_hash(seed, frontend, key, len);
}

static uint64_t sum_records(
	const struct table *t, uint32_t frontend, uint32_t *off)
{
	const struct tbl_namerec *r;
	uint64_t sum = 0;
	uint32_t at = *off;

	while ((r = table_name_next(t, &at)) && r->frontend == frontend) {
		sum += digest(r->frontend, table_name_key(r), r->len, r->list);
		*off = at;
	}
	return sum;
}

/* The table's number of a model's list, from the first name that has it. */
static int meet(struct replayer *r, const struct m_pattern *p)
{
	const struct tbl_namerec *rec =
		table_find(r->t, (uint16_t)r->frontend, p->key, p->len);

	if (!rec ||
		!same_list(r, &r->t->list[rec->list], &r->m->lists.v[p->list]))
		return fail(r, "a name leads elsewhere",
			arena_strndup(r->m->arena, p->key, p->len));
	r->number[p->list] = rec->list;
	return 0;
}

static int frontend(struct replayer *r, uint32_t *off)
{
	const struct m_frontend *fe = &r->m->frontends.v[r->frontend];
	uint64_t sum = 0;
	uint32_t i;

	if (arms(r) || default_arm(r))
		return -1;
	for (i = 0; i < fe->pattern_count; i++) {
		const struct m_pattern *p =
			&r->m->patterns.v[fe->pattern_first + i];
		uint32_t *number = &r->number[p->list];

		if (*number == MODEL_NONE && meet(r, p))
			return -1;
		if (!r->done[p->list] && list(r, p, *number, &r->done[p->list]))
			return -1;
		sum += digest((uint16_t)r->frontend, p->key, p->len, *number);
	}
	return sum == sum_records(r->t, r->frontend, off) ? 0 : search(r);
}

int replay(const struct table *t, const struct model *m, const char **err)
{
	struct replayer r = {.t = t, .m = m, .err = err};
	size_t numbers = m->lists.n * sizeof(*r.number);
	uint32_t off = 0;

	*err = NULL;
	r.done = arena_alloc(m->arena, m->lists.n + 1);
	r.number = arena_alloc(m->arena, numbers + 1);
	memset(r.number, 0xff, numbers);
	if (t->frontend_count != m->frontends.n)
		return fail(&r, "not all frontends are there", "all");
	for (; r.frontend < m->frontends.n; r.frontend++)
		if (frontend(&r, &off))
			return -1;
	return 0;
}
