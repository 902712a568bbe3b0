/*
 * Between testrun.c, which runs tests of connections, and testrun_request.c, of
 * requests.
 */
#ifndef COMPILER_TESTRUN_PRIV_H
#define COMPILER_TESTRUN_PRIV_H

#include "compiler/syntax/ast.h"
#include "testrun.h"

/* The test's request, once c has the connection's decision: c->result, want, got
 * and by.  NULL, or why it cannot be run. */
const char *testrun_request(struct testrun *r, const struct ast *n,
	struct test_case *c, const struct ast *answer);

#endif
