/*
 * The text of the verifier's findings about clauses: TC0301, TC0302, TC0304 and
 * TC0305, with the deciding clauses as labels and a query as witness.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/prefix.h"
#include "grammar/words.h"
#include "bucket.h"
#include "runtime/table/table.h"
#include "text.h"

static struct span guard_of(const struct m_clause *c)
{
	return c->guard_span.end > c->guard_span.begin ? c->guard_span
						       : c->span;
}

/* What a clause covers, for its label: "covers 10.0.0.0/8, 2001:db8::/32". */
static const char *covers(struct verify_run *r, const struct m_clause *c)
{
	const struct m_set *set;
	char buf[64], line[256] = "";
	size_t n;

	if (c->src_test == TBL_SRC_ANY || c->alpn_need || c->alpn_deny ||
		c->tls_mask != TLSV_ALL)
		return space_unconditional(c) ? "applies to everything"
					      : "applies first";
	set = &r->m->sets.v[c->set];
	n = set->prefixes.n;
	if (n == 0 || n > 4)
		return arena_printf(r->m->arena, "covers %s%zu prefixes",
			c->src_test == TBL_SRC_NOT_IN ? "all but " : "", n);
	for (size_t i = 0; i < n; i++) {
		strcat(line, i ? ", " : "");
		strcat(line, prefix_text(&set->prefixes.v[i], buf));
	}
	return arena_printf(r->m->arena, "covers %s%s",
		c->src_test == TBL_SRC_NOT_IN ? "all but " : "", line);
}

/* A query of the loaded bucket. */
void verify_report_witness(struct verify_run *r, const struct region *where,
	const struct cell *cell, const char *leads_to, struct diag *g)
{
	const struct m_frontend *f = &r->m->frontends.v[r->frontend];
	struct witness w = {.listener = f->name.text, .leads_to = leads_to};
	uint32_t list = r->list == MODEL_NONE ? f->default_ : r->list;

	verify_witness(r->m, r->s, where, cell, &w);
	if (list != MODEL_NONE)
		w.sni = verify_witness_name(
			r->m, r->frontend, list, r->pattern[list]);
	diag_witness(g, &w);
}

static void carets(struct verify_run *r, struct diag *g,
	const struct m_clause *c, const struct m_clause *by)
{
	const struct m_action *a = &r->m->actions.v[c->action];
	const struct m_action *b = &r->m->actions.v[by->action];

	if (a->mode != b->mode)
		diag_caret(g, "would %s, is %s", verify_mode_verb(a->mode),
			verify_mode_done(b->mode));
	else
		diag_caret(g, "would be %s, not %s",
			verify_action_text(r->m, c->action),
			verify_action_text(r->m, by->action));
}

static int same_guard(const struct m_clause *a, const struct m_clause *b)
{
	return a->src_test == b->src_test && a->set == b->set &&
		a->tls_mask == b->tls_mask && a->alpn_need == b->alpn_need &&
		a->alpn_deny == b->alpn_deny;
}

static void advise(struct verify_run *r, struct diag *g, uint32_t code,
	const struct verify_cover *c)
{
	const struct m_clause *mine = verify_clause_at(r, code), *first;
	unsigned known = c->count < 3 ? c->count : 3, k = 0;
	const char *place;

	while (k + 1 < known && code >= r->own && c->by[k] < r->own)
		k++;
	first = verify_clause_at(r, c->by[k]);
	place = verify_place(r->m, first, mine);
	if (code >= r->own && c->by[k] < r->own)
		diag_help(g,
			"the frontend's own clauses apply before all routes: "
			"narrow the one on %s, or remove this clause",
			place ? place : "top");
	else if (space_unconditional(mine) && space_unconditional(first))
		diag_help(g,
			"the clause on %s applies to everything: give it a "
			"condition, or remove one of the two",
			place ? place : "top");
	else if (space_unconditional(mine))
		diag_help(g,
			"the clauses above cover everything: make the last of "
			"them 'otherwise'");
	else if (c->count == 1 && same_guard(mine, first))
		diag_help(g, "both have the same condition: remove one");
	else
		diag_help(g, "move it above %s",
			place ? place : "the clause that covers it");
}

static void label(
	struct verify_run *r, struct diag *g, const struct verify_cover *c)
{
	for (unsigned i = 0; i < c->count && i < 3; i++) {
		const struct m_clause *by = verify_clause_at(r, c->by[i]);

		diag_label(g, guard_of(by), "%s", covers(r, by));
	}
	if (c->count > 3)
		diag_note(g, "more clauses than these cover it");
}

static void never_applies(struct verify_run *r, const struct m_clause *c)
{
	struct diag *g = diag_add(
		r->d, DIAG_TC0301, c->span, "this clause can never be reached");

	diag_caret(g, "no client satisfies its condition");
}

static void covered_alike(struct verify_run *r, const struct m_clause *mine,
	const struct m_clause *by)
{
	struct diag *g = diag_add(r->d, DIAG_TC0302, mine->span,
		"removing this clause changes no decision");

	diag_label(g, guard_of(by), "does the same before it");
	diag_help(g, "remove it");
	diag_fix(g, mine->span, "");
}

void verify_report_covered(
	struct verify_run *r, uint32_t code, const struct verify_cover *c)
{
	const struct m_clause *mine = verify_clause_at(r, code);
	const struct m_clause *by;
	struct diag *g;

	if (c->count == 0) {
		never_applies(r, mine);
		return;
	}
	if (!c->differs) {
		covered_alike(r, mine, verify_clause_at(r, c->by[0]));
		return;
	}
	by = verify_clause_at(r, c->cell.first);
	g = diag_add(r->d, DIAG_TC0301, mine->span,
		"this clause can never be reached");
	carets(r, g, mine, by);
	label(r, g, c);
	verify_report_witness(
		r, &c->where, &c->cell, verify_place(r->m, by, mine), g);
	advise(r, g, code, c);
}

void verify_report_more(struct verify_run *r, uint32_t code, size_t more)
{
	const struct m_clause *c = verify_clause_at(r, code);
	struct diag *g = diag_add(r->d, DIAG_TC0301, c->span,
		"%zu more clauses of this list can never be reached", more);

	diag_note(g, "only the first ones are listed one by one");
}

void verify_report_gap(struct verify_run *r, const struct region *where,
	const struct cell *cell)
{
	const struct m_list *l = &r->m->lists.v[r->list];
	struct diag *g = diag_add(r->d, DIAG_TC0304,
		l->route.span.file ? l->route.span : l->span,
		"the clauses of '%s' do not cover every connection",
		l->route.text ? l->route.text : "this route");

	diag_caret(g, "no clause applies to some connections");
	verify_report_witness(r, where, cell, "no clause", g);
	diag_help(g, "end the list with 'otherwise ...'");
}

void verify_report_spare(
	struct verify_run *r, uint32_t clause, uint32_t heir, int together)
{
	const struct m_clause *mine = &r->m->clauses.v[clause];
	const struct m_clause *next = &r->m->clauses.v[heir];
	const char *place = verify_place(r->m, next, mine);
	struct diag *g = diag_add(r->d, DIAG_TC0302, mine->span,
		"removing this clause changes no decision");

	diag_label(g, next->span, "does the same without it");
	if (together) {
		diag_help(g, "remove it");
		diag_fix(g, mine->span, "");
	} else {
		diag_help(g, "remove this clause or %s%s, but not both",
			place ? "the one on " : "the other",
			place ? place : "");
	}
}

void verify_report_crossing(struct verify_run *r, const struct region *where,
	const struct cell *cell)
{
	const struct m_clause *a = verify_clause_at(r, cell->first);
	const struct m_clause *b = verify_clause_at(r, cell->second);
	struct diag *g = diag_add(r->d, DIAG_TC0305, guard_of(b),
		"the order of these clauses decides where both apply");

	diag_caret(g, "would be %s", verify_action_text(r->m, b->action));
	diag_label(g, guard_of(a), "comes first: %s",
		verify_action_text(r->m, a->action));
	verify_report_witness(r, where, cell, verify_place(r->m, a, b), g);
}
