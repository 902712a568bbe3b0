/*
 * The text of an assertion with all that may be written in any order in one
 * order: the facts of premise and claim, and what a fact lists.  Only such
 * texts are compared, nothing reads them.
 */
#include <stdlib.h>
#include <string.h>

#include "priv.h"

struct pieces {
	const char **v;
	size_t n, cap;
};

/* The next `mark` that is not in a string, or the end. */
static const char *up_to(const char *p, const char *end, const char *mark)
{
	size_t n = strlen(mark);

	for (; p < end; p++) {
		if ((size_t)(end - p) >= n && memcmp(p, mark, n) == 0)
			return p;
		if (*p == '"')
			for (p++; p < end && *p != '"'; p++)
				p += *p == '\\';
	}
	return end;
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* What stands between marks, sorted; `inner`, or NULL, orders each of them. */
static const char *sorted(struct arena *a, const char *p, const char *end,
	const char *mark,
	const char *(*inner)(struct arena *a, const char *p, const char *end))
{
	struct pieces all = {NULL, 0, 0};
	const char *out = "";

	for (const char *to; p <= end; p = to + strlen(mark)) {
		to = up_to(p, end, mark);
		PUSH(a, &all) = inner ? inner(a, p, to)
				      : arena_strndup(a, p, (size_t)(to - p));
	}
	qsort(all.v, all.n, sizeof(*all.v), by_text);
	for (size_t i = 0; i < all.n; i++)
		out = arena_printf(a, "%s%s%s", out, i ? mark : "", all.v[i]);
	return out;
}

/* "mode is a | b", "sni "a", "b"", "source in { a, b }". */
static const char *fact(struct arena *a, const char *p, const char *end)
{
	const char *list = up_to(p, end, " is "), *mark = " | ";

	if (list < end) {
		list += 4;
	} else {
		list = up_to(p, end, "sni \"");
		list += list < end ? 4 : 0;
		mark = ", ";
	}
	return arena_printf(a, "%.*s%s", (int)(list - p), p,
		list < end ? sorted(a, list, end, mark, NULL) : "");
}

const char *diff_ordered(struct arena *a, const char *text)
{
	const char *end = text + strlen(text), *premise, *colon;

	end -= end > text && end[-1] == ';';
	premise =
		strncmp(text, "assert ", 7) == 0 ? strchr(text + 7, ' ') : NULL;
	if (!premise++)
		return text;
	colon = up_to(premise, end, " : ");
	if (colon == end)
		return text;
	return arena_printf(a, "%.*s%s : %s;", (int)(premise - text), text,
		sorted(a, premise, colon, " and ", fact),
		sorted(a, colon + 3, end, " and ", fact));
}
