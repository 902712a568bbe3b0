/*
 * Guards of a site's clauses.  What one term asks is a bit of the site: a term
 * that stands twice is one, so that clauses are masks.
 */
#include <string.h>

#include "site.h"

/* The rows of one term while it is read. */
struct term {
	VEC(struct m_term) rows;
	int unsure;
};

static int is_token(const char *s, size_t n)
{
	return n &&
		strspn(s,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789!#$%&'*+-.^_`|~") == n;
}

static const char *name(struct check *c, const struct ast *n, const char *what)
{
	struct diag *g;

	if (!check_literal(n))
		return NULL;
	if (is_token(n->text, n->text_len) && n->text_len <= TBL_HTTP_TEXT_MAX)
		return n->text;
	g = diag_add(c->d, DIAG_TC0103, check_span(n),
		"'%s' is not the name of a %s",
		check_cut(c, n->text, n->text_len), what);
	diag_help(g, "letters, digits and !#$%%&'*+-.^_`|~ (RFC 9110 5.6.2)");
	return NULL;
}

const char *check_field_name(struct check *c, const struct ast *n)
{
	const char *s = name(c, n, "header field");
	char *low;

	if (!s)
		return NULL;
	low = arena_strndup(c->a, s, strlen(s));
	for (char *p = low; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 0x20;
	return low;
}

const char *check_cookie_name(struct check *c, const struct ast *n)
{
	return name(c, n, "cookie");
}

const char *check_http_text(
	struct check *c, const struct ast *n, const char *what)
{
	if (!check_literal(n))
		return NULL;
	for (size_t i = 0; i < n->text_len; i++)
		if (((unsigned char)n->text[i] < ' ' && n->text[i] != '\t') ||
			n->text[i] == 0x7f) {
			diag_add(c->d, DIAG_TC0103, check_span(n),
				"a control character in %s", what);
			return NULL;
		}
	if (n->text_len > TBL_HTTP_TEXT_MAX) {
		diag_add(c->d, DIAG_TC0103, check_span(n),
			"%s has at most %d octets", what, TBL_HTTP_TEXT_MAX);
		return NULL;
	}
	return n->text;
}

/* White space at an end is not part of a field's value (RFC 9110 5.5). */
static const char *value(struct check *c, const struct ast *n)
{
	const char *s = check_http_text(c, n, "a value");

	if (s && n->text_len &&
		(strchr(" \t", s[0]) || strchr(" \t", s[n->text_len - 1]))) {
		diag_add(c->d, DIAG_TC0103, check_span(n),
			"white space at an end is never part of a value");
		return NULL;
	}
	return s;
}

static struct m_term *row(struct check *c, struct term *t, unsigned kind)
{
	struct m_term *r = &PUSH(c->a, &t->rows);

	*r = (struct m_term){.kind = (uint8_t)kind, .set = MODEL_NONE};
	return r;
}

static void source(struct check *c, const struct ast *n, struct term *t)
{
	struct source_terms s;

	check_sources(c, n, &s);
	t->unsure |= s.unknown || (s.only == MODEL_NONE && !s.prefixes.n);
	if (t->unsure)
		return;
	row(c, t, TBL_TERM_SOURCE)->set = s.only != MODEL_NONE
		? s.only
		: check_inline_set(c, s.prefixes.v, s.prefixes.n, n->span);
}

static void methods(struct check *c, const struct ast *n, struct term *t)
{
	for (const struct ast *k = n->kids; k; k = k->next) {
		struct diag *g;

		if (!check_literal(k)) {
			t->unsure = 1;
		} else if (strspn(k->text,
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
				   "0123456789") == k->text_len &&
			k->text_len && k->text_len <= 32) {
			row(c, t, TBL_TERM_METHOD)->value = k->text;
		} else {
			g = diag_add(c->d, DIAG_TC0103, check_span(k),
				"'%s' is not a method",
				check_cut(c, k->text, k->text_len));
			diag_help(g, "methods are in capitals, such as POST");
			t->unsure = 1;
		}
	}
}

static void field(struct check *c, const struct ast *n, struct term *t)
{
	static const struct {
		const char *word;
		unsigned present, is;
	} kinds[] = {{"header", TBL_TERM_HEADER, TBL_TERM_HEADER_IS},
		{"query", TBL_TERM_QUERY, TBL_TERM_QUERY_IS},
		{"cookie", TBL_TERM_COOKIE, TBL_TERM_COOKIE_IS}};
	const struct ast *of = n->kids;
	const char *named, *is;
	unsigned i = 0;

	while (strcmp(kinds[i].word, n->text) != 0)
		i++;
	named = !of      ? NULL
		: i == 0 ? check_field_name(c, of)
		: i == 1 ? check_http_text(c, of, "the name of a parameter")
			 : check_cookie_name(c, of);
	if (named && !*named) {
		diag_add(c->d, DIAG_TC0103, check_span(of),
			"a parameter has a name");
		named = NULL;
	}
	t->unsure |= !named;
	if (!named)
		return;
	if (n->op == OP_HAS)
		row(c, t, kinds[i].present)->name = named;
	for (const struct ast *k = of->next; k; k = k->next) {
		struct m_term *r;

		if (!(is = value(c, k))) {
			t->unsure = 1;
			continue;
		}
		r = row(c, t, kinds[i].is);
		r->name = named;
		r->value = *is ? is : NULL;
	}
}

static int same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static int same_row(const struct m_term *a, const struct m_term *b)
{
	return a->kind == b->kind && a->set == b->set &&
		same_text(a->name, b->name) && same_text(a->value, b->value);
}

/* Whatever their order. */
static int same_rows(const struct m_term *v, size_t n, const struct term *t)
{
	size_t i, k;

	if (n != t->rows.n)
		return 0;
	for (i = 0; i < n; i++) {
		for (k = 0; k < n && !same_row(&v[i], &t->rows.v[k]); k++)
			;
		if (k == n)
			return 0;
	}
	return 1;
}

/* Of a value that stands twice one row is left. */
static void unique(struct term *t)
{
	size_t i, k, n = 0;

	for (i = 0; i < t->rows.n; i++) {
		for (k = 0; k < n && !same_row(&t->rows.v[k], &t->rows.v[i]);
			k++)
			;
		if (k == n)
			t->rows.v[n++] = t->rows.v[i];
	}
	t->rows.n = n;
}

/* The bit of the term, which the site gets if it is new; -1: it has no room. */
static int bit_of(struct check *c, struct m_site *s, struct term *t)
{
	size_t i, n;
	unsigned bits = 0;

	unique(t);
	for (i = 0; i < s->terms.n; i += n, bits++) {
		for (n = 1; i + n < s->terms.n &&
			s->terms.v[i + n].bit == s->terms.v[i].bit;
			n++)
			;
		if (same_rows(&s->terms.v[i], n, t))
			return s->terms.v[i].bit;
	}
	if (bits == TBL_TERMS_MAX)
		return -1;
	for (i = 0; i < t->rows.n; i++) {
		t->rows.v[i].bit = (uint8_t)bits;
		PUSH(c->a, &s->terms) = t->rows.v[i];
	}
	return (int)bits;
}

static void term(struct check *c, struct m_site *s, const struct ast *n,
	struct site_guard *g)
{
	struct term t = {.unsure = 0};
	int bit;

	if (!strcmp(n->text, "source"))
		source(c, n, &t);
	else if (!strcmp(n->text, "method"))
		methods(c, n, &t);
	else
		field(c, n, &t);
	g->unsure |= t.unsure;
	if (t.unsure)
		return;
	bit = bit_of(c, s, &t);
	if (bit < 0) {
		diag_add(c->d, DIAG_TC0103, n->span,
			"the clauses of one site have at most %d different "
			"terms",
			TBL_TERMS_MAX);
		g->unsure = 1;
	} else if (n->flags & F_NOT) {
		g->deny |= (uint64_t)1 << bit;
	} else {
		g->need |= (uint64_t)1 << bit;
	}
}

void check_site_guard(struct check *c, struct m_site *s,
	const struct ast *guard, struct site_guard *g)
{
	struct diag *d;

	memset(g, 0, sizeof(*g));
	if (!guard)
		return;
	g->span = guard->span;
	for (const struct ast *n = ast_kid(guard, AST_TERM); n;
		n = ast_next(n, AST_TERM))
		term(c, s, n, g);
	if (!(g->need & g->deny))
		return;
	d = diag_add(c->d, DIAG_TC0301, g->span, "this clause can never apply");
	diag_caret(d, "it both wants and refuses the same");
	g->never = 1;
}
