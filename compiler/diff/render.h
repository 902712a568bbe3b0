/*
 * The forms of a difference (diff_render of diff.h chooses).
 */
#ifndef COMPILER_DIFF_RENDER_H
#define COMPILER_DIFF_RENDER_H

#include "diff.h"

struct render {
	FILE *o;
	const struct diff *d;
	const struct diff_view *v;
};

enum {
	DIFF_GROUPS_SHOWN = 100,
	DIFF_SUFFIXES_SHOWN = 5,
	DIFF_PATTERNS_SHOWN = 5
};

static inline size_t diff_shown(const struct render *r, size_t n, size_t most)
{
	return r->v->all || n < most ? n : most;
}

/* "mode (2), client-auth, idle (3)": the kinds of rows that are weaker and that
 * nobody has accepted, what matters most first; nothing when there are none. */
void diff_headline(
	FILE *o, const struct diff *d, const char *before, const char *after);

/* human.c, json.c, markdown.c, stubs.c */
void diff_human(const struct render *r);
void diff_json(const struct render *r);
void diff_markdown(const struct render *r);
void diff_stubs(const struct render *r);

#endif
