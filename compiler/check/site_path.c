/*
 * The text of a path.  It has one form, so that a request's readings can be
 * compared with it octet for octet; what is wrong is shown where it is.
 */
#include <string.h>

#include "site.h"

/* What may stand in a segment: unreserved, sub-delims but `;`, ":" and "@" (RFC
 * 3986 3.3). */
static int is_path_octet(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || (c && strchr("-._~!$&'()*+,=:@", c));
}

/* Octets of the text as carets mark them; all of it where escapes are. */
static struct span part(const struct ast *n, size_t from, size_t len)
{
	struct span s = check_span(n);

	if (s.end - s.begin != n->text_len + 2)
		return s;
	s.begin += 1 + (uint32_t)from;
	s.end = s.begin + (uint32_t)len;
	return s;
}

static struct diag *fault(
	struct check *c, const struct ast *n, size_t from, size_t len)
{
	return diag_add(c->d, DIAG_TC0323, part(n, from, len),
		"this path is not in its normal form");
}

static int bad_octet(struct check *c, const struct ast *n, size_t at)
{
	struct diag *g = fault(c, n, at, 1);
	char o = n->text[at];

	if (o == '%') {
		diag_caret(g, "an encoded octet");
		diag_help(g,
			"servers decode differently: what is encoded is "
			"compared in every reading, and is not written here");
	} else if (o == ';') {
		diag_caret(g, "a parameter of a segment");
		diag_help(g, "some servers drop it: end the path before it");
	} else if (o == '?' || o == '#') {
		diag_caret(g, "this ends a path");
		diag_help(g,
			"test the query in a clause: 'when query "
			"\"name\" is \"value\" ...'");
	} else {
		diag_caret(g, "an octet that no path may have (RFC 3986 3.3)");
	}
	return -1;
}

static int bad_segment(
	struct check *c, const struct ast *n, size_t from, size_t len)
{
	struct diag *g;

	if (len > 2 || memcmp(n->text + from, "..", len) != 0)
		return 0;
	if (!len) {
		g = fault(c, n, from - 1, from < n->text_len ? 2 : 1);
		diag_caret(g, "an empty segment");
		diag_help(g, "write one '/': servers merge them");
	} else {
		g = fault(c, n, from, len);
		diag_caret(g, "a dot segment");
		diag_help(g,
			"write the path that is meant: servers resolve "
			"dots");
	}
	return -1;
}

static int too_long(struct check *c, const struct ast *n, size_t slashes)
{
	if (n->text_len <= TBL_PATH_MAX && slashes <= TBL_PATH_DEPTH)
		return 0;
	diag_add(c->d, DIAG_TC0323, check_span(n),
		"a path has at most %d octets and %d slashes", TBL_PATH_MAX,
		TBL_PATH_DEPTH);
	return -1;
}

int check_path_text(struct check *c, const struct ast *n, int is_exact)
{
	const char *p = n->text;
	size_t i, start = 1, slashes = 1;
	struct diag *g;

	if (!n->text_len || p[0] != '/') {
		g = fault(c, n, 0, n->text_len ? 1 : 0);
		diag_caret(g, "a path begins with '/'");
		return -1;
	}
	for (i = 1; i < n->text_len; i++) {
		if (p[i] != '/' && !is_path_octet(p[i]))
			return bad_octet(c, n, i);
		if (p[i] != '/')
			continue;
		if (bad_segment(c, n, start, i - start) < 0)
			return -1;
		start = i + 1;
		slashes++;
	}
	if (start < n->text_len)
		return bad_segment(c, n, start, n->text_len - start) < 0
			? -1
			: too_long(c, n, slashes);
	if (n->text_len > 1 && !is_exact) {
		g = fault(c, n, n->text_len - 1, 1);
		diag_caret(g, "a slash at the end");
		diag_help(g, "'under \"%.*s\"' is that path and all below it",
			(int)n->text_len - 1, p);
		return -1;
	}
	return too_long(c, n, slashes);
}
