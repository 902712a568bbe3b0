/*
 * Branches of `where` that were not chosen: what they name must be declared
 * somewhere, whatever the parameters.  A name that is declared nowhere is a
 * mistake, and would only be found when the other value is used.
 */
#include <string.h>

#include "priv.h"

static const struct {
	enum space space;
	enum ast_kind kind;
	const char *word, *what; /* of the setting that names it; in messages */
} named[] = {
	{SPACE_CERTIFICATE, AST_CERTIFICATE, "certificate", "certificate"},
	{SPACE_PROFILE, AST_PROFILE, "profile", "profile"},
	{SPACE_LIMITS, AST_LIMITS, "limits", "limits block"},
};

static int declared_in(
	const struct ast *n, enum ast_kind kind, const char *name)
{
	for (; n; n = n->next)
		if ((n->kind == kind && n->text && !strcmp(n->text, name)) ||
			declared_in(n->kids, kind, name))
			return 1;
	return 0;
}

static int includes(const struct ast *n)
{
	for (; n; n = n->next)
		if (n->kind == AST_INCLUDE || n->kind == AST_ERROR ||
			includes(n->kids))
			return 1;
	return 0;
}

static void one(struct check *c, enum space space, enum ast_kind kind,
	const struct ast *name, const char *word)
{
	if (!name || !name->text ||
		(space == SPACE_PROFILE &&
			check_profile_reserved(name->text)) ||
		declared_in(c->r->dropped, kind, name->text))
		return;
	check_ref(c, space, name, word);
}

static void words(struct check *c, enum space space, enum ast_kind kind,
	const struct ast *n, const char *word)
{
	for (; n; n = n->next)
		if (n->kind == AST_VALUES)
			words(c, space, kind, n->kids, word);
		else if (n->kind == AST_WORD)
			one(c, space, kind, n, word);
}

static void setting(struct check *c, const struct ast *n)
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (!strcmp(n->text, named[i].word))
			words(c, named[i].space, named[i].kind, n->kids,
				named[i].what);
	if (!strcmp(n->text, "accept-proxy"))
		words(c, SPACE_SET, AST_SET, n->kids, "set");
}

static void action(struct check *c, const struct ast *n)
{
	const struct ast *target = ast_kid(n, AST_TARGET);

	if (target && target->flags & F_SITE)
		one(c, SPACE_SITE, AST_SITE, target, "site");
	else if (strcmp(n->text, "reject") != 0)
		one(c, SPACE_BACKEND, AST_BACKEND, target, "backend");
	one(c, SPACE_PROFILE, AST_PROFILE, ast_kid(n, AST_ENFORCING),
		"profile");
	one(c, SPACE_LIMITS, AST_LIMITS, ast_kid(n, AST_LIMITSREF),
		"limits block");
}

static void walk(struct check *c, const struct ast *n)
{
	for (; n; n = n->next) {
		if (n->kind == AST_TEST || n->kind == AST_ASSERT ||
			n->kind == AST_LIMITS)
			continue;
		if (n->kind == AST_TERM && !strcmp(n->text, "source"))
			words(c, SPACE_SET, AST_SET, n->kids, "set");
		else if (n->kind == AST_SNIS && n->flags & F_IN)
			words(c, SPACE_SET, AST_SET, n->kids, "set");
		else if (n->kind == AST_SETTING)
			setting(c, n);
		else if (n->kind == AST_SPLIT)
			one(c, SPACE_BACKEND, AST_BACKEND, n, "backend");
		else if (n->kind == AST_ACTION)
			action(c, n);
		walk(c, n->kids);
	}
}

void check_dropped(struct model *m)
{
	struct check *c = m->facts->check;

	/* A file that was not read may declare anything. */
	if (!includes(c->r->dropped))
		walk(c, c->r->dropped);
}
