/*
 * A unified diff.  What fmt changes is mostly space, so lines correspond
 * nearly one to one: common head and tail are cut off, the rest is aligned by
 * a longest common subsequence, or taken whole when it is very long.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "fmt.h"

#define CONTEXT 3
#define TABLE_MAX ((size_t)4 << 20) /* cells of the alignment */

struct line {
	const char *at;
	size_t len; /* with its newline */
};

struct lines {
	struct line *v;
	size_t n, cap;
};

/* One row of the script: a line of old, of new, or of both. */
struct fmt_row {
	char mark; /* ' ', '-', '+' */
	const struct line *line;
};

struct script {
	struct fmt_row *v;
	size_t n, cap;
};

static void split(
	struct arena *a, struct lines *l, const char *text, size_t len)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) + 1 : len;

		arena_grow(a, &l->v, l->n, &l->cap, sizeof(*l->v));
		l->v[l->n++] = (struct line){text, n};
		text += n;
		len -= n;
	}
}

static int same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

static void emit(
	struct arena *a, struct script *s, char mark, const struct line *line)
{
	arena_grow(a, &s->v, s->n, &s->cap, sizeof(*s->v));
	s->v[s->n++] = (struct fmt_row){mark, line};
}

static void emit_apart(struct arena *a, struct script *s, const struct line *x,
	size_t nx, const struct line *y, size_t ny)
{
	for (size_t i = 0; i < nx; i++)
		emit(a, s, '-', &x[i]);
	for (size_t i = 0; i < ny; i++)
		emit(a, s, '+', &y[i]);
}

/* length[i][j]: of the longest common subsequence of x[i..] and y[j..]. */
static void align(struct arena *a, struct script *s, const struct line *x,
	size_t nx, const struct line *y, size_t ny)
{
	size_t w = ny + 1, i = 0, j = 0;
	uint32_t *length;

	if ((nx + 1) > TABLE_MAX / w) {
		emit_apart(a, s, x, nx, y, ny);
		return;
	}
	length = arena_alloc(a, (nx + 1) * w * sizeof(*length));
	for (i = nx; i-- > 0;)
		for (j = ny; j-- > 0;) {
			uint32_t down = length[(i + 1) * w + j];
			uint32_t right = length[i * w + j + 1];

			length[i * w + j] = same(&x[i], &y[j])
				? length[(i + 1) * w + j + 1] + 1
				: down > right ? down
					       : right;
		}
	i = j = 0;
	while (i < nx && j < ny) {
		if (same(&x[i], &y[j])) {
			emit(a, s, ' ', &x[i]);
			i++;
			j++;
		} else if (length[(i + 1) * w + j] >= length[i * w + j + 1]) {
			emit(a, s, '-', &x[i++]);
		} else {
			emit(a, s, '+', &y[j++]);
		}
	}
	emit_apart(a, s, x + i, nx - i, y + j, ny - j);
}

static void make_script(struct arena *a, struct script *s,
	const struct lines *x, const struct lines *y)
{
	size_t head = 0, tail = 0;

	while (head < x->n && head < y->n && same(&x->v[head], &y->v[head]))
		emit(a, s, ' ', &x->v[head++]);
	while (tail < x->n - head && tail < y->n - head &&
		same(&x->v[x->n - 1 - tail], &y->v[y->n - 1 - tail]))
		tail++;
	align(a, s, x->v + head, x->n - head - tail, y->v + head,
		y->n - head - tail);
	for (; tail; tail--)
		emit(a, s, ' ', &x->v[x->n - tail]);
}

static void print_hunk(FILE *f, const struct script *s, size_t from, size_t to,
	size_t old_line, size_t new_line)
{
	size_t old = 0, fresh = 0;

	for (size_t i = from; i < to; i++) {
		old += s->v[i].mark != '+';
		fresh += s->v[i].mark != '-';
	}
	fprintf(f, "@@ -%zu,%zu +%zu,%zu @@\n", old_line + (old > 0), old,
		new_line + (fresh > 0), fresh);
	for (size_t i = from; i < to; i++) {
		const struct line *l = s->v[i].line;

		putc(s->v[i].mark, f);
		fwrite(l->at, 1, l->len, f);
		if (l->at[l->len - 1] != '\n')
			fputs("\n\\ No newline at end of file\n", f);
	}
}

/* The end of the hunk whose first change is at row i: changes that are less
 * than two contexts apart share one. */
static size_t hunk_end(const struct script *s, size_t i)
{
	size_t last = i;

	for (; i < s->n && i - last <= 2 * CONTEXT; i++)
		if (s->v[i].mark != ' ')
			last = i;
	return last + 1 + CONTEXT < s->n ? last + 1 + CONTEXT : s->n;
}

static void print_script(FILE *f, const struct script *s)
{
	size_t old_line = 0, new_line = 0, done = 0;

	for (size_t i = 0; i < s->n; i++) {
		size_t from, to;

		if (s->v[i].mark == ' ')
			continue;
		from = i > CONTEXT ? i - CONTEXT : 0;
		for (; done < from; done++) {
			old_line += s->v[done].mark != '+';
			new_line += s->v[done].mark != '-';
		}
		to = hunk_end(s, i);
		print_hunk(f, s, from, to, old_line, new_line);
		i = to - 1;
	}
}

void fmt_diff(FILE *f, struct arena *a, const char *path, const char *old,
	size_t old_len, const char *new_, size_t new_len)
{
	struct lines x = {NULL, 0, 0}, y = {NULL, 0, 0};
	struct script s = {NULL, 0, 0};

	if (old_len == new_len && memcmp(old, new_, old_len) == 0)
		return;
	split(a, &x, old, old_len);
	split(a, &y, new_, new_len);
	make_script(a, &s, &x, &y);
	path = shown_text(path);
	fprintf(f, "--- %s\n+++ %s\n", path, path);
	print_script(f, &s);
}
