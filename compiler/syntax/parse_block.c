/*
 * Braces that do not match.  The grammar notices a word that cannot come next,
 * which may be a hundred lines after the brace that is missing.  People indent,
 * so the layout says where: a `}` that is not below the line that opened its
 * block most likely belongs to another one.  Layout decides only how a fault is
 * reported, never what a correct text means.  Called by parse.c and
 * parse_say.c.
 */
#include "parse_block.h"

#include <string.h>

#include "compiler/base/arena.h"

/* White space in front of the line that an offset lies in; tabs count one. */
static size_t indent(const struct parse *p, uint32_t at)
{
	size_t n = 0;

	while (at > 0 && p->base[at - 1] != '\n')
		at--;
	while (at + n < p->len &&
		(p->base[at + n] == ' ' || p->base[at + n] == '\t'))
		n++;
	return n;
}

static int one_line(const struct parse *p, struct span from, struct span to)
{
	return !memchr(p->base + from.begin, '\n', to.begin - from.begin);
}

static int innermost(const struct parse *p, struct span *open)
{
	if (!p->depth || p->depth > PARSE_NESTING_MAX)
		return 0;
	*open = p->open[p->depth - 1];
	return 1;
}

void parse_block_closed(struct parse *p, struct span at)
{
	struct span open;

	if (!innermost(p, &open) || one_line(p, open, at) ||
		indent(p, open.begin) == indent(p, at.begin))
		return;
	p->odd_open = open;
	p->odd_close = at;
}

int parse_block_left(const struct parse *p)
{
	struct span open;

	return innermost(p, &open) && !one_line(p, open, p->last) &&
		indent(p, p->last.begin) <= indent(p, open.begin);
}

/* Was a block inside the innermost one closed by the `}` of the latter? */
static int closed_by_ours(const struct parse *p, struct span ours)
{
	return p->odd_close.end && p->odd_open.begin > ours.begin &&
		indent(p, p->odd_close.begin) == indent(p, ours.begin) &&
		indent(p, p->odd_close.begin) < indent(p, p->odd_open.begin);
}

/* A new line with the block's brace, as people write it. */
static const char *closing(const struct parse *p, struct span open)
{
	size_t n = indent(p, open.begin);
	char *text = arena_alloc(p->arena, n + 3);
	uint32_t line = open.begin;

	while (line > 0 && p->base[line - 1] != '\n')
		line--;
	text[0] = '\n';
	memcpy(text + 1, p->base + line, n);
	memcpy(text + 1 + n, "}", 2);
	return text;
}

struct repair parse_block_open(struct parse *p)
{
	struct span open, at = p->last, end = p->before_last;
	struct diag *g;

	if (!innermost(p, &open))
		return (struct repair){p->last.begin, 0, NULL};
	if (closed_by_ours(p, open)) {
		open = p->odd_open;
		at = end = p->odd_close;
		end.end = end.begin;
		while (end.end > 0 && strchr(" \t\r\n", p->base[end.end - 1]))
			end.end--;
	}
	end.begin = end.end;
	g = diag_add(p->diags, DIAG_TC0101, open, "this block is not closed");
	if (at.begin >= p->len)
		diag_label(g, end, "expected '}' before the end of the file");
	else
		diag_label(g, at, "expected '}' before this");
	diag_fix(g, end, closing(p, open));
	return (struct repair){at.begin, '}', NULL};
}

struct repair parse_block_extra(struct parse *p)
{
	struct span at = p->odd_close;
	struct diag *g;

	if (!at.end || p->depth ||
		indent(p, at.begin) <= indent(p, p->odd_open.begin))
		return (struct repair){p->last.begin, 0, NULL};
	g = diag_add(p->diags, DIAG_TC0101, at, "one '}' too many");
	diag_label(g, p->odd_open, "it closes this block");
	diag_label(g, p->last, "so this is outside of it");
	diag_fix(g, at, "");
	return (struct repair){at.begin, REPAIR_DROP, NULL};
}
