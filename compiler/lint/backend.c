/*
 * The servers: TC0311 a loop, TC0313 protocols the server does not speak,
 * TC0504, TC0506 and TC0507 how the second leg is protected.  clear.c has what
 * is sent there in clear text.
 */
#include <string.h>

#include "compiler/base/site.h"
#include "compiler/base/endpoint.h"
#include "compiler/base/name.h"
#include "compiler/base/suite.h"
#include "compiler/check/cert.h"
#include "priv.h"

static int any_address(const uint8_t *addr)
{
	static const uint8_t zero[16];
	return !memcmp(addr, zero, 16);
}

/* Would a connection to the server come back to the listener? */
static int loops(const struct m_server *v, const struct m_listener *l)
{
	if (v->family != l->family)
		return 0;
	if (v->family == TBL_UNIX)
		return !strcmp(v->host, l->path);
	return v->port == l->port &&
		(!memcmp(v->addr, l->addr, 16) ||
			(any_address(l->addr) && endpoint_loopback(v)));
}

void lint_self_loop(struct lint_run *r)
{
	const struct model *m = r->m;

	for (size_t i = 0; i < m->backends.n; i++)
		for (size_t k = 0; k < m->backends.v[i].servers.n; k++) {
			const struct m_server *v =
				&m->backends.v[i].servers.v[k];
			for (size_t f = 0; f < m->frontends.n; f++)
				for (size_t n = 0;
					n < m->frontends.v[f].listeners.n;
					n++) {
					const struct m_listener *l =
						&m->frontends.v[f]
							 .listeners.v[n];
					if (!loops(v, l))
						continue;
					struct diag *g = diag_add(r->d, r->id,
						v->span,
						"%s is one of our own "
						"listeners: connections would "
						"loop",
						lint_server(r, v));
					diag_label(g, l->span,
						"of frontend "
						"'%s'",
						m->frontends.v[f].name.text);
				}
		}
}

/* A protocol agreed with the client and unknown to the server. */
static int unspoken(struct lint_run *r, const struct fact_scope *f,
	const struct m_action *a, const struct m_backend *b)
{
	const struct model *m = r->m;

	for (size_t i = 0; b->alpn.n && i < a->alpn.n; i++) {
		size_t k = 0;
		while (k < b->alpn.n && b->alpn.v[k] != a->alpn.v[i])
			k++;
		if (k < b->alpn.n)
			continue;
		struct diag *g = diag_add(r->d, r->id,
			f->alpn ? f->alpn->span : f->name_span,
			"'%s' is offered to clients, but backend '%s' does not "
			"speak it",
			m->alpns.v[a->alpn.v[i]], b->name.text);
		diag_label(g, b->tls_span, "its protocols are set here");
		return 1;
	}
	return 0;
}

static void unservable(struct lint_run *r, const struct fact_scope *f)
{
	const struct model *m = r->m;
	const struct m_clause *t = lint_clause(r, f, lint_bridges);

	if (!t)
		return;
	const struct m_action *a = &m->actions.v[t->action];
	size_t n;
	const uint32_t *v = site_backends(m, a, &n);
	for (size_t i = 0; i < n; i++)
		if (unspoken(r, f, a, &m->backends.v[v[i]]))
			return;
}

static uint64_t acme_bit(const struct model *m)
{
	for (size_t i = 0; i < m->alpns.n; i++)
		if (!strcmp(m->alpns.v[i], "acme-tls/1"))
			return (uint64_t)1 << i;
	return 0;
}

/* A route that looks for the token in its own clauses. */
static const struct m_clause *asks_for(
	const struct model *m, uint32_t first, uint32_t count, uint64_t bit)
{
	for (uint32_t i = 0; i < count; i++)
		if (m->clauses.v[first + i].alpn_need & bit)
			return &m->clauses.v[first + i];
	return NULL;
}

/* Validation by TLS-ALPN-01 for names under a wildcard that terminates,
 * while another route of the frontend passes it on. */
static void swallowed(struct lint_run *r, uint32_t fe, uint64_t bit)
{
	const struct model *m = r->m;
	const struct m_frontend *f = &m->frontends.v[fe];
	const struct m_clause *asks = NULL;

	if (asks_for(m, f->pre_first, f->pre_count, bit))
		return;
	for (size_t i = 0; i < m->lists.n && !asks; i++)
		if (m->lists.v[i].frontend == fe)
			asks = asks_for(m, m->lists.v[i].first,
				m->lists.v[i].count, bit);
	for (uint32_t i = 0; asks && i < f->pattern_count; i++) {
		const struct m_pattern *p =
			&m->patterns.v[f->pattern_first + i];
		const struct m_list *l = &m->lists.v[p->list];
		if (!name_kind(p->key, p->len) ||
			asks_for(m, l->first, l->count, bit) ||
			!lint_clause(r, lint_scope(r, p->list), lint_decrypts))
			continue;
		struct diag *g =
			diag_add(r->d, r->id, check_pattern_span(r->s, p),
				"'%.*s' terminates acme-tls/1, which another "
				"route passes on",
				(int)p->len, p->key);
		diag_label(g, asks->guard_span, "only here");
		diag_help(g,
			"make it a clause of the frontend: 'when alpn has "
			"\"acme-tls/1\" passthrough to ...;'");
		return;
	}
}

void lint_alpn(struct lint_run *r)
{
	uint64_t bit = acme_bit(r->m);

	for (size_t i = 0; i < r->f->scopes.n; i++)
		unservable(r, &r->f->scopes.v[i]);
	lint_clear_h2(r);
	for (uint32_t f = 0; bit && f < r->m->frontends.n; f++)
		swallowed(r, f, bit);
}

static void ca_file(struct lint_run *r, const struct m_backend *b)
{
	struct certinfo *i = cert_read_bundle(r->a, b->ca_open);
	size_t good = 0;

	if (i->chain_error) {
		diag_add(r->d, r->id, b->verify_span,
			"cannot read the CA file of backend '%s': %s",
			b->name.text, i->chain_error);
		return;
	}
	for (size_t k = 0; k < i->count; k++)
		good += i->certs[k].not_after >= r->o->now;
	if (!good)
		diag_add(r->d, r->id, b->verify_span,
			"every CA of backend '%s' has expired", b->name.text);
}

void lint_unverified(struct lint_run *r)
{
	const struct model *m = r->m;
	const struct m_clause **uses = lint_first_uses(r, MODE_BRIDGE);

	for (size_t i = 0; i < m->backends.n; i++) {
		const struct m_backend *b = &m->backends.v[i];
		if (!uses[i])
			continue;
		if (b->ca_open)
			ca_file(r, b);
		if (b->ca || b->system_ca)
			continue;
		struct diag *g = diag_add(r->d, r->id,
			b->tls_span.file ? b->tls_span : b->name.span,
			b->tls_span.file ? "backend '%s' is used by bridge, "
					   "but its servers are not verified"
					 : "backend '%s' is used by bridge but "
					   "has no tls block",
			b->name.text);
		diag_label(g, uses[i]->action_span, "used by bridge here");
		lint_name_here(r, g, uses[i]);
		diag_help(g,
			"add: %sverify ca \"ca.pem\" name \"server.name\";%s",
			b->tls_span.file ? "" : "tls { ",
			b->tls_span.file ? "" : " }");
	}
}

void lint_identity(struct lint_run *r)
{
	const struct model *m = r->m;
	const struct m_clause **uses = lint_first_uses(r, MODE_BRIDGE);

	for (size_t i = 0; i < m->backends.n; i++) {
		const struct m_backend *b = &m->backends.v[i];
		if (!uses[i] || (!b->ca && !b->system_ca) || b->verify_name ||
			b->sni)
			continue;
		struct diag *g = diag_add(r->d, r->id, b->verify_span,
			"the servers of backend '%s' are verified only under "
			"the name that a client asks for",
			b->name.text);
		diag_help(g,
			"add 'name \"...\"': without it, any server with a "
			"certificate of the CA can stand in for another, "
			"clients without a name are refused, and health checks "
			"accept every certificate of the CA");
	}
}

static int has_weak(const struct m_profile *p, unsigned lacking)
{
	for (size_t i = 0; i < p->suites.n; i++) {
		const struct suite *s = suite_by_code(p->suites.v[i]);
		/* TLS 1.3 suites do not count where the version is off. */
		if (s && !((s->flags & S_13) && p->tls_max < 0x0304) &&
			!(!(s->flags & S_13) && p->tls_min > 0x0303) &&
			(lacking == S_WEAK ? s->flags & S_WEAK
					   : !(s->flags & lacking)))
			return 1;
	}
	return 0;
}

/* What the second leg allows and the first does not. */
static const char *weaker(struct lint_run *r, const struct m_profile *client,
	const struct m_profile *server)
{
	if (server->tls_min < client->tls_min)
		return arena_printf(
			r->a, "TLS 1.%u", server->tls_min - 0x0301u);
	if (has_weak(server, S_WEAK) && !has_weak(client, S_WEAK))
		return "weak cipher suites";
	if (has_weak(server, S_AEAD) && !has_weak(client, S_AEAD))
		return "suites without authenticated encryption";
	return NULL;
}

static void downgraded(struct lint_run *r, const struct m_clause *t,
	const struct m_action *a, uint32_t backend, uint32_t *said)
{
	const struct model *m = r->m;
	const struct m_backend *b = &m->backends.v[backend];

	/* A backend without a tls block is TC0504's. */
	if (!b->tls_span.file || said[backend] == a->profile + 1)
		return;
	const struct m_profile *client = &m->profiles.v[a->profile];
	const struct m_profile *server = &m->profiles.v[b->profile];
	const char *why = weaker(r, client, server);
	if (!why)
		return;
	said[backend] = a->profile + 1;
	struct diag *g = diag_add(r->d, r->id, t->action_span,
		"clients get profile '%s', but backend '%s' may be "
		"reached with %s",
		client->name.text, b->name.text, why);
	diag_label(g, b->tls_span, "with profile '%s'", server->name.text);
	diag_help(g, "use profile '%s' on both sides", client->name.text);
}

void lint_downgrade(struct lint_run *r)
{
	const struct model *m = r->m;
	uint32_t *said = arena_alloc(r->a, (m->backends.n + 1) * sizeof(*said));

	for (size_t i = 0; i < m->clauses.n; i++) {
		const struct m_clause *t = &m->clauses.v[i];
		const struct m_action *a = &m->actions.v[t->action];
		size_t n;
		const uint32_t *v = site_backends(m, a, &n);

		for (size_t k = 0; a->mode == MODE_BRIDGE && k < n; k++)
			downgraded(r, t, a, v[k], said);
	}
}
