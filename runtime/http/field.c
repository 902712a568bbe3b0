/*
 * Names, values and lists of fields.  Called by the other files of this room
 * and by code that decides by fields; owns nothing.
 */
#include "runtime/http/field.h"

#include <string.h>

#include "runtime/http/octets.h"

static const struct row {
	const char *name;
	uint8_t n, fate;
} rows[] = {
	{"", 0, HTTP_FATE_PASS},
#define HTTP_FIELD(id, first, name, fate)                                      \
	{name, sizeof(name) - 1, HTTP_FATE_##fate},
#include "fields.def"
#undef HTTP_FIELD
};

/* A perfect hash of first letter and length: two names in one slot are a
 * warning of the compiler, and want another factor. */
#define SLOT(first, n) ((((first)&31) * 11 + (n)) & 127)
static const uint8_t slots[128] = {
#define HTTP_FIELD(id, first, name, fate)                                      \
	[SLOT(first, sizeof(name) - 1)] = HTTP_FIELD_##id,
#include "fields.def"
#undef HTTP_FIELD
};

static int same_as_lower(const char *a, const char *lower, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (http_lower(a[i]) != lower[i])
			return 0;
	return 1;
}

/* The only field that may have this name. */
static enum http_field_id candidate(const char *name, size_t n)
{
	uint8_t id = n > 0 ? slots[SLOT((uint8_t)name[0], n)] : 0;

	return rows[id].n == n ? (enum http_field_id)id : HTTP_FIELD_OTHER;
}

enum http_field_id http_field_find(const char *name, size_t n)
{
	enum http_field_id id = candidate(name, n);

	return same_as_lower(name, rows[id].name, rows[id].n)
		? id
		: HTTP_FIELD_OTHER;
}

enum http_field_id http_field_find_folded(struct http_slice name)
{
	enum http_field_id id = candidate(name.at, name.n);
	struct http_slice known = {rows[id].name, name.n};

	return id != HTTP_FIELD_OTHER && http_folds(name, known)
		? id
		: HTTP_FIELD_OTHER;
}

enum http_fate http_field_fate(enum http_field_id id)
{
	return (enum http_fate)rows[id].fate;
}

const char *http_field_name(enum http_field_id id)
{
	return rows[id].name;
}

int http_same(struct http_slice a, struct http_slice b)
{
	if (a.n != b.n)
		return 0;
	for (size_t i = 0; i < a.n; i++)
		if (http_lower(a.at[i]) != http_lower(b.at[i]))
			return 0;
	return 1;
}

int http_is(struct http_slice a, const char *lower)
{
	return a.n == strlen(lower) && same_as_lower(a.at, lower, a.n);
}

static char folded(char c)
{
	return c == '_' ? '-' : http_lower(c);
}

int http_folds(struct http_slice a, struct http_slice b)
{
	if (a.n != b.n)
		return 0;
	for (size_t i = 0; i < a.n; i++)
		if (folded(a.at[i]) != folded(b.at[i]))
			return 0;
	return 1;
}

static int all(struct http_slice s, uint8_t kind)
{
	for (size_t i = 0; i < s.n; i++)
		if (!http_octet(s.at[i], kind))
			return 0;
	return 1;
}

int http_is_token(struct http_slice s)
{
	return s.n > 0 && all(s, OCTET_TOKEN);
}

static int is_space(char c)
{
	return c == ' ' || c == '\t';
}

int http_is_value(struct http_slice s)
{
	if (s.n > 0 && (is_space(s.at[0]) || is_space(s.at[s.n - 1])))
		return 0;
	return all(s, OCTET_VALUE);
}

static struct http_slice trimmed(struct http_slice s)
{
	while (s.n > 0 && is_space(s.at[0]))
		s.at++, s.n--;
	while (s.n > 0 && is_space(s.at[s.n - 1]))
		s.n--;
	return s;
}

int http_list_next(struct http_slice *list, struct http_slice *item)
{
	while (list->n > 0) {
		const char *comma = memchr(list->at, ',', list->n);
		size_t n = comma ? (size_t)(comma - list->at) : list->n;

		*item = trimmed((struct http_slice){list->at, n});
		n += comma != NULL;
		list->at += n;
		list->n -= n;
		if (item->n > 0)
			return 1;
	}
	return 0;
}
