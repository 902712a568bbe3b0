/*
 * Between scanner and parser: the token filter, which recovers at `;` and `}`
 * with braces balanced, and the text of syntax errors.
 *
 * A slip whose repair is plain (a misspelt keyword, a missing `;`, `,` or `}`)
 * is reported and noted, and the file is parsed again from the start with the
 * repair; nothing is reported twice.  So one slip hides nothing.  All other
 * faults skip to the end of their statement.
 */
#include "parse.h"

#include <string.h>

#include "compiler/base/arena.h"
#include "parse_block.h"
#include "parse_say.h"
#include "text.h"

#define CODE_FAULT 256              /* bison's YYerror: recover, say nothing */
#define CODE_UNDEF 257              /* bison's YYUNDEF: no rule wants it */
#define REPAIR_BYTES_MAX (4u << 20) /* parsing larger files again is slow */

/* The next token as the scanner sees it, or the one held back. */
static int raw(struct parse *p, struct token *token, struct span *at)
{
	int code;

	if (p->held_code >= 0) {
		code = p->held_code;
		*token = p->held_token;
		*at = p->held;
		p->held_code = -1;
		return code;
	}
	if (p->at_end)
		code = 0;
	else
		code = policy_scan(p, token, at);
	if (code == 0) {
		p->at_end = 1;
		token->text = "";
		token->len = 0;
		*at = (struct span){
			p->file, (uint32_t)p->len, (uint32_t)p->len};
	}
	return code;
}

static void hold(struct parse *p, int code, struct token token, struct span at)
{
	p->held_code = code;
	p->held_token = token;
	p->held = at;
}

static int repaired(
	struct parse *p, int code, struct token *token, struct span *at)
{
	const struct repair *r = &p->repairs[p->repair_next];

	if (p->repair_next == p->repair_count || at->begin < r->at)
		return code;
	p->repair_next++;
	if (r->code == REPAIR_DROP)
		return REPAIR_DROP;
	if (r->replace) {
		*token = (struct token){
			r->replace, (uint32_t)strlen(r->replace)};
	} else {
		hold(p, code, *token, *at);
		*at = (struct span){p->file, p->last.end, p->last.end};
		token->text = "";
		token->len = 0;
	}
	return r->code;
}

static void open_brace(struct parse *p, struct span at)
{
	if (p->depth < PARSE_NESTING_MAX)
		p->open[p->depth] = at;
	p->depth++;
}

static int take(struct parse *p, struct token *token, struct span *at)
{
	for (;;) {
		int code = repaired(p, raw(p, token, at), token, at);

		if (code == REPAIR_DROP)
			continue;
		if (code == '{')
			open_brace(p, *at);
		if (code != '}')
			return code;
		if (p->depth) {
			parse_block_closed(p, *at);
			p->depth--;
			return code;
		}
		parse_complain(p, *at, "this '}' closes nothing");
	}
}

/* A string that is not closed took the end of its statement with it, perhaps
 * that of its block: 1 when so, and the brace is held back. */
static int took_the_end(
	struct parse *p, const struct token *token, struct span at)
{
	const char *semi = memchr(token->text, ';', token->len);
	struct token brace = {"}", 1};

	if (!semi)
		return 0;
	if (p->depth && memchr(semi, '}', token->len - (semi - token->text)))
		hold(p, '}', brace, (struct span){at.file, at.end, at.end});
	return 1;
}

/* At the end of the text, offer the parser whatever ends its blocks. */
static int skip_at_end(struct parse *p)
{
	if (p->end_steps++ % 2 == 0)
		return ';';
	if (!p->depth)
		return 0;
	p->depth--;
	return '}';
}

/* What was skipped has ended, and the statement with it. */
static int skip_statement_end(struct parse *p)
{
	struct token token;
	struct span at;
	int code = raw(p, &token, &at);

	if (code != ';')
		hold(p, code, token, at);
	return ';';
}

static int skip(struct parse *p, struct token *token, struct span *at)
{
	if (p->recover_now) {
		p->recover_now = 0;
		return skip_statement_end(p);
	}
	for (;;) {
		int code = raw(p, token, at);

		if (code == 0)
			return skip_at_end(p);
		if (code == CODE_FAULT && p->depth <= p->target &&
			took_the_end(p, token, *at))
			return skip_statement_end(p);
		if (code == '{')
			open_brace(p, *at);
		if (code == ';' && p->depth <= p->target)
			return ';';
		if (code != '}')
			continue;
		if (!p->depth) {
			parse_complain(p, *at, "this '}' closes nothing");
			continue;
		}
		if (p->depth-- <= p->target)
			return '}';
		if (p->depth == p->target)
			return skip_statement_end(p);
	}
}

static void recover(struct parse *p, int code)
{
	p->recovering = 1;
	p->end_steps = 0;
	p->target = p->depth - (code == '{' && p->depth);
}

int parse_next(struct parse *p, struct token *token, struct span *at)
{
	int code;

	*at = (struct span){p->file, p->last.end, p->last.end};
	token->text = "";
	token->len = 0;
	if (p->repairing)
		return 0;
	code = p->recovering ? skip(p, token, at) : take(p, token, at);
	if (code == 0 && p->depth && !p->end_told) {
		/* An end that bison may skip like any other token. */
		p->end_told = 1;
		code = CODE_UNDEF;
	}
	if (code == CODE_FAULT) {
		recover(p, code);
		p->recover_now = took_the_end(p, token, *at);
	}
	p->before_last = p->last;
	p->before_last_code = p->last_code;
	p->last = *at;
	p->last_code = code;
	p->last_token = *token;
	return code;
}

void parse_recovered(struct parse *p)
{
	p->recovering = p->recover_now = 0;
}

void parse_comment(struct parse *p, struct span at)
{
	struct comment *c = arena_alloc(p->arena, sizeof(*c));
	const char *from = p->base + at.begin;

	c->span = at;
	if (p->base[at.end - 1] == '\r')
		c->span.end--;
	while (from > p->base && (from[-1] == ' ' || from[-1] == '\t'))
		from--;
	c->own_line = from == p->base || from[-1] == '\n';
	*p->comments_tail = c;
	p->comments_tail = &c->next;
}

void parse_string(struct parse *p, struct span at)
{
	if (at.begin < p->strings_to)
		return;
	p->strings_to = at.end;
	text_check_name(p->diags, at, p->base + at.begin, at.end - at.begin);
}

size_t parse_string_end(const char *text, size_t n)
{
	size_t end = n;

	for (size_t i = 1; i < n; i++)
		if (text[i] == '#' && strchr(" \t", text[i - 1])) {
			end = i;
			break;
		}
	while (end > 1 && strchr(" \t\r;{}", text[end - 1]))
		end--;
	return end;
}

int parse_quiet(const struct parse *p)
{
	return p->mute || p->repairing || p->shown >= PARSE_SHOWN_MAX;
}

/* 1 when this fault is to be told: it is new and not one too many. */
static int is_news(struct parse *p, struct span at)
{
	if (p->mute || p->repairing || at.begin < p->reported_to)
		return 0;
	p->reported_to = at.begin + 1;
	if (p->shown < PARSE_SHOWN_MAX) {
		p->shown++;
		return 1;
	}
	if (!p->hidden++)
		p->first_hidden = at;
	return 0;
}

void parse_complain(struct parse *p, struct span at, const char *what)
{
	if (is_news(p, at))
		diag_add(p->diags, DIAG_TC0101, at, "%s", what);
}

int parse_fault(struct parse *p, struct span at, const char *what)
{
	/* A statement that is skipped has had its word. */
	if (!p->recovering)
		parse_complain(p, at, what);
	return CODE_FAULT;
}

void parse_too_deep(struct parse *p)
{
	if (is_news(p, p->last))
		diag_add(p->diags, DIAG_TC0101, p->last,
			"blocks are nested too deeply");
}

void parse_edition(struct parse *p, struct token number)
{
	/* Only as the first statement does it say what the file is. */
	if (!p->items.first &&
		(number.len != strlen(POLICY_EDITION) ||
			memcmp(number.text, POLICY_EDITION, number.len) != 0))
		p->mute = 1;
}

/* At one place a mark may be missing and the word after it misspelt; the same
 * repair twice would not help.  Several blocks may end at one place. */
static int may_repair(const struct parse *p, const struct repair *r)
{
	unsigned here = 0;

	if (p->len > REPAIR_BYTES_MAX || p->repair_count == PARSE_REPAIRS_MAX)
		return 0;
	for (unsigned i = p->repair_count; i-- > 0 && here < 4; here++) {
		const struct repair *before = &p->repairs[i];

		if (before->at != r->at)
			return 1;
		if (before->replace ||
			(before->code == r->code && r->code != '}'))
			return 0;
	}
	return here < 4;
}

/* In the order of the text: a brace may be missing well before the word that
 * shows it. */
static void note(struct parse *p, const struct repair *r)
{
	unsigned i = p->repair_count++;

	for (; i > 0 && p->repairs[i - 1].at > r->at; i--)
		p->repairs[i] = p->repairs[i - 1];
	p->repairs[i] = *r;
}

void parse_unexpected(
	struct parse *p, const struct expected *expected, size_t n)
{
	struct repair repair = {p->last.begin, 0, NULL};
	int news = is_news(p, p->last);

	if (p->repairing)
		return;
	if (news)
		repair = parse_say(p, expected, n);
	if (!news || !repair.code || !may_repair(p, &repair)) {
		recover(p, p->last_code);
		return;
	}
	note(p, &repair);
	p->repairing = 1;
	/* The word after a mark that was put in has not been judged. */
	if (!repair.replace)
		p->reported_to = p->last.begin;
}

static void pass(struct parse *p, size_t bom)
{
	p->items = ast_one(NULL);
	p->comments = NULL;
	p->comments_tail = &p->comments;
	p->held_code = -1;
	p->last_code = 0;
	p->last = p->before_last = (struct span){p->file, 0, 0};
	p->depth = p->repair_next = 0;
	p->odd_open = p->odd_close = (struct span){0, 0, 0};
	p->astray = 0;
	p->recovering = p->recover_now = p->at_end = p->end_told = 0;
	p->repairing = p->mute = 0;
	policy_scan_begin(p, bom);
	policy_yyparse(p);
	policy_scan_end(p);
}

void policy_parse(struct arena *a, struct sources *s, uint32_t file,
	struct diags *d, struct parsed *out)
{
	const struct source *src = source_get(s, file);
	struct parse p = {.arena = a, .diags = d, .file = file};
	struct span whole = {file, 0, src ? (uint32_t)src->len : 0};

	out->file = ast_new(a, AST_FILE, whole);
	out->comments = NULL;
	if (!src)
		return;
	p.base = src->text;
	p.len = src->len;
	if (text_alien(p.base, p.len)) {
		diag_add(d, DIAG_TC0101, (struct span){file, 0, 0}, "%s",
			text_alien(p.base, p.len));
		ast_adopt(out->file, ast_new(a, AST_ERROR, whole));
		return;
	}
	text_check(s, d, file);
	do
		pass(&p, text_bom(p.base, p.len));
	while (p.repairing);
	if (p.hidden)
		diag_add(d, DIAG_TC0101, p.first_hidden,
			"%u more syntax errors in this file are not shown",
			p.hidden);
	ast_fill(out->file, p.items);
	out->comments = p.comments;
}
