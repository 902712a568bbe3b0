/*
 * Scanning for the formatter: the parser's scanner, which adds to each token
 * what the parser does not need: comments, line ends, matching braces.
 */
#include "fmt_tokens.h"

#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/terminal.h"
#include "parse.h"
#include "text.h"

uint32_t fmt_breaks(const struct fmt_tokens *t, uint32_t from, uint32_t to)
{
	uint32_t n = 0;

	for (; from < to; from++)
		n += t->text[from] == '\n';
	return n;
}

static void add(struct arena *a, struct fmt_tokens *t, int code, struct span at)
{
	struct fmt_token *k;

	arena_grow(a, &t->v, t->n, &t->cap, sizeof(*t->v));
	k = &t->v[t->n];
	*k = (struct fmt_token){.text = t->text + at.begin,
		.len = at.end - at.begin,
		.code = code,
		.begin = at.begin,
		.end = at.end};
	k->width = (uint32_t)terminal_length(k->text, k->len);
}

static void match_braces(struct arena *a, struct fmt_tokens *t)
{
	uint32_t *open = arena_alloc(a, (t->n + 1) * sizeof(*open));
	size_t depth = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].code == '{')
			open[depth++] = (uint32_t)i;
		if (t->v[i].code == '}' && depth) {
			t->v[i].match = open[--depth];
			t->v[open[depth]].match = (uint32_t)i;
		}
	}
}

static void place_comments(struct fmt_tokens *t, struct comment *c)
{
	uint32_t before = 0;

	for (size_t i = 0; i <= t->n; i++) {
		struct fmt_token *k = &t->v[i];
		struct comment *last = NULL;

		for (; c && c->span.begin < k->begin; c = c->next) {
			if (!last)
				k->comment = c;
			last = c;
		}
		k->breaks =
			fmt_breaks(t, last ? last->span.end : before, k->begin);
		before = k->end;
		/* The list of one gap ends with the gap. */
		if (last)
			last->next = NULL;
	}
}

void fmt_tokens(struct arena *a, const struct source *src, uint32_t file,
	struct fmt_tokens *out)
{
	struct parse p = {.arena = a,
		.file = file,
		.base = src->text,
		.len = src->len,
		.mute = 1,
		.strings_to = UINT32_MAX};
	struct comment *comments;
	struct token token;
	struct span at;
	int code;

	*out = (struct fmt_tokens){.text = src->text};
	p.comments_tail = &p.comments;
	policy_scan_begin(&p, text_bom(src->text, src->len));
	while ((code = policy_scan(&p, &token, &at)) != 0) {
		add(a, out, code, at);
		out->n++;
	}
	policy_scan_end(&p);
	at = (struct span){file, (uint32_t)src->len, (uint32_t)src->len};
	add(a, out, 0, at);
	comments = p.comments;
	match_braces(a, out);
	place_comments(out, comments);
}

int fmt_is(const struct fmt_token *t, const char *word)
{
	return strlen(word) == t->len && memcmp(t->text, word, t->len) == 0;
}

static int is_tight(const struct fmt_token *t)
{
	return t->code == ',' || t->code == ';';
}

size_t fmt_width(const struct fmt_tokens *t, size_t from, size_t to)
{
	size_t width = 0;

	for (size_t i = from; i < to; i++)
		width += t->v[i].width + (i > from && !is_tight(&t->v[i]));
	return width;
}

int fmt_is_broken(const struct fmt_tokens *t, size_t from, size_t to)
{
	for (size_t i = from + 1; i <= to; i++)
		if (t->v[i].comment || t->v[i].breaks)
			return 1;
	return 0;
}

int fmt_is_list(const struct fmt_tokens *t, size_t first, size_t i)
{
	const struct fmt_token *v = t->v;

	if (i < first + 2)
		return 0;
	if (v[i - 1].code == '=')
		return 1;
	if (fmt_is(&v[i - 1], "names"))
		return v[i - 2].code == '=';
	if (fmt_is(&v[i - 1], "in"))
		return fmt_is(&v[i - 2], "source");
	return fmt_is(&v[i - 1], "from") && fmt_is(&v[i - 2], "accept-proxy");
}

size_t fmt_statement_end(const struct fmt_tokens *t, size_t i)
{
	size_t first = i;

	while (i < t->n) {
		if (t->v[i].code == ';')
			return i + 1;
		if (t->v[i].code != '{') {
			i++;
			continue;
		}
		if (!fmt_is_list(t, first, i) && !fmt_is(&t->v[first], "test"))
			return t->v[i].match + 1;
		i = t->v[i].match + 1;
	}
	return i;
}
