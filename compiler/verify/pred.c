/*
 * Reading predicates from the tree.  Names of objects have been resolved by
 * check.c in a policy; tlsc query brings them unchecked, so every lookup here
 * can fail with a report.
 */
#include "pred.h"

#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/literal.h"
#include "compiler/base/name.h"
#include "compiler/base/spell.h"
#include "grammar/words.h"
#include "pred_priv.h"
#include "runtime/table/table.h"

static struct span at(const struct ast *n)
{
	return n->name_span.end > n->name_span.begin ? n->name_span : n->span;
}

void pred_unknown(struct pred_reader *r, const struct ast *w, const char *what,
	const char *const *known, size_t n)
{
	const char *near = spell_nearest(w->text, w->text_len, known, n);
	struct diag *g = diag_add(
		r->d, DIAG_TC0201, at(w), "no %s is named '%s'", what, w->text);

	if (near)
		diag_help(g, "did you mean '%s'?", near);
	r->bad = 1;
}

/* One pattern of an sni term. */
static void read_name(struct pred_reader *r, struct pred_names *out,
	const struct ast *s, size_t room)
{
	char buf[256];
	size_t len = 0;
	struct name_why why = {.why = ""};
	const char *key = s->text;

	switch (name_pattern(s->text, s->text_len, buf, &len, &why)) {
	case NAME_BAD: {
		struct diag *g =
			diag_add(r->d, DIAG_TC0306, at(s), "%s", why.why);

		if (why.help[0])
			diag_help(g, "%s", why.help);
		r->bad = 1;
		return;
	}
	case NAME_AS_IS:
		break;
	default:
		key = arena_strndup(r->m->arena, buf, len);
	}
	if (!out->set.v)
		out->set.v =
			arena_alloc(r->m->arena, room * sizeof(*out->set.v));
	out->set.v[out->set.n++] = names_entry(key, len);
}

static void read_name_set(
	struct pred_reader *r, struct pred_names *out, const struct ast *w)
{
	struct model *m = r->m;
	const char **known =
		arena_alloc(m->arena, (m->name_sets.n + 1) * sizeof(*known));

	for (size_t i = 0; i < m->name_sets.n; i++) {
		const struct m_name_set *s = &m->name_sets.v[i];

		known[i] = s->name.text;
		if (strcmp(s->name.text, w->text) != 0)
			continue;
		r->p->unknown |= s->unknown;
		out->set.v = arena_alloc(
			m->arena, (s->keys.n + 1) * sizeof(*out->set.v));
		for (size_t k = 0; k < s->keys.n; k++)
			out->set.v[out->set.n++] = names_entry(
				s->keys.v[k].text, s->keys.v[k].len);
		return;
	}
	pred_unknown(r, w, "set of names", known, m->name_sets.n);
}

static void read_sni(struct pred_reader *r, const struct ast *t)
{
	struct pred_names out = {.negated = !!(t->flags & F_NOT)};
	size_t n = 0;

	for (const struct ast *k = t->kids; k; k = k->next)
		n++;
	for (const struct ast *k = t->kids; k; k = k->next) {
		if (k->kind == AST_WORD && t->op == OP_IN)
			read_name_set(r, &out, k);
		else if (k->kind == AST_STRING)
			read_name(r, &out, k, n);
	}
	names_sort(&out.set);
	PRED_PUSH(r->m->arena, &r->p->names) = out;
}

static void add_sources(struct pred_reader *r, struct prefix_vec *v,
	const struct m_prefix *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		PRED_PUSH(r->m->arena, v) = p[i];
}

static void read_prefix(
	struct pred_reader *r, struct prefix_vec *v, const struct ast *n)
{
	struct m_prefix p;
	char buf[64];
	struct diag *g;

	switch (prefix_parse(n->text, n->text_len, &p)) {
	case PREFIX_OK:
		add_sources(r, v, &p, 1);
		return;
	case PREFIX_HOST_BITS:
		g = diag_add(r->d, DIAG_TC0104, at(n),
			"%s has bits set after the prefix length", n->text);
		diag_help(g, "the network is %s", prefix_text(&p, buf));
		break;
	default:
		diag_add(r->d, DIAG_TC0103, at(n),
			"'%s' is not an address prefix", n->text);
	}
	r->bad = 1;
}

static void read_set(
	struct pred_reader *r, struct prefix_vec *v, const struct ast *w)
{
	struct model *m = r->m;
	const char **known =
		arena_alloc(m->arena, (m->sets.n + 1) * sizeof(*known));

	for (size_t i = 0; i < m->sets.n; i++) {
		const struct m_set *s = &m->sets.v[i];

		known[i] = s->name.text;
		if (!s->name.text || strcmp(s->name.text, w->text) != 0)
			continue;
		r->p->unknown |= s->unknown;
		add_sources(r, v, s->prefixes.v, s->prefixes.n);
		return;
	}
	pred_unknown(r, w, "set of addresses", known, m->sets.n);
}

static void read_addresses(
	struct pred_reader *r, struct prefix_vec *v, const struct ast *t)
{
	for (const struct ast *k = t->kids; k; k = k->next) {
		if (k->kind == AST_VALUES)
			read_addresses(r, v, k);
		else if (k->kind == AST_WORD)
			read_set(r, v, k);
		else
			read_prefix(r, v, k);
	}
}

static void read_source(struct pred_reader *r, const struct ast *t)
{
	struct pred *p = r->p;
	struct prefix_vec v = {0};

	read_addresses(r, &v, t);
	prefix_canonical(&v);
	if (t->flags & F_NOT)
		v = prefix_complement(r->m->arena, &v);
	p->sources = p->any_source
		? v
		: prefix_intersect(r->m->arena, &p->sources, &v);
	p->any_source = 0;
}

static uint8_t version_mask(enum ast_op op, unsigned v)
{
	uint8_t mask = 0;

	for (unsigned i = 0; i < 4; i++)
		if ((op == OP_GE && i >= v) || (op == OP_LE && i <= v) ||
			(op != OP_GE && op != OP_LE && i == v))
			mask |= words_tls[i].bit;
	return mask;
}

uint8_t pred_versions(struct pred_reader *r, const struct ast *t)
{
	const struct ast *k = t->kids;
	struct literal_why why = {.why = ""};
	uint16_t wire;
	struct diag *g;

	if (literal_version(k->text, &wire, &why) == 0)
		return version_mask(t->op,
			wire >= 0x0301 && wire <= 0x0304 ? wire - 0x0301u : 0);
	g = diag_add(r->d, DIAG_TC0103, at(k), "%s", why.why);
	if (why.help[0])
		diag_help(g, "%s", why.help);
	r->bad = 1;
	return 0;
}

static void read_tls(struct pred_reader *r, const struct ast *t)
{
	const struct ast *k = t->kids;
	uint8_t mask;

	if (!k)
		return;
	mask = k->kind == AST_WORD && strcmp(k->text, "unknown") == 0
		? TLSV_UNKNOWN
		: pred_versions(r, t);
	r->p->tls &= (uint8_t)(t->flags & F_NOT ? TLSV_ALL & ~mask : mask);
}

static void read_alpn(struct pred_reader *r, const struct ast *t)
{
	for (const struct ast *k = t->kids; k; k = k->next)
		PRED_PUSH(r->m->arena, &r->p->tokens) =
			(struct token_test){k->text, !!(t->flags & F_NOT)};
}

static void read_term(struct pred_reader *r, const struct ast *t)
{
	static const struct {
		const char *word;
		enum pred_about about;
	} facts[] = {{"listener", PRED_LISTENER}, {"mode", PRED_MODE},
		{"backend", PRED_BACKEND}, {"reason", PRED_REASON},
		{"route", PRED_ROUTE}, {"certificate", PRED_CERTIFICATE},
		{"link", PRED_LINK}, {"client-auth", PRED_CLIENT_AUTH},
		{"profile", PRED_FLOOR}, {"enforcing", PRED_ENFORCING},
		{"verify", PRED_VERIFY}};

	if (strcmp(t->text, "sni") == 0) {
		read_sni(r, t);
	} else if (strcmp(t->text, "no-sni") == 0) {
		PRED_PUSH(r->m->arena, &r->p->names) = (struct pred_names){
			.no_sni = 1, .negated = !!(t->flags & F_NOT)};
	} else if (strcmp(t->text, "source") == 0) {
		read_source(r, t);
	} else if (strcmp(t->text, "alpn") == 0) {
		read_alpn(r, t);
	} else if (strcmp(t->text, "tls") == 0) {
		read_tls(r, t);
	}
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (strcmp(t->text, facts[i].word) == 0)
			pred_read_fact(r, t,
				t->op == OP_IN ? PRED_SEGMENT : facts[i].about);
}

int pred_read(
	struct model *m, struct diags *d, const struct ast *n, struct pred *p)
{
	struct pred_reader r = {.m = m, .d = d, .p = p};

	*p = (struct pred){.any_source = 1, .tls = TLSV_ALL};
	for (const struct ast *t = n->kids; t; t = t->next)
		if (t->kind == AST_PTERM && t->text)
			read_term(&r, t);
	return r.bad ? -1 : 0;
}

int pred_has(const struct pred_fact *f, uint32_t v)
{
	for (size_t i = 0; i < f->values.n; i++)
		if (f->values.v[i] == v)
			return 1;
	return 0;
}

int pred_asks_backend(const struct pred *p)
{
	for (size_t i = 0; i < p->facts.n; i++)
		if (p->facts.v[i].about == PRED_BACKEND)
			return 1;
	return 0;
}

int pred_decision(const struct model *m, const struct pred *p, uint32_t list,
	uint32_t action, uint32_t backend)
{
	for (size_t i = 0; i < p->facts.n; i++) {
		const struct pred_fact *f = &p->facts.v[i];

		if (f->about != PRED_LISTENER &&
			pred_fact_holds(m, f, list, &m->actions.v[action],
				backend) == f->negated)
			return 0;
	}
	return 1;
}

int pred_listener(
	const struct model *m, const struct pred *p, uint32_t frontend)
{
	for (size_t i = 0; i < p->facts.n; i++) {
		const struct pred_fact *f = &p->facts.v[i];

		if (f->about == PRED_LISTENER &&
			pred_has(f, frontend) == f->negated)
			return 0;
	}
	return 1;
}
