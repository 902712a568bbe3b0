/*
 * The entry: declares every name, then calls each concern's file to read its
 * statements, in an order in which everything referred to is already there.
 * Faults are reported and skipped; the model has what was sound.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/syntax/parse.h"
#include "comply.h"
#include "priv.h"

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

#define SLIPS_MAX 1000 /* with more, nothing is taken for whole */

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
	/* The parser reports no more than that. */
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
	check_declare(c, r->root);
	c->torn = ast_kid(r->root, AST_ERROR) != NULL;
	check_allow_files(c, r->root);
	check_alpns(c);
	check_sets(c);
	check_segments(c);
	check_profiles(c);
	check_limits(c);
	check_certs(c);
	check_backends(c);
	check_sites(c);
	check_frontends(c);
	check_sites_settle(c);
	check_listeners(c);
	check_cert_profiles(c);
	check_cert_covers(c);
	check_texts(c);
	inputs(c);
	return c->m;
}
