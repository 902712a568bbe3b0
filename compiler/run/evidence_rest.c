/*
 * The rest of the evidence: the files that verdicts depend on, routes without a
 * standard, assertions, tests, and what was suppressed.
 */
#include "evidence.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "compiler/ask/testrun.h"
#include "compiler/base/arena.h"
#include "compiler/base/symbols.h"
#include "compiler/check/cert_file.h"
#include "compiler/verify/text.h"
#include "evidence_priv.h"

enum { FILE_MAX = 64 << 20 };

struct files {
	struct evidence *e;
	struct symbols *seen;
	int unread; /* --no-credentials */
};

/* open: what to read, or NULL. */
static void file(struct files *s, const char *name, const char *open)
{
	struct evidence *e = s->e;
	uint32_t at = (uint32_t)e->files.n;
	struct evidence_file f = {name, 0, {0}};
	gnutls_datum_t data;
	const char *err;

	if (!name || symbols_add(s->seen, 0, name, strlen(name), at) != at)
		return;
	if (open && !s->unread &&
		cert_file(e->a, open, FILE_MAX, &data, NULL, &err) == 0)
		f.is_read = gnutls_hash_fast(GNUTLS_DIG_SHA256, data.data,
				    data.size, f.sha256) == 0;
	PUSH(e->a, &e->files) = f;
}

void evidence_files(struct evidence *e, const struct options *o)
{
	const struct model *m = e->in->model;
	struct files s = {e, symbols_new(e->a), o->no_credentials};

	for (size_t i = 0; i < m->certs.n; i++)
		file(&s, m->certs.v[i].chain, m->certs.v[i].chain_open);
	for (size_t i = 0; i < m->facts->scopes.n; i++) {
		const struct fact_scope *f = &m->facts->scopes.v[i];

		file(&s, f->client_ca, f->client_ca_open);
		file(&s, f->client_crl, f->client_crl_open);
	}
	for (size_t i = 0; i < m->backends.n; i++)
		file(&s, m->backends.v[i].ca, m->backends.v[i].ca_open);
}

void evidence_outside(struct evidence *e)
{
	const struct facts *facts = e->in->model->facts;

	for (size_t i = 0; i < facts->scopes.n; i++) {
		const struct fact_scope *f = &facts->scopes.v[i];

		if (f->list_count && !f->comply.n)
			PUSH(e->a, &e->outside) = evidence_route(e, f);
	}
}

/* Those that fail; one that could not be asked proves nothing, either. */
static void tests(struct evidence *e)
{
	const char *err;
	struct testrun *r = testrun_new(e->in->model, &e->in->table,
		e->in->x.sources, e->in->x.diags, e->in->path, NULL, &err);

	e->passed = r->passed;
	e->failed = r->failed;
	for (size_t i = 0; i < r->cases.n; i++) {
		const struct test_case *c = &r->cases.v[i];

		if (c->result != TEST_PASSED)
			PUSH(e->a, &e->failures) = (struct evidence_test){
				c->title,
				arena_printf(e->a, "%s:%u", c->file, c->line),
				c->result == TEST_ERROR
					? c->error
					: arena_printf(e->a, "%s, not %s",
						  c->got, c->want)};
	}
}

void evidence_texts(struct evidence *e)
{
	struct model *m = e->in->model;

	for (size_t i = 0; i < m->texts.n; i++) {
		const struct m_text *x = &m->texts.v[i];
		struct evidence_assertion *a;

		if (!x->node || x->kind != 2)
			continue;
		a = &PUSH(e->a, &e->assertions);
		*a = (struct evidence_assertion){x->text,
			arena_printf(e->a, "%s:%u", x->file, x->line),
			verify_assertion(m, x->node, e->in->x.diags).verdict};
		e->refuted += a->verdict == VERDICT_FAILS;
	}
	tests(e);
}

void evidence_allows(struct evidence *e, const struct ast *n)
{
	for (; n; n = n->next) {
		const struct ast *id = ast_kid(n, AST_WORD);
		const struct ast *until = ast_kid(n, AST_DATE);
		const struct ast *reason = ast_kid(n, AST_STRING);

		if (n->kind == AST_ALLOW && id)
			PUSH(e->a, &e->allows) = (struct evidence_allow){
				id->text, until ? until->text : NULL,
				reason ? reason->text : "",
				evidence_place(e, n->span)};
		evidence_allows(e, n->kids);
	}
}
