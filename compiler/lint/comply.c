/*
 * comply: each requirement that the gateway can enforce is checked per route
 * and reported with its clause id (TC0601 to TC0603); the rest is printed once
 * per standard as a checklist (TC0604), never as passed.
 */
#include <string.h>

#include "compiler/base/prefix.h"
#include "compiler/base/segment.h"
#include "compiler/base/symbols.h"
#include "compiler/comply/judge.h"
#include "priv.h"

/* One route under one standard. */
struct duty {
	struct lint_run *r;
	const struct fact_scope *f;
	const struct comply_standard *s;
	const struct fact_comply *c;
	struct comply_duty clauses;
};

/* What a frontend's own clauses break for several routes is reported for the
 * first: it is fixed in one place. */
static enum comply_own own_told(
	struct lint_run *r, struct symbols *told, const struct duty *d)
{
	const char *key =
		arena_printf(r->a, "%u %s", d->f->frontend, d->s->name);

	if (!d->f->list_count)
		return COMPLY_OWN;
	if (symbols_find(told, 0, key, strlen(key)) != SYMBOL_NONE)
		return COMPLY_WITHOUT_OWN;
	symbols_add(told, 0, key, strlen(key), 0);
	return COMPLY_OWN;
}

static void each_duty(struct lint_run *r, void (*judge)(const struct duty *))
{
	struct symbols *told = symbols_new(r->a);

	for (size_t i = 0; i < r->f->scopes.n; i++) {
		const struct fact_scope *f = &r->f->scopes.v[i];
		/* A frontend's own clauses are under its comply, too. */
		for (size_t k = 0; k < f->comply.n; k++) {
			struct duty d = {r, f, comply_find(f->comply.v[k].name),
				&f->comply.v[k], {0}};
			if (!d.s)
				continue;
			d.clauses = comply_begin(
				r->a, r->m, f, d.s, own_told(r, told, &d));
			judge(&d);
		}
	}
}

static void violated(const struct duty *d, enum comply_check check,
	struct span at, const char *what)
{
	const struct comply_rule *rule = comply_rule(d->s, check);
	struct diag *g;

	if (!rule || !what)
		return;
	g = diag_add(d->r->d, d->r->id, at,
		"'%s' does not comply with %s, %s: "
		"%s",
		d->f->name, d->s->name, rule->clause, what);
	diag_label(g, d->c->span, "required here");
	diag_note(g, "%s %s: %s", d->s->name, rule->clause, rule->text);
}

/* What is broken of one route: of a map's many lists each says it of what they
 * share. */
struct told {
	const struct duty *d;
	struct symbols *said; /* NULL: nothing yet */
	uint32_t count;
};

static int is_news(struct told *t, const struct comply_point *p)
{
	const char *key = arena_printf(t->d->r->a, "%u %u %d %s", p->at.file,
		p->at.begin, (int)p->check, p->what);

	uint32_t number = t->count++;

	if (!t->said)
		t->said = symbols_new(t->d->r->a);
	return symbols_add(t->said, 0, key, strlen(key), number) == number;
}

static void report(
	void *arg, const struct comply_duty *duty, const struct comply_point *p)
{
	struct told *t = arg;

	if (p->verdict == COMPLY_BROKEN && is_news(t, p))
		violated(t->d, p->check, p->at, p->what);
}

static void comply(const struct duty *d)
{
	struct told t = {d, NULL, 0};

	comply_tls(&d->clauses, report, &t);
}

void lint_comply(struct lint_run *r)
{
	each_duty(r, comply);
}

typedef int (*want_fn)(const struct model *m, const struct m_action *a);

static int is_wanted(const struct comply_duty *c, size_t i, want_fn want)
{
	return want(c->m, &c->m->actions.v[c->clauses.v[i].clause->action]);
}

static size_t the_first(const struct comply_duty *c, want_fn want)
{
	size_t i = 0;

	while (i < c->clauses.n && !is_wanted(c, i, want))
		i++;
	return i;
}

/* The scope's other clauses of the kind: one finding tells of all.  A map's
 * lists repeat what it says. */
static void the_others(
	const struct comply_duty *c, struct diag *g, size_t first, want_fn want)
{
	struct span last = c->clauses.v[first].clause->action_span;

	for (size_t i = first + 1; i < c->clauses.n; i++) {
		struct span at = c->clauses.v[i].clause->action_span;

		if (!is_wanted(c, i, want) ||
			(at.file == last.file && at.begin <= last.begin))
			continue;
		diag_label(g, at, "and here");
		last = at;
	}
}

static void passthrough(const struct duty *d)
{
	const struct comply_rule *rule = comply_rule(d->s, COMPLY_ENFORCED);
	size_t first = the_first(&d->clauses, comply_unheld);

	if (!rule || first == d->clauses.clauses.n)
		return;
	struct diag *g = diag_add(d->r->d, d->r->id,
		d->clauses.clauses.v[first].clause->action_span,
		"'%s' must comply with %s but passes TLS through without "
		"enforcing a profile",
		d->f->name, d->s->name);
	diag_label(g, d->c->span, "required here");
	lint_name_here(d->r, g, d->clauses.clauses.v[first].clause);
	the_others(&d->clauses, g, first, comply_unheld);
	diag_note(g, "%s %s: %s", d->s->name, rule->clause, rule->text);
	diag_help(g,
		"add 'enforcing PROFILE': the version and cipher suite in the "
		"ServerHello are then checked");
}

void lint_comply_passthrough(struct lint_run *r)
{
	each_duty(r, passthrough);
}

static void hop(const struct duty *d)
{
	const struct model *m = d->r->m;
	const struct comply_rule *rule =
		comply_rule(d->s, COMPLY_ENCRYPTED_HOP);
	size_t first = the_first(&d->clauses, comply_bare);
	const struct m_clause *t;

	if (!rule || first == d->clauses.clauses.n)
		return;
	t = d->clauses.clauses.v[first].clause;
	const struct m_action *a = &m->actions.v[t->action];
	struct diag *g = diag_add(d->r->d, d->r->id, t->action_span,
		"'%s' must comply with %s but sends clear text to backend '%s'",
		d->f->name, d->s->name,
		m->backends.v[comply_bare_backend(m, a)].name.text);
	diag_label(g, d->c->span, "required here");
	lint_name_here(d->r, g, t);
	the_others(&d->clauses, g, first, comply_bare);
	diag_note(g, "%s %s: %s", d->s->name, rule->clause, rule->text);
	diag_help(g,
		"bridge to it or pass through; if the network on the way "
		"encrypts, declare that as a segment; if the traffic never "
		"leaves the host, write 'allow %s' with that reason",
		diag_id_text(d->r->id));
}

void lint_comply_hop(struct lint_run *r)
{
	each_duty(r, hop);
}

/* In place of TLS there is only a claim. */
static void attest_segments(
	struct lint_run *r, const struct comply_standard *s, struct diag *g)
{
	char text[64];

	if (!comply_rule(s, COMPLY_ENCRYPTED_HOP))
		return;
	for (size_t i = 0; i < r->m->segments.n; i++) {
		const struct m_segment *n = &r->m->segments.v[i];
		if (!segment_encrypts(n) || !n->prefixes.n)
			continue;
		diag_note(g,
			"[ ] %s: segment '%s' (%s%s) is encrypted by %s%s%s",
			comply_rule(s, COMPLY_ENCRYPTED_HOP)->clause,
			n->name.text, prefix_text(&n->prefixes.v[0], text),
			n->prefixes.n > 1 ? ", ..." : "",
			words_text(words_link, n->link), n->note ? ": " : "",
			n->note ? n->note : "");
	}
}

void lint_comply_rest(struct lint_run *r)
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
		diag_help(g,
			"%s; a checklist for whoever attests compliance: tlsc "
			"never reports these as met",
			s->version);
	}
}
