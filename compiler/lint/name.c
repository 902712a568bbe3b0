/*
 * Names: TC0307 a wildcard over a public suffix, TC0308 an apex left out,
 * TC0314 names of one certificate that the policy decides differently.
 */
#include <string.h>

#include <libpsl.h>

#include "compiler/base/name.h"
#include "compiler/base/symbols.h"
#include "compiler/check/cert.h"
#include "priv.h"

void lint_public_suffix(struct lint_run *r)
{
	const struct model *m = r->m;
	const psl_ctx_t *psl = psl_builtin();
	char name[256];

	for (size_t i = 0; psl && i < m->patterns.n; i++) {
		const struct m_pattern *p = &m->patterns.v[i];
		size_t mark = name_mark(p->key, p->len);
		if (!mark)
			continue;
		memcpy(name, p->key + mark, p->len - mark);
		name[p->len - mark] = '\0';
		/* The ICANN part only: who owns a private suffix, such as a
		 * hosting domain, may well route all of it. */
		if (!psl_is_public_suffix2(
			    psl, name, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE))
			continue;
		struct diag *g =
			diag_add(r->d, r->id, check_pattern_span(r->s, p),
				"'%.*s' matches every name under the public "
				"suffix '%s'",
				(int)p->len, p->key, name);
		diag_help(g,
			"a public suffix belongs to nobody (publicsuffix.org): "
			"write the domains that are meant");
	}
}

/* Does some pattern of the frontend match the name? */
static int matched(
	const struct lint_run *r, uint32_t fe, const char *name, size_t len)
{
	char key[260];

	if (check_pattern_find(r->m, fe, name, len) != MODEL_NONE)
		return 1;
	const char *dot = memchr(name, '.', len);
	for (int first = 1; dot; first = 0) {
		size_t n = len - (size_t)(dot + 1 - name);
		memcpy(key, "**.", 3);
		memcpy(key + 3, dot + 1, n);
		if (check_pattern_find(r->m, fe, key, n + 3) != MODEL_NONE ||
			(first &&
				check_pattern_find(r->m, fe, key + 1, n + 2) !=
					MODEL_NONE))
			return 1;
		dot = memchr(dot + 1, '.', n);
	}
	return 0;
}

/* A map with a million of them is one habit, not a million faults. */
#define APEX_MAX 100

void lint_apex(struct lint_run *r)
{
	const struct model *m = r->m;
	unsigned said = 0;

	for (size_t i = 0; i < m->patterns.n && said < APEX_MAX; i++) {
		const struct m_pattern *p = &m->patterns.v[i];
		if (name_kind(p->key, p->len) != 2 ||
			matched(r, p->frontend, p->key + 3, p->len - 3u))
			continue;
		struct diag *g = diag_add(r->d, r->id,
			check_pattern_span(r->s, p),
			"'%.*s' does not match '%.*s' itself, which goes to "
			"default",
			(int)p->len, p->key, (int)p->len - 3, p->key + 3);
		diag_help(g, "add it to the route if it is meant");
		said++;
	}
}

/* What a list decides, so that two can be compared: guards, modes, targets
 * and trust, but not limits. */
static uint64_t decision(const struct model *m, const struct m_list *l)
{
	uint64_t h = 1;

	for (uint32_t i = 0; i < l->count; i++) {
		const struct m_clause *t = &m->clauses.v[l->first + i];
		const struct m_action *a = &m->actions.v[t->action];
		uint64_t parts[] = {t->set, t->src_test, t->tls_mask,
			t->alpn_need, t->alpn_deny, a->mode, a->reject,
			a->backend, a->site, a->client_auth};
		h = symbols_hash(h, parts, sizeof(parts));
		if (a->client_ca)
			h = symbols_hash(h, a->client_ca, strlen(a->client_ca));
	}
	return h;
}

static int offers_h2(const struct model *m, const struct m_action *a)
{
	for (size_t i = 0; i < a->alpn.n; i++)
		if (!strcmp(m->alpns.v[a->alpn.v[i]], "h2"))
			return 1;
	return 0;
}

/* One certificate offered together with h2. */
struct shared {
	uint32_t cert, frontend;
	const struct m_pattern *first; /* pattern it is offered for */
	uint64_t decision;
	int said;
};

struct coalescing {
	struct lint_run *r;
	struct symbols *by_san; /* space frontend: SAN -> shared */
	uint64_t *decisions;    /* per list */
	VEC(struct shared) shared;
};

static void note_offer(
	struct coalescing *k, const struct m_pattern *p, uint32_t cert)
{
	struct lint_run *r = k->r;
	const struct m_cert *t = &r->m->certs.v[cert];
	uint32_t fresh = (uint32_t)k->shared.n;

	if (!t->info || !cert_covers(&t->info->certs[0], p->key, p->len))
		return;
	const struct cert *c = &t->info->certs[0];
	if (symbols_add(k->by_san, p->frontend, c->dns[0], strlen(c->dns[0]),
		    fresh) != fresh)
		return;
	for (size_t i = 1; i < c->dns_count; i++)
		symbols_add(k->by_san, p->frontend, c->dns[i],
			strlen(c->dns[i]), fresh);
	arena_grow(r->a, &k->shared.v, k->shared.n, &k->shared.cap,
		sizeof(*k->shared.v));
	k->shared.v[k->shared.n++] =
		(struct shared){cert, p->frontend, p, k->decisions[p->list], 0};
}

static void compare(struct coalescing *k, const struct m_pattern *p,
	const char *san, size_t len)
{
	struct lint_run *r = k->r;
	uint32_t i = symbols_find(k->by_san, p->frontend, san, len);

	if (i == SYMBOL_NONE)
		return;
	struct shared *s = &k->shared.v[i];
	if (s->said || s->decision == k->decisions[p->list])
		return;
	s->said = 1;
	const struct m_cert *t = &r->m->certs.v[s->cert];
	struct diag *g = diag_add(r->d, r->id, check_pattern_span(r->s, p),
		"'%.*s' and '%.*s' are decided differently, but certificate "
		"'%s' covers both and h2 is offered",
		(int)p->len, p->key, (int)s->first->len, s->first->key,
		t->name.text);
	diag_label(g, check_pattern_span(r->s, s->first),
		"a connection made for this name may be used for the other");
	diag_help(g,
		"browsers reuse a connection for every name that its "
		"certificate covers (RFC 9113, 9.1.1): use separate "
		"certificates, or no h2");
}

static void offers(struct coalescing *k, const struct m_pattern *p)
{
	const struct model *m = k->r->m;
	const struct m_list *l = &m->lists.v[p->list];

	for (uint32_t i = 0; i < l->count; i++) {
		const struct m_action *a =
			&m->actions.v[m->clauses.v[l->first + i].action];
		if (!lint_decrypts(a) || !offers_h2(m, a))
			continue;
		for (size_t c = 0; c < a->certs.n; c++)
			note_offer(k, p, a->certs.v[c]);
	}
}

void lint_coalescing(struct lint_run *r)
{
	const struct model *m = r->m;
	struct coalescing k = {.r = r, .by_san = symbols_new(r->a)};
	char san[260];

	k.decisions = arena_alloc(r->a, (m->lists.n + 1) * sizeof(uint64_t));
	for (size_t i = 0; i < m->lists.n; i++)
		k.decisions[i] = decision(m, &m->lists.v[i]);
	for (size_t i = 0; i < m->patterns.n; i++)
		offers(&k, &m->patterns.v[i]);
	for (size_t i = 0; k.shared.n && i < m->patterns.n; i++) {
		const struct m_pattern *p = &m->patterns.v[i];
		unsigned kind = name_kind(p->key, p->len);
		if (kind < 2)
			compare(&k, p, p->key, p->len);
		const char *dot = kind ? NULL : memchr(p->key, '.', p->len);
		if (!dot)
			continue;
		size_t n = p->len - (size_t)(dot - p->key);
		san[0] = '*';
		memcpy(san + 1, dot, n);
		compare(&k, p, san, n + 1);
	}
}
