/*
 * Reads a file of accepted rows (accept.h), by hand: there are a dozen words,
 * and an error ends it, because half a review is not a review.
 */
#include <ctype.h>
#include <string.h>

#include "accept.h"
#include "compiler/base/arena.h"
#include "compiler/base/literal.h"

enum token { END, WORD, STRING, COMMA, SEMICOLON, BAD };

struct accept_reader {
	struct arena *a;
	const char *path, *at, *end;
	uint32_t line;
	enum token token;
	const char *text; /* of a word or string */
	const char *err;
};

static int fail(struct accept_reader *r, const char *what)
{
	if (!r->err)
		r->err =
			arena_printf(r->a, "%s:%u: %s", r->path, r->line, what);
	return -1;
}

static void skip(struct accept_reader *r)
{
	for (; r->at < r->end; r->at++) {
		if (*r->at == '#')
			while (r->at < r->end && *r->at != '\n')
				r->at++;
		if (r->at == r->end || !isspace((unsigned char)*r->at))
			return;
		r->line += *r->at == '\n';
	}
}

/* \" and \\ mean the second character. */
static enum token string(struct accept_reader *r)
{
	char *out = arena_alloc(r->a, (size_t)(r->end - r->at) + 1);
	size_t n = 0;

	for (r->at++; r->at < r->end && *r->at != '"'; r->at++) {
		if (*r->at == '\n' || *r->at == '\0')
			break;
		if (*r->at == '\\' && r->at + 1 < r->end)
			r->at++;
		out[n++] = *r->at;
	}
	if (r->at == r->end || *r->at != '"') {
		fail(r, "a string is not closed on its line");
		return BAD;
	}
	r->at++;
	r->text = out;
	return STRING;
}

static enum token word(struct accept_reader *r)
{
	const char *from = r->at;

	while (r->at < r->end &&
		(isalnum((unsigned char)*r->at) || *r->at == '-'))
		r->at++;
	if (from == r->at) {
		fail(r, "this is not a word, string, comma or semicolon");
		return BAD;
	}
	r->text = arena_strndup(r->a, from, (size_t)(r->at - from));
	return WORD;
}

static void next(struct accept_reader *r)
{
	skip(r);
	if (r->at == r->end) {
		r->token = END;
	} else if (*r->at == ',' || *r->at == ';') {
		r->token = *r->at++ == ',' ? COMMA : SEMICOLON;
	} else {
		r->token = *r->at == '"' ? string(r) : word(r);
	}
}

static int is(const struct accept_reader *r, const char *text)
{
	return r->token == WORD && strcmp(r->text, text) == 0;
}

static int take_string(struct accept_reader *r, const char **out)
{
	if (r->token != STRING)
		return fail(r, "a string in quotes is missing");
	*out = r->text;
	next(r);
	return 0;
}

static int kinds(struct accept_reader *r, struct accept *x)
{
	while (r->token == WORD) {
		enum weaken_id id = diff_weaken_find(r->text, strlen(r->text));

		if (id == WEAKEN_COUNT)
			break;
		x->kinds |= (uint64_t)1 << id;
		next(r);
	}
	return x->kinds ? 0
			: fail(r,
				  "the kinds of rows are missing ('tlsc diff' "
				  "shows them)");
}

static int names(struct accept_reader *r, struct accept *x)
{
	do {
		const char *text = NULL;

		next(r);
		if (take_string(r, &text))
			return -1;
		arena_grow(r->a, &x->names.v, x->names.n, &x->names.cap,
			sizeof(*x->names.v));
		x->names.v[x->names.n++] = text;
	} while (r->token == COMMA);
	return 0;
}

static int side(struct accept_reader *r, const char **text, int *said)
{
	next(r);
	*said = 1;
	if (!is(r, "none"))
		return take_string(r, text);
	next(r);
	return 0;
}

static int date(struct accept_reader *r, int64_t *days, const char **text)
{
	struct literal_why w;

	next(r);
	if (r->token != WORD || literal_date(r->text, days, &w))
		return fail(r, "a date such as 2027-03-31 is missing");
	*text = r->text;
	next(r);
	return 0;
}

static int text_of(struct accept_reader *r, const char **text)
{
	next(r);
	return take_string(r, text);
}

/* Which of two would count is not for the reader to guess. */
static int said(const struct accept_reader *r, const struct accept *x)
{
	return (x->of && is(r, "of")) || (x->old_said && is(r, "old")) ||
		(x->clients && is(r, "clients")) ||
		(x->with && is(r, "with")) || (x->new_said && is(r, "new")) ||
		(x->on_text && is(r, "on")) || (x->until && is(r, "until")) ||
		(x->reason && is(r, "reason"));
}

static int part(struct accept_reader *r, struct accept *x)
{
	const char *until;

	if (is(r, "names"))
		return names(r, x);
	if (said(r, x))
		return fail(
			r, arena_printf(r->a, "%s is given twice", r->text));
	if (is(r, "of"))
		return text_of(r, &x->of);
	if (is(r, "clients"))
		return text_of(r, &x->clients);
	if (is(r, "with"))
		return text_of(r, &x->with);
	if (is(r, "old"))
		return side(r, &x->old, &x->old_said);
	if (is(r, "new"))
		return side(r, &x->new_, &x->new_said);
	if (is(r, "on"))
		return date(r, &x->on, &x->on_text);
	if (is(r, "until"))
		return date(r, &x->until, &until);
	if (is(r, "reason"))
		return text_of(r, &x->reason);
	return fail(r,
		"expected names, clients, of, with, old, new, on, "
		"until, reason or ;");
}

static int complete(
	struct accept_reader *r, const struct accept *x, int64_t today)
{
	if (!x->names.n && !x->of)
		return fail(r, "'names' or 'of' is missing");
	if (!x->on_text)
		return fail(r, "'on' with the date of acceptance is missing");
	if (x->on > today)
		return fail(r, "the date of 'on' is in the future");
	if (!x->reason || !x->reason[strspn(x->reason, " \t\r.-?")])
		return fail(r, "'reason' is missing");
	return 0;
}

static int statement(struct accept_reader *r, struct accepts *out)
{
	struct accept x = {.line = r->line};

	if (!is(r, "accept"))
		return fail(r, "a statement begins with 'accept'");
	next(r);
	if (kinds(r, &x))
		return -1;
	while (r->token != SEMICOLON)
		if (part(r, &x))
			return -1;
	if (complete(r, &x, out->today))
		return -1;
	next(r);
	arena_grow(r->a, &out->v.v, out->v.n, &out->v.cap, sizeof(*out->v.v));
	out->v.v[out->v.n++] = x;
	return 0;
}

int accept_parse(struct arena *a, const char *path, const char *text,
	size_t len, int64_t today, struct accepts *out, const char **err)
{
	struct accept_reader r = {
		.a = a, .path = path, .at = text, .end = text + len, .line = 1};

	*out = (struct accepts){.path = path, .today = today};
	next(&r);
	while (!r.err && r.token != END)
		statement(&r, out);
	*err = r.err;
	return r.err ? -1 : 0;
}
