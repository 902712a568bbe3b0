/*
 * Answers of several pairs (shows.h).  For people each text is printed once,
 * with the values that lead to it; in JSON the others are members of the first;
 * statements to accept are a set.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compiler/base/arena.h"
#include "compiler/base/json_out.h"
#include "compiler/base/shown.h"
#include "render.h"
#include "shows.h"

void shows_begin(struct shows *s, const struct cli *c)
{
	const char *format = cli_value(c, OPT_FORMAT);
	time_t now = (time_t)c->options.now;
	struct tm t;

	*s = (struct shows){.c = c, .format = format ? format : "human"};
	gmtime_r(&now, &t);
	strftime(s->today, sizeof(s->today), "%Y-%m-%d", &t);
}

int shows_add(struct shows *s, const struct diff *d, const char *old,
	const char *new_, const char *with)
{
	struct diff_view v = {
		s->format, old, new_, s->today, cli_has(s->c, OPT_ALL)};
	char *text = NULL;
	size_t len = 0;
	FILE *m = open_memstream(&text, &len);
	int bad = m ? diff_render(m, d, &v) : -1;

	if (m && fclose(m) == 0 && !bad) {
		arena_grow(s->c->arena, &s->v.v, s->v.n, &s->v.cap,
			sizeof(*s->v.v));
		s->v.v[s->v.n++] = (struct show){with,
			arena_strndup(s->c->arena, text, len), diff_same(d)};
	}
	free(text);
	return bad;
}

/* The earlier one that says the same, or i itself. */
static size_t first_like(const struct shows *s, size_t i)
{
	size_t k = 0;

	while (strcmp(s->v.v[k].text, s->v.v[i].text) != 0)
		k++;
	return k;
}

static void heading(const struct shows *s, size_t i, FILE *out)
{
	const char *word =
		strcmp(s->format, "markdown") == 0 ? "\n**With " : "\nwith ";

	fputs(word, out);
	for (size_t k = i; k < s->v.n; k++)
		if (first_like(s, k) == i)
			fprintf(out, "%s%s", k == i ? "" : "; and with ",
				shown_text(s->v.v[k].with));
	fputs(strcmp(s->format, "markdown") == 0 ? ":**\n\n" : ":\n", out);
}

static void for_people(const struct shows *s, FILE *out)
{
	fputs(s->v.v[0].text, out);
	for (size_t i = 1; i < s->v.n; i++)
		if (!s->v.v[i].same && first_like(s, i) == i) {
			heading(s, i, out);
			fputs(s->v.v[i].text, out);
		}
}

/* Objects end in "}\n". */
static void object(const char *text, FILE *out)
{
	fwrite(text, 1, strlen(text) - 2, out);
}

static void as_json(const struct shows *s, FILE *out)
{
	object(s->v.v[0].text, out);
	for (size_t i = 1; i < s->v.n; i++) {
		fputs(i == 1 ? ",\n \"variants\": [\n{\"with\": "
			     : ",\n{\"with\": ",
			out);
		json_put(out, s->v.v[i].with);
		fputs(", \"diff\": ", out);
		object(s->v.v[i].text, out);
		fputs("}}", out);
	}
	fputs(s->v.n > 1 ? "]}\n" : "}\n", out);
}

/* Where the statement at text ends. */
static const char *next(const char *text)
{
	const char *end = strstr(text, "\naccept ");

	return end ? end + 1 : text + strlen(text);
}

static int said(const struct shows *s, size_t i, const char *at, size_t n)
{
	for (size_t k = 0; k <= i; k++)
		for (const char *p = s->v.v[k].text; *p; p = next(p)) {
			if (p == at)
				return 0;
			if ((size_t)(next(p) - p) == n && !memcmp(p, at, n))
				return 1;
		}
	return 0;
}

static int is_said(const char *text, const char *at, size_t n)
{
	for (const char *p = text; *p; p = next(p))
		if ((size_t)(next(p) - p) == n && !memcmp(p, at, n))
			return 1;
	return 0;
}

/* Of whatever values are in force? */
static int always(const struct shows *s, const char *at, size_t n)
{
	for (size_t i = 0; i < s->v.n; i++)
		if (!is_said(s->v.v[i].text, at, n))
			return 0;
	return 1;
}

/* The values of the new side; NULL: those in force by themselves. */
static const char *values(const char *with)
{
	const char *new_ = strstr(with, "; new: ");

	return new_ ? new_ + 7 : strchr(with, '=') ? with : NULL;
}

/* What is true with some values is accepted for these. */
static void for_values(
	const struct shows *s, const char *at, size_t n, FILE *out)
{
	const char *on = at;

	for (const char *p = at; (p = strstr(p, "\n  on ")) && p < at + n; p++)
		on = p;
	for (size_t i = 0; i < s->v.n; i++) {
		const char *with = values(s->v.v[i].with);

		if (!with || !is_said(s->v.v[i].text, at, n))
			continue;
		fwrite(at, 1, (size_t)(on - at), out);
		fprintf(out, "\n  with \"%s\"", with);
		fwrite(on, 1, n - (size_t)(on - at), out);
	}
}

static int nameable(const struct shows *s, const char *at, size_t n)
{
	for (size_t i = 0; i < s->v.n; i++)
		if (values(s->v.v[i].with) && is_said(s->v.v[i].text, at, n))
			return 1;
	return 0;
}

static void as_statements(const struct shows *s, FILE *out)
{
	for (size_t i = 0; i < s->v.n; i++)
		for (const char *p = s->v.v[i].text; *p; p = next(p)) {
			size_t n = (size_t)(next(p) - p);

			if (said(s, i, p, n))
				continue;
			if (always(s, p, n) || !nameable(s, p, n))
				fwrite(p, 1, n, out);
			else
				for_values(s, p, n, out);
		}
}

void shows_end(const struct shows *s, FILE *out)
{
	if (strcmp(s->format, "json") == 0)
		as_json(s, out);
	else if (strcmp(s->format, "accept") == 0)
		as_statements(s, out);
	else
		for_people(s, out);
}
