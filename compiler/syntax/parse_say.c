/*
 * The text of a syntax error.  "expected `;`" points at the end of the token
 * before, because the `;` is missing there; a word that is nearly a keyword
 * gets that keyword; a block that seems to be open is shown.
 */
#include "parse_say.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "compiler/base/spell.h"
#include "parse_block.h"
#include "parse_hint.h"

#define LIST_MAX 6 /* more alternatives than these go into a help line */

static int is_kind(const struct expected *e, const char *name)
{
	return strcmp(e->name, name) == 0;
}

static int is_keyword(const struct expected *e)
{
	return islower((unsigned char)e->name[0]) && !strchr(e->name, ' ');
}

static const struct expected *find(
	const struct expected *e, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (is_kind(&e[i], name))
			return &e[i];
	return NULL;
}

/* Keywords are names too: where a name is allowed, listing them all is noise.
 * So is the parameter, which may replace every literal.  Where a word is
 * allowed but no keyword, the word is second best: an address without a port,
 * an unknown version. */
static int is_worth_saying(
	const struct expected *e, const struct expected *all, size_t n)
{
	int word_only = !find(all, n, "when");

	if (is_kind(e, "a parameter"))
		return n == 1;
	if (is_kind(e, "a name") && word_only)
		return 0;
	if (is_kind(e, "a number") && word_only)
		return !find(all, n, "an address");
	if (is_kind(e, "\"end of file\"") || is_kind(e, "end of file"))
		return 0;
	return !is_keyword(e) || !find(all, n, "a name") || word_only;
}

static void append(char *buf, size_t size, const char *text)
{
	size_t used = strlen(buf);

	snprintf(buf + used, size - used, "%s", text);
}

/* `word`, or in words: "a name". */
static void append_expected(char *buf, size_t size, const struct expected *e)
{
	char text[40];

	if (strchr(e->name, ' '))
		snprintf(text, sizeof(text), "%s", e->name);
	else if (e->name[0] == '\'')
		snprintf(text, sizeof(text), "'%c'", e->name[1]);
	else
		snprintf(text, sizeof(text), "'%s'", e->name);
	append(buf, size, text);
}

/* "a, b or c"; returns how many. */
static size_t list(char *buf, size_t size, const struct expected *e, size_t n)
{
	size_t total = 0, done = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n; i++)
		total += is_worth_saying(&e[i], e, n) != 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_worth_saying(&e[i], e, n))
			continue;
		if (done)
			append(buf, size, done + 1 == total ? " or " : ", ");
		append_expected(buf, size, &e[i]);
		done++;
	}
	return total;
}

/* The token found, short and harmless. */
static void found(const struct parse *p, char *buf, size_t size)
{
	size_t len = p->last.end - p->last.begin, n = 0;
	const char *text = p->base + p->last.begin;
	int cut = len > 32;

	if (p->last.begin >= p->len) {
		snprintf(buf, size, "the end of the file");
		return;
	}
	buf[n++] = '\'';
	for (size_t i = 0; i < (cut ? 32 : len) && n + 8 < size; i++) {
		unsigned char c = (unsigned char)text[i];

		/* The head of a cut UTF-8 sequence is left out. */
		if (cut && c >= 0xc0 && i > 28)
			break;
		buf[n++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	snprintf(buf + n, size - n, cut ? "...'" : "'");
}

static int is_word(const struct parse *p)
{
	const char *text = p->base + p->last.begin;

	return p->last.end > p->last.begin &&
		(isalpha((unsigned char)text[0]) || text[0] == '_') &&
		!memchr(text, ':', p->last.end - p->last.begin);
}

/* Is the last token the first of its line, after the token before? */
static int begins_line(const struct parse *p)
{
	const char *from = p->base + p->before_last.end;

	return p->last.begin > p->before_last.end &&
		memchr(from, '\n', p->last.begin - p->before_last.end);
}

static void label_open(struct parse *p, struct diag *g)
{
	if (p->depth && p->depth <= PARSE_NESTING_MAX)
		diag_label(g, p->open[p->depth - 1], "%s",
			"this block is not closed");
}

static struct span end_of_last(const struct parse *p)
{
	return (struct span){p->file, p->before_last.end, p->before_last.end};
}

/* A punctuation mark is missing after the token before. */
static struct repair say_missing(struct parse *p, const struct expected *e)
{
	struct span end = end_of_last(p);
	struct diag *g;
	char mark[2] = {(char)e->code, '\0'};

	if (e->code == '}')
		return parse_block_open(p);
	g = diag_add(p->diags, DIAG_TC0101, end, "expected '%s'", mark);
	diag_fix(g, end, e->code == '{' ? " {" : mark);
	return (struct repair){p->last.begin, e->code, NULL};
}

/* A `;` that ends its line ends the statement: a list before it is open.  One
 * inside the line should be a comma. */
static int ends_line(const struct parse *p)
{
	uint32_t i = p->last.end;

	while (i < p->len && (p->base[i] == ' ' || p->base[i] == '\t'))
		i++;
	return i >= p->len || strchr("\r\n#", p->base[i]) != NULL;
}

/* Which mark is plainly missing here?  NULL: none. */
static const struct expected *missing_mark(
	const struct parse *p, const struct expected *e, size_t n)
{
	const struct expected *semi = find(e, n, "';'");
	const struct expected *brace = find(e, n, "'}'");
	const struct expected *comma = find(e, n, "','");

	if (semi &&
		(p->last_code == '}' || begins_line(p) ||
			p->last.begin >= p->len))
		return semi;
	if (brace && !semi &&
		((p->last_code == ';' && ends_line(p)) ||
			p->last.begin >= p->len ||
			(begins_line(p) && is_word(p) && parse_block_left(p))))
		return brace;
	if (find(e, n, "'{'") && begins_line(p) && is_word(p))
		return find(e, n, "'{'");
	if (comma && p->last_code == p->before_last_code && p->last_code > 255)
		return comma;
	return NULL;
}

static struct repair say_misspelt(
	struct parse *p, const char *text, const struct expected *e, size_t n)
{
	struct repair none = {p->last.begin, 0, NULL};
	const char *words[PARSE_TOKENS_MAX] = {NULL}, *near;
	size_t count = n < PARSE_TOKENS_MAX ? n : PARSE_TOKENS_MAX;
	struct diag *g;

	if (!is_word(p) || find(e, n, "a name"))
		return none;
	for (size_t i = 0; i < count; i++)
		words[i] = is_keyword(&e[i]) ? e[i].name : NULL;
	near = spell_nearest(p->base + p->last.begin,
		p->last.end - p->last.begin, words, count);
	if (!near)
		return none;
	g = diag_add(p->diags, DIAG_TC0101, p->last, "unexpected %s", text);
	diag_caret(g, "did you mean '%s'?", near);
	diag_fix(g, p->last, near);
	return (struct repair){p->last.begin, find(e, n, near)->code, near};
}

/* Where a keyword that is out of place belongs, or NULL. */
static const char *home_of(const struct parse *p)
{
	static const struct {
		const char *home, *keywords;
	} homes[] = {
		{"'frontend NAME { ... }'",
			" listen no-sni default malformed "
			"accept-proxy route "},
		{"'route NAME sni ... { ... }'",
			" otherwise passthrough "
			"offload bridge reject "},
		{"a frontend or a route", " when comply client-auth "},
		{"'limits NAME { ... }'",
			" client-hello handshake idle "
			"connect drain connections connection-rate handshakes "
			"handshakes-in-flight bandwidth keepalive "},
		{"'profile NAME { ... }'",
			" ciphers groups prefer tickets "
			"early-data "},
		{"'certificate NAME { ... }'",
			" chain key staple sct pin on-missing "},
		{"'backend NAME { ... }'",
			" server balance proxy-protocol "
			"queue slow-start health "},
		{"the 'tls { ... }' of a backend", " verify "},
		{"no block, but the top level",
			" policy param include set "
			"frontend backend assert test "},
	};
	size_t len = p->last.end - p->last.begin;
	char word[40];

	if (!is_word(p) || len + 3 > sizeof(word))
		return NULL;
	snprintf(word, sizeof(word), " %.*s ", (int)len,
		p->base + p->last.begin);
	for (size_t i = 0; i < sizeof(homes) / sizeof(*homes); i++)
		if (strstr(homes[i].keywords, word))
			return homes[i].home;
	return NULL;
}

static void say_expected(
	struct parse *p, const char *text, const struct expected *e, size_t n)
{
	char alternatives[1200];
	size_t total = list(alternatives, sizeof(alternatives), e, n);
	int at_end = p->last.begin >= p->len;
	struct span at = at_end ? end_of_last(p) : p->last;
	const char *home = at_end ? NULL : home_of(p);
	const char *hint = parse_hint(p, e, n);
	struct diag *g;

	if (total && total <= LIST_MAX)
		g = diag_add(p->diags, DIAG_TC0101, at, "expected %s, found %s",
			alternatives, text);
	else if (at_end && find(e, n, "'}'"))
		g = diag_add(p->diags, DIAG_TC0101, at,
			"expected '}', found %s", text);
	else
		g = diag_add(p->diags, DIAG_TC0101, at, "unexpected %s", text);
	if (hint)
		diag_help(g, "%s", hint);
	else if (total > LIST_MAX && !at_end && !home)
		diag_help(g, "possible here: %s", alternatives);
	else if (home && total > LIST_MAX)
		diag_help(g, "it belongs in %s", home);
	if (at_end)
		label_open(p, g);
}

/* Where a block ended too early everything after it is outside: that is one
 * fault. */
static int strays_on(struct parse *p)
{
	int astray = p->astray;

	if (p->depth || !begins_line(p) || !home_of(p))
		return 0;
	p->astray = 1;
	return astray;
}

struct repair parse_say(struct parse *p, const struct expected *e, size_t n)
{
	struct repair repair = {p->last.begin, 0, NULL};
	const struct expected *mark = missing_mark(p, e, n);
	char text[80];

	found(p, text, sizeof(text));
	if (mark)
		return say_missing(p, mark);
	if (!parse_alias(p, e, n))
		repair = say_misspelt(p, text, e, n);
	if (!repair.code && home_of(p))
		repair = parse_block_extra(p);
	if (!repair.code && !strays_on(p))
		say_expected(p, text, e, n);
	return repair;
}
