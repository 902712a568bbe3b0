/*
 * Gathers the evidence (evidence.h): every requirement of every standard that a
 * route names, over every clause of every such route.
 */
#include "evidence.h"

#include <string.h>
#include <time.h>

#include "compiler/base/arena.h"
#include "compiler/base/symbols.h"
#include "compiler/verify/text.h"
#include "evidence_priv.h"

struct gather {
	struct evidence *e;
	struct evidence_standard *s;
	struct symbols *said;
	int64_t today;
};

const char *evidence_place(const struct evidence *e, struct span at)
{
	const struct source *src =
		at.file ? source_get(e->in->x.sources, at.file) : NULL;
	uint32_t line, column;

	if (!src)
		return NULL;
	source_locate(e->in->x.sources, at.file, at.begin, &line, &column);
	return arena_printf(e->a, "%s:%u", src->path, line);
}

/* ---- requirements ---- */

static struct evidence_rule *rule_of(
	struct evidence_standard *s, enum comply_check check)
{
	for (size_t i = 0; i < s->rules.n; i++)
		if (s->rules.v[i].rule->check == check)
			return &s->rules.v[i];
	return NULL;
}

/* The same is looked at for each clause that it is for, and for each of a map's
 * lists. */
static int is_news(const struct gather *g, const struct evidence_line *l)
{
	const struct comply_point *p = &l->point;
	const char *key = arena_printf(g->e->a, "%d %td %u %u %s %s",
		(int)p->check, l->scope - g->e->in->model->facts->scopes.v,
		p->at.file, p->at.begin, l->action, p->what);

	if (symbols_find(g->said, 0, key, strlen(key)) != SYMBOL_NONE)
		return 0;
	symbols_add(g->said, 0, key, strlen(key), 0);
	return 1;
}

static void take(
	void *arg, const struct comply_duty *d, const struct comply_point *p)
{
	struct gather *g = arg;
	struct evidence *e = g->e;
	struct evidence_rule *r = rule_of(g->s, p->check);
	struct evidence_line l = {.scope = d->f,
		.point = *p,
		.place = evidence_place(e, p->at),
		.action = verify_action_text(e->in->model, p->clause->action)};
	enum diag_id id = p->check == COMPLY_ENFORCED ? DIAG_TC0602
		: p->check == COMPLY_ENCRYPTED_HOP    ? DIAG_TC0603
						      : DIAG_TC0601;

	if (!r || !is_news(g, &l))
		return;
	if (p->verdict == COMPLY_BROKEN)
		l.allowed = diag_allowed(e->in->x.diags, id, p->at, g->today);
	PUSH(e->a, &r->lines) = l;
}

static enum evidence_verdict of_line(const struct evidence_line *l)
{
	switch (l->point.verdict) {
	case COMPLY_BROKEN:
		return l->allowed ? EVIDENCE_ALLOWED : EVIDENCE_BROKEN;
	case COMPLY_CLAIMED:
		return EVIDENCE_CLAIMED;
	case COMPLY_UNREAD:
		return EVIDENCE_UNREAD;
	default:
		return EVIDENCE_MET;
	}
}

/* The worst of its lines. */
static enum evidence_verdict of_rule(const struct evidence_rule *r)
{
	static const enum evidence_verdict worse[] = {EVIDENCE_BROKEN,
		EVIDENCE_UNREAD, EVIDENCE_ALLOWED, EVIDENCE_CLAIMED};

	if (r->rule->who)
		return EVIDENCE_ATTEST;
	for (size_t k = 0; k < sizeof(worse) / sizeof(*worse); k++)
		for (size_t i = 0; i < r->lines.n; i++)
			if (of_line(&r->lines.v[i]) == worse[k])
				return worse[k];
	return r->lines.n ? EVIDENCE_MET : EVIDENCE_NONE;
}

static int names_it(const struct fact_scope *f, const struct comply_standard *s)
{
	for (size_t i = 0; i < f->comply.n; i++)
		if (strcmp(f->comply.v[i].name, s->name) == 0)
			return 1;
	return 0;
}

struct evidence_route evidence_route(
	const struct evidence *e, const struct fact_scope *f)
{
	const struct model *m = e->in->model;

	return (struct evidence_route){.name = f->name,
		.frontend = m->frontends.v[f->frontend].name.text,
		.place = evidence_place(e, f->name_span)};
}

/* number: of a scope's route, from 1; 0: it is none of the standard's. */
static void patterns(
	struct evidence *e, struct evidence_standard *s, const uint32_t *number)
{
	const struct model *m = e->in->model;

	for (size_t i = 0; i < m->patterns.n; i++) {
		const struct m_pattern *p = &m->patterns.v[i];
		uint32_t n = number[m->facts->list_scope.v[p->list]];

		if (n)
			PUSH(e->a, &s->routes.v[n - 1].patterns) =
				arena_strndup(e->a, p->key, p->len);
	}
}

/* Nothing when no route names it. */
static void standard(
	struct evidence *e, const struct comply_standard *c, int64_t today)
{
	const struct facts *facts = e->in->model->facts;
	uint32_t *number =
		arena_alloc(e->a, (facts->scopes.n + 1) * sizeof(*number));
	struct evidence_standard s = {.standard = c};
	struct gather g = {e, &s, symbols_new(e->a), today};

	for (size_t i = 0; i < c->count; i++)
		PUSH(e->a, &s.rules) =
			(struct evidence_rule){.rule = &c->rules[i]};
	for (size_t i = 0; i < facts->scopes.n; i++) {
		const struct fact_scope *f = &facts->scopes.v[i];
		struct comply_duty d;

		if (!names_it(f, c))
			continue;
		d = comply_begin(e->a, e->in->model, f, c, COMPLY_OWN);
		PUSH(e->a, &s.routes) = evidence_route(e, f);
		number[i] = (uint32_t)s.routes.n;
		comply_tls(&d, take, &g);
		comply_hops(&d, take, &g);
	}
	if (!s.routes.n)
		return;
	patterns(e, &s, number);
	for (size_t i = 0; i < s.rules.n; i++) {
		s.rules.v[i].verdict = of_rule(&s.rules.v[i]);
		e->broken += s.rules.v[i].verdict == EVIDENCE_BROKEN;
		e->unread += s.rules.v[i].verdict == EVIDENCE_UNREAD;
	}
	PUSH(e->a, &e->standards) = s;
}

static const char *date(struct evidence *e, int64_t now)
{
	time_t t = (time_t)now;
	struct tm tm;
	char text[32];

	if (!gmtime_r(&t, &tm) ||
		!strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return "";
	return arena_strndup(e->a, text, strlen(text));
}

struct evidence *evidence_new(struct arena *a, struct input *in,
	const struct input *table, const struct options *o)
{
	struct evidence *e = arena_alloc(a, sizeof(*e));
	const struct comply_standard *s;

	*e = (struct evidence){.a = a, .in = in, .table = table};
	e->made = date(e, o->now);
	for (size_t i = 0; (s = comply_at(i)); i++)
		standard(e, s, o->now / 86400);
	evidence_outside(e);
	evidence_texts(e);
	evidence_files(e, o);
	evidence_allows(e, in->model->facts->root);
	return e;
}

const char *evidence_word(enum evidence_verdict v)
{
	static const char *const words[] = {[EVIDENCE_MET] = "met",
		[EVIDENCE_BROKEN] = "broken",
		[EVIDENCE_ALLOWED] = "broken, and allowed",
		[EVIDENCE_CLAIMED] = "claimed",
		[EVIDENCE_UNREAD] = "not judged",
		[EVIDENCE_NONE] = "nothing to judge",
		[EVIDENCE_ATTEST] = "to be attested"};

	return words[v];
}
