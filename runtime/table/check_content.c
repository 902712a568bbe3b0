/*
 * The validator's passes over what sites are made of: terms, header edits,
 * splits, answers, clauses and their lists (invariants 62 to 67).  What needs to
 * know whose they are is check_sites.c's.  See check.h.
 */
#include "check.h"

#include <string.h>

#include "grammar/words.h"

/* A token of RFC 9110 5.6.2 without capitals, as names of header fields are
 * kept; with them, as methods and names of cookies are. */
static int is_token(const char *s, size_t n, int capitals)
{
	size_t i;

	for (i = 0; i < n; i++) {
		char c = s[i];

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			(capitals && c >= 'A' && c <= 'Z'))
			continue;
		if (!c || !strchr("!#$%&'*+-.^_`|~", c))
			return 0;
	}
	return n > 0;
}

/* No control character but HTAB; at most TBL_HTTP_TEXT_MAX octets. */
static int is_text(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return 0;
	return n <= TBL_HTTP_TEXT_MAX;
}

static size_t text_len(const struct check *c, uint32_t off)
{
	return strnlen(c->t->str + off, TBL_HTTP_TEXT_MAX + 1);
}

static int name_fits(const struct check *c, const struct tbl_term *p)
{
	const char *name = table_str(c->t, p->name_str);
	int header = p->kind <= TBL_TERM_HEADER_IS;

	if (p->kind == TBL_TERM_METHOD || p->kind == TBL_TERM_SOURCE)
		return !p->name_str;
	if (p->kind == TBL_TERM_QUERY || p->kind == TBL_TERM_QUERY_IS)
		return p->name_len && is_text(name, p->name_len);
	return is_token(name, p->name_len, !header) &&
		p->name_len <= TBL_HTTP_TEXT_MAX;
}

static int value_fits(const struct check *c, const struct tbl_term *p)
{
	const char *value = table_str(c->t, p->value_str);

	switch (p->kind) {
	case TBL_TERM_METHOD:
		return is_token(value, p->value_len, 1) &&
			p->value_len <= TBL_HTTP_TEXT_MAX;
	case TBL_TERM_HEADER_IS:
	case TBL_TERM_QUERY_IS:
	case TBL_TERM_COOKIE_IS:
		return is_text(value, p->value_len);
	default:
		return !p->value_str;
	}
}

static enum table_error terms(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	for (i = 0; i < t->term_count; i++) {
		const struct tbl_term *p = &t->term[i];

		if (p->kind < TBL_TERM_METHOD || p->kind > TBL_TERM_SOURCE)
			return check_fail(c, TABLE_VALUE, TBL_TERM, p);
		if (p->zero)
			return check_fail(c, TABLE_RESERVED, TBL_TERM, p);
		if (!check_str(c, p->name_str) || !check_str(c, p->value_str))
			return check_fail(c, TABLE_STRING, TBL_TERM, p);
		if (text_len(c, p->name_str) != p->name_len ||
			text_len(c, p->value_str) != p->value_len ||
			!name_fits(c, p) || !value_fits(c, p))
			return check_fail(c, TABLE_TERM, TBL_TERM, p);
		if (!check_set(c, p->src_first, p->src_count) ||
			(p->kind != TBL_TERM_SOURCE && p->src_count))
			return check_fail(
				c, TABLE_SET_RANGE, TBL_TERM, &p->src_first);
	}
	return TABLE_OK;
}

static int edit_fits(const struct check *c, const struct tbl_edit *p)
{
	size_t value = text_len(c, p->value_str);

	if (!is_token(table_str(c->t, p->name_str), text_len(c, p->name_str),
		    0) ||
		text_len(c, p->name_str) > TBL_HTTP_TEXT_MAX)
		return 0;
	if (p->op == TBL_EDIT_REMOVE || p->value)
		return !p->value_str && (p->op != TBL_EDIT_REMOVE || !p->value);
	return is_text(table_str(c->t, p->value_str), value);
}

static enum table_error edits(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	for (i = 0; i < t->edit_count; i++) {
		const struct tbl_edit *p = &t->edit[i];

		if (p->side > TBL_EDIT_RESPONSE || p->op > TBL_EDIT_REMOVE ||
			(p->value && !words_has(words_field_value, p->value)))
			return check_fail(c, TABLE_VALUE, TBL_EDIT, p);
		if (p->zero)
			return check_fail(c, TABLE_RESERVED, TBL_EDIT, p);
		if (!check_str(c, p->name_str) || !check_str(c, p->value_str))
			return check_fail(c, TABLE_STRING, TBL_EDIT, p);
		if (!edit_fits(c, p))
			return check_fail(c, TABLE_EDIT, TBL_EDIT, p);
	}
	return TABLE_OK;
}

/* A few backends, each once, and some weight. */
static int split_fits(const struct table *t, const struct tbl_caction *a)
{
	const struct tbl_split *p = t->split + a->split_first;
	uint32_t i, k, weight = 0;

	if (!a->split_count || a->split_count > TBL_SPLITS_MAX)
		return 0;
	for (i = 0; i < a->split_count; i++) {
		if (p[i].weight > TBL_SPLIT_WEIGHT_MAX)
			return 0;
		weight |= p[i].weight;
		for (k = 0; k < i; k++)
			if (p[k].backend == p[i].backend)
				return 0;
	}
	return weight != 0;
}

/* A response without a body (RFC 9110 15.3.5, 15.3.6, 15.4.5). */
static int bodiless(unsigned status)
{
	return status == 204 || status == 205 || status == 304;
}

static int caction_fits(const struct check *c, const struct tbl_caction *a)
{
	const char *text = table_str(c->t, a->text_str);
	size_t n = text_len(c, a->text_str);

	if (a->kind == TBL_CACTION_TO)
		return !a->status && !a->text_str &&
			(!a->sticky_str ||
				(is_token(table_str(c->t, a->sticky_str),
					 text_len(c, a->sticky_str), 1) &&
					text_len(c, a->sticky_str) <=
						TBL_HTTP_TEXT_MAX));
	if (a->split_count || a->sticky_str || !is_text(text, n))
		return 0;
	if (a->kind == TBL_CACTION_REDIRECT)
		return (a->status == 301 || a->status == 302 ||
			       a->status == 307 || a->status == 308) &&
			!memchr(text, ' ', n) && !memchr(text, '\t', n);
	return a->status >= 200 && a->status <= 599 &&
		(!n || !bodiless(a->status));
}

static enum table_error caction(
	struct check *c, const struct tbl_caction *a, uint32_t *next)
{
	const struct table *t = c->t;

	if (a->kind < TBL_CACTION_TO || a->kind > TBL_CACTION_REDIRECT)
		return check_fail(c, TABLE_VALUE, TBL_CACTION, a);
	if (a->zero)
		return check_fail(c, TABLE_RESERVED, TBL_CACTION, a);
	if (!check_str(c, a->text_str) || !check_str(c, a->sticky_str))
		return check_fail(c, TABLE_STRING, TBL_CACTION, a);
	if (!check_run(next, a->split_first, a->split_count, t->split_count))
		return check_fail(c, TABLE_RUN, TBL_CACTION, &a->split_first);
	if (a->kind == TBL_CACTION_TO && !split_fits(t, a))
		return check_fail(c, TABLE_SPLIT, TBL_CACTION, a);
	if (!caction_fits(c, a))
		return check_fail(c, TABLE_CACTION, TBL_CACTION, a);
	return TABLE_OK;
}

static enum table_error cactions(struct check *c)
{
	const struct table *t = c->t;
	enum table_error e;
	uint32_t i, next = 0;

	for (i = 0; i < t->split_count; i++)
		if (t->split[i].backend >= t->backend_count)
			return check_fail(
				c, TABLE_REFERENCE, TBL_SPLIT, &t->split[i]);
	for (i = 0; i < t->caction_count; i++) {
		e = caction(c, &t->caction[i], &next);
		if (e)
			return e;
	}
	if (next != t->split_count)
		return check_fail(c, TABLE_RUN, TBL_SPLIT, &t->split[next]);
	return TABLE_OK;
}

static enum table_error cclauses(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	for (i = 0; i < t->cclause_count; i++) {
		const struct tbl_cclause *p = &t->cclause[i];

		if (p->zero)
			return check_fail(c, TABLE_RESERVED, TBL_CCLAUSE, p);
		if (p->action >= t->caction_count)
			return check_fail(
				c, TABLE_REFERENCE, TBL_CCLAUSE, &p->action);
		if (p->need & p->deny)
			return check_fail(c, TABLE_CCLAUSE, TBL_CCLAUSE, p);
	}
	return TABLE_OK;
}

/* EDIT is the lists' runs, then the sites': *edit is where those begin. */
static enum table_error clists(struct check *c, uint32_t *edit)
{
	const struct table *t = c->t;
	uint32_t i, next = 0;

	for (i = 0; i < t->clist_count; i++) {
		const struct tbl_clist *l = &t->clist[i];

		if (!check_run(&next, l->first, l->count, t->cclause_count) ||
			!check_run(edit, l->edit_first, l->edit_count,
				t->edit_count))
			return check_fail(c, TABLE_RUN, TBL_CLIST, l);
		if (!l->count || t->cclause[next - 1].need ||
			t->cclause[next - 1].deny)
			return check_fail(c, TABLE_CLIST_OPEN, TBL_CLIST, l);
		if (l->edit_count > TBL_EDITS_MAX)
			return check_fail(c, TABLE_EDIT, TBL_CLIST, l);
	}
	if (next != t->cclause_count)
		return check_fail(c, TABLE_RUN, TBL_CCLAUSE, &t->cclause[next]);
	return TABLE_OK;
}

enum table_error check_content(struct check *c)
{
	static enum table_error (*const passes[])(struct check *) = {
		terms, edits, cactions, cclauses};
	enum table_error e = TABLE_OK;
	size_t i;

	for (i = 0; !e && i < sizeof(passes) / sizeof(passes[0]); i++)
		e = passes[i](c);
	return e ? e : clists(c, &c->edit);
}
