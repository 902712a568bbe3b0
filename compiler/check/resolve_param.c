/*
 * Parameters: typed, declared in the policy, set with -D, put where a literal
 * of their type is allowed.  Nothing is substituted as text, so a value cannot
 * change the structure of the policy.  TC0204, TC0201, TC0202.
 */
#include "resolve_parts.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/spell.h"

static const struct {
	const char *word;
	enum ast_kind kind; /* of the literal */
	unsigned wants;     /* places where it is allowed */
	const char *example;
} types[] = {
	{"port", AST_NUMBER, F_WANT_VALUE, "8443"},
	{"integer", AST_NUMBER, F_WANT_VALUE, "200"},
	{"duration", AST_UNIT, F_WANT_VALUE, "500ms"},
	{"size", AST_UNIT, F_WANT_VALUE, "16KiB"},
	{"string", AST_STRING, F_WANT_STRING | F_WANT_ADDR, "\"text\""},
	{"cidr", AST_ADDR, F_WANT_ADDR, "10.0.0.0/8"},
	{"enum", AST_WORD, F_WANT_WORD, "word"},
};
#define TYPES (sizeof(types) / sizeof(*types))
#define VALUES_SHOWN 16

static size_t type_of(const struct ast *param)
{
	const struct ast *t = ast_kid(param, AST_TYPE);
	size_t i = 0;

	while (strcmp(types[i].word, t->text) != 0)
		i++;
	return i;
}

/* `integer` alone is the type; `integer | word` is an enumeration. */
static void name_type(struct ast *type)
{
	if (!type->kids || type->kids->next)
		return;
	for (size_t i = 0; i + 1 < TYPES; i++)
		if (strcmp(types[i].word, type->kids->text) == 0) {
			type->text = types[i].word;
			type->text_len = (uint32_t)strlen(type->text);
			type->kids = NULL;
			return;
		}
}

static int all_digits(const char *text, size_t max)
{
	size_t n = strspn(text, "0123456789");

	return n && n <= max && !text[n];
}

static int is_port(const char *text)
{
	long n = all_digits(text, 5) ? strtol(text, NULL, 10) : 0;

	return n >= 1 && n <= 65535;
}

static int is_unit(const char *text, const char *const *units)
{
	size_t n = strspn(text, "0123456789");

	if (!n || n > 10)
		return 0;
	for (; *units; units++)
		if (strcmp(text + n, *units) == 0)
			return 1;
	return 0;
}

static int is_cidr(struct arena *a, const char *text)
{
	const char *slash = strchr(text, '/');
	const char *host =
		slash ? arena_strndup(a, text, (size_t)(slash - text)) : text;
	struct in6_addr addr;
	int max = inet_pton(AF_INET, host, &addr) == 1  ? 32
		: inet_pton(AF_INET6, host, &addr) == 1 ? 128
							: -1;

	return max > 0 &&
		(!slash ||
			(all_digits(slash + 1, 3) && atoi(slash + 1) <= max));
}

static int is_of_type(
	struct resolver *r, const struct ast *param, const char *text)
{
	static const char *const durations[] = {"ms", "s", "m", "h", "d", NULL};
	static const char *const sizes[] = {"B", "KiB", "MiB", "GiB", NULL};
	const struct ast *type = ast_kid(param, AST_TYPE);

	switch (type_of(param)) {
	case 0:
		return is_port(text);
	case 1:
		return all_digits(text, 10);
	case 2:
		return is_unit(text, durations);
	case 3:
		return is_unit(text, sizes);
	case 4:
		return 1;
	case 5:
		return is_cidr(r->arena, text);
	}
	for (const struct ast *k = type->kids; k; k = k->next)
		if (strcmp(k->text, text) == 0)
			return 1;
	return 0;
}

/* "prod, staging" or "a duration, such as 500ms". */
static const char *type_text(struct resolver *r, const struct ast *param)
{
	const struct ast *type = ast_kid(param, AST_TYPE);
	const char *text = "";

	if (!type->kids)
		return arena_printf(r->arena, "%s %s, such as %s",
			strchr("aeiou", type->text[0]) ? "an" : "a", type->text,
			types[type_of(param)].example);
	for (const struct ast *k = type->kids; k; k = k->next)
		text = arena_printf(r->arena, "%s%s'%s'", text,
			!*text            ? ""
				: k->next ? ", "
					  : " or ",
			k->text);
	return text;
}

static const char *nearest_value(
	struct resolver *r, const struct ast *param, const char *text)
{
	const struct ast *type = ast_kid(param, AST_TYPE);
	const char **words;
	size_t n = 0;

	for (const struct ast *k = type->kids; k; k = k->next)
		n++;
	words = arena_alloc(r->arena, (n + 1) * sizeof(*words));
	n = 0;
	for (const struct ast *k = type->kids; k; k = k->next)
		words[n++] = k->text;
	return spell_nearest(text, strlen(text), words, n);
}

static void bad_value(struct resolver *r, const struct ast *param,
	struct span at, const char *value, const char *where)
{
	const char *near = nearest_value(r, param, value);
	struct diag *g;

	g = diag_add(r->diags, DIAG_TC0204, at,
		"parameter '%s' cannot be '%s'%s", param->text, value, where);
	diag_note(g, "it is %s", type_text(r, param));
	if (near)
		diag_help(g, "did you mean '%s'?", near);
}

static const struct define *find_define(
	struct resolver *r, const struct ast *param)
{
	const struct options *o = r->options;

	/* Of several, the last: a wrapper's -D can be overridden. */
	for (size_t i = o->define_count; i-- > 0;)
		if (strcmp(o->defines[i].name, param->text) == 0)
			return &o->defines[i];
	return NULL;
}

/* Append the value in force, if it is a good one, as the last child. */
static void set_value(struct resolver *r, struct ast *param)
{
	struct ast *given = ast_kid(param, AST_TYPE)->next;
	const struct define *def = find_define(r, param);
	enum ast_kind kind = types[type_of(param)].kind;
	int bad = 0;
	struct diag *g;

	if (given &&
		(given->kind != kind || !is_of_type(r, param, given->text))) {
		bad_value(r, param, given->span, given->text, "");
		param->kids->next = given = NULL;
		bad = 1;
	}
	if (def && is_of_type(r, param, def->value)) {
		ast_adopt(param,
			ast_named(r->arena, kind, param->name_span, def->value,
				strlen(def->value), param->name_span));
	} else if (def) {
		param->kids->next = NULL;
		bad_value(r, param, param->name_span, def->value,
			", as given with -D");
	} else if (!given && !bad) {
		g = diag_add(r->diags, DIAG_TC0204, param->name_span,
			"parameter '%s' has no value", param->text);
		diag_help(g,
			"give it one with '-D %s=VALUE', where VALUE is %s",
			param->text, type_text(r, param));
	}
}

static struct ast *lookup(const struct resolver *r, const char *name)
{
	struct ast *p = r->params.first;

	while (p && strcmp(p->text, name) != 0)
		p = p->next;
	return p;
}

void resolve_param_declare(struct resolver *r, struct ast *param)
{
	const struct ast *before = lookup(r, param->text);
	struct diag *g;

	if (before) {
		g = diag_add(r->diags, DIAG_TC0202, param->name_span,
			"parameter '%s' is declared twice", param->text);
		diag_label(g, before->name_span, "declared here");
		return;
	}
	name_type(ast_kid(param, AST_TYPE));
	set_value(r, param);
	r->params = ast_push(r->params, param);
}

static const char *nearest_param(struct resolver *r, const char *name)
{
	const char *best = NULL;
	unsigned limit = spell_limit(strlen(name));

	for (struct ast *p = r->params.first; p; p = p->next) {
		unsigned d = spell_distance(
			name, strlen(name), p->text, p->text_len, limit);

		if (d <= limit) {
			best = p->text;
			limit = d ? d - 1 : 0;
		}
	}
	return best;
}

struct ast *resolve_param_find(struct resolver *r, const struct ast *at)
{
	struct ast *param = lookup(r, at->text);
	const char *near;
	struct diag *g;

	if (param)
		return param;
	near = nearest_param(r, at->text);
	g = diag_add(r->diags, DIAG_TC0201, at->name_span,
		"there is no parameter '%s'", at->text);
	if (near) {
		diag_caret(g, "did you mean '%s'?", near);
		diag_label(g, lookup(r, near)->name_span, "declared here");
	} else {
		diag_help(g,
			"declare it: 'param %s: TYPE = VALUE;' (port, integer, "
			"duration, size, string, cidr, or words: 'prod | "
			"test')",
			at->text);
	}
	return NULL;
}

struct ast *resolve_param_value(const struct ast *param)
{
	struct ast *n = ast_kid(param, AST_TYPE)->next;

	while (n && n->next)
		n = n->next;
	return n;
}

const char *resolve_param_values(struct resolver *r)
{
	const char *text = "";
	unsigned n = 0;

	for (const struct ast *p = r->params.first; p; p = p->next) {
		const struct ast *value = resolve_param_value(p);

		if (!value)
			continue;
		if (++n > VALUES_SHOWN)
			return arena_printf(r->arena, "%s, ...", text);
		text = arena_printf(r->arena, "%s%s%s=%s", text,
			n > 1 ? ", " : "", p->text, value->text);
	}
	return text;
}

void resolve_param_unknown_defines(struct resolver *r)
{
	for (size_t i = 0; i < r->options->define_count; i++) {
		const char *name = r->options->defines[i].name, *near;
		struct diag *g;

		if (lookup(r, name))
			continue;
		g = diag_add(r->diags, DIAG_TC0204, (struct span){0, 0, 0},
			"-D %s: the policy has no such parameter", name);
		near = nearest_param(r, name);
		if (near)
			diag_help(g, "did you mean '%s'?", near);
	}
}

static void wrong_place(
	struct resolver *r, const struct ast *ref, const struct ast *param)
{
	struct diag *g;

	g = diag_add(r->diags, DIAG_TC0204, ref->name_span,
		"parameter '%s' cannot be used here", param->text);
	diag_note(g, "it is %s", type_text(r, param));
	diag_label(g, param->name_span, "declared here");
}

/* 0 when it became a literal. */
static int substitute_ref(struct resolver *r, struct ast *ref)
{
	const struct ast *param = resolve_param_find(r, ref);
	const struct ast *value = param ? resolve_param_value(param) : NULL;

	if (!value)
		return -1;
	if (!(ref->flags & types[type_of(param)].wants)) {
		wrong_place(r, ref, param);
		return -1;
	}
	ref->kind = ref->flags & F_WANT_ADDR ? AST_ADDR : value->kind;
	ref->flags = 0;
	ref->text = value->text;
	ref->text_len = value->text_len;
	return 0;
}

/* 0.0.0.0:$port */
static int substitute_port(struct resolver *r, struct ast *addr)
{
	const char *dollar = strchr(addr->text, '$');
	struct ast ref = *addr;
	const struct ast *param, *value;

	if (!dollar || dollar == addr->text || dollar[-1] != ':')
		return 0;
	ref.text = dollar + 1;
	ref.name_span.begin += (uint32_t)(dollar - addr->text);
	param = resolve_param_find(r, &ref);
	value = param ? resolve_param_value(param) : NULL;
	if (value && type_of(param) != 0)
		wrong_place(r, &ref, param);
	if (!value || type_of(param) != 0)
		return -1;
	addr->text = arena_printf(r->arena, "%.*s%s",
		(int)(dollar - addr->text), addr->text, value->text);
	addr->text_len = (uint32_t)strlen(addr->text);
	return 0;
}

static int is_block(const struct ast *n)
{
	switch (n->kind) {
	case AST_FILE:
	case AST_PROFILE:
	case AST_LIMITS:
	case AST_CERTIFICATE:
	case AST_BACKEND:
	case AST_TLS:
	case AST_FRONTEND:
	case AST_ROUTE:
		return 1;
	default:
		return 0;
	}
}

/* A statement with a reference that cannot be resolved becomes an AST_ERROR,
 * which later phases pass over: half a statement would only bring more
 * complaints.  -1: the tree, no block, has one. */
static int substitute(struct resolver *r, struct ast *tree)
{
	int worst = 0;

	for (struct ast *n = tree->kids; n; n = n->next) {
		int bad = n->kind == AST_PARAMREF ? substitute_ref(r, n)
			: n->kind == AST_ADDR     ? substitute_port(r, n)
						  : substitute(r, n);

		if (bad && is_block(tree)) {
			n->kind = AST_ERROR;
			n->kids = NULL;
		} else if (bad) {
			worst = -1;
		}
	}
	return worst;
}

void resolve_param_substitute(struct resolver *r, struct ast *tree)
{
	substitute(r, tree);
}
