/*
 * Policy tests: every `test "..." { query } expect ACTION;` decided by the
 * runtime's own lookup over the table's bytes.  tlsc test calls it; several
 * inputs are several runs.
 */
#ifndef COMPILER_TESTRUN_H
#define COMPILER_TESTRUN_H

#include <stdio.h>

#include "compiler/base/model.h"
#include "compiler/diag/diag.h"
#include "runtime/table/route.h"

struct test_case {
	const char *title, *file;
	uint32_t line;
	enum test_result { TEST_PASSED, TEST_FAILED, TEST_ERROR } result;
	const char *want, *got; /* actions; got NULL on TEST_ERROR */
	const char *by;         /* "edge.tls:40", what decided, or NULL */
	const char *error;      /* why the query is none, on TEST_ERROR */
	const char *trace;      /* lines of the clauses looked at */
	struct route_query query;
	struct route_decision decision;
	char name[256];
};

struct testrun {
	struct arena *arena;
	struct model *model;
	const struct table *table;
	const char *path; /* the input, for reports */
	VEC(struct test_case) cases;
	size_t passed, failed;
	int has_coverage;
	size_t units, covered; /* (name pattern, clause) pairs */
};

/* Run the tests whose title matches the POSIX extended regular expression (all
 * when NULL).  Failures are TC0803 in d.  NULL with *err when the expression
 * is none. */
struct testrun *testrun_new(struct model *m, const struct table *t,
	struct sources *s, struct diags *d, const char *path,
	const char *expression, const char **err);
/* Count the pairs that a test reaches; TC0804 for clauses that none does. */
void testrun_coverage(struct testrun *r, struct diags *d);
/* Whole percents, rounded down; 100 when there is nothing to reach. */
unsigned testrun_percent(const struct testrun *r);

/* One line a test, then the sum. */
void testrun_human(FILE *f, const struct testrun *r);
/* Of several runs together. */
void testrun_tap(FILE *f, struct testrun *const *r, size_t n);
void testrun_junit(FILE *f, struct testrun *const *r, size_t n);

#endif
