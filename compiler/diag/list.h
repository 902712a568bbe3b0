/*
 * The collector's internals, for diag.c and the printers only: what one
 * diagnostic holds, what -W asked for, and the finished, sorted list that all
 * formats print.
 */
#ifndef COMPILER_DIAG_LIST_H
#define COMPILER_DIAG_LIST_H

#include "diag.h"

struct diag_label {
	struct span span;
	const char *text;
	struct diag_label *next;
};

struct diag_text {
	const char *text;
	struct diag_text *next;
};

struct diag_edit {
	struct fix_edit edit;
	struct diag_edit *next;
};

struct diag {
	struct diags *owner;
	enum diag_id id;
	enum diag_level level; /* effective */
	struct span span;
	uint32_t seq; /* order of arrival */
	int closed;   /* its file's text is not to be shown */
	int muted;    /* beyond the bounds or a repetition: decorations
	                        * are dropped */
	const char *message;
	const char *caret; /* or NULL */
	struct diag_label *labels;
	struct diag_text *notes, *helps;
	struct witness *witness;
	struct diag_edit *edits;
};

/* What -W changes: DIAG_KEEP or a level per id. */
#define DIAG_KEEP (-1)
struct diag_rules {
	signed char level[DIAG_COUNT];
	uint8_t no_allow[DIAG_COUNT]; /* allow of this id holds for nothing */
};

void diag_rules_init(struct diag_rules *r);
/* "TC0301", "no-TC0301", "error=all", ...: the argument of -W.  NULL, or a
 * complaint. */
const char *diag_rules_set(struct diag_rules *r, const char *arg);
/* "TC0505,TC0504", names too; "" is all: the argument of --no-allow.  NULL, or
 * a complaint about what *at then begins with. */
const char *diag_rules_no_allow(
	struct diag_rules *r, const char *ids, const char **at);
/* Call before the first phase. */
void diag_apply_rules(struct diags *d, const struct diag_rules *r);

/* At most this many of one id are kept whole; the rest are counted. */
#define DIAGS_KEPT 5000

/* A finished run. */
struct diag_report {
	struct arena *arena;
	struct diag **v; /* by file and place; IGNORED ones are absent */
	size_t n;
	size_t left_out; /* counted below but not kept in v */
	size_t errors, warnings, notes;
};

/* Applies the allows, reports stale and expired ones (TC0206), sorts.  today
 * is in days since 1970-01-01.  An allow can be called useless only when its
 * lint ran: incomplete says that phases were skipped, no_fs that the
 * certificate family (TC04xx) was. */
struct diag_report *diag_finish(
	struct diags *d, int64_t today, int incomplete, int no_fs);

/* Several runs of one policy: an allow that one of them needs is of use in all.
 * Before diag_finish of any. */
void diag_share_allows(struct diags *const *v, size_t n, int64_t today);

/* A span as people and tools count: 1-based lines, columns in characters
 * (Unicode code points); end_column is the one after the last.  file 0: path is
 * NULL. */
struct diag_place {
	const char *path;
	uint32_t line, column, end_line, end_column;
};
struct diag_place diag_place(const struct diag *g, struct span span);
struct sources *diag_sources(const struct diags *d);

/* Several finished runs as one (tlsc check A B): in the order given, a fault of
 * a file that two of them include once. */
struct diag_report *diag_report_merge(
	struct arena *a, struct diag_report *const *v, size_t n);

/* What makes a finding the same in two runs. */
uint64_t diag_identity(const struct diag *g);
/* Is it about something that other values of parameters may change?  And remove
 * the note that says so. */
int diag_may_vary(const struct diag *g);
void diag_never_varies(struct diag *g);

/* One number per finding: id, path and text of the line. */
uint64_t *diag_fingerprints(struct arena *a, struct diag *const *v, size_t n);

/* "error", "warning", "note" */
const char *diag_level_word(enum diag_level level);

/* The query as one line: sni "x" source 192.0.2.1 alpn (none) tls 1.3 */
const char *diag_witness_text(struct arena *a, const struct witness *w);

struct diag_style {
	int color;
	size_t max; /* diagnostics shown to people; 0 = all */
};

typedef void diag_print_fn(
	FILE *f, const struct diag_report *r, const struct diag_style *style);

struct diag_format {
	const char *name;
	diag_print_fn *print;
	int for_people; /* goes to standard error unless a report asks */
};
/* NULL when there is none of that name. */
const struct diag_format *diag_format_find(const char *name);
extern const struct diag_format diag_formats[]; /* ends with name NULL */

/* The most severe `max` of the list, still by place (all when max is 0). */
size_t diag_select(
	const struct diag_report *r, size_t max, struct diag ***chosen);

diag_print_fn diag_human, diag_short, diag_json, diag_sarif, diag_github,
	diag_gitlab, diag_checkstyle, diag_junit;

#endif
