/*
 * Diagnostics for people: the header line, the source with carets and dashes,
 * notes, help, the witness.  Lines are clipped around what they show, tabs
 * become spaces, and nothing invisible reaches the terminal.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/base/terminal.h"
#include "list.h"

enum {
	TEXT_COLUMNS = 100, /* of a source line */
	TAB_COLUMNS = 4,
	LEAD_COLUMNS = 24, /* shown before a mark in a clipped line */
	MARKS_MAX = 8,     /* labels of one diagnostic that are drawn */
};

struct paint {
	const char *error, *warning, *note, *place, *gutter, *label, *off;
};

static const struct paint plain = {"", "", "", "", "", "", ""};
static const struct paint ansi = {"\033[1;31m", "\033[1;35m", "\033[1;36m",
	"\033[1m", "\033[34m", "\033[1;34m", "\033[0m"};

/* One run of carets or dashes. */
struct mark {
	struct span span;
	uint32_t line;
	const char *text;
	int primary;
};

/* The part of a source line that is shown. */
struct window {
	const char *text;
	size_t from, to, len;
};

static const char *level_paint(const struct paint *p, enum diag_level l)
{
	return l >= DIAG_DENY       ? p->error
		: l == DIAG_WARNING ? p->warning
				    : p->note;
}

/* Columns that one character takes at `column`, and its text. */
static unsigned cell(
	const char *s, size_t n, unsigned column, char *buf, unsigned *columns)
{
	uint32_t cp;
	unsigned len = utf8_next(s, n, &cp);

	if (cp == '\t') {
		*columns = TAB_COLUMNS - column % TAB_COLUMNS;
		memset(buf, ' ', *columns);
		buf[*columns] = '\0';
	} else if (cp == UTF8_BAD || utf8_hidden(cp) ||
		(len == 1 && n > 2 && !memcmp(s, "##[", 3))) { /* shown.h */
		*columns = terminal_escape(
			buf, cp == '#' ? UTF8_BAD : cp, (unsigned char)s[0]);
	} else {
		memcpy(buf, s, len);
		buf[len] = '\0';
		*columns = terminal_width(cp);
	}
	return len;
}

/* The column of octet `at` in the window, clamped to its ends. */
static unsigned window_column(const struct window *w, size_t at)
{
	unsigned column = w->from ? 3 : 0, columns;
	char buf[16];

	for (size_t i = w->from; i < w->to && i < at;) {
		i += cell(w->text + i, w->len - i, column, buf, &columns);
		column += columns;
	}
	return column;
}

/* As many octets from `from` as fit. */
static size_t window_end(const char *text, size_t len, size_t from)
{
	unsigned column = from ? 3 : 0, columns;
	size_t i = from, limit = from + 8 * TEXT_COLUMNS;
	char buf[16];

	while (i < len && i < limit) {
		unsigned n = cell(text + i, len - i, column, buf, &columns);

		if (column + columns > TEXT_COLUMNS)
			break;
		column += columns;
		i += n;
	}
	return i;
}

/* Show [begin, end) of the line with some of what comes before it. */
static struct window window_make(
	const char *text, size_t len, size_t begin, size_t end)
{
	struct window w = {text, 0, 0, len};

	w.to = window_end(text, len, 0);
	if (w.to >= end || w.to >= len)
		return w;
	w.from = begin > LEAD_COLUMNS ? begin - LEAD_COLUMNS : 0;
	while (w.from && ((unsigned char)text[w.from] & 0xc0) == 0x80)
		w.from--;
	w.to = window_end(text, len, w.from);
	return w;
}

static void print_source(FILE *f, const struct window *w, uint32_t line,
	int width, const struct paint *p)
{
	unsigned column = w->from ? 3 : 0, columns;
	char buf[16];

	fprintf(f, "%s%*u |%s", p->gutter, width, line, p->off);
	if (w->len)
		fputc(' ', f);
	if (w->from)
		fputs("...", f);
	for (size_t i = w->from; i < w->to;) {
		i += cell(w->text + i, w->len - i, column, buf, &columns);
		column += columns;
		fputs(buf, f);
	}
	if (w->to < w->len)
		fputs("...", f);
	fputc('\n', f);
}

static void print_marks(FILE *f, const struct window *w, size_t begin,
	size_t end, const struct mark *m, int width, const struct paint *p,
	enum diag_level level)
{
	unsigned first = window_column(w, begin), last = window_column(w, end);

	fprintf(f, "%s%*s |%s %*s%s", p->gutter, width, "", p->off, (int)first,
		"", m->primary ? level_paint(p, level) : p->label);
	do
		fputc(m->primary ? '^' : '-', f);
	while (++first < last);
	if (m->text && *m->text)
		fprintf(f, " %s", m->text);
	fprintf(f, "%s\n", p->off);
}

/* The span's octets in its first line. */
static void in_line(struct sources *s, const struct mark *m, size_t len,
	const char *text, size_t *begin, size_t *end)
{
	uint32_t line, column;
	size_t size = m->span.end - m->span.begin;

	source_locate(s, m->span.file, m->span.begin, &line, &column);
	*begin = column - 1 < len ? column - 1 : len;
	*end = *begin + size < len ? *begin + size : len;
	if (*begin + size > len)
		while (*end > *begin + 1 &&
			(text[*end - 1] == ' ' || text[*end - 1] == '\t' ||
				text[*end - 1] == '\r'))
			--*end;
}

static int mark_order(const void *pa, const void *pb)
{
	const struct mark *a = pa, *b = pb;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->primary != b->primary)
		return a->primary ? -1 : 1;
	return a->span.begin < b->span.begin ? -1
					     : a->span.begin > b->span.begin;
}

static int number_width(const struct mark *v, size_t n)
{
	int width = 5, digits = snprintf(NULL, 0, "%u", v[n - 1].line);

	return digits > width ? digits : width;
}

/* Of a list an entry is shown, not what follows it; of one outside the policy's
 * directory, nothing. */
static size_t shown_length(const struct source *src, const struct mark *m,
	const char *text, size_t len)
{
	const char *comment = memchr(text, '#', len);

	if (!src->is_list || !comment || src->text + m->span.begin >= comment)
		return len;
	len = (size_t)(comment - text);
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	return len;
}

/* All marks of one file, sorted; each line's source once. */
static void print_file(FILE *f, const struct diag *g, struct mark *v, size_t n,
	const struct paint *p)
{
	struct sources *s = diag_sources(g->owner);
	struct window w = {NULL, 0, 0, 0};
	size_t len, begin, end;
	const struct source *src = source_get(s, v[0].span.file);
	int width;

	if (src->is_closed)
		return;
	for (size_t i = 0; i < n; i++)
		v[i].line = diag_place(g, v[i].span).line;
	qsort(v, n, sizeof(*v), mark_order);
	width = number_width(v, n);
	for (size_t i = 0; i < n; i++) {
		const char *text =
			source_line(s, v[i].span.file, v[i].line, &len);

		len = shown_length(src, &v[i], text, len);
		in_line(s, &v[i], len, text, &begin, &end);
		if (!i || v[i].line != v[i - 1].line) {
			w = window_make(text, len, begin, end);
			print_source(f, &w, v[i].line, width, p);
		}
		print_marks(f, &w, begin, end, &v[i], width, p, g->level);
	}
}

/* Labels in other files: each file with its own header. */
static void print_elsewhere(FILE *f, const struct diag_report *r,
	const struct diag *g, struct mark *v, size_t n, const struct paint *p)
{
	for (size_t i = 0, k; i < n; i = k) {
		struct diag_place at = diag_place(g, v[i].span);

		for (k = i + 1; k < n && v[k].span.file == v[i].span.file; k++)
			;
		fprintf(f, "  %s-->%s %s:%u:%u\n", p->gutter, p->off,
			shown_text(at.path), at.line, at.column);
		print_file(f, g, v + i, k - i, p);
	}
}

static const char *shown(const struct diag_report *r, const char *s)
{
	return s ? terminal_shown(r->arena, s, strlen(s)) : NULL;
}

static void print_code(FILE *f, const struct diag_report *r,
	const struct diag *g, const struct paint *p)
{
	struct mark here[MARKS_MAX + 1], there[MARKS_MAX];
	size_t nh = 0, nt = 0, left = 0;

	if (g->span.file)
		here[nh++] = (struct mark){g->span, 0, shown(r, g->caret), 1};
	for (struct diag_label *l = g->labels; l; l = l->next) {
		struct mark m = {l->span, 0, shown(r, l->text), 0};

		if (!l->span.file || nh + nt > MARKS_MAX - 1)
			left++;
		else if (l->span.file == g->span.file)
			here[nh++] = m;
		else
			there[nt++] = m;
	}
	if (nh)
		print_file(f, g, here, nh, p);
	print_elsewhere(f, r, g, there, nt, p);
	if (left)
		fprintf(f, "   %s=%s note: and %zu more place%s\n", p->gutter,
			p->off, left, left == 1 ? "" : "s");
}

static void print_texts(FILE *f, const struct diag_report *r,
	const struct diag_text *t, const char *what, const struct paint *p)
{
	for (; t; t = t->next)
		fprintf(f, "   %s=%s %s: %s\n", p->gutter, p->off, what,
			shown(r, t->text));
}

static void print_one(FILE *f, const struct diag_report *r,
	const struct diag *g, const struct paint *p)
{
	struct diag_place at = diag_place(g, g->span);

	if (at.path)
		fprintf(f, "%s%s:%u:%u:%s ", p->place, shown_text(at.path),
			at.line, at.column, p->off);
	else
		fprintf(f, "%stlsc:%s ", p->place, p->off);
	fprintf(f, "%s%s[%s]%s: %s%s%s (%s)\n", level_paint(p, g->level),
		diag_level_word(g->level), diag_id_text(g->id), p->off,
		p->place, shown(r, g->message), p->off, diag_id_name(g->id));
	print_code(f, r, g, p);
	if (g->witness)
		fprintf(f, "   %s=%s witness: %s\n", p->gutter, p->off,
			shown(r, diag_witness_text(r->arena, g->witness)));
	print_texts(f, r, g->notes, "note", p);
	print_texts(f, r, g->helps, "help", p);
	fprintf(f, "   %s=%s explain: tlsc explain %s\n", p->gutter, p->off,
		diag_id_text(g->id));
}

static void print_count(FILE *f, size_t n, const char *what, int *first)
{
	if (!n)
		return;
	fprintf(f, "%s%zu %s%s", *first ? "" : ", ", n, what,
		n == 1 ? "" : "s");
	*first = 0;
}

static void print_summary(FILE *f, const struct diag_report *r, size_t shown_n)
{
	size_t all = r->errors + r->warnings + r->notes;
	int first = 1;

	if (!all)
		return;
	fprintf(f, "tlsc: ");
	print_count(f, r->errors, "error", &first);
	print_count(f, r->warnings, "warning", &first);
	print_count(f, r->notes, "note", &first);
	if (all > shown_n)
		fprintf(f,
			"; %zu of them left out here (--max-shown 0 "
			"shows more)",
			all - shown_n);
	fputc('\n', f);
}

void diag_human(
	FILE *f, const struct diag_report *r, const struct diag_style *style)
{
	const struct paint *p = style->color ? &ansi : &plain;
	struct diag **v;
	size_t n = diag_select(r, style->max, &v);

	for (size_t i = 0; i < n; i++)
		print_one(f, r, v[i], p);
	print_summary(f, r, n);
}

/* One line each, as editors and grep take it. */
void diag_short(
	FILE *f, const struct diag_report *r, const struct diag_style *style)
{
	struct diag **v;
	size_t n = diag_select(r, style->max, &v);

	for (size_t i = 0; i < n; i++) {
		struct diag_place at = diag_place(v[i], v[i]->span);

		if (at.path)
			fprintf(f, "%s:%u:%u: ", shown_text(at.path), at.line,
				at.column);
		else
			fprintf(f, "tlsc: ");
		fprintf(f, "%s[%s]: %s (%s)\n", diag_level_word(v[i]->level),
			diag_id_text(v[i]->id), shown(r, v[i]->message),
			diag_id_name(v[i]->id));
	}
	print_summary(f, r, n);
}
