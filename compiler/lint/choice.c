/*
 * Certificates against the names and the trust of routes: TC0401 uncovered
 * names, TC0411 an ambiguous choice, TC0414 client CAs, TC0415 trust that
 * differs under one certificate.
 */
#include <string.h>

#include "compiler/base/name.h"
#include "compiler/base/symbols.h"
#include "compiler/check/cert.h"
#include "priv.h"

/* Is the action's choice of certificates known in full? */
static int known(const struct model *m, const struct m_action *a)
{
	for (size_t i = 0; i < a->certs.n; i++)
		if (!m->certs.v[a->certs.v[i]].info)
			return 0;
	return a->certs.n > 0;
}

static int covered(const struct model *m, const struct m_action *a,
	const char *key, size_t len)
{
	for (size_t i = 0; i < a->certs.n; i++) {
		const struct certinfo *f = m->certs.v[a->certs.v[i]].info;
		/* No SAN at all is TC0410's finding. */
		if (!f->certs[0].has_san || cert_covers(&f->certs[0], key, len))
			return 1;
	}
	return 0;
}

/* A name that the pattern takes and no certificate has. */
static const char *witness(
	struct lint_run *r, const struct m_action *a, const struct m_pattern *p)
{
	static const char *const tries[] = {"a.", "a.b.", NULL};
	size_t mark = name_mark(p->key, p->len);
	unsigned kind = name_kind(p->key, p->len);

	for (unsigned i = 0; mark && tries[i] && i < kind; i++) {
		const char *name = arena_printf(r->a, "%s%.*s", tries[i],
			(int)(p->len - mark), p->key + mark);
		if (!covered(r->m, a, name, strlen(name)))
			return name;
	}
	return arena_strndup(r->a, p->key, p->len);
}

/* Findings by list: one with its first name, then a count. */
struct uncovered {
	struct diag *diag;
	size_t more;
};

static void mismatch(struct lint_run *r, const struct m_pattern *p,
	const struct m_action *a, struct uncovered *u)
{
	const struct model *m = r->m;
	const struct m_cert *t = &m->certs.v[a->certs.v[0]];
	const struct fact_scope *f = lint_scope(r, p->list);
	const char *name;

	if (u->diag) {
		u->more++;
		return;
	}
	name = witness(r, a, p);
	u->diag = diag_add(r->d, r->id, check_pattern_span(r->s, p),
		a->certs.n == 1 ? "certificate '%s' does not cover '%.*s'"
				: "neither certificate '%s' nor the others "
				  "cover '%.*s'",
		t->name.text, (int)p->len, p->key);
	if (f->certificate)
		diag_label(u->diag, f->certificate->span,
			"the certificate is chosen here");
	struct witness w = {.listener = m->frontends.v[p->frontend].name.text,
		.sni = name,
		.leads_to = "a certificate name error at the client"};
	diag_witness(u->diag, &w);
	if (name_kind(p->key, p->len) == 2)
		diag_help(u->diag,
			"a certificate's wildcard covers only one label: write "
			"'*.%.*s' if that is meant",
			(int)p->len - 3, p->key + 3);
}

void lint_cert_names(struct lint_run *r)
{
	const struct model *m = r->m;
	struct uncovered *said =
		arena_alloc(r->a, (m->lists.n + 1) * sizeof(*said));

	for (size_t i = 0; i < m->patterns.n; i++) {
		const struct m_pattern *p = &m->patterns.v[i];
		const struct m_list *l = &m->lists.v[p->list];
		for (uint32_t k = 0; k < l->count; k++) {
			const struct m_action *a =
				&m->actions
					 .v[m->clauses.v[l->first + k].action];
			if (!lint_decrypts(a) || !known(m, a) ||
				covered(m, a, p->key, p->len))
				continue;
			mismatch(r, p, a, &said[p->list]);
			break;
		}
	}
	for (size_t i = 0; i < m->lists.n; i++)
		if (said[i].more)
			diag_note(said[i].diag,
				"and %zu more name%s of this "
				"route",
				said[i].more, said[i].more == 1 ? "" : "s");
}

static int same_type(const struct certinfo *a, const struct certinfo *b)
{
	return a->certs[0].key == b->certs[0].key;
}

/* Does the certificate have the name in full, not by a wildcard? */
static int exact(const struct cert *c, const char *key, size_t len)
{
	for (size_t i = 0; i < c->dns_count; i++)
		if (strlen(c->dns[i]) == len && !memcmp(c->dns[i], key, len))
			return 1;
	return 0;
}

/* Two certificates of one type for this name?  Where a route lists them they
 * were written for it; in a frontend's list the exact one is meant to win. */
static int rivals(const struct m_cert *x, const struct m_cert *y,
	const char *key, size_t len, int own_list)
{
	const struct cert *a, *b;

	if (!x->info || !y->info || !same_type(x->info, y->info))
		return 0;
	a = &x->info->certs[0];
	b = &y->info->certs[0];
	if (!cert_covers(a, key, len) || !cert_covers(b, key, len))
		return 0;
	return own_list || exact(a, key, len) == exact(b, key, len);
}

static void ambiguous(struct lint_run *r, const struct m_pattern *p,
	const struct m_action *a, uint8_t *said)
{
	const struct model *m = r->m;
	const struct fact_scope *f = lint_scope(r, p->list);

	for (size_t i = 0; i < a->certs.n && !said[p->list]; i++)
		for (size_t k = i + 1; k < a->certs.n; k++) {
			const struct m_cert *x = &m->certs.v[a->certs.v[i]];
			const struct m_cert *y = &m->certs.v[a->certs.v[k]];
			if (!rivals(x, y, p->key, p->len,
				    f->certificate != NULL))
				continue;
			struct diag *g = diag_add(r->d, r->id,
				check_pattern_span(r->s, p),
				"certificates '%s' and '%s' both cover '%.*s' "
				"and have the same key type",
				x->name.text, y->name.text, (int)p->len,
				p->key);
			if (f->certificate)
				diag_label(g, f->certificate->span,
					"both are offered");
			diag_help(g, "name only one of them in the route");
			said[p->list] = 1;
			return;
		}
}

/* Without SNI, or for an unknown name, no name can choose. */
static void arm(struct lint_run *r, const struct fact_scope *f)
{
	const struct model *m = r->m;
	const struct m_clause *t = f->node->kind == AST_ARM
		? lint_clause(r, f, lint_decrypts)
		: NULL;

	if (!t)
		return;
	const struct m_action *a = &m->actions.v[t->action];
	for (size_t i = 0; i < a->certs.n; i++)
		for (size_t k = i + 1; k < a->certs.n; k++) {
			const struct m_cert *x = &m->certs.v[a->certs.v[i]];
			const struct m_cert *y = &m->certs.v[a->certs.v[k]];
			if (!x->info || !y->info ||
				!same_type(x->info, y->info))
				continue;
			diag_add(r->d, r->id, f->name_span,
				"'%s' terminates TLS without a name that could "
				"choose between certificates '%s' and '%s'",
				f->name, x->name.text, y->name.text);
			return;
		}
}

void lint_cert_choice(struct lint_run *r)
{
	const struct model *m = r->m;
	uint8_t *said = arena_alloc(r->a, m->lists.n + 1);

	for (size_t i = 0; i < m->patterns.n; i++) {
		const struct m_pattern *p = &m->patterns.v[i];
		const struct m_list *l = &m->lists.v[p->list];
		for (uint32_t k = 0; k < l->count; k++) {
			const struct m_action *a =
				&m->actions
					 .v[m->clauses.v[l->first + k].action];
			if (a->certs.n > 1)
				ambiguous(r, p, a, said);
		}
	}
	for (size_t i = 0; i < r->f->scopes.n; i++)
		arm(r, &r->f->scopes.v[i]);
}

static const char *out_of_date(const struct lint_run *r, const struct cert *c)
{
	return c->not_after < r->o->now     ? "has expired"
		: c->not_before > r->o->now ? "is not valid yet"
					    : NULL;
}

/* Bundles keep a CA for a while when it has ended: that is a fault only when
 * none is left. */
static void client_ca(struct lint_run *r, const struct fact_scope *f)
{
	struct certinfo *i = cert_read_bundle(r->a, f->client_ca_open);
	size_t good = 0;

	if (i->chain_error) {
		diag_add(r->d, r->id, f->client_ca_span,
			"cannot read the client CAs: %s", i->chain_error);
		return;
	}
	for (size_t k = 0; k < i->count; k++)
		good += i->certs[k].is_ca && !out_of_date(r, &i->certs[k]);
	for (size_t k = 0; k < i->count; k++) {
		const struct cert *c = &i->certs[k];
		const char *name = c->cn ? c->cn : c->subject;
		const char *when = out_of_date(r, c);
		if (!c->is_ca) {
			diag_add(r->d, r->id, f->client_ca_span,
				"'%s' is not a CA and cannot issue client "
				"certificates",
				name);
		} else if (when) {
			struct diag *g =
				diag_add(r->d, r->id, f->client_ca_span,
					"client CA '%s' %s", name, when);
			if (good)
				diag_at(g, DIAG_WARNING);
		}
	}
}

static void client_crl(struct lint_run *r, const struct fact_scope *f)
{
	const struct cert_crls *l =
		cert_read_crls(r->a, f->client_crl_open, NULL);
	const char *why = l->error     ? l->error
		: l->until < r->o->now ? "it has expired"
				       : NULL;

	if (why)
		diag_add(r->d, r->id, f->client_crl_span,
			"the CRL cannot be used: %s", why);
}

void lint_client_ca(struct lint_run *r)
{
	struct symbols *seen = symbols_new(r->a);

	if (r->o->no_credentials)
		return;
	for (size_t i = 0; i < r->f->scopes.n; i++) {
		const struct fact_scope *f = &r->f->scopes.v[i];
		const char *path = f->client_ca_open;
		if (path &&
			symbols_add(seen, 0, path, strlen(path), (uint32_t)i) ==
				i)
			client_ca(r, f);
		path = f->client_crl_open;
		if (path &&
			symbols_add(seen, 1, path, strlen(path), (uint32_t)i) ==
				i)
			client_crl(r, f);
	}
}

/*
 * TC0415.  Tickets are bound to a resumption domain, so one got without client
 * authentication never replaces it.  A domain cannot keep two trust levels
 * apart when both have the same certificate and the same servers: the
 * connection opened for the open name carries a request for the closed one.
 */
struct client_trust {
	const struct fact_scope *f;
	const struct m_action *a;
	const struct m_clause *t;
	int said;
};

static int same_trust(const struct m_action *x, const struct m_action *y)
{
	if (x->client_auth != y->client_auth)
		return 0;
	if (!x->client_ca || !y->client_ca)
		return x->client_ca == y->client_ca;
	return !strcmp(x->client_ca, y->client_ca) &&
		!x->client_crl == !y->client_crl &&
		(!x->client_crl || !strcmp(x->client_crl, y->client_crl));
}

static void trust_differs(struct lint_run *r, const struct client_trust *old,
	const struct client_trust *now)
{
	struct diag *g = diag_add(r->d, r->id,
		now->f->client_auth ? now->f->client_auth->name_span
				    : now->f->name_span,
		"'%s' and '%s' share a certificate and a backend, but have "
		"different client-auth",
		old->f->name, now->f->name);
	diag_label(g,
		old->f->client_auth ? old->f->client_auth->name_span
				    : old->f->name_span,
		"the other route");
	diag_note(g,
		"session tickets are kept separate, but a client can send a "
		"request for one name on a connection made for the other");
	diag_help(g,
		"give them the same client-auth, certificates of their "
		"own, or backends of their own");
}

void lint_resumption(struct lint_run *r)
{
	const struct model *m = r->m;
	struct symbols *seen = symbols_new(r->a);
	struct client_trust *all =
		arena_alloc(r->a, (r->f->scopes.n + 1) * sizeof(*all));

	for (size_t i = 0; i < r->f->scopes.n; i++) {
		const struct fact_scope *f = &r->f->scopes.v[i];
		const struct m_clause *t = lint_clause(r, f, lint_decrypts);
		if (!t || f->node->kind != AST_ROUTE)
			continue;
		const struct m_action *a = &m->actions.v[t->action];
		all[i] = (struct client_trust){f, a, t, 0};
		for (size_t k = 0; k < a->certs.n; k++) {
			uint32_t key[3] = {f->frontend, a->certs.v[k],
				a->site != MODEL_NONE ? ~a->site : a->backend};
			uint32_t *kept = arena_alloc(r->a, sizeof(key));
			memcpy(kept, key, sizeof(key));
			uint32_t old = symbols_add(
				seen, 0, kept, sizeof(key), (uint32_t)i);
			if (old == i || all[old].said ||
				same_trust(all[old].a, a))
				continue;
			all[old].said = 1;
			trust_differs(r, &all[old], &all[i]);
		}
	}
}
