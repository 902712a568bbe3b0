/*
 * Names of elements: declared once each, referred to, and suggested where a
 * reference is misspelt.
 */
#include <string.h>

#include "compiler/base/spell.h"
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
	[SPACE_SITE] = "site",
	[SPACE_FRONTEND] = "frontend",
};

static void declare(struct check *c, enum space space, const struct ast *n)
{
	uint32_t i = (uint32_t)c->decls[space].n;
	struct span at = check_span(n);

	if (!n->text)
		return;
	if (space == SPACE_PROFILE && check_profile_reserved(n->text)) {
		struct diag *g = diag_add(c->d, DIAG_TC0202, at,
			"profile '%s' is built in", n->text);
		diag_help(g,
			"give yours another name and write 'extends %s' in it",
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

void check_declare(struct check *c, const struct ast *n)
{
	for (; n; n = n->next) {
		switch (n->kind) {
		case AST_FILE:
		case AST_BODY:
			check_declare(c, n->kids);
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
		case AST_SITE:
			declare(c, SPACE_SITE, n);
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
	for (size_t i = 0; space == SPACE_PROFILE; i++) {
		const char *builtin = check_profile_builtin_at(i);
		if (!builtin)
			break;
		unsigned n = spell_distance(
			text, len, builtin, strlen(builtin), limit);
		if (n < best) {
			best = n;
			node = NULL;
			name = builtin;
		}
	}
	if (name)
		diag_help(g, "did you mean '%s'?", name);
	else if (space == SPACE_PROFILE)
		diag_help(g, "%s", check_profile_builtins(c));
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
