/*
 * The exact verifier over a model (from text or from a table): reachability,
 * redundancy, gaps, assertions, and the canonical decision function for the
 * semantic id and tlsc diff.  Method and proof: see verify.c.
 */
#ifndef COMPILER_VERIFY_H
#define COMPILER_VERIFY_H

#include "compiler/base/model.h"
#include "compiler/diag/diag.h"

struct ast;

/* TC0301, TC0302, TC0304, TC0305, TC0315 with blockers and witnesses.  A list
 * that ends conditionally and yet leaves nothing undecided gets an
 * unconditional end, which changes no decision. */
void verify_clauses(struct model *m, struct diags *d);
/* AST_ASSERT nodes of m->texts: TC0801, TC0802. */
void verify_assertions(struct model *m, struct diags *d);

/* One assertion (parsed with policy_parse) on a model: tlsc query. */
enum verdict { VERDICT_HOLDS, VERDICT_FAILS, VERDICT_VACUOUS, VERDICT_ERROR };
struct answer {
	enum verdict verdict;
	int premise_empty; /* nothing satisfies the premise */
	int has_witness;
	struct witness witness; /* counter-example, or example for `some` */
	uint32_t clause;        /* of the model: decides the witness */
	const char *decides; /* "reject unrecognized-name", "bridge to api" */
	const char *file;    /* deciding clause's place; line 0: none */
	uint32_t line, column;
	int shares_line;   /* other clauses are on it, too */
	const char *error; /* of VERDICT_ERROR, when d was not told */
};
struct answer verify_assertion(
	struct model *m, const struct ast *assertion, struct diags *d);

/* The versions (bits of enum tls_class) of clients that the gateway does not refuse for
 * certain at their ClientHello, although the action is for them. */
uint8_t verify_let_in(const struct model *m, uint32_t action);

/* SHA-256 of the canonical decision function, into m->semantic: formatting,
 * order, comments, names of objects and file layout do not change it. */
void verify_semantic(struct model *m);

#endif
