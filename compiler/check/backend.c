/*
 * Backends: servers, balancing, health checks, and TLS to them.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/literal.h"
#include "compiler/base/prefix.h"
#include "grammar/words.h"
#include "priv.h"

static void set_word(struct setting *s, const char *const *words, uint8_t *out)
{
	int i = check_word(s->c, s->lit[0], words);
	if (i >= 0)
		*out = (uint8_t)i;
}

static uint32_t number(struct setting *s, enum value kind, uint64_t min,
	uint64_t max, uint32_t fallback)
{
	return (uint32_t)check_value(s->c, s->lit[0], kind, min, max, fallback);
}

static void balance(struct setting *s)
{
	set_word(s, words_balance, &((struct m_backend *)s->obj)->balance);
}

static void proxy_protocol(struct setting *s)
{
	set_word(s, words_proxy, &((struct m_backend *)s->obj)->proxy);
}

static void queue(struct setting *s)
{
	((struct m_backend *)s->obj)->queue =
		number(s, VALUE_COUNT, 0, 1000000, 0);
}

static void slow_start(struct setting *s)
{
	((struct m_backend *)s->obj)->slow_start_ms =
		number(s, VALUE_DURATION, 1, 86400000, 0);
}

/* One of our own addresses, for connections to servers of its family. */
static void source_address(struct setting *s, const struct ast *n)
{
	static const uint8_t zero[16];
	struct m_backend *b = s->obj;
	struct m_prefix p = {0};

	if (prefix_parse(n->text, n->text_len, &p) != PREFIX_OK ||
		p.len != prefix_width(p.family) ||
		!memcmp(p.addr, zero, sizeof(zero))) {
		struct diag *g = diag_add(s->c->d, DIAG_TC0103, check_span(n),
			"'%s' is not the address of an interface", n->text);
		diag_help(g,
			"write addresses without port or prefix length: "
			"'source 10.0.0.5, 10.0.0.6;'");
		return;
	}
	for (size_t i = 0; i < b->sources.n; i++)
		if (b->sources.v[i].family == p.family &&
			!memcmp(b->sources.v[i].addr, p.addr, sizeof(p.addr))) {
			diag_add(s->c->d, DIAG_TC0202, check_span(n),
				"'%s' is listed twice", n->text);
			return;
		}
	struct m_source *to = &PUSH(s->c->a, &b->sources);
	*to = (struct m_source){.family = p.family};
	memcpy(to->addr, p.addr, sizeof(to->addr));
}

/* A server of that family, or a name, which may have such an address. */
static int has_family(const struct m_backend *b, uint8_t family)
{
	for (size_t i = 0; i < b->servers.n; i++)
		if (b->servers.v[i].family == family ||
			b->servers.v[i].family == TBL_HOST)
			return 1;
	return 0;
}

static void sources_of_use(
	struct check *c, const struct ast *n, const struct m_backend *b)
{
	const struct ast *at = ast_setting(n, "source");

	for (size_t i = 0; i < b->sources.n; i++)
		if (!has_family(b, b->sources.v[i].family)) {
			diag_add(c->d, DIAG_TC0103, check_span(at),
				"no server of backend '%s' can be reached from "
				"an %s address",
				b->name.text,
				b->sources.v[i].family == TBL_V4 ? "IPv4"
								 : "IPv6");
			return;
		}
}

static void source(struct setting *s)
{
	for (size_t i = 0; i < s->n; i++)
		source_address(s, s->lit[i]);
}

static const struct setting_key keys[] = {
	{"source", source, 1, 0, 0, NULL},
	{"balance", balance, 1, 1, 0, NULL},
	{"proxy-protocol", proxy_protocol, 1, 1, 0, NULL},
	{"queue", queue, 1, 1, 0, NULL},
	{"slow-start", slow_start, 1, 1, 0, NULL},
	{NULL, NULL, 0, 0, 0, NULL},
};

/* The tls block. */

static void tls_profile(struct setting *s)
{
	struct m_backend *b = s->obj;
	uint32_t i = check_profile_ref(s->c, s->lit[0]);
	if (i != MODEL_NONE)
		b->profile = i;
}

static void tls_sni(struct setting *s)
{
	((struct m_backend *)s->obj)->sni = check_host(s->c, s->lit[0]->text,
		s->lit[0]->text_len, check_span(s->lit[0]));
}

static void tls_alpn(struct setting *s)
{
	struct m_backend *b = s->obj;
	struct index_vec v = {b->alpn.v, b->alpn.n, b->alpn.cap};
	check_alpn_list(s->c, s->node, &v);
	b->alpn.v = v.v;
	b->alpn.n = v.n;
	b->alpn.cap = v.cap;
}

/* A host name, or an address in the one form that certificates are compared
 * with. */
static const char *verify_name(struct check *c, const struct ast *name)
{
	unsigned char octets[16];
	char text[INET6_ADDRSTRLEN];

	for (int family = AF_INET;; family = AF_INET6) {
		if (inet_pton(family, name->text, octets) == 1 &&
			inet_ntop(family, octets, text, sizeof(text)))
			return arena_strndup(c->a, text, strlen(text));
		if (family == AF_INET6)
			break;
	}
	return check_host(c, name->text, name->text_len, check_span(name));
}

static void tls_verify(struct setting *s)
{
	struct m_backend *b = s->obj;
	const struct ast *ca = check_sub(s->node, "ca");
	const struct ast *name = check_sub(s->node, "name");

	b->verify_span = s->node->span;
	b->system_ca = check_has_word(s->node, "system");
	if (ca && b->system_ca)
		diag_add(s->c->d, DIAG_TC0202, check_span(ca),
			"'verify' takes a CA file or the system's CAs, not "
			"both");
	else if (ca) {
		b->ca_open = check_credential(s->c, ca, &b->ca);
		b->ca_trust = check_ca(
			s->c, ast_setting(s->node, "ca"), b->ca, b->ca_open);
	}
	b->ca_read = ca ? check_trust_file(s->c, ca) : NULL;
	if (name)
		b->verify_name = verify_name(s->c, name);
}

static const struct setting_key tls_keys[] = {
	{"profile", tls_profile, 1, 1, 0, NULL},
	{"sni", tls_sni, 1, 1, 0, NULL},
	{"alpn", tls_alpn, 1, 0, 1, NULL},
	{"verify", tls_verify, 0, 2, 0, "ca name system"},
	{NULL, NULL, 0, 0, 0, NULL},
};

/* The health line. */

static void health_kind(struct setting *s)
{
	struct m_backend *b = s->obj;
	int before = b->check;

	for (int i = 0; words_check[i]; i++)
		if (!strcmp(words_check[i], s->node->text))
			b->check = (uint8_t)i;
	if (before)
		diag_add(s->c->d, DIAG_TC0202, check_span(s->node),
			"a backend has one kind of health check: '%s' or '%s'",
			words_check[before], s->node->text);
	if (!s->n)
		return;
	b->check_path = s->lit[0]->text;
	if (*b->check_path != '/') {
		diag_add(s->c->d, DIAG_TC0103, check_span(s->lit[0]),
			"the path of an http check begins with '/'");
		b->check_path = "/";
	}
}

static void health_plain(struct setting *s)
{
	if (s->n)
		diag_add(s->c->d, DIAG_TC0101, check_span(s->lit[0]),
			"only an http check has a path");
	s->n = 0;
	health_kind(s);
}

static void interval(struct setting *s)
{
	((struct m_backend *)s->obj)->check_interval_ms =
		number(s, VALUE_DURATION, 100, 3600000, 2000);
}

static void timeout(struct setting *s)
{
	((struct m_backend *)s->obj)->check_timeout_ms =
		number(s, VALUE_DURATION, 10, 3600000, 1000);
}

static void fall(struct setting *s)
{
	((struct m_backend *)s->obj)->check_fall =
		(uint16_t)number(s, VALUE_COUNT, 1, 1000, 3);
}

static void rise(struct setting *s)
{
	((struct m_backend *)s->obj)->check_rise =
		(uint16_t)number(s, VALUE_COUNT, 1, 1000, 2);
}

static void health_sni(struct setting *s)
{
	((struct m_backend *)s->obj)->check_sni = check_host(s->c,
		s->lit[0]->text, s->lit[0]->text_len, check_span(s->lit[0]));
}

static const struct setting_key health_keys[] = {
	{"sni", health_sni, 1, 1, 0, NULL},
	{"none", health_plain, 0, 1, 0, NULL},
	{"tcp", health_plain, 0, 1, 0, NULL},
	{"tls", health_plain, 0, 1, 0, NULL},
	{"http", health_kind, 0, 1, 0, NULL},
	{"interval", interval, 1, 1, 0, NULL},
	{"timeout", timeout, 1, 1, 0, NULL},
	{"fall", fall, 1, 1, 0, NULL},
	{"rise", rise, 1, 1, 0, NULL},
	{NULL, NULL, 0, 0, 0, NULL},
};

/* Servers. */

static void weight(struct setting *s)
{
	((struct m_server *)s->obj)->weight =
		number(s, VALUE_COUNT, 0, 65535, 1);
}

static void max(struct setting *s)
{
	((struct m_server *)s->obj)->max_conns =
		number(s, VALUE_COUNT, 1, UINT32_MAX, 0);
}

static const struct setting_key server_keys[] = {
	{"weight", weight, 1, 1, 0, NULL},
	{"max", max, 1, 1, 0, NULL},
	{NULL, NULL, 0, 0, 0, NULL},
};

static int endpoint(struct check *c, const struct ast *n, struct m_server *v)
{
	struct literal_endpoint e;
	struct literal_why w = {{0}, {0}};

	if (literal_endpoint(n->text, &e, &w) < 0) {
		struct diag *g =
			diag_add(c->d, DIAG_TC0103, check_span(n), "%s", w.why);
		if (*w.help)
			diag_help(g, "%s", w.help);
		return -1;
	}
	if (e.family == TBL_HOST && !e.host_len) {
		diag_help(diag_add(c->d, DIAG_TC0103, check_span(n),
				  "%s is a port without an address", n->text),
			"write ADDRESS%s", n->text);
		return -1;
	}
	*v = (struct m_server){.span = check_span(n),
		.family = e.family,
		.port = e.port,
		.weight = 1};
	memcpy(v->addr, e.addr, sizeof(v->addr));
	if (e.family == TBL_HOST)
		v->host = check_host(c, e.host, e.host_len, v->span);
	else if (e.family == TBL_UNIX)
		v->host = arena_strndup(c->a, e.host, e.host_len);
	return e.family == TBL_HOST && !v->host ? -1 : 0;
}

static unsigned servers(
	struct check *c, const struct ast *n, struct m_backend *b)
{
	unsigned bad = 0;

	for (const struct ast *k = ast_kid(n, AST_SERVER); k;
		k = ast_next(k, AST_SERVER)) {
		struct m_server v;
		const struct ast *at = k->kids;
		while (at && !check_literal(at))
			at = at->next;
		if (!at || endpoint(c, at, &v) < 0) {
			bad++;
			continue;
		}
		check_settings(c, k, server_keys, &v);
		PUSH(c->a, &b->servers) = v;
	}
	return bad;
}

static void empty(struct check *c, const struct m_backend *b)
{
	uint32_t weights = 0;

	for (size_t i = 0; i < b->servers.n; i++)
		weights |= b->servers.v[i].weight;
	if (weights)
		return;
	struct diag *g = diag_add(c->d, DIAG_TC0701, b->name.span,
		b->servers.n ? "every server of backend '%s' has weight 0"
			     : "backend '%s' has no server",
		b->name.text);
	diag_help(g,
		b->servers.n ? "give one of them a weight, or remove the "
			       "backend"
			     : "add: server ADDRESS:PORT;");
}

static void one(struct check *c, const struct ast *n)
{
	struct m_backend b = {.name = {n->text, check_span(n)},
		.span = n->span,
		.profile = MODEL_NONE,
		.ca_trust = MODEL_NONE,
		.check_interval_ms = 2000,
		.check_timeout_ms = 1000,
		.check_fall = 3,
		.check_rise = 2};
	const struct ast *tls = ast_kid(n, AST_TLS);
	const struct ast *health = ast_kid(n, AST_HEALTH);
	const struct ast *again = tls ? ast_next(tls, AST_TLS) : NULL;

	if (!again && health)
		again = ast_next(health, AST_HEALTH);
	if (again) {
		struct diag *g = diag_add(c->d, DIAG_TC0202, check_span(again),
			"'%s' is set twice", again->text);
		diag_label(g, check_span(again->kind == AST_TLS ? tls : health),
			"previous setting");
	}
	check_settings(c, n, keys, &b);
	unsigned bad = servers(c, n, &b);
	if (!bad)
		sources_of_use(c, n, &b);
	if (tls) {
		b.has_tls = 1;
		b.tls_span = check_span(tls);
		check_settings(c, tls, tls_keys, &b);
		check_allow(c, tls, tls->span);
		if (b.profile == MODEL_NONE)
			b.profile = check_profile_builtin(c, "intermediate");
	}
	if (health) {
		check_settings(c, health, health_keys, &b);
		if (!b.check && !ast_setting(health, "none"))
			b.check = CHECK_TCP;
		if (b.check == CHECK_HTTP && !b.check_path)
			b.check_path = "/";
		b.health_span = check_span(health);
		if (b.check_sni && b.check != CHECK_TLS &&
			b.check != CHECK_HTTP) {
			diag_add(c->d, DIAG_TC0101,
				check_span(ast_setting(health, "sni")),
				"only a tls or http check sends a name");
			b.check_sni = NULL;
		}
	}
	if (!bad && !ast_kid(n, AST_ERROR))
		empty(c, &b);
	PUSH(c->a, &c->m->backends) = b;
}

void check_backends(struct check *c)
{
	for (size_t i = 0; i < c->decls[SPACE_BACKEND].n; i++) {
		one(c, c->decls[SPACE_BACKEND].v[i]);
		check_allow(c, c->decls[SPACE_BACKEND].v[i],
			c->decls[SPACE_BACKEND].v[i]->span);
	}
}
