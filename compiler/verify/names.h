/*
 * Name patterns in the order of their reversed labels, where everything under
 * a name is one run, and walks over one or several such arrays at once.  For
 * canon.c, assert.c, diff.c and witnesses.
 *
 * A pattern's own region is the set of names that match it and nothing more
 * specific; it is never empty (verify.c, "freshness").
 */
#ifndef COMPILER_VERIFY_NAMES_H
#define COMPILER_VERIFY_NAMES_H

#include "compiler/base/model.h"

#define NAMES_NONE 0xffffffffu

/* In sorting order among equal bases. */
enum name_kind { NAME_EXACT, NAME_ANY /* "**." */, NAME_ONE /* "*." */ };

struct name_entry {
	const char *base; /* after "*." or "**."; not NUL-terminated */
	uint32_t value;   /* a list of the model, or what the caller chose */
	uint8_t len, kind;
};

struct names {
	struct name_entry *v;
	size_t n;
};

/* "x", "*.x" or "**.x" taken apart; value is left 0. */
struct name_entry names_entry(const char *key, size_t len);
void names_sort(struct names *s);
int names_cmp(const struct name_entry *a, const struct name_entry *b);
/* The patterns of a frontend, value = list; made once per model. */
const struct names *names_of(struct model *m, uint32_t frontend);

/* Value for a name of no wildcard, or NAMES_NONE. */
uint32_t names_lookup(const struct names *s, const char *name, size_t len);

/*
 * Walking in order.  The walk keeps the wildcards above the current place, so
 * the value there costs no search:
 *	names_at(w, e) is what decides the own region of pattern e: e's value
 *	if the array holds e, else the next less specific pattern's, else NONE.
 * Places must ascend; each place may be asked once.
 */
struct name_frame {
	const char *base;
	uint8_t len;
	uint32_t any, one; /* effective "**." here and below; own "*." */
};
struct name_walk {
	const struct names *s;
	size_t next;
	unsigned depth;
	struct name_frame path[129];
};
void names_walk(struct name_walk *w, const struct names *s);
/* *fallback (may be NULL): what would decide without the entry. */
uint32_t names_at(
	struct name_walk *w, const struct name_entry *e, uint32_t *fallback);
/* Start in the middle: at the first place of the subtree of e's base. */
void names_seek(
	struct name_walk *w, const struct names *s, const struct name_entry *e);
/* Is the base of inner that of outer or under it? */
int names_under(const struct name_entry *inner, const struct name_entry *outer);
/* The next place of several walks, NULL at the end. */
const struct name_entry *names_next(struct name_walk *const *w, size_t n);

/* A name in the own region of e in every array; e NULL: one that nothing
 * matches.  buf of 256 octets. */
const char *names_fresh(const struct names *const *s, size_t n,
	const struct name_entry *e, char *buf);
/* "*.x" as written; buf of 260 octets. */
const char *names_text(const struct name_entry *e, char *buf);

#endif
