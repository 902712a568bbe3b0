/*
 * Blocks of `key [op] literals sub-clauses;`: keys come from a table, unknown
 * ones get a suggestion; repetitions, counts and operators are judged here.
 */
#include <string.h>

#include "priv.h"

struct lits {
	const struct ast **v;
	size_t n, cap;
};

static void flatten(struct check *c, const struct ast *n, struct lits *out)
{
	for (const struct ast *k = n->kids; k; k = k->next) {
		if (k->kind == AST_VALUES)
			flatten(c, k, out);
		else if (check_literal(k))
			PUSH(c->a, out) = k;
	}
}

const struct ast *check_sub(const struct ast *setting, const char *word)
{
	const struct ast *sub = ast_setting(setting, word);

	if (!sub)
		return NULL;
	for (const struct ast *k = sub->kids; k; k = k->next)
		if (check_literal(k))
			return k;
	return NULL;
}

int check_has_word(const struct ast *setting, const char *word)
{
	for (const struct ast *k = setting->kids; k; k = k->next)
		if ((k->kind == AST_WORD || k->kind == AST_SETTING) &&
			k->text && !strcmp(k->text, word))
			return 1;
	return 0;
}

static int listed(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = words; p && *p; p += *p == ' ') {
		size_t len = strcspn(p, " ");
		if (len == n && !memcmp(p, word, n))
			return 1;
		p += len;
	}
	return 0;
}

static const struct setting_key *find(
	struct check *c, const struct setting_key *keys, const struct ast *n)
{
	const char *words[32];
	size_t count = 0;

	for (const struct setting_key *k = keys; k->word; k++) {
		if (!strcmp(k->word, n->text))
			return k;
		words[count++] = k->word;
	}
	words[count] = NULL;
	struct diag *g = diag_add(c->d, DIAG_TC0101, check_span(n),
		"there is no setting '%s' here", n->text);
	if (!strcmp(n->text, "GET") || !strcmp(n->text, "HEAD"))
		diag_help(g,
			"a check always uses GET: write 'health http "
			"\"/path\"'");
	else
		check_hint(g, n->text, words);
	return NULL;
}

static int shape(
	struct check *c, const struct setting_key *k, const struct setting *s)
{
	const struct ast *n = s->node;

	if ((n->op == OP_ADD || n->op == OP_REMOVE) && !k->ops) {
		diag_add(c->d, DIAG_TC0101, check_span(n),
			"'%s' is a single value, and += and -= are for lists",
			k->word);
		return -1;
	}
	if (s->n < k->min || (k->max && s->n > k->max)) {
		diag_add(c->d, DIAG_TC0101,
			s->n > k->min ? check_span(s->lit[k->max])
				      : check_span(n),
			s->n < k->min ? "'%s' needs a value"
				      : "'%s' has too many values",
			k->word);
		return -1;
	}
	for (const struct ast *sub = ast_kid(n, AST_SETTING); sub;
		sub = ast_next(sub, AST_SETTING))
		if (!listed(k->subs, sub->text)) {
			diag_add(c->d, DIAG_TC0101, check_span(sub),
				"'%s' is not part of '%s'", sub->text, k->word);
			return -1;
		}
	return 0;
}

/* An earlier setting of the same key that this one would silently replace. */
static const struct ast *earlier(const struct ast *block, const struct ast *n)
{
	if (n->op == OP_ADD || n->op == OP_REMOVE)
		return NULL;
	for (const struct ast *k = ast_kid(block, AST_SETTING); k && k != n;
		k = ast_next(k, AST_SETTING))
		if (!strcmp(k->text, n->text))
			return k;
	return NULL;
}

void check_settings(struct check *c, const struct ast *block,
	const struct setting_key *keys, void *obj)
{
	for (const struct ast *n = ast_kid(block, AST_SETTING); n;
		n = ast_next(n, AST_SETTING)) {
		const struct setting_key *k = find(c, keys, n);
		const struct ast *before;
		struct lits lits = {NULL, 0, 0};

		if (!k)
			continue;
		if ((before = earlier(block, n))) {
			struct diag *g = diag_add(c->d, DIAG_TC0202,
				check_span(n), "'%s' is set twice", k->word);
			diag_label(g, check_span(before), "previous setting");
			if (!k->max)
				diag_help(g,
					k->ops ? "add to it with '%s += ...'"
					       : "write them in one line: '%s "
						 "A, B;'",
					k->word);
			continue;
		}
		flatten(c, n, &lits);
		struct setting s = {c, obj, n, lits.v, lits.n};
		if (!shape(c, k, &s))
			k->read(&s);
	}
}
