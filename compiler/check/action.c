/*
 * Actions and clauses: a `when` or `otherwise`, with what it inherits, becomes
 * a clause and an action of the model.  Actions are interned, so a million
 * routes with the same settings share one.
 */
#include <stddef.h>
#include <string.h>

#include "priv.h"

static uint8_t mode_of(const char *word)
{
	for (uint8_t i = MODE_NONE + 1; words_mode[i]; i++)
		if (!strcmp(word, words_mode[i]))
			return i;
	return MODE_NONE;
}

/* What is wrong with a hello that is acceptable?  Nothing has an alert for it. */
static int alert_elsewhere(struct check *c, const struct ast *word)
{
	struct diag *g = diag_add(c->d, DIAG_TC0101, check_span(word),
		"'reject alert' is only for malformed: the alert names what is "
		"wrong with the hello");

	diag_help(g,
		"give a reason: 'reject unrecognized-name', 'reject "
		"handshake-failure', 'reject access-denied' or 'reject close'");
	return 1;
}

/* A site's servers are spoken to as its backends say, so the verb must fit. */
static int to_site(struct check *c, const struct ast *target, struct draft *d)
{
	uint32_t i = check_ref(c, SPACE_SITE, target, "site");
	struct m_site *s;
	struct diag *g;

	if (i == SYMBOL_NONE)
		return 1;
	s = &c->m->sites.v[i];
	s->used = 1;
	d->site = i;
	if (!s->mode || s->mode == d->mode)
		return 0;
	g = diag_add(c->d, DIAG_TC0322, check_span(target),
		d->mode == MODE_OFFLOAD
			? "'%s' has backends with a tls block: offload sends "
			  "clear text"
			: "'%s' has backends without a tls block: bridge "
			  "speaks TLS to servers",
		s->name.text);
	diag_label(
		g, c->m->backends.v[s->backends.v[0]].name.span, "one of them");
	diag_help(g, "write '%s to site %s', or a site of other backends",
		words_text(words_mode, s->mode), s->name.text);
	return 1;
}

int check_draft(struct check *c, const struct ast *action, int malformed,
	struct draft *d)
{
	const struct ast *target = ast_kid(action, AST_TARGET);
	const struct ast *enforcing = ast_kid(action, AST_ENFORCING);
	const struct ast *limits = ast_kid(action, AST_LIMITSREF);
	int bad = 0;

	d->mode = mode_of(action->text);
	d->reject = 0;
	d->backend = d->site = d->enforce = d->limit = MODEL_NONE;
	d->action_span = action->span;
	if (!target || !d->mode)
		return -1;
	if (d->mode == MODE_REJECT) {
		int r = check_word(c, target, words_reject);
		bad |= r < 0 ||
			(r == REJECT_ALERT && !malformed &&
				alert_elsewhere(c, target));
		d->reject = (uint8_t)(r < 0 ? 0 : r);
	} else if (target->flags & F_SITE) {
		bad |= to_site(c, target, d);
	} else {
		d->backend = check_ref(c, SPACE_BACKEND, target, "backend");
		bad |= d->backend == SYMBOL_NONE;
		if (!bad)
			c->m->backends.v[d->backend].used = 1;
	}
	if (enforcing && d->mode != MODE_PASSTHROUGH) {
		struct diag *g =
			diag_add(c->d, DIAG_TC0101, check_span(enforcing),
				"'enforcing' is only for passthrough");
		diag_help(g,
			"in a route that terminates TLS, write 'profile %s;'",
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

int check_when(struct check *c, const struct ast *clause,
	const struct ast *action, uint64_t *mentioned, struct draft *d,
	uint8_t *torn)
{
	check_guard(c, ast_kid(clause, AST_GUARD), &d->guard, mentioned);
	d->span = clause->span;
	/* What a guard says that cannot be read is not known: no conclusion
	 * may rest on it. */
	if (!action || check_draft(c, action, 0, d) || d->guard.unsure ||
		check_slipped(c, clause->span)) {
		if (*torn < MODEL_LACKS)
			*torn = MODEL_LACKS;
		return -1;
	}
	return d->guard.never ? -1 : 0;
}

/* Appends to the interning key. */
static void put(struct check *c, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		PUSH(c->a, &c->key) = ((const unsigned char *)p)[i];
}

static void put_text(struct check *c, const char *s)
{
	put(c, s ? s : "", s ? strlen(s) + 1 : 1);
}

static uint32_t intern(struct check *c, enum space space, uint32_t fresh)
{
	uint32_t i = symbols_find(c->sym, space, c->key.v, c->key.n);

	if (i != SYMBOL_NONE)
		return i;
	return symbols_add(c->sym, space,
		arena_strndup(c->a, (char *)c->key.v, c->key.n), c->key.n,
		fresh);
}

/* Tickets are worth the same only under the same trust settings of the same
 * frontend (resumption domains, TABLE.md); and under the same profile, or
 * a session of the laxer one would live on in the stricter. */
static uint32_t domain(struct check *c, const struct scope *s)
{
	c->key.n = 0;
	put(c, &s->frontend, sizeof(s->frontend));
	put(c, &s->profile, sizeof(s->profile));
	put(c, &s->client_auth, 1);
	put_text(c, s->client_ca);
	put_text(c, s->client_crl);
	uint32_t i = intern(c, SPACE_DOMAIN, c->domains + 1);
	if (i > c->domains)
		c->domains = i;
	return i;
}

/* What is spoken is HTTP/1.1: a client that asks for h2 only would get no
 * answer that it understands. */
static void site_alpn(
	struct check *c, const struct draft *d, struct m_action *a)
{
	struct ast own = {
		.kind = AST_STRING, .text = "http/1.1", .text_len = 8};
	uint32_t http = check_alpn(c, &own);
	struct diag *g;

	if (!a->alpn.n)
		PUSH(c->a, &a->alpn) = http;
	for (size_t i = 0; i < a->alpn.n; i++) {
		if (a->alpn.v[i] == http)
			continue;
		g = diag_add(c->d, DIAG_TC0324, d->action_span,
			"this would offer clients \"%s\", which no site "
			"speaks",
			c->m->alpns.v[a->alpn.v[i]]);
		diag_help(g,
			"sites speak HTTP/1.1 for now: leave 'alpn' out, or "
			"write 'alpn = \"http/1.1\";'");
		return;
	}
}

static void decrypting(struct check *c, const struct scope *s,
	const struct draft *d, struct m_action *a, uint32_t cert)
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
	a->alpn.n = a->alpn.cap = s->alpn.n;
	if (a->site != MODEL_NONE)
		site_alpn(c, d, a);
	a->client_auth = s->client_auth;
	a->client_ca = s->client_ca;
	a->client_ca_open = s->client_ca_open;
	a->client_ca_read = s->client_ca_read;
	if (s->client_auth)
		a->client_trust = s->client_trust;
	a->client_crl = s->client_crl;
	a->client_crl_read = s->client_crl_read;
	a->domain = domain(c, s);
}

/* A bridge speaks TLS whether or not its backend says how (TC0504 reports
 * that): the table must hold a profile for it. */
static void bridge_tls(struct check *c, uint32_t backend)
{
	struct m_backend *b = &c->m->backends.v[backend];

	if (b->has_tls)
		return;
	b->has_tls = 1;
	b->profile = check_profile_builtin(c, "intermediate");
}

/* A map's line may name a backend, but not one beside a site. */
static void to_site_only(
	struct check *c, const struct draft *d, struct m_action *a)
{
	if (a->backend != MODEL_NONE && !diag_has(c->d, DIAG_TC0325))
		diag_add(c->d, DIAG_TC0325, d->action_span,
			"a map whose route goes to a site names no backends: "
			"the site does");
	a->backend = MODEL_NONE;
	a->site = d->site;
}

static uint32_t action(struct check *c, const struct scope *s,
	const struct draft *d, uint32_t backend, uint32_t cert)
{
	struct m_action a;

	memset(&a, 0, sizeof(a)); /* its octets are the interning key */
	a.client_trust = MODEL_NONE;
	a.mode = d->mode;
	a.reject = d->reject;
	a.backend = a.profile = a.site = MODEL_NONE;
	a.enforce = d->enforce;
	a.limit = d->limit;
	if (d->mode != MODE_REJECT)
		a.backend = backend != MODEL_NONE ? backend : d->backend;
	if (d->site != MODEL_NONE)
		to_site_only(c, d, &a);
	if (a.limit == MODEL_NONE)
		a.limit = s->limit;
	if (d->mode == MODE_OFFLOAD || d->mode == MODE_BRIDGE)
		decrypting(c, s, d, &a, cert);
	if (d->mode == MODE_BRIDGE && a.backend != MODEL_NONE)
		bridge_tls(c, a.backend);
	c->key.n = 0;
	put(c, &a, offsetof(struct m_action, certs));
	put(c, &a.domain, sizeof(a.domain));
	put(c, &a.certs.n, sizeof(a.certs.n));
	put(c, a.certs.v, a.certs.n * sizeof(*a.certs.v));
	put(c, &a.alpn.n, sizeof(a.alpn.n));
	put(c, a.alpn.v, a.alpn.n * sizeof(*a.alpn.v));
	uint32_t fresh = (uint32_t)c->m->actions.n;
	uint32_t i = intern(c, SPACE_ACTION, fresh);
	if (i == fresh)
		PUSH(c->a, &c->m->actions) = a;
	return i;
}

/* Is there a certificate for what terminates TLS? */
static void need_certificate(struct check *c, const struct scope *s,
	const struct draft *d, uint32_t cert)
{
	if ((d->mode != MODE_OFFLOAD && d->mode != MODE_BRIDGE) || s->certs.n ||
		cert != MODEL_NONE || diag_has(c->d, DIAG_TC0201))
		return;
	struct diag *g = diag_add(c->d, DIAG_TC0201, d->action_span,
		"this terminates TLS but has no certificate");
	diag_help(g, "write 'certificate NAME;' here or in the frontend");
}

void check_place(struct check *c, struct span at, const char **file,
	uint32_t *line, uint32_t *column, uint32_t *end_column)
{
	const struct source *src = source_get(c->s, at.file);
	uint32_t end_line;

	if (!src)
		return;
	*file = src->path;
	source_locate(c->s, at.file, at.begin, line, column);
	source_locate(c->s, at.file, at.end, &end_line, end_column);
	/* One that goes on below is marked to the end of its first line. */
	if (end_line != *line) {
		size_t len = 0;
		source_line(c->s, at.file, *line, &len);
		*end_column = (uint32_t)len + 1;
	}
}

void check_clause(struct check *c, const struct scope *s, const struct draft *d,
	uint32_t backend, uint32_t cert)
{
	need_certificate(c, s, d, cert);
	struct m_clause t = {.set = d->guard.set,
		.src_test = d->guard.src_test,
		.tls_mask = d->guard.tls_mask,
		.alpn_need = d->guard.alpn_need,
		.alpn_deny = d->guard.alpn_deny,
		.span = d->span,
		.guard_span = d->guard.span,
		.action_span = d->action_span};
	t.action = action(c, s, d, backend, cert);
	check_place(c, t.span, &t.file, &t.line, &t.column, &t.end_column);
	PUSH(c->a, &c->m->clauses) = t;
}
