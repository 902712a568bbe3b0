/*
 * How a policy keeps the requirements that its routes name: for `tlsc comply`.
 */
#ifndef COMPILER_EVIDENCE_H
#define COMPILER_EVIDENCE_H

#include <stdio.h>

#include "compiler/base/options.h"
#include "compiler/comply/judge.h"
#include "compiler/verify/verify.h"
#include "input.h"

/* One thing that was looked at, and its place. */
struct evidence_line {
	const struct fact_scope *scope;
	struct comply_point point;
	const char *place;   /* "edge.tls:40" */
	const char *action;  /* "offload to web" */
	const char *allowed; /* the reason of an allow, or NULL */
};

enum evidence_verdict {
	EVIDENCE_MET,
	EVIDENCE_BROKEN,
	EVIDENCE_ALLOWED,
	EVIDENCE_CLAIMED,
	EVIDENCE_UNREAD,
	EVIDENCE_NONE /* nothing it is about */,
	EVIDENCE_ATTEST /* outside */
};

struct evidence_rule {
	const struct comply_rule *rule;
	enum evidence_verdict verdict;
	VEC(struct evidence_line) lines;
};

struct evidence_route {
	const char *name, *frontend, *place;
	VEC(const char *)
	patterns; /* none: an arm, or clauses of the frontend */
};

struct evidence_standard {
	const struct comply_standard *standard;
	VEC(struct evidence_route) routes;
	VEC(struct evidence_rule) rules;
};

struct evidence_assertion {
	const char *text, *place;
	enum verdict verdict;
};

struct evidence_allow {
	const char *id, *until, *reason, *place; /* until may be NULL */
};

struct evidence_test {
	const char *title, *place, *why;
};

/* Certificates, CAs or CRLs, as the policy names the file. */
struct evidence_file {
	const char *name;
	int is_read;
	uint8_t sha256[32];
};

struct evidence {
	struct arena *a;
	const struct input *in;    /* the policy */
	const struct input *table; /* the one it is about, or NULL */
	const char *made;          /* "2026-11-30T18:00:00Z" */
	const char *with; /* "env=lab": of several reports, which; or NULL */
	VEC(struct evidence_standard) standards;
	VEC(struct evidence_assertion) assertions;
	VEC(struct evidence_allow) allows;
	VEC(struct evidence_test) failures;
	VEC(struct evidence_file) files;
	VEC(struct evidence_route) outside; /* under no standard */
	size_t passed, failed;              /* tests of the policy */
	size_t refuted;                     /* assertions that do not hold */
	size_t broken, unread;              /* requirements */
};

struct evidence *evidence_new(struct arena *a, struct input *in,
	const struct input *table, const struct options *o);
const char *evidence_word(enum evidence_verdict v);

void evidence_markdown(FILE *f, const struct evidence *e);
void evidence_json(FILE *f, const struct evidence *e);

#endif
