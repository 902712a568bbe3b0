/*
 * Diagnostics: collected during the run, printed once at its end in the
 * formats asked for.  Ids are rows of diag.def; severities are defaults that
 * -W and allow change.  The collector never prints and never exits.
 */
#ifndef COMPILER_DIAG_H
#define COMPILER_DIAG_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "compiler/base/source.h"

enum diag_level {
	DIAG_IGNORED,
	DIAG_NOTE,
	DIAG_WARNING,
	DIAG_DENY,
	DIAG_ERROR
};

/* One per row of diag.def: DIAG_TC0101 and so on. */
enum diag_id {
	DIAG_NONE,
#define DIAG(id, name, level, fixable, meaning) DIAG_##id,
#include "diag.def"
	DIAG_COUNT
};

/* A query that shows the fault: printed by people's and machine formats. */
struct witness {
	const char *listener; /* frontend's name */
	const char *sni;      /* NULL: no SNI */
	const char *source;   /* address text */
	const char *const *alpn;
	unsigned alpn_count;
	const char *tls;      /* "1.3", ... */
	const char *leads_to; /* free text after "->", or NULL */
};

/* One textual edit; an empty span inserts. */
struct fix_edit {
	struct span span;
	const char *replacement;
};

struct diag;  /* one diagnostic under construction or done */
struct diags; /* the collector */

struct diags *diag_new(struct arena *a, struct sources *s);

/* Start one.  span is what the carets mark; the message is printf-like, lower
 * case, no full stop.  Returns a record to decorate; never NULL.  The text is
 * copied. */
struct diag *diag_add(struct diags *d, enum diag_id id, struct span span,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Text after the carets ("would reject, is bridged"). */
void diag_caret(struct diag *g, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A secondary place with its text: dashes under it if it is near. */
void diag_label(struct diag *g, struct span span, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void diag_note(struct diag *g, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void diag_help(struct diag *g, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void diag_witness(struct diag *g, const struct witness *w); /* copied */
/* An edit of the diagnostic's fix; several calls make one fix of several.
 * None where its place, or a label's, names a parameter. */
void diag_fix(struct diag *g, struct span span, const char *replacement);

/* Parameters decide what the policy says: what is without effect with those of
 * this run says so, and no repair is offered for it.  values: "env=prod,
 * port=443", or empty. */
void diag_varies(struct diags *d, const char *values);

/* Another default level than diag.def's for this one finding (a root in the
 * chain is a warning of a DENY lint).  -W still has the last word. */
void diag_at(struct diag *g, enum diag_level level);

/* An `allow ID until DATE reason "..."` whose scope is a block: findings of
 * that id whose primary span lies in scope are dropped (DENY and below only).
 * until is days since 1970-01-01, 0 = for ever.  Stale ones are reported as
 * TC0206 by diag_finish. */
void diag_allow(struct diags *d, enum diag_id id, struct span scope,
	struct span allow_span, int64_t until_days, const char *reason);

/* The reason of an allow in force for a finding there, "" when it gives none;
 * NULL: there is none. */
const char *diag_allowed(const struct diags *d, enum diag_id id,
	struct span span, int64_t today);

/* Effective number of findings at or above a level so far. */
unsigned diag_count(const struct diags *d, enum diag_level at_least);
/* Errors after which the policy has no certain meaning: all but a failed
 * assertion or test, whose meaning is clear. */
unsigned diag_unsound(const struct diags *d);
/* Was this id reported (at any level, ignored ones included)?  Lets a lint
 * keep quiet where its prerequisite failed. */
int diag_has(const struct diags *d, enum diag_id id);
/* Where: the first max of those that are kept, and how many these are. */
size_t diag_places(
	const struct diags *d, enum diag_id id, struct span *out, size_t max);

const char *diag_id_text(enum diag_id id); /* "TC0301" */
const char *diag_id_name(enum diag_id id); /* "route-unreachable" */
enum diag_level diag_id_level(enum diag_id id);
/* By "TC0301" or "route-unreachable"; DIAG_NONE if unknown. */
enum diag_id diag_id_find(const char *text);

#endif
