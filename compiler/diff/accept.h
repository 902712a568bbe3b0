/*
 * Weaker rows that somebody has reviewed: --accept FILE.  Statements of
 *	accept KIND ... (names "PATTERN", ... [clients "TEXT"] | of "TEXT")
 *		[with "PARAM=VALUE, ..."] [old "TEXT" | none]
 *		[new "TEXT" | none] on DATE [until DATE] reason "TEXT";
 * and comments from # to the end of the line; tlsc(1) has the meaning.
 */
#ifndef COMPILER_DIFF_ACCEPT_H
#define COMPILER_DIFF_ACCEPT_H

#include "diff.h"

struct accept {
	uint64_t kinds; /* bits of weaken_id */
	VEC(const char *) names;
	const char *of, *old, *new_; /* or NULL */
	const char *clients, *with;  /* or NULL: any */
	int old_said, new_said;      /* NULL then means "none" */
	int64_t on, until;           /* days since 1970; until 0: for ever */
	const char *on_text, *reason;
	uint32_t line;
	unsigned used;
};

struct accepts {
	const char *path;
	int64_t today;
	VEC(struct accept) v;
};

/* accept_read.c: 0, or -1 with *err in words ("rows.txt:3: ..."). */
int accept_parse(struct arena *a, const char *path, const char *text,
	size_t len, int64_t today, struct accepts *out, const char **err);
/* Marks rows, and forgets the verdicts of groups without an open one; new_ is
 * the new side of d. */
struct model;
void accept_apply(struct arena *a, struct accepts *s, struct diff *d,
	const struct model *new_);
/* Says which accept nothing, or have ended. */
void accept_stale(FILE *o, const struct accepts *s);

#endif
