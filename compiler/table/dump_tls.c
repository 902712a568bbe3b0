/*
 * dump --as tls: frontends and routes of a model as policy text.
 *
 * In a table every action has all its settings; in the text a frontend has them
 * for its arms and own clauses and as defaults of its routes.  So the settings
 * of the arms become the frontend's, and a route has those that differ.  One
 * clause list with its names becomes one route; a map's lists share their
 * route's name in the table, so they are numbered here.
 */
#include "dump.h"

#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/prefix.h"
#include "compiler/base/symbols.h"
#include "grammar/words.h"
#include "dump_site.h"
#include "dump_tls.h"
#include "dump_trust.h"

struct dumper {
	FILE *f;
	const struct model *m;
	const struct m_frontend *fe;
	uint32_t number;             /* the frontend's */
	const struct m_action *base; /* whose settings the frontend says */
	struct symbols *names;       /* of routes: number them apart */
	uint32_t *numbered, name_count;
	const char **err;
};

static const char *fail(struct dumper *d, const char *what, const char *route)
{
	*d->err = arena_printf(d->m->arena, "frontend %s, %s: %s",
		d->fe->name.text, route, what);
	return *d->err;
}

static int same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static int same_list(const uint32_t *a, size_t n, const uint32_t *b, size_t k)
{
	return n == k && (!n || !memcmp(a, b, n * sizeof(*a)));
}

static int same_certs(const struct m_action *a, const struct m_action *b)
{
	return same_list(a->certs.v, a->certs.n, b->certs.v, b->certs.n);
}

static int same_alpn(const struct m_action *a, const struct m_action *b)
{
	return same_list(a->alpn.v, a->alpn.n, b->alpn.v, b->alpn.n);
}

static int same_auth(const struct m_action *a, const struct m_action *b)
{
	return a->client_auth == b->client_auth &&
		same_text(a->client_ca, b->client_ca) &&
		same_text(a->client_crl, b->client_crl);
}

/* The first decrypting action of some clauses, with whose settings all the
 * others must agree. */
static const struct m_action *settings_of(struct dumper *d, uint32_t first,
	uint32_t count, const struct m_action *so_far, const char *route)
{
	const struct model *m = d->m;
	uint32_t i;

	for (i = first; i < first + count; i++) {
		const struct m_action *a =
			&m->actions.v[m->clauses.v[i].action];

		if (!words_decrypts(a->mode))
			continue;
		if (!so_far)
			so_far = a;
		if (so_far->profile != a->profile || !same_certs(so_far, a) ||
			!same_alpn(so_far, a) || !same_auth(so_far, a))
			fail(d,
				"its actions differ in certificate, profile, "
				"alpn or client-auth",
				route);
	}
	return so_far;
}

static const struct m_action *base_of(struct dumper *d)
{
	const struct m_list *l = d->m->lists.v;
	const struct m_frontend *fe = d->fe;
	const struct m_action *a = NULL;

	a = settings_of(d, fe->pre_first, fe->pre_count, a, "own clauses");
	a = settings_of(
		d, l[fe->no_sni].first, l[fe->no_sni].count, a, "no-sni");
	return settings_of(
		d, l[fe->default_].first, l[fe->default_].count, a, "default");
}

static void put_list(struct dumper *d, const char *indent, const char *key,
	const struct m_action *a)
{
	size_t i;

	fprintf(d->f, "%s%s ", indent, key);
	if (!strcmp(key, "certificate")) {
		for (i = 0; i < a->certs.n; i++) {
			fputs(i ? ", " : "", d->f);
			dump_name(d->f, d->m->certs.v[a->certs.v[i]].name.text);
		}
	} else {
		for (i = 0; i < a->alpn.n; i++) {
			const char *token = d->m->alpns.v[a->alpn.v[i]];

			fputs(i ? ", " : "", d->f);
			dump_string(d->f, token, strlen(token));
		}
	}
	fputs(";\n", d->f);
}

static void put_auth(
	struct dumper *d, const char *indent, const struct m_action *a)
{
	fprintf(d->f, "%sclient-auth ", indent);
	dump_ca(d->f, d->m, a->client_ca, a->client_trust);
	if (a->client_crl) {
		fputs(" crl ", d->f);
		dump_string(d->f, a->client_crl, strlen(a->client_crl));
	}
	fprintf(d->f, " %s;\n", words_text(words_client_auth, a->client_auth));
}

/* Settings of a that differ from those that hold already (NULL: none do).
 * own_cert: the certificate is printed even if it does not. */
static void put_settings(struct dumper *d, const char *indent,
	const struct m_action *a, const struct m_action *base, int own_cert,
	const char *route)
{
	if (!base || base->profile != a->profile) {
		fprintf(d->f, "%sprofile ", indent);
		dump_profile_name(d->f, d->m, a->profile);
		fputs(";\n", d->f);
	}
	if (!base || own_cert || !same_certs(base, a))
		put_list(d, indent, "certificate", a);
	if (base ? !same_alpn(base, a) : a->alpn.n != 0) {
		if (a->alpn.n)
			put_list(d, indent, "alpn =", a);
		else
			put_list(d, indent, "alpn -=", base);
	}
	if (base ? same_auth(base, a) : !a->client_auth)
		return;
	if (a->client_auth)
		put_auth(d, indent, a);
	else
		fail(d, "a route cannot undo client-auth", route);
}

static void put_place(struct dumper *d, const struct m_clause *c)
{
	if (!c->file)
		return;
	fputs("  # ", d->f);
	dump_plain(d->f, c->file);
	fprintf(d->f, ":%u", c->line);
}

static void put_action(struct dumper *d, const struct m_clause *c)
{
	const struct m_action *a = &d->m->actions.v[c->action];

	dump_action(d->f, d->m, a);
	if (a->enforce != MODEL_NONE) {
		fputs(" enforcing ", d->f);
		dump_profile_name(d->f, d->m, a->enforce);
	}
	if (a->limit != d->fe->limit) {
		fputs(" with limits ", d->f);
		dump_name(d->f, d->m->limits.v[a->limit].name.text);
	}
	putc(';', d->f);
	put_place(d, c);
	putc('\n', d->f);
}

/* The empty set holds no address: a clause with it never applies and cannot be
 * written. */
static int never(const struct dumper *d, const struct m_clause *c)
{
	return c->src_test == TBL_SRC_IN && !d->m->sets.v[c->set].prefixes.n;
}

static int empty_set(const struct dumper *d, const struct m_clause *c)
{
	return c->src_test != TBL_SRC_ANY && !d->m->sets.v[c->set].prefixes.n;
}

/* One clause; a guard without a condition becomes `otherwise`, or nothing when
 * the clause is alone. */
static void put_clause(struct dumper *d, const char *indent,
	const struct m_clause *c, int alone, const char *route)
{
	struct m_clause plain = *c;
	int own = !route;

	if (never(d, c))
		return;
	if (empty_set(d, c))
		plain.src_test = TBL_SRC_ANY;
	if (plain.src_test == TBL_SRC_ANY && !c->alpn_need && !c->alpn_deny &&
		c->tls_mask == TLSV_ALL) {
		if (own)
			fail(d, "an own clause without condition", "clauses");
		fprintf(d->f, "%s%s", indent, alone ? "" : "otherwise ");
	} else {
		fprintf(d->f, "%swhen", indent);
		dump_guard(d->f, d->m, &plain);
		putc(' ', d->f);
	}
	put_action(d, c);
}

static void put_arm(struct dumper *d, const char *arm, uint32_t list)
{
	const struct m_list *l = &d->m->lists.v[list];

	if (l->count != 1)
		fail(d, "an arm of several clauses", arm);
	fprintf(d->f, "\t%s ", arm);
	put_action(d, &d->m->clauses.v[l->first]);
}

static void put_frontend_head(struct dumper *d)
{
	const struct m_frontend *fe = d->fe;
	char buf[64];
	size_t i;

	fputs("\nfrontend ", d->f);
	dump_name(d->f, fe->name.text);
	fputs(" {\n", d->f);
	for (i = 0; i < fe->listeners.n; i++) {
		const struct m_listener *l = &fe->listeners.v[i];

		fputs(i ? ", " : "\tlisten ", d->f);
		dump_endpoint(d->f, l->family, l->addr, l->port, l->path);
	}
	if (fe->clear_site != MODEL_NONE)
		fputs(" clear", d->f);
	fputs(fe->listeners.n ? ";\n" : "", d->f);
	if (fe->proxy_set != MODEL_NONE) {
		const struct m_set *s = &d->m->sets.v[fe->proxy_set];

		fputs("\taccept-proxy from { ", d->f);
		for (i = 0; i < s->prefixes.n; i++)
			fprintf(d->f, "%s%s", i ? ", " : "",
				prefix_text(&s->prefixes.v[i], buf));
		fputs(" };\n", d->f);
	}
	fputs("\tlimits ", d->f);
	dump_name(d->f, d->m->limits.v[fe->limit].name.text);
	fputs(";\n", d->f);
}

/* A name that no other route of the frontend has.  Each remembers how far its
 * numbers have come: a map may have a million lists of one name. */
static const char *route_name(struct dumper *d, const char *name)
{
	uint32_t fresh = d->name_count, own;
	const char *try = name;

	own = symbols_add(d->names, d->number, name, strlen(name), fresh);
	while (own != fresh) {
		try = arena_printf(
			d->m->arena, "%s-%u", name, ++d->numbered[own] + 1);
		if (symbols_add(d->names, d->number, try, strlen(try), fresh) ==
			fresh)
			break;
	}
	d->name_count++;
	return try;
}

static int covered(
	const struct dumper *d, const struct m_action *a, uint32_t pattern)
{
	const struct m_pattern *p = &d->m->patterns.v[pattern];
	const struct m_cert *c;
	size_t i;

	if (a->certs.n != 1)
		return 0;
	c = &d->m->certs.v[a->certs.v[0]];
	for (i = 0; i < c->covers.n; i++)
		if (strlen(c->covers.v[i]) == p->len &&
			!memcmp(c->covers.v[i], p->key, p->len))
			return 1;
	return 0;
}

/* A list and its n names. */
static void put_route(
	struct dumper *d, uint32_t list, const uint32_t *name, uint32_t n)
{
	const struct m_list *l = &d->m->lists.v[list];
	const struct m_action *a;
	uint32_t i;

	fputs("\n\troute ", d->f);
	dump_name(d->f, route_name(d, l->route.text));
	fputs(" sni", d->f);
	for (i = 0; i < n; i++) {
		const struct m_pattern *p = &d->m->patterns.v[name[i]];

		fputs(i ? ",\n\t\t" : " ", d->f);
		dump_string(d->f, p->key, p->len);
	}
	fputs(" {\n", d->f);
	a = settings_of(d, l->first, l->count, NULL, l->route.text);
	if (a)
		put_settings(d, "\t\t", a, d->base, covered(d, a, name[0]),
			l->route.text);
	for (i = 0; i < l->count; i++)
		put_clause(d, "\t\t", &d->m->clauses.v[l->first + i],
			l->count == 1, l->route.text);
	fputs("\t}\n", d->f);
}

static void put_routes(struct dumper *d)
{
	const uint32_t *name = dump_order(d->m, d->fe);
	uint32_t i, n, list;

	for (i = 0; i < d->fe->pattern_count; i += n) {
		list = d->m->patterns.v[name[i]].list;
		for (n = 1; i + n < d->fe->pattern_count; n++)
			if (d->m->patterns.v[name[i + n]].list != list)
				break;
		put_route(d, list, name + i, n);
	}
}

static void put_frontend(struct dumper *d)
{
	const struct m_frontend *fe = d->fe;
	uint32_t i;

	put_frontend_head(d);
	if (fe->clear_site != MODEL_NONE) {
		if (dump_site_body(d->f, d->m, &d->m->sites.v[fe->clear_site]) <
			0)
			fail(d,
				"its site asks for what the language cannot "
				"say",
				"paths");
		fputs("}\n", d->f);
		return;
	}
	d->base = base_of(d);
	if (d->base)
		put_settings(d, "\t", d->base, NULL, 0, "arms");
	put_arm(d, "no-sni", fe->no_sni);
	put_arm(d, "default", fe->default_);
	put_arm(d, "malformed", fe->malformed);
	for (i = 0; i < fe->pre_count; i++)
		put_clause(
			d, "\t", &d->m->clauses.v[fe->pre_first + i], 0, NULL);
	put_routes(d);
	fputs("}\n", d->f);
}

static void put_inputs(FILE *f, const struct model *m)
{
	size_t i;

	for (i = 0; i < m->inputs.n; i++) {
		const struct m_input *p = &m->inputs.v[i];

		if (p->kind != TBL_INPUT_PARAM && p->kind != TBL_INPUT_FILE)
			continue;
		fputs(p->kind == TBL_INPUT_FILE ? "# compiled from "
						: "# compiled with -D ",
			f);
		dump_plain(f, p->name);
		if (p->kind == TBL_INPUT_PARAM) {
			putc('=', f);
			dump_plain(f, p->value ? p->value : "");
		}
		putc('\n', f);
	}
}

static void put_texts(FILE *f, const struct model *m)
{
	size_t i;

	for (i = 0; i < m->texts.n; i++) {
		fputs(i ? "" : "\n", f);
		dump_plain(f, m->texts.v[i].text);
		putc('\n', f);
	}
}

int dump_tls(FILE *f, const struct model *m, const char **err)
{
	struct dumper d = {.f = f, .m = m, .err = err};

	*err = NULL;
	d.names = symbols_new(m->arena);
	d.numbered =
		arena_alloc(m->arena, m->patterns.n * sizeof(*d.numbered) + 1);
	fputs("policy 1;\n", f);
	put_inputs(f, m);
	dump_trusts(f, m);
	dump_declarations(f, m);
	if (dump_sites(f, m) < 0)
		*err = "a site asks for what the language cannot say";
	for (d.number = 0; d.number < m->frontends.n; d.number++) {
		d.fe = &m->frontends.v[d.number];
		put_frontend(&d);
	}
	put_texts(f, m);
	return *err ? -1 : 0;
}
