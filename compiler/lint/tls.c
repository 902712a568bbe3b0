/*
 * Profiles where they are used: TC0501 obsolete versions, TC0502 weak cipher
 * suites, TC0508 early data.  Each use is a finding, so that an `allow` in one
 * route does not hide the same profile in another.
 */
#include <string.h>

#include "compiler/base/suite.h"
#include "priv.h"

struct profile_use {
	const struct m_profile *p;
	struct span span;
	const char *by; /* "route 'edi'" */
};

static void from_scope(struct lint_run *r, const struct fact_scope *f,
	void (*judge)(struct lint_run *, const struct profile_use *))
{
	const struct model *m = r->m;
	struct profile_use u;
	uint32_t last = MODEL_NONE;

	if (f->profile && f->profile_index != MODEL_NONE) {
		const struct ast *word = f->profile->kids;
		u = (struct profile_use){&m->profiles.v[f->profile_index],
			word ? word->span : f->profile->span, f->name};
		judge(r, &u);
	}
	for (uint32_t i = 0; i < f->clause_count; i++) {
		const struct m_clause *t = &m->clauses.v[f->clause_first + i];
		const struct m_action *a = &m->actions.v[t->action];
		if (a->enforce == MODEL_NONE || a->enforce == last)
			continue;
		last = a->enforce;
		u = (struct profile_use){
			&m->profiles.v[last], t->action_span, f->name};
		judge(r, &u);
	}
}

static void each_use(struct lint_run *r,
	void (*judge)(struct lint_run *, const struct profile_use *))
{
	const struct model *m = r->m;

	for (size_t i = 0; i < r->f->scopes.n; i++)
		from_scope(r, &r->f->scopes.v[i], judge);
	for (size_t i = 0; i < m->backends.n; i++) {
		const struct m_backend *b = &m->backends.v[i];
		if (!b->has_tls || !b->tls_span.file)
			continue;
		struct profile_use u = {
			&m->profiles.v[b->profile], b->tls_span, b->name.text};
		judge(r, &u);
	}
}

static void old_protocol(struct lint_run *r, const struct profile_use *u)
{
	if (u->p->tls_min == 0 || u->p->tls_min >= 0x0303)
		return;
	struct diag *g = diag_add(r->d, r->id, u->span,
		"profile '%s' of '%s' allows TLS 1.%u", u->p->name.text, u->by,
		u->p->tls_min - 0x0301u);
	if (u->p->tls_span.file)
		diag_label(g, u->p->tls_span, "allowed here");
	diag_help(g, "TLS 1.0 and 1.1 are obsolete (RFC 8996): start at 1.2");
}

void lint_old_protocol(struct lint_run *r)
{
	each_use(r, old_protocol);
}

static void weak_cipher(struct lint_run *r, const struct profile_use *u)
{
	const char *names = "";
	unsigned n = 0;

	for (size_t i = 0; i < u->p->suites.n; i++) {
		const struct suite *s = suite_by_code(u->p->suites.v[i]);
		if (!s || !(s->flags & S_WEAK))
			continue;
		if (++n <= 3)
			names = arena_printf(r->a, "%s%s%s", names,
				n > 1 ? ", " : "", s->name);
	}
	if (!n)
		return;
	struct diag *g = diag_add(r->d, r->id, u->span,
		"profile '%s' of '%s' offers %s", u->p->name.text, u->by,
		n > 3 ? arena_printf(r->a, "%s and %u more weak suites", names,
				n - 3)
		      : names);
	if (u->p->suites_span.file)
		diag_label(g, u->p->suites_span, "named here");
	diag_help(g,
		"suites with NULL, RC4, 3DES or CBC-SHA1 give little or no "
		"protection: use ECDHE with GCM or ChaCha20");
}

void lint_weak_cipher(struct lint_run *r)
{
	each_use(r, weak_cipher);
}

static void early_data(struct lint_run *r, const struct profile_use *u)
{
	if (!u->p->early_data)
		return;
	struct diag *g = diag_add(r->d, r->id, u->span,
		"profile '%s' of '%s' turns on early data, which tlsd never "
		"accepts",
		u->p->name.text, u->by);
	diag_help(g,
		"remove it: 0-RTT requests can be replayed (RFC 8446, 8), and "
		"a gateway cannot know which may be");
}

void lint_early_data(struct lint_run *r)
{
	each_use(r, early_data);
}
