/*
 * DNS names and name patterns: from what a policy or a map writes to what the
 * table holds (lower-case A-labels, no trailing dot; "*.x" and "**.x").
 */
#ifndef COMPILER_NAME_H
#define COMPILER_NAME_H

#include <stddef.h>
#include <stdint.h>

#define NAME_MAX_OCTETS 253 /* TBL_NAME_MAX */
/* The verifier needs fresh names under every wildcard (names_fresh). */
#define NAME_MAX_WILD_SUFFIX 240

enum name_result {
	NAME_AS_IS,     /* the text already is the stored form */
	NAME_LOWERED,   /* only its case differed */
	NAME_CONVERTED, /* U-labels became A-labels */
	NAME_BAD,
};

struct name_why {
	char why[160];
	char help[160]; /* may be empty */
	int underscore; /* a good name, but with an underscore in it */
};

/*
 * Reads one pattern.  buf receives the stored form and a NUL unless the result
 * is NAME_AS_IS (then it is untouched and the text itself may be kept) or
 * NAME_BAD (then w says why).  *out_len is the stored form's length.
 */
enum name_result name_pattern(const char *text, size_t len, char buf[256],
	size_t *out_len, struct name_why *w);
/* The same for a host name: no wildcard. */
enum name_result name_host(const char *text, size_t len, char buf[256],
	size_t *out_len, struct name_why *w);

/* 0: exact; 1: "*.x"; 2: "**.x". */
unsigned name_kind(const char *key, size_t len);
/* Octets of the wildcard mark: 0, 2 or 3. */
size_t name_mark(const char *key, size_t len);
/* Does the pattern match the whole of another pattern's (or name's) names?
 * Both in stored form. */
int name_covers(const char *outer, size_t outer_len, const char *inner,
	size_t inner_len);

#endif
