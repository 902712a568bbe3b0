/*
 * The semantic difference of two models: which queries are decided differently,
 * grouped by what differs, counted in name patterns, with one witness each; and
 * what else differs.  What can differ, and which direction is weaker:
 * weaken.def.
 */
#ifndef COMPILER_DIFF_H
#define COMPILER_DIFF_H

#include <stdio.h>

#include "compiler/base/model.h"
#include "compiler/diag/diag.h"

enum weaken_id {
#define WEAKEN(id, word, keywords, rule) WEAKEN_##id,
#include "weaken.def"
	WEAKEN_COUNT
};
const char *diff_weaken_word(enum weaken_id id);
/* WEAKEN_COUNT when there is none. */
enum weaken_id diff_weaken_find(const char *word, size_t len);

/* One dimension in which something differs. */
struct diff_row {
	enum weaken_id kind;
	const char *old, *new_; /* NULL: there was, or is, none */
	const char *why;        /* why it is weaker, or NULL */
	const char *accepted;   /* by whom and why (accept.h), or NULL */
};
struct diff_rows {
	struct diff_row *v;
	size_t n, cap;
};

/* Names under one suffix. */
struct diff_suffix {
	const char *text;
	size_t n;
};

struct diff_group {
	const char *from, *to; /* "offload to shop", "reject close", ... */
	const char *changed;   /* "ciphers, idle": the words of its rows */
	size_t names;          /* name patterns (and arms) concerned */
	int weaker;            /* some row is */
	int let_in;            /* some client gets past its ClientHello */
	const char *weakened;  /* why, of weaker */
	struct diff_rows rows;
	VEC(struct diff_suffix) suffixes; /* most names first */
	VEC(const char *)
	patterns;                  /* all of a few, or with
	                             * diff_options.names; else wildcards */
	VEC(const char *) sources; /* networks; none: any source */
	int all_but;               /* any source but these */
	size_t sources_more;       /* networks left out of these */
	const char *only;    /* which of their clients, where; NULL: all */
	int untold;          /* only leaves some out */
	const char *clients; /* networks and only, as one text; or NULL */
	const char *arm;     /* "no-sni", "malformed": the witness's, when
	                          * it has no name; else NULL */
	struct witness witness;
	const char *from_file, *to_file; /* deciding clauses */
	uint32_t from_line, to_line;
};

/* What differs and is not a decision. */
struct diff_item {
	const char *of; /* "edge", "route pay of edge"; may be "" */
	struct diff_row row;
	VEC(const char *) patterns; /* of names; none: not about names */
	const char *file;           /* its place, in the old policy if gone */
	uint32_t line;
};

/* What cannot be compared, and why. */
struct diff_unjudged {
	enum weaken_id kind;
	const char *of, *why;
	int elsewhere; /* neither side has it: no change of theirs touches it */
};

struct diff {
	VEC(struct diff_group)
	groups; /* what is weaker first, then most names */
	VEC(struct diff_item) items;
	VEC(struct diff_unjudged) unjudged;
	size_t elsewhere; /* how many of them are */
	size_t settings;  /* items that change what happens to a connection */
};

struct diff_options {
	int no_fs;    /* do not read the files of CAs and CRLs */
	int names;    /* keep every name, network and server */
	int left_out; /* other values of enumerations are not compared */
};

/* The arena and both models must outlive the result. */
struct diff *diff_models(struct arena *a, struct model *old, struct model *new_,
	const struct diff_options *o);
/* No decision differs. */
int diff_empty(const struct diff *d);
/* Nothing differs at all. */
int diff_same(const struct diff *d);
/* How many rows are weaker and not accepted. */
size_t diff_weaker(const struct diff *d);

/* "a, b" with one part more, unless it is there; list NULL: none yet. */
const char *diff_joined(struct arena *a, const char *list, const char *part);

/* How it is shown. */
struct diff_view {
	const char *format;     /* "human", "json" (format version 1.0),
	                         * "markdown" or "accept" */
	const char *old, *new_; /* the names of the two sides */
	const char *today;      /* "2027-03-31", for "accept" */
	int all;                /* nothing is left out of what people read */
};
/* 0, or -1 for another format. */
int diff_render(FILE *out, const struct diff *d, const struct diff_view *v);

#endif
