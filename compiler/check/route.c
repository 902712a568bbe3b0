/*
 * Routes, and the settings that they share with arms and frontends.
 */
#include <string.h>

#include "comply.h"
#include "priv.h"

static void scope_certificate(struct setting *s)
{
	struct scope_body *b = s->obj;
	struct index_vec v = {NULL, 0, 0};

	b->fact->certificate = s->node;
	for (size_t i = 0; i < s->n; i++) {
		uint32_t k = check_ref(
			s->c, SPACE_CERTIFICATE, s->lit[i], "certificate");
		size_t at = 0;
		if (k == SYMBOL_NONE)
			continue;
		s->c->m->certs.v[k].used = 1;
		while (at < v.n && v.v[at] != k)
			at++;
		if (at < v.n)
			diag_add(s->c->d, DIAG_TC0312, check_span(s->lit[i]),
				"'%s' is in the list twice", s->lit[i]->text);
		else
			PUSH(s->c->a, &v) = k;
	}
	/* After a report the inherited ones are used, so that nothing follows
	 * from it. */
	if (v.n)
		b->s->certs = v;
}

static void scope_profile(struct setting *s)
{
	struct scope_body *b = s->obj;
	uint32_t i = check_profile_ref(s->c, s->lit[0]);

	b->fact->profile = s->node;
	if (i != MODEL_NONE)
		b->s->profile = i;
}

static void scope_limits(struct setting *s)
{
	struct scope_body *b = s->obj;
	uint32_t i = check_limit_ref(s->c, s->lit[0]);
	if (i != MODEL_NONE)
		b->s->limit = i;
}

static void scope_alpn(struct setting *s)
{
	struct scope_body *b = s->obj;
	b->fact->alpn = s->node;
	check_alpn_list(s->c, s->node, &b->s->alpn);
}

static void scope_client_auth(struct setting *s)
{
	static const char *const words[] = {"request", "require", NULL};
	struct scope_body *b = s->obj;
	const struct ast *ca = check_sub(s->node, "ca");
	const struct ast *crl = check_sub(s->node, "crl");

	b->fact->client_auth = s->node;
	int i = check_word(s->c, s->lit[0], words);
	if (i < 0 || !ca)
		return;
	b->s->client_auth = (uint8_t)(i + CLIENTAUTH_REQUEST);
	b->s->client_ca_open = check_credential(s->c, ca, &b->s->client_ca);
	b->s->client_trust = check_ca(s->c, ast_setting(s->node, "ca"),
		b->s->client_ca, b->s->client_ca_open);
	b->s->client_ca_read = check_trust_file(s->c, ca);
	b->s->client_ca_span = check_span(ca);
	b->s->client_crl = b->s->client_crl_open = NULL;
	b->s->client_crl_read = NULL;
	if (!crl)
		return;
	b->s->client_crl_span = check_span(crl);
	b->s->client_crl_open = check_credential(s->c, crl, &b->s->client_crl);
	b->s->client_crl_read = check_trust_file(s->c, crl);
}

/* listen and accept-proxy: frontend.c reads them. */
static void frontends_own(struct setting *s)
{
}

static const struct setting_key keys[] = {
	{"certificate", scope_certificate, 1, 0, 0, NULL},
	{"profile", scope_profile, 1, 1, 0, NULL},
	{"limits", scope_limits, 1, 1, 0, NULL},
	{"alpn", scope_alpn, 1, 0, 1, NULL},
	{"client-auth", scope_client_auth, 1, 1, 0, "ca crl"},
	{"listen", frontends_own, 1, 0, 0, NULL},
	{"accept-proxy", frontends_own, 0, 0, 0, NULL},
	{NULL, NULL, 0, 0, 0, NULL},
};

static void unknown_standard(struct check *c, const struct ast *w)
{
	const char *names[16];
	size_t n = 0;

	for (; n < 15 && comply_at(n); n++)
		names[n] = comply_at(n)->name;
	names[n] = NULL;
	struct diag *g = diag_add(c->d, DIAG_TC0201, check_span(w),
		"no standard is named '%s'", w->text);
	check_hint(g, w->text, names);
}

static void comply(
	struct check *c, const struct ast *block, struct fact_scope *fact)
{
	for (const struct ast *n = ast_kid(block, AST_COMPLY); n;
		n = ast_next(n, AST_COMPLY))
		for (const struct ast *w = n->kids; w; w = w->next) {
			const struct comply_standard *s;
			if (!check_literal(w))
				continue;
			if (!(s = comply_find(w->text)))
				unknown_standard(c, w);
			else
				PUSH(c->a, &fact->comply) =
					(struct fact_comply){
						s->name, check_span(w)};
		}
}

void check_scope_settings(struct check *c, const struct ast *block,
	struct scope *s, struct fact_scope *fact)
{
	struct scope_body b = {s, fact};

	check_settings(c, block, keys, &b);
	comply(c, block, fact);
	check_allow(c, block, block->span);
	fact->profile_index = s->profile;
	fact->certs.v = s->certs.v;
	fact->certs.n = s->certs.n;
	fact->client_ca = s->client_ca;
	fact->client_ca_open = s->client_ca_open;
	fact->client_ca_span = s->client_ca_span;
	fact->client_crl = s->client_crl;
	fact->client_crl_open = s->client_crl_open;
	fact->client_crl_span = s->client_crl_span;
}

struct route {
	struct check *c;
	const struct ast *node;
	struct scope scope;
	size_t fact;
	uint8_t torn; /* enum m_torn */
};

static void drafts(struct route *r)
{
	struct check *c = r->c;
	struct m_frontend *fe = &c->m->frontends.v[r->scope.frontend];
	int any = 0;

	c->drafts.n = 0;
	if (check_slipped(c, r->node->span))
		r->torn = MODEL_DISORDER;
	for (const struct ast *k = r->node->kids; k; k = k->next) {
		const struct ast *act =
			k->kind == AST_ACTION ? k : ast_kid(k, AST_ACTION);
		struct draft d;
		if (k->kind == AST_ERROR) {
			any = 1;
			r->torn = MODEL_DISORDER;
		}
		if (k->kind != AST_WHEN && k->kind != AST_OTHERWISE &&
			k->kind != AST_ACTION)
			continue;
		any = 1;
		if (!check_when(c, k, act, &fe->alpn_mentioned, &d, &r->torn))
			PUSH(c->a, &c->drafts) = d;
	}
	if (any)
		return;
	r->torn = MODEL_DISORDER; /* its gap is told here */
	struct diag *g = diag_add(c->d, DIAG_TC0304, check_span(r->node),
		"route '%s' has no action", r->node->text);
	diag_help(g, "add one, such as 'offload to BACKEND;'");
}

static uint32_t list(void *arg, uint32_t backend, uint32_t cert)
{
	struct route *r = arg;
	struct check *c = r->c;
	uint32_t i = (uint32_t)c->m->lists.n;
	struct m_list l = {.route = {r->node->text, check_span(r->node)},
		.span = r->node->span,
		.frontend = r->scope.frontend,
		.first = (uint32_t)c->m->clauses.n,
		.count = (uint32_t)c->drafts.n,
		.torn = r->torn};

	for (size_t k = 0; k < c->drafts.n; k++)
		check_clause(c, &r->scope, &c->drafts.v[k], backend, cert);
	PUSH(c->a, &c->m->lists) = l;
	PUSH(c->a, &c->f->list_scope) = (uint32_t)r->fact;
	c->f->scopes.v[r->fact].list_count++;
	return i;
}

/* Patterns of a route that names one certificate must stay covered when that
 * is renewed. */
static void covers(struct route *r, const char *key, size_t len)
{
	const struct fact_scope *f = &r->c->f->scopes.v[r->fact];
	int opens = 0;

	for (size_t i = 0; i < r->c->drafts.n; i++)
		opens |= r->c->drafts.v[i].mode == MODE_OFFLOAD ||
			r->c->drafts.v[i].mode == MODE_BRIDGE;
	if (!f->certificate || r->scope.certs.n != 1 || !opens)
		return;
	struct m_cert *t = &r->c->m->certs.v[r->scope.certs.v[0]];
	PUSH(r->c->a, &t->covers) =
		len == strlen(key) ? key : arena_strndup(r->c->a, key, len);
}

static void named(struct route *r, const struct ast *snis, uint32_t base)
{
	struct check *c = r->c;
	const struct ast *word = ast_kid(snis, AST_WORD);

	if (!(snis->flags & F_IN)) {
		for (const struct ast *k = snis->kids; k; k = k->next) {
			size_t n;
			const char *key = !check_literal(k)
				? NULL
				: check_pattern_text(c, k->text, k->text_len,
					  check_span(k), &n);
			if (!key)
				continue;
			check_pattern(c, r->scope.frontend, key, n, base,
				check_span(k), 0);
			covers(r, key, n);
		}
		return;
	}
	uint32_t i = check_ref(c, SPACE_SET, word, "set");
	if (i == SYMBOL_NONE)
		return;
	const struct set_decl *decl = &c->sets.v[i];
	if (!decl->is_names) {
		struct diag *g = diag_add(c->d, DIAG_TC0201, check_span(word),
			"'%s' is a set of addresses, not of names", word->text);
		diag_label(g, c->m->sets.v[decl->index].name.span,
			"declared here");
		return;
	}
	c->f->names.v[decl->index].used = 1;
	for (size_t k = 0; k < decl->names.n; k++) {
		const struct set_name *e = &decl->names.v[k];
		check_pattern(
			c, r->scope.frontend, e->key, e->len, base, e->span, 0);
		covers(r, e->key, e->len);
	}
}

void check_route(struct check *c, const struct ast *n, const struct scope *from,
	const struct fact_scope *frontend)
{
	struct route r = {.c = c, .node = n, .scope = *from};
	const struct ast *snis = ast_kid(n, AST_SNIS);
	const struct ast *map = snis ? ast_kid(snis, AST_FROM) : NULL;
	struct fact_scope fact = {.name = n->text,
		.node = n,
		.frontend = from->frontend,
		.own = frontend->own,
		.name_span = check_span(n),
		.from_map = map != NULL};

	for (size_t i = 0; i < frontend->comply.n; i++)
		PUSH(c->a, &fact.comply) = frontend->comply.v[i];
	check_scope_settings(c, n, &r.scope, &fact);
	fact.list_first = (uint32_t)c->m->lists.n;
	r.fact = c->f->scopes.n;
	PUSH(c->a, &c->f->scopes) = fact;
	drafts(&r);
	uint32_t base = list(&r, MODEL_NONE, MODEL_NONE);
	c->f->scopes.v[r.fact].clause_first = c->m->lists.v[base].first;
	c->f->scopes.v[r.fact].clause_count = c->m->lists.v[base].count;
	if (map) {
		struct map_target t = {list, &r, from->frontend, base,
			SPACE_MAP + 1 + (uint32_t)r.fact};
		uint32_t file;
		check_map_count(c, map, &file);
		if (file)
			check_map_read(c, file, &t);
	} else if (snis) {
		named(&r, snis, base);
	}
}
