/*
 * comply: each requirement that the gateway can enforce is checked per route
 * and reported with its clause id (TC0601 to TC0603); the rest is printed once
 * per standard as a checklist (TC0604), never as passed.
 */
#include <string.h>

#include "comply_judge.h"
#include "lint_priv.h"
#include "prefix.h"
#include "segment.h"
#include "symbols.h"

/* One route under one standard. */
struct duty {
	struct lint_run *r;
	const struct fact_scope *f;
	const struct comply_standard *s;
	const struct fact_comply *c;
};

static void
each_duty(struct lint_run *r, void (*judge)(const struct duty *))
{
	for (size_t i = 0; i < r->f->scopes.n; i++) {
		const struct fact_scope *f = &r->f->scopes.v[i];
		/* A frontend's own clauses are under its comply, too. */
		for (size_t k = 0; k < f->comply.n; k++) {
			struct duty d = {r, f, comply_find(f->comply.v[k].name),
				&f->comply.v[k]};
			if (d.s)
				judge(&d);
		}
	}
}

static void
violated(const struct duty *d, enum comply_check check, struct span at,
	const char *what)
{
	const struct comply_rule *rule = comply_rule(d->s, check);
	struct diag *g;

	if (!rule || !what)
		return;
	g = diag_add(d->r->d, d->r->id, at, "'%s' does not comply with %s, %s: "
		"%s", d->f->name, d->s->name, rule->clause, what);
	diag_label(g, d->c->span, "which it is to comply with");
	diag_note(g, "%s %s: %s", d->s->name, rule->clause, rule->text);
}

/* What is broken of one route: of a map's many lists each says it of what they
 * share. */
struct told {
	const struct duty *d;
	struct symbols *said; /* NULL: nothing yet */
	uint32_t count;
};

static int
is_news(struct told *t, const struct comply_point *p)
{
	const char *key = arena_printf(t->d->r->a, "%u %u %d %s", p->at.file,
		p->at.begin, (int)p->check, p->what);

	uint32_t number = t->count++;

	if (!t->said)
		t->said = symbols_new(t->d->r->a);
	return symbols_add(t->said, 0, key, strlen(key), number) == number;
}

static void
report(void *arg, const struct comply_duty *duty, const struct comply_point *p)
{
	struct told *t = arg;

	if (p->verdict == COMPLY_BROKEN && is_news(t, p))
		violated(t->d, p->check, p->at, p->what);
}

static void
comply(const struct duty *d)
{
	struct comply_duty duty = {d->r->a, d->r->m, d->f, d->s};
	struct told t = {d, NULL, 0};

	comply_tls(&duty, report, &t);
}

void
lint_comply(struct lint_run *r)
{
	each_duty(r, comply);
}

/* The scope's other clauses of the kind: one finding tells of all. */
static void
the_others(const struct duty *d, struct diag *g, const struct m_clause *first,
	int (*want)(const struct model *m, const struct m_action *a))
{
	const struct model *m = d->r->m;
	const struct m_clause *t;
	struct comply_at at = {0, 0};
	uint32_t last = first->action_span.begin;

	while ((t = comply_next(m, d->f, &at)))
		if (t > first && want(m, &m->actions.v[t->action]) &&
			t->action_span.begin > last) {
			diag_label(g, t->action_span, "and this");
			last = t->action_span.begin;
		}
}

static const struct m_clause *
the_first(const struct duty *d,
	int (*want)(const struct model *m, const struct m_action *a))
{
	const struct model *m = d->r->m;
	const struct m_clause *t;
	struct comply_at at = {0, 0};

	do
		t = comply_next(m, d->f, &at);
	while (t && !want(m, &m->actions.v[t->action]));
	return t;
}

static void
passthrough(const struct duty *d)
{
	const struct comply_rule *rule = comply_rule(d->s, COMPLY_ENFORCED);
	const struct m_clause *t = rule ? the_first(d, comply_unheld) : NULL;

	if (!t)
		return;
	struct diag *g = diag_add(d->r->d, d->r->id, t->action_span,
		"%s cannot be enforced on what '%s' passes through",
		d->s->name, d->f->name);
	diag_label(g, d->c->span, "which it is to comply with");
	the_others(d, g, t, comply_unheld);
	diag_note(g, "%s %s: %s", d->s->name, rule->clause, rule->text);
	diag_help(g, "add \"enforcing PROFILE\": version and cipher "
		"suite are then checked on the ServerHello");
}

void
lint_comply_passthrough(struct lint_run *r)
{
	each_duty(r, passthrough);
}

static void
hop(const struct duty *d)
{
	const struct model *m = d->r->m;
	const struct comply_rule *rule =
		comply_rule(d->s, COMPLY_ENCRYPTED_HOP);
	const struct m_clause *t = rule ? the_first(d, comply_bare) : NULL;

	if (!t)
		return;
	const struct m_action *a = &m->actions.v[t->action];
	struct diag *g = diag_add(d->r->d, d->r->id, t->action_span,
		"'%s' is under %s and goes to backend '%s' in the clear",
		d->f->name, d->s->name, m->backends.v[a->backend].name.text);
	diag_label(g, d->c->span, "which it is to comply with");
	the_others(d, g, t, comply_bare);
	diag_note(g, "%s %s: %s", d->s->name, rule->clause, rule->text);
	diag_help(g, "bridge to it, or pass through; where the way is encrypted "
		"below TLS, say so in a segment; where it never leaves the "
		"host, allow %s with that reason",
		diag_id_text(d->r->id));
}

void
lint_comply_hop(struct lint_run *r)
{
	each_duty(r, hop);
}

/* What stands in for TLS is somebody's word. */
static void
attest_segments(struct lint_run *r, const struct comply_standard *s,
	struct diag *g)
{
	char text[64];

	if (!comply_rule(s, COMPLY_ENCRYPTED_HOP))
		return;
	for (size_t i = 0; i < r->m->segments.n; i++) {
		const struct m_segment *n = &r->m->segments.v[i];
		if (!segment_encrypts(n) || !n->prefixes.n)
			continue;
		diag_note(g, "[ ] %s: segment '%s' (%s%s) is encrypted by %s%s%s",
			comply_rule(s, COMPLY_ENCRYPTED_HOP)->clause,
			n->name.text, prefix_text(&n->prefixes.v[0], text),
			n->prefixes.n > 1 ? ", ..." : "",
			segment_link_word(n->link), n->note ? ": " : "",
			n->note ? n->note : "");
	}
}

void
lint_comply_rest(struct lint_run *r)
{
	const struct comply_standard *s;

	for (size_t k = 0; (s = comply_at(k)); k++) {
		const struct fact_comply *first = NULL;
		for (size_t i = 0; i < r->f->scopes.n && !first; i++)
			for (size_t n = 0; n < r->f->scopes.v[i].comply.n; n++)
				if (!strcmp(r->f->scopes.v[i].comply.v[n].name,
					    s->name))
					first = &r->f->scopes.v[i].comply.v[n];
		if (!first)
			continue;
		struct diag *g = diag_add(r->d, r->id, first->span,
			"%s asks for more than a gateway can see", s->name);
		for (size_t i = 0; i < s->count; i++)
			if (s->rules[i].check == COMPLY_ATTEST)
				diag_note(g, "[ ] %s: %s", s->rules[i].clause,
					s->rules[i].text);
		attest_segments(r, s, g);
		diag_help(g, "%s; for whoever attests: nothing of this is "
			"called passed", s->version);
	}
}
