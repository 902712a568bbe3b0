/*
 * Which terms of a site hold for a request.  A field's value is absent, one of
 * those asked for, or another; a field that is there several times has another,
 * so that nobody can hide a value in the first or in the last.  Values are
 * compared octet for octet.
 */
#include "runtime/content/content.h"

#include <string.h>

/* What is asked for in one name. */
struct seen {
	unsigned times;
	struct http_slice value; /* when it is one */
};

static int equal(struct http_slice a, const char *b, size_t n)
{
	return a.n == n && !memcmp(a.at, b, n);
}

static struct seen header(const struct http_head *head, struct http_slice name)
{
	struct seen s = {0, {NULL, 0}};
	unsigned i;

	for (i = http_head_find(head, name, 0); i < head->count;
		i = http_head_find(head, name, i + 1)) {
		s.times++;
		s.value = http_field_value(head, i);
	}
	return s;
}

static struct http_slice trim(struct http_slice s)
{
	while (s.n && (*s.at == ' ' || *s.at == '\t'))
		s.at++, s.n--;
	while (s.n && (s.at[s.n - 1] == ' ' || s.at[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* What stands before the next of the separators, taken off *rest. */
static struct http_slice cut(struct http_slice *rest, const char *separators)
{
	struct http_slice s = *rest;
	size_t i = 0;

	while (i < s.n && (!s.at[i] || !strchr(separators, s.at[i])))
		i++;
	rest->at += i < s.n ? i + 1 : i;
	rest->n -= i < s.n ? i + 1 : i;
	s.n = i;
	return s;
}

/* Cookies of one line (RFC 6265 5.4), which clients may spread over several. */
static void cookies(
	struct http_slice line, struct http_slice name, struct seen *s)
{
	while (line.n) {
		struct http_slice value = cut(&line, ";");
		struct http_slice own = trim(cut(&value, "="));

		if (!equal(own, name.at, name.n))
			continue;
		s->times++;
		s->value = trim(value);
	}
}

static struct seen cookie(const struct http_head *head, struct http_slice name)
{
	struct seen s = {0, {NULL, 0}};
	unsigned i;

	for (i = 0; i < head->count; i++)
		if (head->field[i].id == HTTP_FIELD_COOKIE)
			cookies(http_field_value(head, i), name, &s);
	return s;
}

struct http_slice content_cookie(
	const struct http_head *head, struct http_slice name)
{
	struct seen s = cookie(head, name);

	return s.times == 1 ? s.value : (struct http_slice){NULL, 0};
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next octet of what a form's decoder makes of s, taken off it. */
static char decode(struct http_slice *s)
{
	char c = *s->at;
	unsigned took = 1;

	if (c == '+') {
		c = ' ';
	} else if (c == '%' && s->n > 2 && digit(s->at[1]) >= 0 &&
		digit(s->at[2]) >= 0) {
		c = (char)(digit(s->at[1]) << 4 | digit(s->at[2]));
		took = 3;
	}
	s->at += took;
	s->n -= took;
	return c;
}

static int equal_decoded(struct http_slice a, const char *b, size_t n)
{
	while (a.n && n) {
		if (decode(&a) != *b)
			return 0;
		b++;
		n--;
	}
	return !a.n && !n;
}

/* way: 1, names and values are decoded; 2, `;` separates as `&` does. */
static struct seen query(
	const struct http_head *head, struct http_slice name, unsigned way)
{
	struct http_slice rest = http_slice(head, head->query);
	struct seen s = {0, {NULL, 0}};

	while (head->has_query && rest.n) {
		struct http_slice value = cut(&rest, way & 2 ? "&;" : "&");
		struct http_slice own = cut(&value, "=");

		if (way & 1 ? !equal_decoded(own, name.at, name.n)
			    : !equal(own, name.at, name.n))
			continue;
		s.times++;
		s.value = value;
	}
	return s;
}

static int holds(const struct table *t, const struct content_query *q,
	const struct tbl_term *p, unsigned way)
{
	struct http_slice name = {table_str(t, p->name_str), p->name_len};
	const char *value = table_str(t, p->value_str);
	struct seen s;

	switch (p->kind) {
	case TBL_TERM_METHOD:
		return equal(http_slice(q->head, q->head->method_text), value,
			p->value_len);
	case TBL_TERM_SOURCE:
		return route_source_in(
			t, p->src_first, p->src_count, q->family, q->addr);
	case TBL_TERM_HEADER:
		return header(q->head, name).times > 0;
	case TBL_TERM_HEADER_IS:
		s = header(q->head, name);
		break;
	case TBL_TERM_COOKIE:
		return cookie(q->head, name).times > 0;
	case TBL_TERM_COOKIE_IS:
		s = cookie(q->head, name);
		break;
	case TBL_TERM_QUERY:
		return query(q->head, name, way).times > 0;
	default:
		s = query(q->head, name, way);
		if (way & 1)
			return s.times == 1 &&
				equal_decoded(s.value, value, p->value_len);
	}
	return s.times == 1 && equal(s.value, value, p->value_len);
}

uint64_t content_terms(
	const struct table *t, const struct content_query *q, unsigned way)
{
	const struct tbl_site *s = &t->site[q->site];
	uint64_t terms = 0;
	uint32_t i;

	for (i = s->term_first; i < s->term_first + s->term_count; i++) {
		const struct tbl_term *p = &t->term[i];

		if (!(terms >> p->bit & 1) && holds(t, q, p, way))
			terms |= 1ull << p->bit;
	}
	return terms;
}

int content_looks_like(
	const struct table *t, uint32_t site, struct http_slice name)
{
	const struct tbl_site *s = &t->site[site];
	uint32_t i;

	for (i = s->term_first; i < s->term_first + s->term_count; i++) {
		const struct tbl_term *p = &t->term[i];
		struct http_slice own = {
			table_str(t, p->name_str), p->name_len};

		if ((p->kind == TBL_TERM_HEADER ||
			    p->kind == TBL_TERM_HEADER_IS) &&
			http_folds(own, name) && !http_same(own, name))
			return 1;
	}
	return 0;
}
