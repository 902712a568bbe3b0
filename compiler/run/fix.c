/*
 * --fix: applies the edits of diagnostics to their files.  A fix is applied
 * whole or not at all; of two that overlap the first one wins, and the next
 * round sees what is left.  Files are replaced atomically.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/base/write.h"
#include "fix.h"

/* One repair may uncover another; what oscillates must end. */
enum { ROUNDS = 10 };

struct edit {
	struct fix_edit e;
	struct sources *sources;
	const char *path; /* the same file may be known to two runs */
};

struct plan {
	struct edit *v;
	size_t n, cap;
	struct arena *arena;
};

/* Two insertions at one place have no order: they clash too. */
static int clash(const struct edit *a, const struct edit *b)
{
	if (strcmp(a->path, b->path) != 0)
		return 0;
	if (a->e.span.begin == b->e.span.begin)
		return 1;
	return a->e.span.begin < b->e.span.end &&
		b->e.span.begin < a->e.span.end;
}

static int blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What is removed from an otherwise empty line takes the line with it. */
static void take_line(const struct source *src, struct fix_edit *e)
{
	uint32_t begin = e->span.begin, end = e->span.end;

	if (*e->replacement || begin == end)
		return;
	while (begin && blank(src->text[begin - 1]))
		begin--;
	while (blank(src->text[end]) || src->text[end] == '\r')
		end++;
	if ((begin && src->text[begin - 1] != '\n') || src->text[end] != '\n')
		return;
	e->span.begin = begin;
	e->span.end = end + 1;
}

static struct edit make(const struct diag *g, const struct diag_edit *e)
{
	struct sources *s = diag_sources(g->owner);
	const struct source *src = source_get(s, e->edit.span.file);
	struct edit x = {e->edit, s, src->open_path};

	take_line(src, &x.e);
	return x;
}

static int fits(const struct plan *p, const struct diag *g)
{
	for (const struct diag_edit *e = g->edits; e; e = e->next) {
		struct edit x = make(g, e);

		if (strcmp(x.path, "-") == 0)
			return 0;
		/* The newest are the nearest: findings come by place. */
		for (size_t i = p->n; i--;)
			if (clash(&p->v[i], &x))
				return 0;
	}
	return 1;
}

static void plan(struct plan *p, const struct diag *g)
{
	for (const struct diag_edit *e = g->edits; e; e = e->next) {
		arena_grow(p->arena, &p->v, p->n, &p->cap, sizeof(*p->v));
		p->v[p->n++] = make(g, e);
	}
}

static int order(const void *pa, const void *pb)
{
	const struct edit *a = pa, *b = pb;
	int c = strcmp(a->path, b->path);

	if (c)
		return c;
	return a->e.span.begin < b->e.span.begin
		? -1
		: a->e.span.begin > b->e.span.begin;
}

/* One file's edits, in order, over its text. */
static char *rewrite(const struct edit *v, size_t n, size_t *len)
{
	const struct source *src = source_get(v[0].sources, v[0].e.span.file);
	char *text = NULL;
	FILE *m = open_memstream(&text, len);
	size_t at = 0;

	if (!m)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		fwrite(src->text + at, 1, v[i].e.span.begin - at, m);
		fputs(v[i].e.replacement, m);
		at = v[i].e.span.end;
	}
	fwrite(src->text + at, 1, src->len - at, m);
	return fclose(m) ? NULL : text;
}

static int replace(const struct edit *v, size_t n)
{
	const char *err = "out of memory";
	size_t len;
	char *text = rewrite(v, n, &len);
	int failed = !text || write_source(v[0].path, text, len, &err);

	free(text);
	return failed ? cli_io("%s: %s", v[0].path, err) : CLI_OK;
}

/* The number of findings repaired, or -1 (reported). */
static int apply(const struct diag_report *r)
{
	struct plan p = {.arena = r->arena};
	int fixed = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->v[i]->edits && fits(&p, r->v[i])) {
			plan(&p, r->v[i]);
			fixed++;
		}
	if (p.n)
		qsort(p.v, p.n, sizeof(*p.v), order);
	for (size_t i = 0, k; i < p.n; i = k) {
		for (k = i + 1;
			k < p.n && strcmp(p.v[k].path, p.v[i].path) == 0; k++)
			;
		if (replace(p.v + i, k - i))
			return -1;
	}
	return fixed;
}

int fix_run(const struct cli *c, const char *path, struct compilation *out,
	struct diag_report **report)
{
	int repaired = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int status = compile_policy(c, path, out), n = 0;

		if (status)
			return status;
		*report = compile_report(c, out);
		if (cli_has(c, OPT_FIX) && round + 1 < ROUNDS)
			n = apply(*report);
		if (n > 0) {
			repaired += n;
			compile_free(out);
			continue;
		}
		if (n < 0) {
			compile_free(out);
			return CLI_IO;
		}
		break;
	}
	if (repaired)
		fprintf(stderr, "tlsc: %s: repaired %d finding%s\n",
			shown_text(path), repaired, repaired == 1 ? "" : "s");
	return CLI_OK;
}
