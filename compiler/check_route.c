/*
 * Routes, and what they share with arms and frontends: inherited settings,
 * clauses and actions.  Actions are interned, so a million routes that say
 * the same have one.
 */
#include <stdio.h>
#include <string.h>

#include "check_priv.h"
#include "comply.h"

/* Settings. */

static void
scope_certificate(struct setting *s)
{
	struct scope_body *b = s->obj;
	struct index_vec v = {NULL, 0, 0};

	b->fact->certificate = s->node;
	for (size_t i = 0; i < s->n; i++) {
		uint32_t k = check_ref(s->c, SPACE_CERTIFICATE, s->lit[i],
			"certificate");
		size_t at = 0;
		if (k == SYMBOL_NONE)
			continue;
		s->c->m->certs.v[k].used = 1;
		while (at < v.n && v.v[at] != k)
			at++;
		if (at < v.n)
			diag_add(s->c->d, DIAG_TC0312, check_span(s->lit[i]),
				"'%s' stands in the list twice",
				s->lit[i]->text);
		else
			PUSH(s->c->a, &v) = k;
	}
	/* After a report the inherited ones stand in: no cascade. */
	if (v.n)
		b->s->certs = v;
}

static void
scope_profile(struct setting *s)
{
	struct scope_body *b = s->obj;
	uint32_t i = check_profile_ref(s->c, s->lit[0]);

	b->fact->profile = s->node;
	if (i != MODEL_NONE)
		b->s->profile = i;
}

static void
scope_limits(struct setting *s)
{
	struct scope_body *b = s->obj;
	uint32_t i = check_limit_ref(s->c, s->lit[0]);
	if (i != MODEL_NONE)
		b->s->limit = i;
}

static void
scope_alpn(struct setting *s)
{
	struct scope_body *b = s->obj;
	b->fact->alpn = s->node;
	check_alpn_list(s->c, s->node, &b->s->alpn);
}

static void
scope_client_auth(struct setting *s)
{
	static const char *const words[] = {"request", "require", NULL};
	struct scope_body *b = s->obj;
	const struct ast *ca = check_sub(s->node, "ca");
	const struct ast *crl = check_sub(s->node, "crl");
	const char *open;

	b->fact->client_auth = s->node;
	int i = check_word(s->c, s->lit[0], words);
	if (i < 0 || !ca)
		return;
	b->s->client_auth = (uint8_t)(i + CLIENTAUTH_REQUEST);
	check_path(s->c, ca, &b->s->client_ca, &b->s->client_ca_open);
	b->s->client_ca_span = check_span(ca);
	b->s->client_crl = NULL;
	if (crl)
		check_path(s->c, crl, &b->s->client_crl, &open);
}

/* listen and accept-proxy: check_frontend.c reads them. */
static void
frontends_own(struct setting *s)
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

static void
unknown_standard(struct check *c, const struct ast *w)
{
	const char *names[16];
	size_t n = 0;

	for (; n < 15 && comply_at(n); n++)
		names[n] = comply_at(n)->name;
	names[n] = NULL;
	struct diag *g = diag_add(c->d, DIAG_TC0201, check_span(w),
		"no requirement set is named '%s'", w->text);
	check_hint(g, w->text, names);
}

static void
comply(struct check *c, const struct ast *block, struct fact_scope *fact)
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

void
check_scope_settings(struct check *c, const struct ast *block, struct scope *s,
	struct fact_scope *fact)
{
	struct scope_body b = {s, fact};

	check_settings(c, block, keys, &b);
	comply(c, block, fact);
	check_allow(c, block, block->span);
	fact->profile_index = s->profile;
	fact->certs.v = s->certs.v;
	fact->certs.n = s->certs.n;
	fact->client_ca_open = s->client_ca_open;
	fact->client_ca_span = s->client_ca_span;
}

/* Actions. */

static const char *const rejects[] = {
#define WORD_REJECT(id, value, word, alert) word,
#include "../grammar/words.def"
	NULL};

static uint8_t
mode_of(const char *word)
{
#define WORD_MODE(id, value, text)                                             \
	if (!strcmp(word, text))                                               \
		return value;
#include "../grammar/words.def"
	return 0;
}

int
check_draft(struct check *c, const struct ast *action, struct draft *d)
{
	const struct ast *target = ast_kid(action, AST_TARGET);
	const struct ast *enforcing = ast_kid(action, AST_ENFORCING);
	const struct ast *limits = ast_kid(action, AST_LIMITSREF);
	int bad = 0;

	d->mode = mode_of(action->text);
	d->reject = 0;
	d->backend = d->enforce = d->limit = MODEL_NONE;
	d->action_span = action->span;
	if (!target || !d->mode)
		return -1;
	if (d->mode == MODE_REJECT) {
		int r = check_word(c, target, rejects);
		bad |= r < 0;
		d->reject = (uint8_t)(r < 0 ? 0 : r);
	} else {
		d->backend = check_ref(c, SPACE_BACKEND, target, "backend");
		bad |= d->backend == SYMBOL_NONE;
		if (!bad)
			c->m->backends.v[d->backend].used = 1;
	}
	if (enforcing && d->mode != MODE_PASSTHROUGH) {
		struct diag *g = diag_add(c->d, DIAG_TC0101,
			check_span(enforcing),
			"'enforcing' belongs to passthrough");
		diag_help(g, "a route that terminates TLS says \"profile %s;\"",
			enforcing->text);
	} else if (enforcing) {
		d->enforce = check_profile_ref(c, enforcing);
		bad |= d->enforce == MODEL_NONE;
	}
	if (limits) {
		d->limit = check_limit_ref(c, limits);
		bad |= d->limit == MODEL_NONE;
	}
	return bad ? -1 : 0;
}

/* Appends to the interning key. */
static void
put(struct check *c, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		PUSH(c->a, &c->key) = ((const unsigned char *)p)[i];
}

static void
put_text(struct check *c, const char *s)
{
	put(c, s ? s : "", s ? strlen(s) + 1 : 1);
}

static uint32_t
intern(struct check *c, enum space space, uint32_t fresh)
{
	uint32_t i = symbols_find(c->sym, space, c->key.v, c->key.n);

	if (i != SYMBOL_NONE)
		return i;
	return symbols_add(c->sym, space,
		arena_strndup(c->a, (char *)c->key.v, c->key.n), c->key.n,
		fresh);
}

/* Tickets are worth the same only under the same trust settings of the same
 * frontend (runtime.md, resumption domains); and under the same profile, or
 * a session of the laxer one would live on in the stricter. */
static uint32_t
domain(struct check *c, const struct scope *s)
{
	c->key.n = 0;
	put(c, &s->frontend, sizeof s->frontend);
	put(c, &s->profile, sizeof s->profile);
	put(c, &s->client_auth, 1);
	put_text(c, s->client_ca);
	put_text(c, s->client_crl);
	uint32_t i = intern(c, SPACE_DOMAIN, c->domains + 1);
	if (i > c->domains)
		c->domains = i;
	return i;
}

static void
decrypting(struct check *c, const struct scope *s, struct m_action *a,
	uint32_t cert)
{
	a->profile = s->profile;
	if (a->profile == MODEL_NONE)
		a->profile = check_profile_builtin(c, "intermediate");
	if (cert != MODEL_NONE) {
		PUSH(c->a, &a->certs) = cert;
	} else {
		a->certs.v = s->certs.v;
		a->certs.n = s->certs.n;
	}
	a->alpn.v = s->alpn.v;
	a->alpn.n = s->alpn.n;
	a->client_auth = s->client_auth;
	a->client_ca = s->client_ca;
	a->client_ca_open = s->client_ca_open;
	a->client_crl = s->client_crl;
	a->domain = domain(c, s);
}

/* A bridge speaks TLS whether or not its backend says how (TC0504 speaks of
 * that): the table must hold a profile for it. */
static void
bridge_tls(struct check *c, uint32_t backend)
{
	struct m_backend *b = &c->m->backends.v[backend];

	if (b->has_tls)
		return;
	b->has_tls = 1;
	b->profile = check_profile_builtin(c, "intermediate");
}

static uint32_t
action(struct check *c, const struct scope *s, const struct draft *d,
	uint32_t backend, uint32_t cert)
{
	struct m_action a;

	memset(&a, 0, sizeof a); /* its octets are the interning key */
	a.mode = d->mode;
	a.reject = d->reject;
	a.backend = a.profile = MODEL_NONE;
	a.enforce = d->enforce;
	a.limit = d->limit;
	if (d->mode != MODE_REJECT)
		a.backend = backend != MODEL_NONE ? backend : d->backend;
	if (a.limit == MODEL_NONE)
		a.limit = s->limit;
	if (d->mode == MODE_OFFLOAD || d->mode == MODE_BRIDGE)
		decrypting(c, s, &a, cert);
	if (d->mode == MODE_BRIDGE)
		bridge_tls(c, a.backend);
	c->key.n = 0;
	put(c, &a, offsetof(struct m_action, certs));
	put(c, &a.domain, sizeof a.domain);
	put(c, &a.certs.n, sizeof a.certs.n);
	put(c, a.certs.v, a.certs.n * sizeof *a.certs.v);
	put(c, &a.alpn.n, sizeof a.alpn.n);
	put(c, a.alpn.v, a.alpn.n * sizeof *a.alpn.v);
	uint32_t fresh = (uint32_t)c->m->actions.n;
	uint32_t i = intern(c, SPACE_ACTION, fresh);
	if (i == fresh)
		PUSH(c->a, &c->m->actions) = a;
	return i;
}

/* Is there a certificate for what terminates TLS? */
static void
need_certificate(struct check *c, const struct scope *s, const struct draft *d,
	uint32_t cert)
{
	if ((d->mode != MODE_OFFLOAD && d->mode != MODE_BRIDGE) ||
		s->certs.n || cert != MODEL_NONE ||
		diags_has(c->d, DIAG_TC0201))
		return;
	struct diag *g = diag_add(c->d, DIAG_TC0201, d->action_span,
		"this terminates TLS and no certificate is named for it");
	diag_help(g, "write \"certificate NAME;\" here or in the frontend");
}

/* Where the clause stands, in words: what SRCMAP keeps. */
static void
place(struct check *c, struct m_clause *t)
{
	const struct source *src = source_get(c->s, t->span.file);
	uint32_t end_line;

	if (!src)
		return;
	t->file = src->path;
	source_locate(c->s, t->span.file, t->span.begin, &t->line, &t->column);
	source_locate(c->s, t->span.file, t->span.end, &end_line,
		&t->end_column);
	/* One that goes on below is marked to the end of its first line. */
	if (end_line != t->line) {
		size_t len = 0;
		source_line(c->s, t->span.file, t->line, &len);
		t->end_column = (uint32_t)len + 1;
	}
}

void
check_clause(struct check *c, const struct scope *s, const struct draft *d,
	uint32_t backend, uint32_t cert)
{
	need_certificate(c, s, d, cert);
	struct m_clause t = {.set = d->guard.set,
		.src_test = d->guard.src_test, .tls_mask = d->guard.tls_mask,
		.alpn_need = d->guard.alpn_need,
		.alpn_deny = d->guard.alpn_deny, .span = d->span,
		.guard_span = d->guard.span, .action_span = d->action_span};
	t.action = action(c, s, d, backend, cert);
	place(c, &t);
	PUSH(c->a, &c->m->clauses) = t;
}

/* Routes. */

struct route {
	struct check *c;
	const struct ast *node;
	struct scope scope;
	size_t fact;
};

static void
drafts(struct route *r)
{
	struct check *c = r->c;
	struct m_frontend *fe = &c->m->frontends.v[r->scope.frontend];
	int any = 0;

	c->drafts.n = 0;
	for (const struct ast *k = r->node->kids; k; k = k->next) {
		const struct ast *act = k->kind == AST_ACTION
			? k
			: ast_kid(k, AST_ACTION);
		struct draft d;
		if (k->kind == AST_ERROR)
			any = 1;
		if (k->kind != AST_WHEN && k->kind != AST_OTHERWISE &&
			k->kind != AST_ACTION)
			continue;
		any = 1;
		check_guard(c, ast_kid(k, AST_GUARD), &d.guard,
			&fe->alpn_mentioned);
		d.span = k->span;
		if (act && !check_draft(c, act, &d) && !d.guard.never)
			PUSH(c->a, &c->drafts) = d;
	}
	if (any)
		return;
	struct diag *g = diag_add(c->d, DIAG_TC0304, check_span(r->node),
		"route '%s' has no action", r->node->text);
	diag_help(g, "say what happens: \"offload to BACKEND;\" for one");
}

static uint32_t
list(void *arg, uint32_t backend, uint32_t cert)
{
	struct route *r = arg;
	struct check *c = r->c;
	uint32_t i = (uint32_t)c->m->lists.n;
	struct m_list l = {.route = {r->node->text, check_span(r->node)},
		.span = r->node->span, .frontend = r->scope.frontend,
		.first = (uint32_t)c->m->clauses.n,
		.count = (uint32_t)c->drafts.n};

	for (size_t k = 0; k < c->drafts.n; k++)
		check_clause(c, &r->scope, &c->drafts.v[k], backend, cert);
	PUSH(c->a, &c->m->lists) = l;
	PUSH(c->a, &c->f->list_scope) = (uint32_t)r->fact;
	c->f->scopes.v[r->fact].list_count++;
	return i;
}

/* Patterns of a route that names one certificate must stay covered when that
 * is renewed. */
static void
covers(struct route *r, const char *key, size_t len)
{
	const struct fact_scope *f = &r->c->f->scopes.v[r->fact];
	int opens = 0;

	for (size_t i = 0; i < r->c->drafts.n; i++)
		opens |= r->c->drafts.v[i].mode == MODE_OFFLOAD ||
			r->c->drafts.v[i].mode == MODE_BRIDGE;
	if (!f->certificate || r->scope.certs.n != 1 || !opens)
		return;
	struct m_cert *t = &r->c->m->certs.v[r->scope.certs.v[0]];
	PUSH(r->c->a, &t->covers) = len == strlen(key)
		? key
		: arena_strndup(r->c->a, key, len);
}

static void
named(struct route *r, const struct ast *snis, uint32_t base)
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
		check_pattern(c, r->scope.frontend, e->key, e->len, base,
			e->span, 0);
		covers(r, e->key, e->len);
	}
}

void
check_route(struct check *c, const struct ast *n, const struct scope *from,
	const struct fact_scope *frontend)
{
	struct route r = {.c = c, .node = n, .scope = *from};
	const struct ast *snis = ast_kid(n, AST_SNIS);
	const struct ast *map = snis ? ast_kid(snis, AST_FROM) : NULL;
	struct fact_scope fact = {.name = n->text, .node = n,
		.frontend = from->frontend, .name_span = check_span(n),
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
		map_count(c, map, &file);
		if (file)
			map_read(c, file, &t);
	} else if (snis) {
		named(&r, snis, base);
	}
}
