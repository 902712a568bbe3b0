/*
 * What verify_clause.c, verify_prune.c, verify_serve.c and verify_report.c share:
 * the run over one frontend and the bucket (own clauses, then a list) in hand.
 */
#ifndef COMPILER_VERIFY_BUCKET_H
#define COMPILER_VERIFY_BUCKET_H

#include "diag.h"
#include "model.h"
#include "verify_space.h"

struct verify_run {
	struct model *m;
	struct diags *d;
	struct space *s;
	uint32_t frontend;
	uint8_t *dropped;   /* per clause of the model: reported, and without
	                     * it no decision is another */
	uint32_t *pattern;  /* per list: its first pattern, or none */
	uint64_t steps;     /* left for looking up who decides a clause's
	                     * clients */
	unsigned unserved;  /* TC0315 told so far */

	/* The bucket in the space: codes [0, own) are the frontend's clauses,
	 * [own, clauses.n) the list's. */
	uint32_t list;      /* MODEL_NONE: the frontend's clauses alone */
	uint32_t own;
	int stale;          /* clauses in it have been dropped since */
};

/* Load own clauses that are not dropped, then the list's, and solve. */
void verify_bucket(struct verify_run *r, uint32_t list);

static inline const struct m_clause *verify_clause_at(
	const struct verify_run *r, uint32_t code)
{
	return &r->m->clauses.v[r->s->clauses.v[code].model];
}
int verify_same_action(struct verify_run *r, uint32_t a, uint32_t b);

/* The clauses that decide where clause `code` would apply. */
struct verify_cover {
	uint32_t by[3];    /* the first of them */
	unsigned count;    /* 4: more than three */
	int differs;       /* one of them has another action */
	struct region where; /* and who, inside the guard: for the witness */
	struct cell cell;
};

/* verify_clause.c, over the bucket in hand: codes [from, ...) that decide
 * nothing; a region and cell that no clause decides (0: none). */
void verify_judge_reach(struct verify_run *r, uint32_t from);
int verify_find_gap(const struct space *s, const struct region **region,
	const struct cell **cell);
/* Everything about a list; makes its last clause unconditional when it leaves
 * nothing undecided. */
void verify_judge_list(struct verify_run *r, uint32_t list);

/* verify_prune.c: TC0302 of clauses that apply but change nothing. */
void verify_prune_own(struct verify_run *r, const uint32_t *lists, size_t n);
/* Leaves the bucket without dropped clauses in hand. */
void verify_prune_list(struct verify_run *r, uint32_t list);

/* verify_serve.c: TC0315 of codes [from, ...) in the bucket in hand. */
void verify_judge_service(struct verify_run *r, uint32_t from);
/* Version classes that the bucket in hand leaves undecided; and can a list of
 * one unconditional clause do something with some of them? */
uint8_t verify_versions_left(struct verify_run *r);
int verify_may_serve(const struct verify_run *r, uint32_t list,
	uint8_t classes);

/* verify_report.c */
void verify_report_witness(struct verify_run *r, const struct region *where,
	const struct cell *cell, const char *leads_to, struct diag *g);
void verify_report_covered(struct verify_run *r, uint32_t code,
	const struct verify_cover *c);
void verify_report_gap(struct verify_run *r, const struct region *where,
	const struct cell *cell);
void verify_report_redundant(struct verify_run *r, uint32_t code,
	uint32_t decider);
void verify_report_crossing(struct verify_run *r, const struct region *where,
	const struct cell *cell);
void verify_report_more(struct verify_run *r, uint32_t code, size_t more);

#endif
