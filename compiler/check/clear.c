/*
 * Frontends that listen without TLS: nothing is decided before the request, so
 * they have paths, and none of what is said about hellos.  They redirect or
 * answer; clear text is never silently forwarded.
 */
#include <string.h>

#include "compiler/base/site.h"
#include "priv.h"

int check_is_clear(const struct ast *frontend)
{
	const struct ast *listen = ast_setting(frontend, "listen");

	return listen && listen->flags & F_CLEAR;
}

static void stranger(
	struct check *c, struct span at, const char *what, struct span listen)
{
	struct diag *g = diag_add(c->d, DIAG_TC0325, at,
		"%s belongs to TLS, and this frontend has none", what);

	diag_label(g, listen, "listens without TLS");
	diag_help(g,
		"a frontend that is clear has paths: "
		"'path under \"/\" { redirect https; }'");
}

/* What a frontend without TLS may not say; nor one with TLS. */
static void strangers(struct check *c, const struct ast *fe)
{
	static const char *const settings[] = {
		"profile", "certificate", "alpn", "client-auth", NULL};
	struct span listen = check_span(ast_setting(fe, "listen"));

	for (const struct ast *n = fe->kids; n; n = n->next) {
		if (n->kind == AST_ARM || n->kind == AST_ROUTE ||
			n->kind == AST_WHEN || n->kind == AST_COMPLY)
			stranger(c, check_span(n),
				n->kind == AST_ROUTE            ? "a route"
					: n->kind == AST_COMPLY ? "comply"
								: n->text,
				listen);
		for (const char *const *s = settings;
			n->kind == AST_SETTING && *s; s++)
			if (!strcmp(n->text, *s))
				stranger(c, check_span(n), *s, listen);
	}
}

static void forwards(struct check *c, const struct m_site *s)
{
	for (size_t p = 0; p < s->paths.n; p++)
		for (uint32_t i = 0; i < s->paths.v[p].count; i++) {
			const struct m_cclause *t =
				&c->m->cclauses.v[s->paths.v[p].first + i];
			struct diag *g;

			if (c->m->cactions.v[t->action].kind != TBL_CACTION_TO)
				continue;
			g = diag_add(c->d, DIAG_TC0325, t->action_span,
				"requests without TLS are not forwarded");
			diag_help(g,
				"send them to https ('redirect https;'), or "
				"answer them");
		}
}

uint32_t check_clear_site(struct check *c, const struct ast *fe)
{
	struct m_site s = {.name = {fe->text, check_span(fe)},
		.span = fe->span,
		.is_frontends = 1,
		.used = 1};
	uint32_t i = (uint32_t)c->m->sites.n;

	strangers(c, fe);
	check_site_body(c, fe, &s);
	forwards(c, &s);
	PUSH(c->a, &c->m->sites) = s;
	return i;
}

void check_not_clear(struct check *c, const struct ast *fe)
{
	const struct ast *n = ast_kid(fe, AST_PATH);
	struct diag *g;

	if (!n)
		n = ast_kid(fe, AST_EDIT);
	if (!n)
		return;
	g = diag_add(c->d, DIAG_TC0325, check_span(n),
		"this belongs to a site, or to a frontend that is clear");
	diag_help(g,
		"write 'site NAME { ... }' at the top, and 'offload to site "
		"NAME' or 'bridge to site NAME' in a route; or listen without "
		"TLS: 'listen 0.0.0.0:80 clear;'");
}
