/*
 * Frontends: where they listen, their three arms, their own clauses, their
 * routes.  Nothing is implicit: a missing arm is TC0310.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/literal.h"
#include "priv.h"

/* 0, or -1 with TC0103. */
static int listen_address(
	struct check *c, const struct ast *k, struct literal_endpoint *e)
{
	struct literal_why w = {{0}, {0}};
	struct diag *g;

	if (literal_endpoint(k->text, e, &w) < 0) {
		g = diag_add(c->d, DIAG_TC0103, check_span(k), "%s", w.why);
		if (*w.help)
			diag_help(g, "%s", w.help);
	} else if (e->family == TBL_HOST && e->host_len) {
		g = diag_add(c->d, DIAG_TC0103, check_span(k),
			"'listen' takes an address, not a name");
	} else {
		return 0;
	}
	if (e->port && e->family == TBL_HOST)
		diag_help(g, "for all addresses write ':%u'", e->port);
	return -1;
}

static void listener(struct check *c, const struct ast *k,
	const struct literal_endpoint *e, uint8_t family, struct m_frontend *fe)
{
	struct m_listener *l = &PUSH(c->a, &fe->listeners);

	*l = (struct m_listener){
		.span = check_span(k), .family = family, .port = e->port};
	memcpy(l->addr, e->addr, sizeof(l->addr));
	if (family == TBL_UNIX)
		l->path = arena_strndup(c->a, e->host, e->host_len);
}

/* Of several, the first: of the others TC0202 tells.  A port alone is every
 * address of both families: two sockets, because one for both would show IPv4
 * clients as IPv6 ones. */
static void listeners(
	struct check *c, const struct ast *n, struct m_frontend *fe)
{
	const struct ast *s = ast_setting(n, "listen");

	for (const struct ast *k = s ? s->kids : NULL; k; k = k->next) {
		struct literal_endpoint e;
		if (!check_literal(k) || listen_address(c, k, &e) < 0)
			continue;
		if (e.family != TBL_HOST) {
			listener(c, k, &e, e.family, fe);
			continue;
		}
		listener(c, k, &e, TBL_V4, fe);
		listener(c, k, &e, TBL_V6, fe);
	}
}

static void accept_proxy(
	struct check *c, const struct ast *n, struct m_frontend *fe)
{
	const struct ast *s = ast_setting(n, "accept-proxy");
	struct source_terms t;

	fe->proxy_set = MODEL_NONE;
	if (!s)
		return;
	check_sources(c, s, &t);
	if (t.only != MODEL_NONE)
		fe->proxy_set = t.only;
	else if (t.prefixes.n)
		fe->proxy_set = check_inline_set(
			c, t.prefixes.v, t.prefixes.n, s->span);
}

/* A frontend's own clauses. */
static void own_clauses(
	struct check *c, const struct ast *n, uint32_t f, const struct scope *s)
{
	struct model *m = c->m;
	struct m_frontend *fe = &m->frontends.v[f];

	fe->pre_first = (uint32_t)m->clauses.n;
	for (const struct ast *k = ast_kid(n, AST_WHEN); k;
		k = ast_next(k, AST_WHEN)) {
		const struct ast *act = ast_kid(k, AST_ACTION);
		struct draft d;

		if (!check_when(c, k, act, &fe->alpn_mentioned, &d, &fe->torn))
			check_clause(c, s, &d, MODEL_NONE, MODEL_NONE);
	}
	if (ast_kid(n, AST_ERROR))
		fe->torn = MODEL_LACKS;
	fe->pre_count = (uint32_t)m->clauses.n - fe->pre_first;
}

static int malformed_only(struct check *c, const struct draft *d)
{
	if (d->mode != MODE_OFFLOAD && d->mode != MODE_BRIDGE)
		return 0;
	struct diag *g = diag_add(c->d, DIAG_TC0310, d->action_span,
		"bytes that are not an acceptable ClientHello cannot be "
		"decrypted");
	diag_help(g,
		"malformed takes 'reject REASON' or 'passthrough to BACKEND'");
	return -1;
}

static uint32_t arm_list(struct check *c, const struct ast *arm,
	const struct scope *s, const struct fact_scope *frontend)
{
	const struct ast *act = ast_kid(arm, AST_ACTION);
	struct model *m = c->m;
	struct draft d;
	uint32_t i = (uint32_t)m->lists.n, first = (uint32_t)m->clauses.n;
	struct fact_scope fact = *frontend;

	memset(&d, 0, sizeof(d));
	d.guard.tls_mask = TLSV_ALL;
	d.guard.set = MODEL_NONE;
	d.span = arm->span;
	int malformed = !strcmp(arm->text, "malformed");
	if (!act || check_draft(c, act, malformed, &d) < 0)
		return MODEL_NONE;
	if (malformed && malformed_only(c, &d) < 0)
		return MODEL_NONE;
	check_clause(c, s, &d, MODEL_NONE, MODEL_NONE);
	struct m_list l = {.route = {arm->text, check_span(arm)},
		.span = arm->span,
		.first = first,
		.count = (uint32_t)m->clauses.n - first,
		.frontend = s->frontend,
		.is_arm = 1};
	PUSH(c->a, &m->lists) = l;
	fact.name = arm->text;
	fact.node = arm;
	fact.name_span = check_span(arm);
	/* What the frontend sets is not the arm's own. */
	fact.certificate = fact.profile = fact.alpn = fact.client_auth = NULL;
	fact.list_first = i;
	fact.list_count = 1;
	fact.clause_first = first;
	fact.clause_count = l.count;
	PUSH(c->a, &c->f->list_scope) = (uint32_t)c->f->scopes.n;
	PUSH(c->a, &c->f->scopes) = fact;
	return i;
}

static void missing_arm(struct check *c, const struct ast *n, const char *word,
	const char *example)
{
	struct diag *g = diag_add(c->d, DIAG_TC0310, check_span(n),
		"frontend '%s' does not say what happens %s", n->text,
		!strcmp(word, "no-sni") ? "without SNI"
			: !strcmp(word, "default")
			? "to an unknown name"
			: "to bytes that are not an acceptable ClientHello");
	diag_help(g, "add: %s %s;", word, example);
}

/* There are no hellos; whoever asks for the table's arms all the same is turned
 * away. */
static void closed_arms(struct check *c, const struct ast *n, uint32_t f,
	const struct scope *s, const struct fact_scope *frontend)
{
	static const char *const words[] = {"no-sni", "default", "malformed"};
	struct m_frontend *fe;
	uint32_t lists[3];

	for (unsigned i = 0; i < 3; i++) {
		struct span at = check_span(n);
		struct ast *arm = ast_named(
			c->a, AST_ARM, at, words[i], strlen(words[i]), at);
		struct ast *act =
			ast_named(c->a, AST_ACTION, at, "reject", 6, at);

		ast_adopt(act, ast_named(c->a, AST_TARGET, at, "close", 5, at));
		lists[i] = arm_list(c, ast_adopt(arm, act), s, frontend);
	}
	fe = &c->m->frontends.v[f];
	fe->no_sni = lists[0];
	fe->default_ = lists[1];
	fe->malformed = lists[2];
}

static void arms(struct check *c, const struct ast *n, uint32_t f,
	const struct scope *s, const struct fact_scope *frontend)
{
	static const struct {
		const char *word, *example;
	} wanted[] = {{"no-sni", "reject unrecognized-name"},
		{"default", "reject unrecognized-name"},
		{"malformed", "reject close"}};
	uint32_t lists[3] = {MODEL_NONE, MODEL_NONE, MODEL_NONE};

	for (unsigned i = 0; i < 3; i++) {
		const struct ast *have = NULL;
		for (const struct ast *k = ast_kid(n, AST_ARM); k;
			k = ast_next(k, AST_ARM)) {
			if (strcmp(k->text, wanted[i].word) != 0)
				continue;
			if (!have) {
				have = k;
				lists[i] = arm_list(c, k, s, frontend);
				continue;
			}
			struct diag *g =
				diag_add(c->d, DIAG_TC0202, check_span(k),
					"'%s' is set twice", wanted[i].word);
			diag_label(g, check_span(have), "previous setting");
		}
		/* A syntax error may have eaten it. */
		if (!have && !ast_kid(n, AST_ERROR))
			missing_arm(c, n, wanted[i].word, wanted[i].example);
	}
	struct m_frontend *fe = &c->m->frontends.v[f];
	fe->no_sni = lists[0];
	fe->default_ = lists[1];
	fe->malformed = lists[2];
}

static void routes(struct check *c, const struct ast *n, uint32_t f,
	const struct scope *s, const struct fact_scope *frontend)
{
	struct model *m = c->m;
	uint32_t count = 0, space = SPACE_ROUTE + f;
	const struct ast **seen = NULL;
	size_t cap = 0;

	m->frontends.v[f].pattern_first = (uint32_t)m->patterns.n;
	for (const struct ast *k = ast_kid(n, AST_ROUTE); k;
		k = ast_next(k, AST_ROUTE)) {
		uint32_t old =
			symbols_add(c->sym, space, k->text, k->text_len, count);
		if (old < count) {
			struct diag *g =
				diag_add(c->d, DIAG_TC0202, check_span(k),
					"route '%s' is defined twice", k->text);
			diag_label(g, check_span(seen[old]),
				"previous definition");
		} else {
			arena_grow(c->a, &seen, count, &cap, sizeof(*seen));
			seen[count++] = k;
		}
		check_route(c, k, s, frontend);
	}
	check_patterns_settle(c, m->frontends.v[f].pattern_first);
	m->frontends.v[f].pattern_count =
		(uint32_t)m->patterns.n - m->frontends.v[f].pattern_first;
}

static void one(struct check *c, const struct ast *n)
{
	struct model *m = c->m;
	uint32_t f = (uint32_t)m->frontends.n;
	struct scope s = {
		.frontend = f, .profile = MODEL_NONE, .limit = MODEL_NONE};
	struct fact_scope fact = {.name = n->text,
		.node = n,
		.frontend = f,
		.name_span = check_span(n)};
	struct m_frontend fe = {.name = {n->text, check_span(n)},
		.span = n->span,
		.clear_site = MODEL_NONE};

	listeners(c, n, &fe);
	accept_proxy(c, n, &fe);
	if (!fe.listeners.n && !ast_setting(n, "listen") &&
		!ast_kid(n, AST_ERROR)) {
		struct diag *g = diag_add(c->d, DIAG_TC0310, fe.name.span,
			"frontend '%s' has no 'listen'", n->text);
		diag_help(g, "add: listen 0.0.0.0:443, [::]:443;");
	}
	check_scope_settings(c, n, &s, &fact);
	if (s.limit == MODEL_NONE)
		s.limit = check_limit_default(c);
	fe.limit = s.limit;
	fe.profile = s.profile;
	fe.certs.v = s.certs.v;
	fe.certs.n = s.certs.n;
	PUSH(c->a, &m->frontends) = fe;
	fact.list_first = (uint32_t)m->lists.n;
	fact.clause_first = (uint32_t)m->clauses.n;
	own_clauses(c, n, f, &s);
	fact.clause_count = m->frontends.v[f].pre_count;
	fact.own = (uint32_t)c->f->scopes.n;
	PUSH(c->a, &c->f->scopes) = fact;
	if (check_is_clear(n)) {
		uint32_t site = check_clear_site(c, n);

		m->frontends.v[f].clear_site = site;
		m->frontends.v[f].pattern_first = (uint32_t)m->patterns.n;
		closed_arms(c, n, f, &s, &fact);
		return;
	}
	check_not_clear(c, n);
	arms(c, n, f, &s, &fact);
	routes(c, n, f, &s, &fact);
	if (__builtin_popcountll(m->frontends.v[f].alpn_mentioned) >
		ALPN_MENTIONED_MAX)
		m->frontends.v[f].torn = MODEL_DISORDER;
}

/* How much there will be, so that the large arrays are made once. */
struct forecast {
	size_t names, routes;
};

static void forecast(struct check *c, const struct ast *fe, struct forecast *f)
{
	size_t n = 0;

	for (const struct ast *r = ast_kid(fe, AST_ROUTE); r;
		r = ast_next(r, AST_ROUTE)) {
		const struct ast *snis = ast_kid(r, AST_SNIS);
		const struct ast *from = snis ? ast_kid(snis, AST_FROM) : NULL;
		uint32_t file, set = SYMBOL_NONE;
		f->routes++;
		if (from) {
			n += check_map_count(c, from, &file);
			continue;
		}
		for (const struct ast *k = snis ? snis->kids : NULL; k;
			k = k->next)
			n++;
		if (snis && (snis->flags & F_IN) && snis->kids)
			set = symbols_find(c->sym, SPACE_SET, snis->kids->text,
				snis->kids->text_len);
		if (set != SYMBOL_NONE)
			n += c->sets.v[set].names.n;
	}
	f->names += n;
}

#define RESERVE(c, vec, count)                                                 \
	((vec)->cap = (count),                                                 \
		(vec)->v =                                                     \
			arena_alloc((c)->a, (vec)->cap * sizeof(*(vec)->v)))

/* Arms and own clauses come on top; what is more than this grows. */
static void room(struct check *c, const struct forecast *f, size_t frontends)
{
	size_t scopes = f->routes + 4 * frontends + 1;

	check_patterns_room(c, f->names);
	RESERVE(c, &c->f->scopes, scopes);
	RESERVE(c, &c->f->list_scope, scopes);
	RESERVE(c, &c->m->lists, scopes);
	RESERVE(c, &c->m->clauses, scopes);
}

/* Not in the table's reach: the frontend's number has 16 bits. */
#define FRONTENDS_MAX 65535

void check_frontends(struct check *c)
{
	const struct node_vec *d = &c->decls[SPACE_FRONTEND];
	struct forecast all = {0, 0};

	for (size_t i = 0; i < d->n; i++)
		forecast(c, d->v[i], &all);
	room(c, &all, d->n);
	for (size_t i = 0; i < d->n && i < FRONTENDS_MAX; i++)
		one(c, d->v[i]);
	if (d->n > FRONTENDS_MAX)
		diag_add(c->d, DIAG_TC0103, check_span(d->v[FRONTENDS_MAX]),
			"a policy can have at most %d frontends",
			FRONTENDS_MAX);
}
