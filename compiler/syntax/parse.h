/*
 * What the scanner, the parser and the token filter share while one file is
 * parsed.  Only grammar/policy.l, grammar/policy.y and parse.c include this.
 */
#ifndef COMPILER_PARSE_H
#define COMPILER_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "ast.h"
#include "compiler/diag/diag.h"

/* A token's text: in the source, without the quotes of a string. */
struct token {
	const char *text;
	uint32_t len;
};

/* A token put in or taken for another at an offset, so that one slip does not
 * hide the faults after it. */
struct repair {
	uint32_t at;
	int code;
	const char *replace; /* the keyword meant, or NULL */
};

#define REPAIR_DROP (-1) /* as a code: the token there is left out */

#define PARSE_REPAIRS_MAX 32
#define PARSE_NESTING_MAX 64 /* braces remembered for messages */
#define PARSE_TOKENS_MAX 160 /* kinds of tokens, at most */
#define PARSE_SHOWN_MAX 40   /* syntax errors told one by one, per file */

struct parse {
	struct arena *arena;
	struct diags *diags;
	uint32_t file;
	const char *base;
	size_t len;
	void *scanner;

	struct ast_seq items; /* the root's children */
	struct comment *comments, **comments_tail;

	/* The filter's state: the last token delivered and the nesting. */
	int last_code, before_last_code, held_code;
	struct token last_token;
	struct span last, before_last, held;
	struct token held_token;
	struct span open[PARSE_NESTING_MAX];
	uint32_t depth;
	struct span odd_open, odd_close; /* see parse_block.c; empty: none */
	int astray; /* words outside their block have had their word */
	int recovering, recover_now, end_steps, at_end, end_told;
	uint32_t target; /* depth at which recovery may end */

	struct repair repairs[PARSE_REPAIRS_MAX];
	unsigned repair_count, repair_next;
	int repairing; /* a repair was just noted: begin again */

	/* Faults, over all passes: each offset is complained of once. */
	uint32_t reported_to, strings_to; /* faults before these are known */
	int mute;
	unsigned shown, hidden;
	struct span first_hidden;
};

/* A syntax fault as the parser sees it, in the grammar's words. */
struct expected {
	const char *name; /* "when", "';'", "a name" */
	int code;         /* the token's code */
};

/* Called by the scanner. */
void parse_comment(struct parse *p, struct span at);
void parse_string(struct parse *p, struct span at);
void parse_complain(struct parse *p, struct span at, const char *what);
/* The same, and the parser's code for "recover without another word". */
int parse_fault(struct parse *p, struct span at, const char *what);

/* Of n octets that begin with a quote and have no other: how many are the
 * string's, without `;`, `{`, `}` and a comment at the end of the line.  At
 * least 1. */
size_t parse_string_end(const char *text, size_t n);

/* The scanner, begun and ended once a pass; 0 is the end, 256 a fault that was
 * told already. */
void policy_scan_begin(struct parse *p, size_t skip);
int policy_scan(struct parse *p, struct token *token, struct span *at);
void policy_scan_end(struct parse *p);

/* The parser (bison's); its result says nothing. */
int policy_yyparse(struct parse *p);

/* Called by the parser: the next code after the filter. */
int parse_next(struct parse *p, struct token *token, struct span *at);
/* One syntax error: the filter's last token is not among the n expected. */
void parse_unexpected(
	struct parse *p, const struct expected *expected, size_t n);
/* No more faults of this file are told. */
int parse_quiet(const struct parse *p);
void parse_too_deep(struct parse *p);
/* `policy N;`: what follows in an unknown edition is not ours to judge. */
void parse_edition(struct parse *p, struct token number);
/* Recovery has reached a `;` or `}`. */
void parse_recovered(struct parse *p);

#endif
