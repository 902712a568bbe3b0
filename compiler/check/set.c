/*
 * Sets of addresses and of names, written out or from a file, and the sources
 * that a guard names.  A prefix with host bits is read as the network that
 * contains it, after TC0104 has been reported, so that nothing follows from it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/prefix.h"
#include "compiler/syntax/text.h"
#include "priv.h"

/* One element's text to a prefix: 0, or -1 with a report. */
int check_prefix(struct check *c, const char *text, size_t len,
	struct span span, struct m_prefix *out)
{
	char buf[64];

	switch (prefix_parse(text, len, out)) {
	case PREFIX_OK:
		return 0;
	case PREFIX_HOST_BITS: {
		const char *net = prefix_text(out, buf);
		struct diag *g = diag_add(c->d, DIAG_TC0104, span,
			"%s has bits set after the prefix length",
			check_cut(c, text, len));
		diag_help(g, "the network is %s", net);
		diag_fix(g, span, arena_strndup(c->a, net, strlen(net)));
		return 0;
	}
	default: {
		struct diag *g = diag_add(c->d, DIAG_TC0103, span,
			"'%s' is not an address prefix",
			check_cut(c, text, len));
		diag_help(g, "write 10.0.0.0/8, 2001:db8::/32 or one address");
		return -1;
	}
	}
}

static void add_prefix(struct check *c, struct m_set *set, const char *text,
	size_t len, struct span span)
{
	struct m_prefix p;

	if (check_prefix(c, text, len, span, &p) < 0) {
		set->unknown = 1;
		return;
	}
	PUSH(c->a, &set->written) = p;
	PUSH(c->a, &set->spans) = span;
}

static void add_name(struct check *c, struct set_decl *decl, const char *text,
	size_t len, struct span span)
{
	size_t n;
	const char *key = check_pattern_text(c, text, len, span, &n);

	if (key)
		PUSH(c->a, &decl->names) =
			(struct set_name){key, span, (uint8_t)n};
}

/* Lines of a list file: one element each, # comments. */
static void add_file(struct check *c, const struct ast *from,
	struct set_decl *decl, struct m_set *set)
{
	const struct ast *name = ast_kid(from, AST_STRING);

	if (!name)
		return;
	if (c->o->no_fs) {
		decl->unknown = c->f->unknown_files = 1;
		return;
	}
	uint32_t file = check_list(c, name);
	if (!file) {
		decl->unknown = 1;
		return;
	}
	const struct source *src = source_get(c->s, file);
	if (text_alien(src->text, src->len)) {
		decl->unknown = 1;
		return;
	}
	const char *end = src->text + src->len;
	const char *p = src->text + text_list_begin(src->text, src->len);
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *eol = nl ? nl : end, *b = p, *e = eol;
		const char *hash = memchr(b, '#', (size_t)(e - b));
		if (hash)
			e = hash;
		while (b < e && (*b == ' ' || *b == '\t'))
			b++;
		while (e > b &&
			(e[-1] == ' ' || e[-1] == '\t' || e[-1] == '\r'))
			e--;
		struct span span = {file, (uint32_t)(b - src->text),
			(uint32_t)(e - src->text)};
		if (b < e && set)
			add_prefix(c, set, b, (size_t)(e - b), span);
		else if (b < e)
			add_name(c, decl, b, (size_t)(e - b), span);
		p = eol + 1;
	}
}

static void finish(struct check *c, struct m_set *set)
{
	struct prefix_vec v = {NULL, 0, 0};

	for (size_t i = 0; i < set->written.n; i++)
		PUSH(c->a, &v) = set->written.v[i];
	prefix_canonical(&v);
	set->prefixes.v = v.v;
	set->prefixes.n = v.n;
	set->prefixes.cap = v.cap;
}

/* Assertions ask about names by set. */
static void publish(
	struct check *c, const struct ast *n, const struct set_decl *decl)
{
	struct m_name_set *out = &PUSH(c->a, &c->m->name_sets);

	*out = (struct m_name_set){
		.name = {n->text, check_span(n)}, .unknown = decl->unknown};
	for (size_t i = 0; i < decl->names.n; i++)
		PUSH(c->a, &out->keys) = (struct m_key){
			decl->names.v[i].key, decl->names.v[i].len};
}

static void one_set(struct check *c, const struct ast *n, struct set_decl *decl)
{
	struct m_set *set = NULL;

	decl->is_names = !!(n->flags & F_NAMES);
	decl->unknown = check_slipped(c, n->span);
	if (decl->is_names) {
		decl->index = (uint32_t)c->f->names.n;
		PUSH(c->a, &c->f->names) = (struct fact_names){
			{n->text, check_span(n)}, n->span, 0};
	} else {
		decl->index = (uint32_t)c->m->sets.n;
		set = &PUSH(c->a, &c->m->sets);
		*set = (struct m_set){
			.name = {n->text, check_span(n)}, .span = n->span};
	}
	for (const struct ast *k = n->kids; k; k = k->next) {
		if (k->kind == AST_FROM)
			add_file(c, k, decl, set);
		else if (k->kind == AST_VALUES || !check_literal(k))
			continue;
		else if (set)
			add_prefix(c, set, k->text, k->text_len, check_span(k));
		else
			add_name(c, decl, k->text, k->text_len, check_span(k));
	}
	if (set) {
		decl->unknown |= set->unknown;
		set->unknown = decl->unknown;
		finish(c, set);
	} else {
		publish(c, n, decl);
	}
}

void check_sets(struct check *c)
{
	for (size_t i = 0; i < c->decls[SPACE_SET].n; i++)
		PUSH(c->a, &c->sets) = (struct set_decl){.index = MODEL_NONE};
	for (size_t i = 0; i < c->decls[SPACE_SET].n; i++)
		one_set(c, c->decls[SPACE_SET].v[i], &c->sets.v[i]);
}

static void named_source(
	struct check *c, const struct ast *word, struct source_terms *out)
{
	uint32_t i = check_ref(c, SPACE_SET, word, "set");

	out->parts++;
	if (i == SYMBOL_NONE) {
		out->unknown = 1;
		return;
	}
	struct set_decl *decl = &c->sets.v[i];
	if (decl->is_names) {
		struct diag *g = diag_add(c->d, DIAG_TC0201, check_span(word),
			"'%s' is a set of names, not of addresses", word->text);
		diag_label(g, c->f->names.v[decl->index].name.span,
			"declared here");
		out->unknown = 1;
		return;
	}
	struct m_set *set = &c->m->sets.v[decl->index];
	set->used = 1;
	out->unknown |= decl->unknown || c->set_twice;
	out->only = out->parts == 1 ? decl->index : MODEL_NONE;
	for (size_t k = 0; k < set->prefixes.n; k++)
		PUSH(c->a, &out->prefixes) = set->prefixes.v[k];
}

static void sources(
	struct check *c, const struct ast *n, struct source_terms *out)
{
	for (const struct ast *k = n->kids; k; k = k->next) {
		struct m_prefix p;
		if (k->kind == AST_VALUES || k->kind == AST_SETTING) {
			sources(c, k, out);
		} else if (k->kind == AST_WORD) {
			named_source(c, k, out);
		} else if (check_literal(k)) {
			out->parts++;
			out->only = MODEL_NONE;
			if (check_prefix(c, k->text, k->text_len, check_span(k),
				    &p) < 0)
				out->unknown = 1;
			else
				PUSH(c->a, &out->prefixes) = p;
		} else {
			out->unknown = 1;
		}
	}
}

void check_sources(
	struct check *c, const struct ast *n, struct source_terms *out)
{
	struct prefix_vec v;

	memset(out, 0, sizeof(*out));
	out->only = MODEL_NONE;
	sources(c, n, out);
	v.v = out->prefixes.v;
	v.n = out->prefixes.n;
	v.cap = out->prefixes.cap;
	if (out->parts > 1)
		out->only = MODEL_NONE;
	if (out->only == MODEL_NONE && v.n)
		prefix_canonical(&v);
	out->prefixes.v = v.v;
	out->prefixes.n = v.n;
}

uint32_t check_inline_set(
	struct check *c, const struct m_prefix *v, size_t n, struct span span)
{
	struct model *m = c->m;
	uint32_t i = (uint32_t)m->sets.n;
	uint32_t have =
		symbols_add(c->sym, SPACE_INLINE_SET, v, n * sizeof(*v), i);

	if (have != i)
		return have;
	struct m_set *set = &PUSH(c->a, &m->sets);
	*set = (struct m_set){.span = span, .used = 1};
	for (size_t k = 0; k < n; k++)
		PUSH(c->a, &set->prefixes) = v[k];
	return i;
}
