/*
 * Things that have no effect: TC0203 objects nobody uses, TC0207 settings that
 * decide nothing in their place, TC0312 redundant set elements, TC0703 a server
 * twice.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/prefix.h"
#include "priv.h"

/* Another value of a parameter may bring in what names it, or a file that
 * does. */
static int named_in(const struct ast *n, const char *name)
{
	for (; n; n = n->next)
		if (n->kind == AST_INCLUDE ||
			(n->text && !strcmp(n->text, name)) ||
			named_in(n->kids, name))
			return 1;
	return 0;
}

static void unused(struct lint_run *r, const struct m_name *name,
	struct span span, const char *kind)
{
	struct diag *g;

	if (!name->span.file || named_in(r->r->dropped, name->text))
		return;
	g = diag_add(r->d, r->id, name->span, "%s '%s' is never used", kind,
		name->text);
	diag_help(g, "remove it");
	diag_fix(g, lint_statement(r, span), "");
}

void lint_unused(struct lint_run *r)
{
	const struct model *m = r->m;

	for (size_t i = 0; i < m->sets.n; i++)
		if (!m->sets.v[i].used && m->sets.v[i].name.text)
			unused(r, &m->sets.v[i].name, m->sets.v[i].span, "set");
	for (size_t i = 0; i < r->f->names.n; i++)
		if (!r->f->names.v[i].used)
			unused(r, &r->f->names.v[i].name, r->f->names.v[i].span,
				"set");
	for (size_t i = 0; i < m->profiles.n; i++)
		if (!m->profiles.v[i].used)
			unused(r, &m->profiles.v[i].name, m->profiles.v[i].span,
				"profile");
	for (size_t i = 0; i < m->limits.n; i++)
		if (!m->limits.v[i].used)
			unused(r, &m->limits.v[i].name, m->limits.v[i].span,
				"limits block");
	/* What a map would use is not known without it. */
	if (r->f->unknown_files)
		return;
	for (size_t i = 0; i < m->certs.n; i++)
		if (!m->certs.v[i].used)
			unused(r, &m->certs.v[i].name, m->certs.v[i].span,
				"certificate");
	for (size_t i = 0; i < m->sites.n; i++)
		if (!m->sites.v[i].used)
			unused(r, &m->sites.v[i].name, m->sites.v[i].span,
				"site");
	for (size_t i = 0; i < m->backends.n; i++)
		if (!m->backends.v[i].used)
			unused(r, &m->backends.v[i].name, m->backends.v[i].span,
				"backend");
}

static void ineffective(struct lint_run *r, const struct ast *setting,
	const char *owner, const char *name)
{
	struct diag *g;

	if (!setting)
		return;
	g = diag_add(r->d, r->id,
		setting->name_span.file ? setting->name_span : setting->span,
		"'%s' has no effect: nothing in %s '%s' terminates TLS",
		setting->text, owner, name);
	diag_help(g, "remove it");
	diag_fix(g, lint_statement(r, setting->span), "");
}

/* A frontend's settings are for its own clauses, its arms and its routes. */
static void mark_frontends(const struct lint_run *r, uint8_t *decrypts)
{
	const struct model *m = r->m;

	for (size_t i = 0; i < r->f->scopes.n; i++) {
		const struct fact_scope *f = &r->f->scopes.v[i];
		for (uint32_t k = 0; k < f->clause_count; k++) {
			const struct m_clause *t =
				&m->clauses.v[f->clause_first + k];
			decrypts[f->frontend] |= (uint8_t)lint_decrypts(
				&m->actions.v[t->action]);
		}
	}
}

void lint_ineffective(struct lint_run *r)
{
	uint8_t *decrypts = arena_alloc(r->a, r->m->frontends.n + 1);

	mark_frontends(r, decrypts);
	for (size_t i = 0; i < r->f->scopes.n; i++) {
		const struct fact_scope *f = &r->f->scopes.v[i];
		int fe = f->node->kind == AST_FRONTEND;
		const char *owner = fe               ? "frontend"
			: f->node->kind == AST_ROUTE ? "route"
						     : "arm";
		if (fe ? decrypts[f->frontend]
		       : lint_clause(r, f, lint_decrypts) != NULL)
			continue;
		ineffective(r, f->certificate, owner, f->name);
		ineffective(r, f->profile, owner, f->name);
		ineffective(r, f->alpn, owner, f->name);
		ineffective(r, f->client_auth, owner, f->name);
	}
}

struct element {
	struct m_prefix p;
	size_t at;
};

static int element_cmp(const void *x, const void *y)
{
	const struct element *a = x, *b = y;
	int d = prefix_cmp(&a->p, &b->p);
	return d ? d : a->at < b->at ? -1 : 1;
}

/* A list with a million redundant lines says so often enough. */
#define PER_SET_MAX 100

static void set_elements(struct lint_run *r, const struct m_set *set)
{
	size_t n = set->written.n, said = 0;
	struct element *e = n ? arena_alloc(r->a, n * sizeof(*e)) : NULL;
	const struct element *outer = NULL;
	char a[64], b[64];

	for (size_t i = 0; i < n; i++)
		e[i] = (struct element){set->written.v[i], i};
	if (n)
		qsort(e, n, sizeof(*e), element_cmp);
	for (size_t i = 0; i < n && said < PER_SET_MAX; i++) {
		if (!outer || !prefix_contains(&outer->p, &e[i].p)) {
			outer = &e[i];
			continue;
		}
		int same = !prefix_cmp(&outer->p, &e[i].p);
		struct diag *g = diag_add(r->d, r->id, set->spans.v[e[i].at],
			same ? "%s is in the set twice" : "%s is inside %s",
			prefix_text(&e[i].p, a), prefix_text(&outer->p, b));
		diag_label(g, set->spans.v[outer->at],
			same ? "first here" : "covers it");
		diag_fix(g, lint_element(r, set->spans.v[e[i].at]), "");
		said++;
	}
}

void lint_set_redundancy(struct lint_run *r)
{
	for (size_t i = 0; i < r->m->sets.n; i++)
		set_elements(r, &r->m->sets.v[i]);
}

static int server_cmp(const void *x, const void *y)
{
	const struct m_server *a = *(const struct m_server *const *)x;
	const struct m_server *b = *(const struct m_server *const *)y;
	int d = a->family - b->family;
	if (!d)
		d = a->port - b->port;
	if (!d)
		d = memcmp(a->addr, b->addr, 16);
	if (!d && a->host)
		d = strcmp(a->host, b->host);
	return d ? d : a < b ? -1 : a > b;
}

static int same_server(const struct m_server *a, const struct m_server *b)
{
	return a->family == b->family && a->port == b->port &&
		!memcmp(a->addr, b->addr, 16) &&
		(!a->host || !strcmp(a->host, b->host));
}

/* From `server` to its semicolon. */
static struct span server_statement(struct lint_run *r, struct span span)
{
	const struct source *src = source_get(r->s, span.file);

	if (!src)
		return span;
	while (span.begin > 0 && strncmp(src->text + span.begin, "server", 6))
		span.begin--;
	while (span.end < src->len && src->text[span.end - 1] != ';')
		span.end++;
	return span;
}

void lint_duplicate_server(struct lint_run *r)
{
	for (size_t i = 0; i < r->m->backends.n; i++) {
		const struct m_backend *b = &r->m->backends.v[i];
		size_t n = b->servers.n;
		const struct m_server **v =
			arena_alloc(r->a, (n + 1) * sizeof(*v));
		for (size_t k = 0; k < n; k++)
			v[k] = &b->servers.v[k];
		qsort(v, n, sizeof(*v), server_cmp);
		for (size_t k = 1; k < n; k++) {
			if (!same_server(v[k - 1], v[k]))
				continue;
			struct diag *g = diag_add(r->d, r->id, v[k]->span,
				"%s is in backend '%s' twice",
				lint_server(r, v[k]), b->name.text);
			diag_label(g, v[k - 1]->span, "first here");
			diag_help(g,
				"to give a server more of the load, use "
				"weight");
			diag_fix(g,
				lint_statement(
					r, server_statement(r, v[k]->span)),
				"");
		}
	}
}
