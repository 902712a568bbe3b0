/*
 * What all printers need to know about a finished run: where a span is, which
 * diagnostics to show, how a witness reads, and the table of formats.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/terminal.h"
#include "list.h"

const struct diag_format diag_formats[] = {
	{"human", diag_human, 1},
	{"short", diag_short, 1},
	{"json", diag_json, 0},
	{"sarif", diag_sarif, 0},
	{"github", diag_github, 0},
	{"gitlab", diag_gitlab, 0},
	{"checkstyle", diag_checkstyle, 0},
	{"junit", diag_junit, 0},
	{NULL, NULL, 0},
};

const struct diag_format *diag_format_find(const char *name)
{
	for (const struct diag_format *f = diag_formats; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static void locate(struct sources *s, uint32_t file, uint32_t off,
	uint32_t *line, uint32_t *column)
{
	const char *text;
	size_t len;

	source_locate(s, file, off, line, column);
	text = source_line(s, file, *line, &len);
	if (*column - 1 < len)
		len = *column - 1;
	*column = (uint32_t)terminal_length(text, len) + 1;
}

/* As it was opened, so that an editor or a CI annotation finds it. */
static const char *path_of(const struct source *src)
{
	if (!src->open_path)
		return src->path;
	return strcmp(src->open_path, "-") == 0 ? "<stdin>" : src->open_path;
}

struct diag_place diag_place(const struct diag *g, struct span span)
{
	struct sources *s = diag_sources(g->owner);
	struct diag_place p = {NULL, 0, 0, 0, 0};

	if (!span.file)
		return p;
	p.path = path_of(source_get(s, span.file));
	locate(s, span.file, span.begin, &p.line, &p.column);
	locate(s, span.file, span.end, &p.end_line, &p.end_column);
	return p;
}

static size_t alpn_length(const struct witness *w)
{
	size_t n = 8;

	for (unsigned i = 0; i < w->alpn_count; i++)
		n += strlen(w->alpn[i]) + 3;
	return n;
}

static const char *alpn_text(struct arena *a, const struct witness *w)
{
	char *buf, *p;

	if (!w->alpn_count)
		return "(none)";
	p = buf = arena_alloc(a, alpn_length(w));
	for (unsigned i = 0; i < w->alpn_count; i++)
		p += sprintf(p, "%s\"%s\"", i ? "," : "", w->alpn[i]);
	return buf;
}

const char *diag_witness_text(struct arena *a, const struct witness *w)
{
	const char *sni =
		w->sni ? arena_printf(a, "sni \"%s\"", w->sni) : "sni (none)";

	return arena_printf(a, "%s%s%s source %s alpn %s tls %s%s%s",
		w->listener ? w->listener : "", w->listener ? " " : "", sni,
		w->source ? w->source : "any", alpn_text(a, w),
		w->tls ? w->tls : "any", w->leads_to ? " -> " : "",
		w->leads_to ? w->leads_to : "");
}

/* The most severe come first into the choice; it stays in order of place. */
size_t diag_select(
	const struct diag_report *r, size_t max, struct diag ***chosen)
{
	struct diag **out;
	size_t n = 0, of[DIAG_ERROR + 1] = {0}, room = max;

	*chosen = r->v;
	if (!max || r->n <= max)
		return r->n;
	for (size_t i = 0; i < r->n; i++)
		of[r->v[i]->level >= DIAG_DENY ? DIAG_ERROR : r->v[i]->level]++;
	for (int l = DIAG_ERROR; l > DIAG_IGNORED; l--) {
		if (of[l] > room)
			of[l] = room;
		room -= of[l];
	}
	out = arena_alloc(r->arena, max * sizeof(struct diag *));
	for (size_t i = 0; i < r->n; i++) {
		enum diag_level l = r->v[i]->level;

		if (l == DIAG_DENY)
			l = DIAG_ERROR;
		if (of[l]) {
			of[l]--;
			out[n++] = r->v[i];
		}
	}
	*chosen = out;
	return n;
}
