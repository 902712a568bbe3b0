/*
 * What is added to a diagnostic: caret, labels, notes, help, a witness and
 * fixes (diag.h).  Nothing is added to one that is muted, and no text to one
 * that is about a closed file.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "list.h"
#include "priv.h"

static const char *vprint(struct arena *a, const char *fmt, va_list ap)
{
	char buf[1024], *s;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	if (n < 0)
		n = 0;
	if ((size_t)n < sizeof(buf)) {
		va_end(again);
		return arena_strndup(a, buf, (size_t)n);
	}
	s = arena_alloc(a, (size_t)n + 1);
	vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

void diag_caret(struct diag *g, const char *fmt, ...)
{
	va_list ap;

	if (g->muted || g->closed)
		return;
	va_start(ap, fmt);
	g->caret = vprint(g->owner->arena, fmt, ap);
	va_end(ap);
}

void diag_label(struct diag *g, struct span span, const char *fmt, ...)
{
	struct diag_label **at = &g->labels, *l;
	va_list ap;

	if (g->muted)
		return;
	l = arena_alloc(g->owner->arena, sizeof(*l));
	l->span = span;
	va_start(ap, fmt);
	l->text = vprint(g->owner->arena, fmt, ap);
	va_end(ap);
	while (*at)
		at = &(*at)->next;
	*at = l;
}

static void append_text(
	struct diag *g, struct diag_text **at, const char *fmt, va_list ap)
{
	struct diag_text *t = arena_alloc(g->owner->arena, sizeof(*t));

	t->text = vprint(g->owner->arena, fmt, ap);
	while (*at)
		at = &(*at)->next;
	*at = t;
}

void diag_note(struct diag *g, const char *fmt, ...)
{
	va_list ap;

	if (g->muted || g->closed)
		return;
	va_start(ap, fmt);
	append_text(g, &g->notes, fmt, ap);
	va_end(ap);
}

void diag_help(struct diag *g, const char *fmt, ...)
{
	va_list ap;

	if (g->muted || g->closed)
		return;
	va_start(ap, fmt);
	append_text(g, &g->helps, fmt, ap);
	va_end(ap);
}

static const char *copy_text(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

void diag_witness(struct diag *g, const struct witness *w)
{
	struct arena *a = g->owner->arena;
	const char **alpn;
	struct witness *c;

	if (g->muted)
		return;
	c = arena_alloc(a, sizeof(*c));
	*c = *w;
	c->listener = copy_text(a, w->listener);
	c->sni = copy_text(a, w->sni);
	c->source = copy_text(a, w->source);
	c->tls = copy_text(a, w->tls);
	c->leads_to = copy_text(a, w->leads_to);
	alpn = arena_alloc(a, (w->alpn_count + 1) * sizeof(*alpn));
	for (unsigned i = 0; i < w->alpn_count; i++)
		alpn[i] = copy_text(a, w->alpn[i]);
	c->alpn = alpn;
	g->witness = c;
}

/* What a parameter gives is true of this run only: nothing to write down, nor
 * to do away with something else for. */
static int names_param(struct sources *s, struct span span)
{
	const struct source *src = source_get(s, span.file);

	return src && span.end > span.begin &&
		memchr(src->text + span.begin, '$', span.end - span.begin);
}

void diag_fix(struct diag *g, struct span span, const char *replacement)
{
	struct diag_edit **at = &g->edits, *e;

	if (g->muted || g->closed || diag_may_vary(g) ||
		names_param(diag_sources(g->owner), span))
		return;
	for (const struct diag_label *l = g->labels; l; l = l->next)
		if (names_param(diag_sources(g->owner), l->span))
			return;
	e = arena_alloc(g->owner->arena, sizeof(*e));
	e->edit.span = span;
	e->edit.replacement = copy_text(g->owner->arena, replacement);
	while (*at)
		at = &(*at)->next;
	*at = e;
}
