/*
 * A policy as the formatter sees it: tokens with the comments between them.
 */
#ifndef COMPILER_FMT_TOKENS_H
#define COMPILER_FMT_TOKENS_H

#include "ast.h"

struct fmt_token {
	const char *text; /* in the source */
	uint32_t len;
	uint32_t width; /* in characters */
	int code;       /* the scanner's; '{', '}', ';', ',' matter */
	uint32_t match; /* of a brace: the other one's index */
	uint32_t begin, end;
	struct comment *comment; /* the first one before this token, or NULL */
	uint32_t breaks; /* line ends between this and the token before */
};

struct fmt_tokens {
	struct fmt_token *v; /* n tokens and one for the end, code 0 */
	size_t n, cap;
	const char *text; /* the whole source */
};

/* The file must be free of syntax errors. */
void fmt_tokens(struct arena *a, const struct source *src, uint32_t file,
	struct fmt_tokens *out);
int fmt_is(const struct fmt_token *t, const char *word);
/* Characters of tokens [from, to) on one line. */
size_t fmt_width(const struct fmt_tokens *t, size_t from, size_t to);
/* Is there a comment or a line end inside [from, to]? */
int fmt_is_broken(const struct fmt_tokens *t, size_t from, size_t to);
/* Index after the statement that begins at i. */
size_t fmt_statement_end(const struct fmt_tokens *t, size_t i);
/* Is the brace at i one of a list of values, not of statements? */
int fmt_is_list(const struct fmt_tokens *t, size_t first, size_t i);
/* Line ends in [from, to) of the source. */
uint32_t fmt_breaks(const struct fmt_tokens *t, uint32_t from, uint32_t to);

#endif
