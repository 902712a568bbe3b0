/*
 * comply: each requirement that the gateway can enforce is checked per route
 * and reported with its clause id (TC0601 to TC0603); the rest is printed once
 * per standard as a checklist (TC0604), never as passed.
 */
#include <string.h>

#include "cert.h"
#include "comply.h"
#include "lint_priv.h"
#include "prefix.h"
#include "segment.h"
#include "suites.h"

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

/* The first suite that `bad` finds among those that can be negotiated. */
static const char *
suite(struct lint_run *r, const struct m_profile *p,
	int (*bad)(const struct suite *))
{
	for (size_t i = 0; i < p->suites.n; i++) {
		const struct suite *s = suite_by_code(p->suites.v[i]);
		int off = s && ((s->flags & S_13) ? p->tls_max < 0x0304
						  : p->tls_min > 0x0303);
		if (s && !off && bad(s))
			return arena_printf(r->a, "profile '%s' offers %s",
				p->name.text, s->name);
	}
	return NULL;
}

static int
weak(const struct suite *s)
{
	return !!(s->flags & S_WEAK);
}

static int
unapproved(const struct suite *s)
{
	return !s->cipher || !(s->flags & S_FS) || !(s->flags & S_AEAD) ||
		strncmp(s->cipher, "AES-", 4) != 0;
}

static const char *
unapproved_group(struct lint_run *r, const struct m_profile *p)
{
	for (size_t i = 0; i < p->groups.n; i++)
		if (p->groups.v[i] == 29 || p->groups.v[i] == 30)
			return arena_printf(r->a, "profile '%s' offers group "
				"%s", p->name.text, group_name(p->groups.v[i]));
	return NULL;
}

static void
profile(const struct duty *d, const struct m_profile *p, struct span at)
{
	struct lint_run *r = d->r;

	if (p->tls_min && p->tls_min < 0x0303)
		violated(d, COMPLY_TLS_1_2, at, arena_printf(r->a,
			"profile '%s' allows TLS 1.%u", p->name.text,
			p->tls_min - 0x0301u));
	violated(d, COMPLY_STRONG_SUITES, at, suite(r, p, weak));
	violated(d, COMPLY_APPROVED_SUITES, at, suite(r, p, unapproved));
	violated(d, COMPLY_APPROVED_GROUPS, at, unapproved_group(r, p));
}

static const char *
bad_key(struct lint_run *r, const struct m_cert *t, int approved)
{
	const struct cert *c = &t->info->certs[0];

	if ((c->key == CERT_RSA || c->key == CERT_RSA_PSS) && c->bits < 2048)
		return arena_printf(r->a, "certificate '%s' has an RSA key of "
			"%u bits", t->name.text, c->bits);
	if (c->key == CERT_EC && c->bits < 224)
		return arena_printf(r->a, "certificate '%s' has a key of %u "
			"bits", t->name.text, c->bits);
	if (c->key == CERT_DSA)
		return arena_printf(r->a, "certificate '%s' has a DSA key",
			t->name.text);
	if (approved && (c->key == CERT_ED25519 || c->key == CERT_ED448))
		return arena_printf(r->a, "certificate '%s' has an EdDSA key, "
			"which its clients cannot be required to take",
			t->name.text);
	return NULL;
}

static void
keys(const struct duty *d, const struct m_action *a, struct span at)
{
	for (size_t i = 0; i < a->certs.n; i++) {
		const struct m_cert *t = &d->r->m->certs.v[a->certs.v[i]];
		if (!t->info)
			continue;
		violated(d, COMPLY_STRONG_KEY, at, bad_key(d->r, t, 0));
		violated(d, COMPLY_APPROVED_KEY, at, bad_key(d->r, t, 1));
	}
}

static void
second_leg(const struct duty *d, const struct m_action *a, struct span at)
{
	const struct m_backend *b = &d->r->m->backends.v[a->backend];

	if (!b->ca && !b->system_ca) {
		violated(d, COMPLY_VERIFIED_HOP, at, arena_printf(d->r->a,
			"nothing verifies the servers of backend '%s'",
			b->name.text));
		return;
	}
	profile(d, &d->r->m->profiles.v[b->profile],
		b->tls_span.file ? b->tls_span : at);
}

static void
comply(const struct duty *d)
{
	const struct model *m = d->r->m;
	uint32_t last = MODEL_NONE;

	for (uint32_t i = 0; i < d->f->clause_count; i++) {
		const struct m_clause *t = &m->clauses.v[d->f->clause_first + i];
		const struct m_action *a = &m->actions.v[t->action];
		if (t->action == last)
			continue;
		last = t->action;
		if (a->enforce != MODEL_NONE)
			profile(d, &m->profiles.v[a->enforce], t->action_span);
		if (!lint_decrypts(a))
			continue;
		profile(d, &m->profiles.v[a->profile], d->f->profile
			? d->f->profile->span
			: t->action_span);
		keys(d, a, d->f->certificate ? d->f->certificate->span
					     : t->action_span);
		if (a->mode == MODE_BRIDGE)
			second_leg(d, a, t->action_span);
	}
}

void
lint_comply(struct lint_run *r)
{
	each_duty(r, comply);
}

/* The scope's other clauses of the kind: one finding tells of all. */
static void
the_others(const struct duty *d, struct diag *g, const struct m_clause *first,
	int (*want)(const struct m_action *a))
{
	const struct model *m = d->r->m;
	const struct m_clause *t = &m->clauses.v[d->f->clause_first];

	for (uint32_t i = 0; i < d->f->clause_count; i++, t++)
		if (t > first && want(&m->actions.v[t->action]))
			diag_label(g, t->action_span, "and this");
}

static int
lets_pass(const struct m_action *a)
{
	return a->mode == MODE_PASSTHROUGH && a->enforce == MODEL_NONE;
}

static void
passthrough(const struct duty *d)
{
	const struct comply_rule *rule = comply_rule(d->s, COMPLY_ENFORCED);
	const struct m_clause *t =
		rule ? lint_clause(d->r, d->f, lets_pass) : NULL;

	if (!t)
		return;
	struct diag *g = diag_add(d->r->d, d->r->id, t->action_span,
		"%s cannot be enforced on what '%s' passes through",
		d->s->name, d->f->name);
	diag_label(g, d->c->span, "which it is to comply with");
	the_others(d, g, t, lets_pass);
	diag_note(g, "%s %s: %s", d->s->name, rule->clause, rule->text);
	diag_help(g, "add \"enforcing PROFILE\": version and cipher "
		"suite are then checked on the ServerHello");
}

void
lint_comply_passthrough(struct lint_run *r)
{
	each_duty(r, passthrough);
}

/* The first clause that sends clear text where nothing is said to encrypt it. */
static const struct m_clause *
bare_hop(const struct duty *d)
{
	const struct model *m = d->r->m;

	for (uint32_t i = 0; i < d->f->clause_count; i++) {
		const struct m_clause *t = &m->clauses.v[d->f->clause_first + i];
		const struct m_action *a = &m->actions.v[t->action];
		if (lint_offloads(a) &&
			!segment_protects(m, &m->backends.v[a->backend]))
			return t;
	}
	return NULL;
}

static void
hop(const struct duty *d)
{
	const struct model *m = d->r->m;
	const struct comply_rule *rule =
		comply_rule(d->s, COMPLY_ENCRYPTED_HOP);
	const struct m_clause *t = rule ? bare_hop(d) : NULL;

	if (!t)
		return;
	const struct m_action *a = &m->actions.v[t->action];
	struct diag *g = diag_add(d->r->d, d->r->id, t->action_span,
		"'%s' is under %s and goes to backend '%s' in the clear",
		d->f->name, d->s->name, m->backends.v[a->backend].name.text);
	diag_label(g, d->c->span, "which it is to comply with");
	the_others(d, g, t, lint_offloads);
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
