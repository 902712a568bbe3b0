/*
 * What a site's clauses do with a request, and the header edits of sites and
 * paths.  Equal answers are one.
 */
#include <string.h>

#include "runtime/http/field.h"
#include "site.h"

static void weightless(
	struct check *c, const struct ast *n, const struct m_caction *a)
{
	uint32_t all = 0;

	for (size_t i = 0; i < a->splits.n; i++)
		all |= a->splits.v[i].weight;
	if (!all)
		diag_add(c->d, DIAG_TC0103, n->span,
			"every weight is 0: nothing would go anywhere");
}

/* A site speaks to all its servers in the same way: which, its routes say. */
static int split(struct check *c, const struct ast *n, struct m_caction *a)
{
	uint32_t i = check_ref(c, SPACE_BACKEND, n, "backend");
	struct m_split *s;

	if (i == SYMBOL_NONE)
		return -1;
	c->m->backends.v[i].used = 1;
	for (size_t k = 0; k < a->splits.n; k++)
		if (a->splits.v[k].backend == i) {
			diag_add(c->d, DIAG_TC0202, check_span(n),
				"backend '%s' stands here twice", n->text);
			return -1;
		}
	if (a->splits.n == TBL_SPLITS_MAX) {
		diag_add(c->d, DIAG_TC0103, check_span(n),
			"at most %d backends share the requests of a clause",
			TBL_SPLITS_MAX);
		return -1;
	}
	s = &PUSH(c->a, &a->splits);
	*s = (struct m_split){i, 1};
	if (n->kids)
		s->weight = (uint32_t)check_value(
			c, n->kids, VALUE_COUNT, 0, TBL_SPLIT_WEIGHT_MAX, 1);
	return 0;
}

static int to(struct check *c, const struct ast *n, struct m_caction *a)
{
	const struct ast *sticky = ast_setting(n, "sticky");
	int bad = 0;

	a->kind = TBL_CACTION_TO;
	for (const struct ast *k = ast_kid(n, AST_SPLIT); k;
		k = ast_next(k, AST_SPLIT))
		bad |= split(c, k, a);
	if (!bad)
		weightless(c, n, a);
	if (!sticky || !sticky->kids)
		return bad;
	a->sticky = check_cookie_name(c, sticky->kids);
	if (a->sticky && a->splits.n == 1)
		diag_add(c->d, DIAG_TC0207, sticky->span,
			"one backend needs no cookie to be found again");
	return bad || !a->sticky ? -1 : 0;
}

static int answer(struct check *c, const struct ast *n, struct m_caction *a)
{
	const struct ast *status = n->kids;
	const struct ast *body = status ? status->next : NULL;
	struct diag *g;

	a->kind = TBL_CACTION_ANSWER;
	if (!status || !check_literal(status))
		return -1;
	a->status = (uint16_t)check_value(c, status, VALUE_COUNT, 200, 599, 0);
	if (!a->status)
		return -1;
	if (!body)
		return 0;
	a->text = check_http_text(c, body, "an answer");
	if (!a->text)
		return -1;
	if (!*a->text)
		a->text = NULL;
	if (a->text &&
		(a->status == 204 || a->status == 205 || a->status == 304)) {
		g = diag_add(c->d, DIAG_TC0103, check_span(body),
			"a %u has no body", a->status);
		diag_label(g, check_span(status), "this status");
		return -1;
	}
	return 0;
}

static int is_status(uint64_t v)
{
	return v == 301 || v == 302 || v == 307 || v == 308;
}

static int url(struct check *c, const struct ast *n, struct m_caction *a)
{
	struct diag *g;

	a->text = check_http_text(c, n, "a URL");
	if (!a->text)
		return -1;
	if ((!strncmp(a->text, "https://", 8) && a->text[8]) ||
		(!strncmp(a->text, "http://", 7) && a->text[7]) ||
		(a->text[0] == '/' && a->text[1] != '/'))
		for (const char *p = a->text;; p++) {
			if (!*p)
				return 0;
			if (*p <= ' ' || (unsigned char)*p > 0x7e ||
				strchr("\"<>\\^'{|}", *p))
				break;
		}
	g = diag_add(c->d, DIAG_TC0103, check_span(n),
		"'%s' is not a URL to be sent to",
		check_cut(c, n->text, n->text_len));
	diag_help(g,
		"write 'https' for the same URL with https, or "
		"\"https://host/path\", or \"/path\" on the same host; other "
		"octets are encoded (%%XX)");
	return -1;
}

static int redirect(struct check *c, const struct ast *n, struct m_caction *a)
{
	static const char *const words[] = {"https", NULL};
	const struct ast *where = n->kids;
	const struct ast *status = where ? where->next : NULL;
	uint64_t v;

	a->kind = TBL_CACTION_REDIRECT;
	if (!where || !check_literal(where))
		return -1;
	if (where->kind == AST_WORD ? check_word(c, where, words) < 0
				    : url(c, where, a) < 0)
		return -1;
	/* The method stays; who moved once may move again. */
	a->status = a->text ? 307 : 308;
	if (!status)
		return 0;
	v = check_value(c, status, VALUE_COUNT, 301, 308, 0);
	if (v && !is_status(v))
		diag_add(c->d, DIAG_TC0103, check_span(status),
			"a redirect is 301, 302, 307 or 308");
	a->status = (uint16_t)v;
	return is_status(v) ? 0 : -1;
}

/* What tells answers apart. */
static const char *key_of(struct check *c, const struct m_caction *a)
{
	const char *key = arena_printf(c->a, "%u %u %s\n%s\n", a->kind,
		a->status, a->text ? a->text : "", a->sticky ? a->sticky : "");

	for (size_t i = 0; i < a->splits.n; i++)
		key = arena_printf(c->a, "%s%u %u,", key,
			a->splits.v[i].backend, a->splits.v[i].weight);
	return key;
}

uint32_t check_answer(struct check *c, const struct ast *n)
{
	struct m_caction a = {.kind = 0};
	uint32_t fresh = (uint32_t)c->m->cactions.n, i;
	const char *key;
	int bad = !strcmp(n->text, "to")     ? to(c, n, &a)
		: !strcmp(n->text, "answer") ? answer(c, n, &a)
					     : redirect(c, n, &a);

	if (bad)
		return MODEL_NONE;
	key = key_of(c, &a);
	i = symbols_add(c->sym, SPACE_ANSWER, key, strlen(key), fresh);
	if (i == fresh)
		PUSH(c->a, &c->m->cactions) = a;
	return i;
}

/* What frames a message or is for one hop is the gateway's own. */
static int is_ours(struct check *c, const struct ast *n, const char *name)
{
	enum http_field_id id = http_field_find(name, strlen(name));
	struct diag *g;

	if (http_field_fate(id) == HTTP_FATE_PASS)
		return 0;
	g = diag_add(c->d, DIAG_TC0103, check_span(n),
		"'%s' is written by the gateway itself", name);
	diag_help(g,
		"it says where a message ends, whom it is for, or is for one "
		"connection only (RFC 9110 7.6.1)");
	return 1;
}

static int edit(struct check *c, const struct ast *n, struct m_edit *e)
{
	const struct ast *name = n->kids;
	const struct ast *value = name ? name->next : NULL;
	int i;

	*e = (struct m_edit){.side = !strcmp(n->text, "response"),
		.op = n->op == OP_REMOVE ? TBL_EDIT_REMOVE : TBL_EDIT_SET,
		.span = n->span};
	e->name = name ? check_field_name(c, name) : NULL;
	if (!e->name || is_ours(c, name, e->name))
		return -1;
	if (n->op == OP_REMOVE)
		return 0;
	if (!value)
		return -1;
	if (value->kind == AST_WORD) {
		i = check_word(c, value, words_field_value + 1);
		e->value = (uint8_t)(i + 1);
		return i < 0 ? -1 : 0;
	}
	e->text = check_http_text(c, value, "a value");
	if (!e->text)
		return -1;
	if (!*e->text)
		e->text = NULL;
	return 0;
}

void check_edits(struct check *c, const struct ast *block, struct edit_vec *out)
{
	struct m_edit e;

	for (const struct ast *n = ast_kid(block, AST_EDIT); n;
		n = ast_next(n, AST_EDIT)) {
		if (edit(c, n, &e) < 0)
			continue;
		if (out->n == TBL_EDITS_MAX)
			diag_add(c->d, DIAG_TC0103, n->span,
				"a site, and a path, have at most %d header "
				"edits",
				TBL_EDITS_MAX);
		if (out->n < TBL_EDITS_MAX)
			PUSH(c->a, out) = e;
	}
}
