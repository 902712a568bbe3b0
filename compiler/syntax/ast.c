/*
 * Making and reading the syntax tree.  policy.y calls the makers, one per
 * action; every later phase reads.
 */
#include "ast.h"

#include <string.h>

#include "compiler/base/arena.h"

struct ast *ast_new(struct arena *a, enum ast_kind kind, struct span span)
{
	struct ast *n = arena_alloc(a, sizeof(*n));

	n->kind = kind;
	n->span = n->name_span = span;
	return n;
}

struct ast *ast_named(struct arena *a, enum ast_kind kind, struct span span,
	const char *text, size_t len, struct span name_span)
{
	struct ast *n = ast_new(a, kind, span);

	n->text = arena_strndup(a, text, len);
	n->text_len = (uint32_t)len;
	n->name_span = name_span;
	return n;
}

struct ast *ast_string(
	struct arena *a, struct span span, const char *raw, size_t len)
{
	struct ast *n = ast_named(a, AST_STRING, span, raw, len, span);
	char *to;

	if (!memchr(raw, '\\', len))
		return n;
	to = arena_strndup(a, raw, len);
	n->text = to;
	for (size_t i = 0; i < len; i++) {
		if (raw[i] == '\\' && i + 1 < len)
			i++;
		*to++ = raw[i];
	}
	*to = '\0';
	n->text_len = (uint32_t)(to - n->text);
	return n;
}

struct ast_seq ast_one(struct ast *n)
{
	struct ast_seq s = {n, n};

	while (s.last && s.last->next)
		s.last = s.last->next;
	return s;
}

struct ast_seq ast_join(struct ast_seq s, struct ast_seq more)
{
	if (!more.first)
		return s;
	if (!s.first)
		return more;
	s.last->next = more.first;
	s.last = more.last;
	return s;
}

struct ast_seq ast_push(struct ast_seq s, struct ast *n)
{
	return ast_join(s, ast_one(n));
}

static struct ast *chain(struct ast *first, struct ast *more)
{
	return ast_join(ast_one(first), ast_one(more)).first;
}

struct ast *ast_fill(struct ast *parent, struct ast_seq s)
{
	parent->kids = chain(parent->kids, s.first);
	return parent;
}

struct ast *ast_adopt(struct ast *parent, struct ast *kid)
{
	parent->kids = chain(parent->kids, kid);
	return parent;
}

static struct ast *find_kind(struct ast *n, enum ast_kind kind)
{
	while (n && n->kind != kind)
		n = n->next;
	return n;
}

struct ast *ast_kid(const struct ast *n, enum ast_kind kind)
{
	return n ? find_kind(n->kids, kind) : NULL;
}

struct ast *ast_next(const struct ast *n, enum ast_kind kind)
{
	return n ? find_kind(n->next, kind) : NULL;
}

struct ast *ast_setting(const struct ast *n, const char *key)
{
	struct ast *k = ast_kid(n, AST_SETTING);

	while (k && strcmp(k->text, key) != 0)
		k = ast_next(k, AST_SETTING);
	return k;
}
