/*
 * Tests and assertions from the tree back to text.  They are printed after
 * parameters were substituted, so the text is complete.
 */
#include <string.h>

#include "compiler/base/arena.h"
#include "fmt.h"

struct text {
	struct arena *arena;
	char *v;
	size_t n, cap;
};

static void put_octet(struct text *t, char c)
{
	arena_grow(t->arena, &t->v, t->n, &t->cap, 1);
	t->v[t->n++] = c;
}

static void put(struct text *t, const char *s)
{
	while (*s)
		put_octet(t, *s++);
}

static void put_quoted(struct text *t, const char *s, size_t len)
{
	put_octet(t, '"');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			put_octet(t, '\\');
		put_octet(t, s[i]);
	}
	put_octet(t, '"');
}

/* As the scanner's WORD: anything else needs quotes. */
static int is_word(const char *s)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	static const char part[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz_0123456789";

	if (!*s || !strchr(letters, *s))
		return 0;
	for (;;) {
		s += strspn(s, part);
		if (!*s)
			return 1;
		s += *s == '-' ? strspn(s, "-") : *s == '.';
		if (!*s || !strchr(part, *s))
			return 0;
	}
}

static void put_name(struct text *t, const char *name)
{
	if (is_word(name))
		put(t, name);
	else
		put_quoted(t, name, strlen(name));
}

static void put_list(struct text *t, const struct ast *first, const char *by);

static void put_literal(struct text *t, const struct ast *n)
{
	switch (n->kind) {
	case AST_STRING:
		put_quoted(t, n->text, n->text_len);
		break;
	case AST_WORD:
		put_name(t, n->text);
		break;
	case AST_VALUES:
		put(t, "{ ");
		put_list(t, n->kids, ", ");
		put(t, " }");
		break;
	default:
		put(t, n->text);
	}
}

static void put_list(struct text *t, const struct ast *first, const char *by)
{
	for (const struct ast *n = first; n; n = n->next) {
		put_literal(t, n);
		if (n->next)
			put(t, by);
	}
}

static void put_fact(struct text *t, const struct ast *n)
{
	static const char *const ops[] = {[OP_IN] = " in ",
		[OP_HAS] = " has ",
		[OP_GE] = " >= ",
		[OP_LE] = " <= ",
		[OP_IS] = " is "};
	int bare = n->op == OP_IS &&
		(strcmp(n->text, "sni") == 0 || strcmp(n->text, "source") == 0);

	if (n->flags & F_NOT)
		put(t, "not ");
	put(t, n->text);
	if (!n->kids)
		return;
	put(t, bare ? " " : ops[n->op]);
	if (n->op == OP_IN && strcmp(n->text, "backend") == 0)
		put(t, "segment ");
	put_list(t, n->kids, bare ? ", " : " | ");
}

static void put_predicate(struct text *t, const struct ast *pred)
{
	if (!pred->kids)
		put(t, "any");
	for (const struct ast *n = pred->kids; n; n = n->next) {
		put_fact(t, n);
		if (n->next)
			put(t, " and ");
	}
}

/* A backend that is called `site` stands in quotes. */
static void put_target(struct text *t, const struct ast *target)
{
	if (target->flags & F_SITE)
		put(t, "site ");
	else if (!strcmp(target->text, "site"))
		put(t, "\"site\"");
	if (target->flags & F_SITE || strcmp(target->text, "site") != 0)
		put_name(t, target->text);
}

static void put_action(struct text *t, const struct ast *action)
{
	const struct ast *target = ast_kid(action, AST_TARGET);
	const struct ast *enforcing = ast_kid(action, AST_ENFORCING);
	const struct ast *limits = ast_kid(action, AST_LIMITSREF);

	put(t, action->text);
	if (target) {
		put(t, strcmp(action->text, "reject") == 0 ? " " : " to ");
		put_target(t, target);
	}
	if (enforcing) {
		put(t, " enforcing ");
		put_name(t, enforcing->text);
	}
	if (limits) {
		put(t, " with limits ");
		put_name(t, limits->text);
	}
}

static void put_assertion(struct text *t, const struct ast *n)
{
	const struct ast *premise = ast_kid(n, AST_PRED);

	put(t, "assert ");
	put(t, n->text);
	put(t, " ");
	put_predicate(t, premise);
	put(t, " : ");
	put_predicate(t, ast_next(premise, AST_PRED));
	put(t, ";");
}

static void put_answer(struct text *t, const struct ast *answer)
{
	put(t, answer->text);
	for (const struct ast *k = answer->kids; k; k = k->next) {
		put(t, k->kind == AST_SPLIT && k != answer->kids ? ", " : " ");
		if (k->kind == AST_SPLIT || k->kind == AST_SETTING)
			put_name(t, k->text);
		else
			put_literal(t, k);
		if (k->kids)
			put(t, " ");
		put_list(t, k->kids, " ");
	}
}

static void put_test(struct text *t, const struct ast *n)
{
	const struct ast *k = ast_kid(n, AST_SETTING);

	put(t, "test ");
	put_quoted(t, n->text, n->text_len);
	put(t, " { ");
	for (; k; k = ast_next(k, AST_SETTING)) {
		put(t, k->text);
		put(t, k->kids ? " " : "");
		put_list(t, k->kids, ", ");
		put(t, "; ");
	}
	put(t, "} expect ");
	if (ast_kid(n, AST_EXPECT)->kids->kind == AST_ANSWER)
		put_answer(t, ast_kid(n, AST_EXPECT)->kids);
	else
		put_action(t, ast_kid(n, AST_EXPECT)->kids);
	put(t, ";");
}

char *fmt_node(struct arena *a, const struct ast *n)
{
	struct text t = {.arena = a};

	if (n->kind == AST_ASSERT)
		put_assertion(&t, n);
	else if (n->kind == AST_TEST)
		put_test(&t, n);
	put_octet(&t, '\0');
	return t.v;
}
