/*
 * The entry: declares every name, then has each concern's file read its
 * statements in an order in which everything referred to is already there.
 * Faults are reported and stepped over; the model holds what was sound.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/spell.h"
#include "compiler/syntax/parse.h"
#include "comply.h"
#include "priv.h"

struct span check_span(const struct ast *n)
{
	return n->name_span.file ? n->name_span : n->span;
}

static const char *const kinds[SPACE_DECLARED] = {
	[SPACE_SET] = "set",
	[SPACE_SEGMENT] = "segment",
	[SPACE_PROFILE] = "profile",
	[SPACE_LIMITS] = "limits",
	[SPACE_CERTIFICATE] = "certificate",
	[SPACE_BACKEND] = "backend",
	[SPACE_FRONTEND] = "frontend",
};

static const char *const builtin_profiles[] = {
	"modern", "intermediate", "fips", NULL};

static void declare(struct check *c, enum space space, const struct ast *n)
{
	uint32_t i = (uint32_t)c->decls[space].n;
	struct span at = check_span(n);

	if (!n->text)
		return;
	if (space == SPACE_PROFILE)
		for (const char *const *b = builtin_profiles; *b; b++)
			if (!strcmp(*b, n->text)) {
				struct diag *g = diag_add(c->d, DIAG_TC0202, at,
					"profile '%s' is built in", n->text);
				diag_help(g,
					"give yours another name and write "
					"'extends %s' in it",
					n->text);
				return;
			}
	uint32_t old = symbols_add(c->sym, space, n->text, n->text_len, i);
	if (old != i) {
		struct diag *g = diag_add(c->d, DIAG_TC0202, at,
			"%s '%s' is defined twice", kinds[space], n->text);
		diag_label(g, check_span(c->decls[space].v[old]),
			"previous definition");
		c->set_twice |= space == SPACE_SET;
		return;
	}
	PUSH(c->a, &c->decls[space]) = n;
}

static void collect(struct check *c, const struct ast *n)
{
	for (; n; n = n->next) {
		switch (n->kind) {
		case AST_FILE:
		case AST_BODY:
			collect(c, n->kids);
			break;
		case AST_SET:
			declare(c, SPACE_SET, n);
			break;
		case AST_SEGMENT:
			declare(c, SPACE_SEGMENT, n);
			break;
		case AST_PROFILE:
			declare(c, SPACE_PROFILE, n);
			break;
		case AST_LIMITS:
			declare(c, SPACE_LIMITS, n);
			break;
		case AST_CERTIFICATE:
			declare(c, SPACE_CERTIFICATE, n);
			break;
		case AST_BACKEND:
			declare(c, SPACE_BACKEND, n);
			break;
		case AST_FRONTEND:
			declare(c, SPACE_FRONTEND, n);
			break;
		case AST_TEST:
		case AST_ASSERT:
			PUSH(c->a, &c->texts) = n;
			break;
		default:
			break;
		}
	}
}

/* Searching the nearest name is linear in the declarations: enough of them
 * are helpful, a million-line file full of errors must stay quick. */
#define HINTS_MAX 100

static void nearest(struct check *c, struct diag *g, enum space space,
	const char *text, size_t len)
{
	const struct node_vec *d = &c->decls[space];
	unsigned limit = spell_limit(len), best = limit + 1;
	const char *name = NULL;
	const struct ast *node = NULL;

	if (++c->hints > HINTS_MAX)
		return;
	for (size_t i = 0; i < d->n; i++) {
		unsigned n = spell_distance(
			text, len, d->v[i]->text, d->v[i]->text_len, limit);
		if (n < best) {
			best = n;
			node = d->v[i];
			name = node->text;
		}
	}
	for (const char *const *b = builtin_profiles;
		space == SPACE_PROFILE && *b; b++) {
		unsigned n = spell_distance(text, len, *b, strlen(*b), limit);
		if (n < best) {
			best = n;
			node = NULL;
			name = *b;
		}
	}
	if (name)
		diag_help(g, "did you mean '%s'?", name);
	if (node)
		diag_label(g, check_span(node), "%s '%s' is declared here",
			kinds[space], name);
}

#define CUT_MAX 100 /* more than any name that a policy could mean */

const char *check_cut(struct check *c, const char *text, size_t len)
{
	return arena_printf(c->a, "%.*s%s",
		(int)(len > CUT_MAX ? CUT_MAX : len), text,
		len > CUT_MAX ? "..." : "");
}

uint32_t check_ref_text(struct check *c, enum space space, const char *text,
	size_t len, struct span span, const char *kind)
{
	uint32_t i = symbols_find(c->sym, space, text, len);

	if (i == SYMBOL_NONE && !c->torn) {
		struct diag *g = diag_add(c->d, DIAG_TC0201, span,
			"no %s is named '%s'", kind, check_cut(c, text, len));
		nearest(c, g, space, text, len);
	}
	return i;
}

uint32_t check_ref(struct check *c, enum space space, const struct ast *word,
	const char *kind)
{
	if (!word || !word->text)
		return SYMBOL_NONE;
	return check_ref_text(
		c, space, word->text, word->text_len, check_span(word), kind);
}

void check_hint(struct diag *g, const char *text, const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	const char *best = spell_nearest(text, strlen(text), words, n);
	if (best)
		diag_help(g, "did you mean '%s'?", best);
}

static int input_cmp(const void *x, const void *y)
{
	const struct m_input *a = x, *b = y;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* What the table remembers of where it came from: files, params, versions of
 * requirement sets. */
static void inputs(struct check *c)
{
	struct model *m = c->m;

	for (uint32_t i = 1; i <= source_count(c->s); i++) {
		const struct source *src = source_get(c->s, i);
		struct m_input in = {TBL_INPUT_FILE, src->path, NULL, {0}};
		memcpy(in.sha256, src->sha256, sizeof(in.sha256));
		PUSH(c->a, &m->inputs) = in;
	}
	for (const struct ast *p = c->r->params; p; p = p->next) {
		const struct ast *value = NULL;
		for (const struct ast *k = p->kids; k; k = k->next)
			if (k->kind != AST_TYPE)
				value = k;
		if (p->kind == AST_PARAM && value)
			PUSH(c->a, &m->inputs) = (struct m_input){
				TBL_INPUT_PARAM, p->text, value->text, {0}};
	}
	for (size_t i = 0; i < c->f->scopes.n; i++) {
		const struct fact_scope *sc = &c->f->scopes.v[i];
		for (size_t k = 0; k < sc->comply.n; k++) {
			const char *name = sc->comply.v[k].name;
			if (symbols_add(c->sym, SPACE_MAP, name, strlen(name),
				    (uint32_t)i) == i)
				PUSH(c->a, &m->inputs) = (struct m_input){
					TBL_INPUT_COMPLY, name,
					comply_find(name)->version, {0}};
		}
	}
	if (m->inputs.n)
		qsort(m->inputs.v, m->inputs.n, sizeof(*m->inputs.v),
			input_cmp);
	size_t n = 0;
	for (size_t i = 0; i < m->inputs.n; i++)
		if (!n || input_cmp(&m->inputs.v[n - 1], &m->inputs.v[i]))
			m->inputs.v[n++] = m->inputs.v[i];
	m->inputs.n = n;
}

/* allow: what it drops is the collector's business, its own soundness ours. */
static void allow(struct check *c, const struct ast *n, struct span scope)
{
	const struct ast *word = ast_kid(n, AST_WORD);
	const struct ast *date = ast_kid(n, AST_DATE);
	const struct ast *reason = ast_kid(n, AST_STRING);
	int64_t until = 0;

	if (!word)
		return;
	enum diag_id id = diag_id_find(word->text);
	if (id == DIAG_NONE) {
		struct diag *g = diag_add(c->d, DIAG_TC0201, check_span(word),
			"no diagnostic is named '%s'", word->text);
		diag_help(g, "'tlsc rules' lists them all");
		return;
	}
	if (diag_id_level(id) == DIAG_ERROR) {
		diag_add(c->d, DIAG_TC0103, check_span(word),
			"%s (%s) is an error and cannot be allowed",
			diag_id_text(id), diag_id_name(id));
		return;
	}
	if (diag_id_level(id) == DIAG_DENY && (!reason || !*reason->text)) {
		struct diag *g = diag_add(c->d, DIAG_TC0103, check_span(word),
			"allowing %s needs a reason", diag_id_text(id));
		diag_help(g,
			"add reason \"...\", with a ticket number if there is "
			"one");
		return;
	}
	if (date && check_date(c, date, &until) < 0)
		return;
	diag_allow(c->d, id, scope, n->span, until, reason ? reason->text : "");
}

void check_allow(struct check *c, const struct ast *block, struct span scope)
{
	for (const struct ast *n = block->kids; n; n = n->next) {
		if (n->kind == AST_ALLOW)
			allow(c, n, scope);
	}
}

/* At the top an allow holds for the file in which it stands. */
static void allow_files(struct check *c, const struct ast *root)
{
	for (const struct ast *n = root->kids; n; n = n->next) {
		struct span file = {n->span.file, 0, 0};

		if (n->kind != AST_ALLOW)
			continue;
		file.end = (uint32_t)source_get(c->s, file.file)->len;
		allow(c, n, file);
	}
}

#define SLIPS_MAX 1000 /* where more stand, nothing is taken for whole */

static void slips(struct check *c)
{
	c->slips.v = arena_alloc(c->a, SLIPS_MAX * sizeof(*c->slips.v));
	c->slips.n = diag_places(c->d, DIAG_TC0101, c->slips.v, SLIPS_MAX);
}

int check_slipped(const struct check *c, struct span span)
{
	size_t told = 0;

	for (size_t i = 0; i < c->slips.n; i++) {
		const struct span *s = &c->slips.v[i];
		if (s->file != span.file)
			continue;
		if (span.begin <= s->end && s->begin <= span.end)
			return 1;
		told++;
	}
	/* Behind so many the parser tells of no more. */
	return told >= PARSE_SHOWN_MAX || c->slips.n == SLIPS_MAX;
}

struct model *check_model(struct arena *a, struct sources *s, struct diags *d,
	const struct options *o, const struct resolved *r)
{
	struct check *c = arena_alloc(a, sizeof(*c));

	c->a = a;
	c->s = s;
	c->d = d;
	c->o = o;
	c->r = r;
	c->m = arena_alloc(a, sizeof(*c->m));
	c->m->arena = a;
	c->m->serial = o->serial;
	c->m->facts = c->f = arena_alloc(a, sizeof(*c->f));
	c->f->check = c;
	c->f->root = r->root;
	c->f->params = r->params;
	c->f->sources = s;
	c->f->root_file = r->root_file;
	c->sym = symbols_new(a);
	c->default_limit = MODEL_NONE;
	slips(c);
	collect(c, r->root);
	c->torn = ast_kid(r->root, AST_ERROR) != NULL;
	allow_files(c, r->root);
	check_alpns(c);
	check_sets(c);
	check_segments(c);
	check_profiles(c);
	check_limits(c);
	check_certs(c);
	check_backends(c);
	check_frontends(c);
	check_listeners(c);
	check_cert_profiles(c);
	check_cert_covers(c);
	check_texts(c);
	inputs(c);
	return c->m;
}
