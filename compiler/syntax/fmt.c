/*
 * Canonical layout.  Tokens and comments stay as they are and in order; only
 * the space between them changes:
 *   - two spaces a level, one statement a line, at most one blank line;
 *   - a block or list on one line stays there while it fits;
 *   - a line break after a comma stays; a line that is too long breaks there;
 *   - keys of adjacent settings, guards of adjacent clauses and heads of
 *     adjacent one-line blocks are padded to one width.
 * Each choice depends only on tokens, comments and line breaks that the output
 * keeps, so formatting the output changes nothing.
 */
#include "fmt.h"

#include <string.h>

#include "compiler/base/arena.h"
#include "fmt_tokens.h"

#define COLUMNS 100
#define INDENT 2
#define CONTINUED 4
#define PAD_MAX 60 /* wider heads are not worth the white space */

struct layout {
	struct arena *arena;
	struct fmt_tokens t;
	char *out;
	size_t n, cap, col;
	size_t padding; /* on this line: widths are judged without it */
};

/* Statements that are padded to one width: where the padding goes. */
struct run {
	size_t end; /* index after its last statement */
	size_t width;
};

static void put(struct layout *l, const char *text, size_t len, size_t width)
{
	while (l->n + len > l->cap) {
		size_t room = l->cap ? l->cap * 2 : 4096;
		char *fresh = arena_alloc(l->arena, room);

		if (l->n)
			memcpy(fresh, l->out, l->n);
		l->out = fresh;
		l->cap = room;
	}
	memcpy(l->out + l->n, text, len);
	l->n += len;
	l->col += width;
}

static void put_spaces(struct layout *l, size_t n)
{
	while (n--)
		put(l, " ", 1, 1);
}

static void put_line(struct layout *l, size_t indent)
{
	put(l, "\n", 1, 0);
	l->col = l->padding = 0;
	put_spaces(l, indent);
}

static void put_token(struct layout *l, size_t i)
{
	put(l, l->t.v[i].text, l->t.v[i].len, l->t.v[i].width);
}

static void put_comment(struct layout *l, const struct comment *c)
{
	const char *text = l->t.text + c->span.begin;
	size_t len = c->span.end - c->span.begin;

	while (len &&
		(text[len - 1] == ' ' || text[len - 1] == '\t' ||
			text[len - 1] == '\r' || text[len - 1] == '\f'))
		len--;
	put(l, text, len, len);
}

/* What separates statements: at most one blank line, none at a block's edge. */
static void put_break(
	struct layout *l, size_t indent, uint32_t breaks, int first)
{
	if (!l->n)
		return;
	if (breaks > 1 && !first)
		put(l, "\n", 1, 0);
	put_line(l, indent);
}

/* The comments before token i where a statement may begin.  *first: this block
 * is still empty. */
static void put_comments(struct layout *l, size_t i, size_t indent, int *first)
{
	uint32_t from = i ? l->t.v[i - 1].end : 0;

	for (struct comment *c = l->t.v[i].comment; c; c = c->next) {
		if (!c->own_line && l->n) {
			put(l, "  ", 2, 2);
		} else {
			put_break(l, indent,
				fmt_breaks(&l->t, from, c->span.begin), *first);
			*first = 0;
		}
		put_comment(l, c);
		from = c->span.end;
	}
}

/* The same inside a statement, which goes on below. */
static void put_inner_comments(struct layout *l, size_t i, size_t indent)
{
	for (struct comment *c = l->t.v[i].comment; c; c = c->next) {
		if (c->own_line)
			put_line(l, indent);
		else
			put(l, "  ", 2, 2);
		put_comment(l, c);
	}
	put_line(l, indent);
}

static void put_items(struct layout *l, size_t from, size_t to, size_t indent);

static int ends_piece(const struct fmt_token *t)
{
	return t->code == ',' || t->code == ';' || t->code == '{';
}

/* Would the piece up to the next comma run over the line's end? */
static int runs_over(const struct layout *l, size_t i)
{
	size_t end = i;

	while (end < l->t.n && !ends_piece(&l->t.v[end]))
		end++;
	return l->col - l->padding + 1 + fmt_width(&l->t, i, end) + 1 > COLUMNS;
}

static void put_separator(struct layout *l, size_t i, size_t indent)
{
	const struct fmt_token *t = &l->t.v[i];

	if (t->comment)
		put_inner_comments(l, i, indent + CONTINUED);
	else if (l->t.v[i - 1].code == ',' && (t->breaks || runs_over(l, i)))
		put_line(l, indent + CONTINUED);
	else if (t->code != ',' && t->code != ';')
		put_spaces(l, 1);
}

/* May the braces at i stay on the line?  Judged without padding. */
static int fits(const struct layout *l, size_t first, size_t i, size_t indent)
{
	size_t close = l->t.v[i].match;
	size_t from = i, end = close + 1;

	if (fmt_is_broken(&l->t, i, close))
		return 0;
	/* What follows the brace on its line: `;` or `expect ...;`. */
	while (end < l->t.n && l->t.v[end - 1].code != ';' &&
		fmt_statement_end(&l->t, first) > end)
		end++;
	while (from > first && !l->t.v[from].breaks && !l->t.v[from].comment)
		from--;
	return indent + (from > first ? CONTINUED : 0) +
		fmt_width(&l->t, from, end) <=
		COLUMNS;
}

static void put_inline(struct layout *l, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (i > from && l->t.v[i].code != ',' && l->t.v[i].code != ';')
			put_spaces(l, 1);
		put_token(l, i);
	}
}

static void put_list(struct layout *l, size_t from, size_t to, size_t indent)
{
	int first = 1;

	for (size_t i = from; i < to; i++) {
		if (i == from || l->t.v[i - 1].code == ',') {
			put_comments(l, i, indent, &first);
			put_break(l, indent,
				i > from && !l->t.v[i].comment
					? 0
					: l->t.v[i].breaks,
				first);
			first = 0;
		} else if (l->t.v[i].comment) {
			put_inner_comments(l, i, indent);
		} else if (l->t.v[i].code != ',') {
			put_spaces(l, 1);
		}
		put_token(l, i);
	}
	first = 1;
	put_comments(l, to, indent, &first);
}

/* The braces at i, and everything in them. */
static void put_braces(struct layout *l, size_t first, size_t i, size_t indent)
{
	size_t close = l->t.v[i].match;

	if (fits(l, first, i, indent)) {
		put_inline(l, i, close + 1);
		return;
	}
	put_token(l, i);
	if (fmt_is_list(&l->t, first, i))
		put_list(l, i + 1, close, indent + INDENT);
	else
		put_items(l, i + 1, close, indent + INDENT);
	put_line(l, indent);
	put_token(l, close);
}

static void put_statement(struct layout *l, size_t from, size_t to,
	size_t indent, size_t pad_at, size_t pad_to)
{
	size_t start = l->col;

	for (size_t i = from; i < to; i++) {
		if (i > from)
			put_separator(l, i, indent);
		if (i == pad_at && l->col < start + pad_to + 1) {
			l->padding = start + pad_to + 1 - l->col;
			put_spaces(l, l->padding);
		}
		if (l->t.v[i].code == '{') {
			put_braces(l, from, i, indent);
			i = l->t.v[i].match;
		} else {
			put_token(l, i);
		}
	}
}

static int is_any(const struct fmt_token *t, const char *const *words)
{
	while (*words && !fmt_is(t, *words))
		words++;
	return *words != NULL;
}

static int is_any(const struct fmt_token *t, const char *const *words);

/* Behind a term: a fact, perhaps with a name, an operator and values, or
 * `present`. */
static size_t term_end(const struct fmt_tokens *t, size_t i)
{
	static const char *const named[] = {"header", "query", "cookie", NULL};

	i += fmt_is(&t->v[i], "not");
	i += is_any(&t->v[i], named) ? 2 : 1;
	if (i >= t->n)
		return t->n;
	if (fmt_is(&t->v[i], "present"))
		return i + 1;
	if (++i >= t->n)
		return t->n;
	i = (t->v[i].code == '{' ? t->v[i].match : i) + 1;
	while (i + 1 < t->n && t->v[i].code == '|')
		i += 2;
	return i;
}

/* Index of a clause's action, which follows its terms. */
static size_t action_of(const struct fmt_tokens *t, size_t i)
{
	if (fmt_is(&t->v[i++], "otherwise"))
		return i;
	for (;;) {
		i = term_end(t, i);
		if (i >= t->n || !fmt_is(&t->v[i], "and"))
			return i;
		i++;
	}
}

/* Will the statement take more than one line? */
static int is_long(
	const struct layout *l, size_t from, size_t to, size_t indent)
{
	for (size_t i = from + 1; i < to; i++) {
		const struct fmt_token *t = &l->t.v[i];

		if (t->comment || (t->breaks && l->t.v[i - 1].code == ','))
			return 1;
		if (t->code == '{') {
			if (!fits(l, from, i, indent))
				return 1;
			i = t->match;
		}
	}
	return indent + fmt_width(&l->t, from, to) > COLUMNS;
}

enum align { ALIGN_NONE, ALIGN_SETTING, ALIGN_CLAUSE, ALIGN_BLOCK };

/* How a statement is padded, and before which token. */
static enum align align_of(const struct layout *l, size_t from, size_t to,
	size_t indent, size_t *at)
{
	static const char *const settings[] = {"listen", "profile", "limits",
		"certificate", "no-sni", "default", "malformed", "alpn",
		"client-auth", "accept-proxy", "tls", "ciphers", "groups",
		"prefer", "tickets", "early-data", "client-hello", "handshake",
		"idle", "connect", "drain", "handshakes-in-flight",
		"connections", "connection-rate", "handshakes", "bandwidth",
		"keepalive", "chain", "key", "staple", "sct", "pin",
		"on-missing", "balance", "proxy-protocol", "queue",
		"slow-start", "sni", "source", "listener", "request-head",
		"request-body", "requests", "keep-alive", "request", "response",
		"header", NULL};
	static const char *const blocks[] = {"backend", "certificate", "limits",
		"path", "profile", "where", NULL};
	const struct fmt_token *v = l->t.v;
	size_t brace = from;

	if (is_long(l, from, to, indent))
		return ALIGN_NONE;
	while (brace < to && v[brace].code != '{')
		brace++;
	*at = brace;
	if (fmt_is(&v[from], "set") || fmt_is(&v[from], "segment")) {
		*at = from + 2;
		return ALIGN_BLOCK;
	}
	if (brace < to && !fmt_is_list(&l->t, from, brace))
		return is_any(&v[from], blocks) ? ALIGN_BLOCK : ALIGN_NONE;
	*at = from + 1;
	if (fmt_is(&v[from], "when") || fmt_is(&v[from], "otherwise")) {
		*at = action_of(&l->t, from);
		return ALIGN_CLAUSE;
	}
	return indent && is_any(&v[from], settings) ? ALIGN_SETTING
						    : ALIGN_NONE;
}

/* The run that begins at from: adjacent statements padded alike. */
static struct run find_run(
	const struct layout *l, size_t from, size_t to, size_t indent)
{
	struct run run = {from, 0};
	enum align kind = ALIGN_NONE;
	size_t at;

	while (run.end < to) {
		size_t i = run.end, end = fmt_statement_end(&l->t, i);
		enum align k = align_of(l, i, end, indent, &at);

		if (i > from &&
			(k != kind || l->t.v[i].breaks > 1 ||
				(l->t.v[i].comment &&
					l->t.v[i].comment->own_line) ||
				(k == ALIGN_BLOCK &&
					!(l->t.v[i].len == l->t.v[from].len &&
						memcmp(l->t.v[i].text,
							l->t.v[from].text,
							l->t.v[i].len) == 0))))
			break;
		run.end = end;
		kind = k;
		if (k == ALIGN_NONE)
			break;
		at = fmt_width(&l->t, i, at);
		if (at > run.width && at <= PAD_MAX)
			run.width = at;
	}
	return run;
}

static void put_items(struct layout *l, size_t from, size_t to, size_t indent)
{
	struct run run = {from, 0};
	int first = 1;

	for (size_t i = from; i < to;) {
		size_t end = fmt_statement_end(&l->t, i), at = i;

		put_comments(l, i, indent, &first);
		put_break(l, indent, l->t.v[i].breaks, first);
		first = 0;
		if (i >= run.end)
			run = find_run(l, i, to, indent);
		if (align_of(l, i, end, indent, &at) == ALIGN_NONE)
			at = end;
		put_statement(l, i, end, indent, at, run.width);
		i = end;
	}
	put_comments(l, to, indent, &first);
}

/* Only a file that parses is laid out, and only in an edition that we know. */
static int is_sound(
	struct arena *a, struct sources *s, uint32_t file, struct diags *d)
{
	unsigned before = diag_count(d, DIAG_ERROR);
	const struct ast *policy;
	struct parsed parsed;

	policy_parse(a, s, file, d, &parsed);
	policy = ast_kid(parsed.file, AST_POLICY);
	for (; policy; policy = ast_next(policy, AST_POLICY))
		if (strcmp(policy->kids->text, POLICY_EDITION) != 0)
			diag_add(d, DIAG_TC0102, policy->kids->span,
				"edition %s of the policy language is not "
				"supported",
				policy->kids->text);
	return diag_count(d, DIAG_ERROR) == before;
}

char *fmt_text(struct arena *a, struct sources *s, uint32_t file,
	struct diags *d, size_t *len)
{
	struct layout l = {.arena = a};

	if (!is_sound(a, s, file, d))
		return NULL;
	fmt_tokens(a, source_get(s, file), file, &l.t);
	put_items(&l, 0, l.t.n, 0);
	if (l.n)
		put(&l, "\n", 1, 0);
	*len = l.n;
	put(&l, "", 1, 0);
	return l.out;
}
