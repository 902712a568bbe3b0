/*
 * ALPN tokens: the table numbers those in use, in order of their octets, so
 * that the same policy always gives the same masks.
 */
#include <stdlib.h>
#include <string.h>

#include "priv.h"

static void collect(struct check *c, const struct ast *n)
{
	if (n->kind != AST_STRING && n->kind != AST_WORD)
		return;
	if (n->text_len < 1 || n->text_len > 255 ||
		strlen(n->text) != n->text_len) {
		diag_add(c->d, DIAG_TC0103, check_span(n),
			"an ALPN protocol has 1 to 255 octets (RFC 7301, 3.1)");
		return;
	}
	uint32_t i = (uint32_t)c->m->alpns.n;
	if (symbols_add(c->sym, SPACE_ALPN, n->text, n->text_len, i) != i)
		return;
	if (i == TBL_ALPN_MAX)
		diag_add(c->d, DIAG_TC0103, check_span(n),
			"a policy can name at most %u ALPN protocols",
			TBL_ALPN_MAX);
	PUSH(c->a, &c->m->alpns) = n->text;
}

/* Children of `alpn` settings and terms, at any depth.  Routes without a block
 * are skipped: there may be a million. */
static void walk(struct check *c, const struct ast *n)
{
	for (; n; n = n->next) {
		int here = (n->kind == AST_SETTING || n->kind == AST_TERM) &&
			n->text && !strcmp(n->text, "alpn");
		if (here)
			for (const struct ast *k = n->kids; k; k = k->next) {
				if (k->kind == AST_VALUES)
					for (const struct ast *v = k->kids; v;
						v = v->next)
						collect(c, v);
				else
					collect(c, k);
			}
		else if (n->kind != AST_TEST && n->kind != AST_ASSERT)
			walk(c, n->kids);
	}
}

static int by_octets(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

void check_alpns(struct check *c)
{
	static const struct ast http = {
		.kind = AST_STRING, .text = "http/1.1", .text_len = 8};

	walk(c, c->r->root);
	/* What a site speaks when its route says nothing. */
	if (c->decls[SPACE_SITE].n)
		collect(c, &http);
	if (c->m->alpns.n > TBL_ALPN_MAX)
		c->m->alpns.n = TBL_ALPN_MAX;
	if (c->m->alpns.n)
		qsort(c->m->alpns.v, c->m->alpns.n, sizeof(*c->m->alpns.v),
			by_octets);
}

uint32_t check_alpn(struct check *c, const struct ast *n)
{
	const char **hit = !c->m->alpns.n
		? NULL
		: bsearch(&n->text, c->m->alpns.v, c->m->alpns.n,
			  sizeof(*c->m->alpns.v), by_octets);
	return hit ? (uint32_t)(hit - c->m->alpns.v) : MODEL_NONE;
}

static size_t position(const struct index_vec *list, uint32_t value)
{
	size_t i = 0;
	while (i < list->n && list->v[i] != value)
		i++;
	return i;
}

void check_alpn_list(
	struct check *c, const struct ast *setting, struct index_vec *list)
{
	struct index_vec out = {NULL, 0, 0};

	/* The inherited vector is shared: never changed in place. */
	if (setting->op == OP_ADD || setting->op == OP_REMOVE)
		for (size_t i = 0; i < list->n; i++)
			PUSH(c->a, &out) = list->v[i];
	for (const struct ast *k = setting->kids; k; k = k->next) {
		uint32_t i = check_alpn(c, k);
		size_t at = position(&out, i);
		if (i == MODEL_NONE)
			continue;
		if (setting->op == OP_REMOVE && at < out.n) {
			out.n--;
			memmove(&out.v[at], &out.v[at + 1],
				(out.n - at) * sizeof(*out.v));
		} else if (setting->op == OP_REMOVE) {
			diag_add(c->d, DIAG_TC0207, check_span(k),
				"'%s' is removed from a list that does not "
				"have it",
				k->text);
		} else if (at == out.n) {
			PUSH(c->a, &out) = i;
		} else if (setting->op != OP_ADD) {
			diag_add(c->d, DIAG_TC0312, check_span(k),
				"'%s' is in the list twice", k->text);
		}
	}
	*list = out;
}
