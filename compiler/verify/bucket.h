/*
 * What clause.c, prune.c, serve.c and report.c share: the run over one frontend
 * and the bucket (own clauses, then a list) that is loaded.
 */
#ifndef COMPILER_VERIFY_BUCKET_H
#define COMPILER_VERIFY_BUCKET_H

#include "compiler/base/model.h"
#include "compiler/diag/diag.h"
#include "space.h"

/* Clauses that have been reported, and without which no decision is another.
 * Those never reached stay in the text until somebody rewrites them. */
enum dropped { DROP_NONE, DROP_UNREACHED, DROP_FIXED };

struct verify_run {
	struct model *m;
	struct diags *d;
	struct space *s;
	uint32_t frontend;
	uint8_t *dropped;  /* per clause of the model: enum dropped */
	uint32_t *pattern; /* per list: its first pattern, or none */
	uint64_t steps;    /* left for looking up who decides a clause's
	                     * clients */
	unsigned unserved; /* TC0315 told so far */

	/* The bucket in the space: codes [0, own) are the frontend's clauses,
	 * [own, clauses.n) the list's. */
	uint32_t list; /* MODEL_NONE: the frontend's clauses alone */
	uint32_t own;
	int stale;    /* clauses in it have been dropped since */
	uint8_t load; /* ... up to this degree go into it all the same */
};

/* Load own clauses that are not dropped beyond .load, then the list's, and
 * solve. */
void verify_bucket(struct verify_run *r, uint32_t list);

static inline const struct m_clause *verify_clause_at(
	const struct verify_run *r, uint32_t code)
{
	return &r->m->clauses.v[r->s->clauses.v[code].model];
}
int verify_same_action(struct verify_run *r, uint32_t a, uint32_t b);

/* The clauses that decide where clause `code` would apply. */
struct verify_cover {
	uint32_t by[3];      /* the first of them */
	unsigned count;      /* 4: more than three */
	int differs;         /* one of them has another action */
	struct region where; /* and who, inside the guard: for the witness */
	struct cell cell;
};

/* clause.c, over the loaded bucket: codes [from, ...) that decide nothing; a
 * region and cell that no clause decides (0: none). */
void verify_judge_reach(struct verify_run *r, uint32_t from);
int verify_find_gap(const struct space *s, const struct region **region,
	const struct cell **cell);
/* Everything about a list; 1: it leaves nothing undecided. */
int verify_judge_list(struct verify_run *r, uint32_t list);

/* prune.c: TC0302 of clauses that apply but change nothing. */
void verify_prune_own(struct verify_run *r, const uint32_t *lists, size_t n);
/* The list's bucket must be loaded with all of its clauses, also those that
 * verify_judge_reach dropped; it is then loaded without the dropped ones. */
void verify_prune_list(struct verify_run *r, uint32_t list);

/* serve.c: TC0315 of codes [from, ...) in the loaded bucket. */
void verify_judge_service(struct verify_run *r, uint32_t from);
/* Version classes that the loaded bucket leaves undecided; and can a list of
 * one unconditional clause do something with some of them? */
uint8_t verify_versions_left(struct verify_run *r);
int verify_may_serve(
	const struct verify_run *r, uint32_t list, uint8_t classes);

/* report.c */
void verify_report_witness(struct verify_run *r, const struct region *where,
	const struct cell *cell, const char *leads_to, struct diag *g);
void verify_report_covered(
	struct verify_run *r, uint32_t code, const struct verify_cover *c);
void verify_report_gap(struct verify_run *r, const struct region *where,
	const struct cell *cell);
/* Clauses of the model; together: it can be removed with all others of which
 * this is true, not only alone. */
void verify_report_spare(
	struct verify_run *r, uint32_t clause, uint32_t heir, int together);
void verify_report_crossing(struct verify_run *r, const struct region *where,
	const struct cell *cell);
void verify_report_more(struct verify_run *r, uint32_t code, size_t more);

#endif
