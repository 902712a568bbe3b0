/*
 * The pipeline (compile.h), one call per phase.  A phase runs only when what
 * it builds on is sound: a broken reference must not become ten findings.
 */
#include <stdlib.h>
#include <time.h>

#include "compile.h"
#include "compiler/ask/testrun.h"
#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/check/check.h"
#include "compiler/lint/lint.h"
#include "compiler/table/emit.h"
#include "compiler/verify/replay.h"
#include "compiler/verify/site.h"
#include "compiler/verify/verify.h"
#include "runtime/table/table.h"

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --timings: how long the phase that ends here took. */
static void lap(const struct cli *c, const struct compilation *x,
	const char *phase, double *since)
{
	double now = seconds();

	if (c->options.timings)
		fprintf(stderr, "tlsc: %-10s %8.1f ms  %8.1f MiB\n", phase,
			(now - *since) * 1e3,
			(double)arena_used(x->arena) / 1048576);
	*since = seconds();
}

static int broken(const struct compilation *x)
{
	return diag_count(x->diags, DIAG_ERROR) > 0;
}

static void prove(const struct cli *c, struct compilation *x, double *since)
{
	x->model->faulty = broken(x);
	verify_clauses(x->model, x->diags);
	verify_sites(x->model, x->diags);
	lap(c, x, "verify", since);
	/* A gap in a clause list leaves an assertion without meaning. */
	if (!broken(x))
		verify_assertions(x->model, x->diags);
	lap(c, x, "assert", since);
}

/* Is some list in a file? */
static int has_lists(const struct ast *n)
{
	for (; n; n = n->next)
		if (n->kind == AST_FROM || has_lists(n->kids))
			return 1;
	return 0;
}

static int lists_unread(const struct cli *c, const struct compilation *x)
{
	return c->options.no_fs && has_lists(x->resolved.root);
}

static int has_tests(const struct model *m)
{
	for (size_t i = 0; i < m->texts.n; i++)
		if (m->texts.v[i].kind == 1)
			return 1;
	return 0;
}

/* The policy's own tests run by the gateway's lookup over the finished table,
 * so only a policy that makes one is tested.  tlsc test runs them itself. */
static int test(const struct cli *c, struct compilation *x)
{
	int status = CLI_OK;
	struct table_fault why;
	struct table t;
	struct testrun *r;
	const char *err;

	if ((c->command != CMD_compile && c->command != CMD_check) ||
		diag_count(x->diags, DIAG_DENY) ||
		(!has_tests(x->model) && !cli_has(c, OPT_COVERAGE)) ||
		lists_unread(c, x))
		return CLI_OK;
	if (!compile_table(c, x, &status))
		return status;
	table_check(x->bytes, x->len, &t, &why);
	r = testrun_new(
		x->model, &t, x->sources, x->diags, x->path, NULL, &err);
	if (cli_has(c, OPT_COVERAGE))
		testrun_coverage(r, x->diags);
	return CLI_OK;
}

static int run_phases(const struct cli *c, struct compilation *x)
{
	double since = seconds();
	const char *err;
	int status;

	if (resolve_policy(x->arena, x->sources, x->diags, &c->options, x->path,
		    &x->resolved, &err))
		return cli_io("%s", err);
	lap(c, x, "parse", &since);
	x->model = check_model(
		x->arena, x->sources, x->diags, &c->options, &x->resolved);
	lap(c, x, "check", &since);
	x->incomplete = broken(x);
	prove(c, x, &since);
	lint_run(x->model, x->sources, x->diags, &c->options, &x->resolved);
	lap(c, x, "lint", &since);
	status = test(c, x);
	lap(c, x, "test", &since);
	if (c->command == CMD_compile || c->command == CMD_check)
		check_dropped(x->model);
	return status;
}

int compile_policy(
	const struct cli *c, const char *path, struct compilation *out)
{
	int status;

	*out = (struct compilation){.path = path, .arena = arena_new()};
	out->sources = source_new(out->arena);
	out->diags = diag_new(out->arena, out->sources);
	diag_apply_rules(out->diags, &c->rules);
	status = run_phases(c, out);
	if (status)
		compile_free(out);
	return status;
}

void compile_free(struct compilation *x)
{
	free(x->bytes);
	x->bytes = NULL;
	arena_free(&x->arena);
}

/* tlsd would refuse what its validator refuses: so do we, before anything is
 * written.  And it must decide as the policy does. */
static int accepted(const struct model *m, const uint8_t *bytes, size_t len)
{
	struct table_fault why;
	struct table t;
	const char *err;

	if (table_check(bytes, len, &t, &why) == TABLE_OK &&
		table_check_hashes(&t, &why) == TABLE_OK) {
		if (replay(&t, m, &err) == 0)
			return 1;
		fprintf(stderr,
			"tlsc: internal error: the table differs from "
			"the policy: %s; please report this policy\n",
			err);
		return 0;
	}
	fprintf(stderr,
		"tlsc: internal error: the table is not valid: %s "
		"(%s at %llu); please report this policy\n",
		table_error_text(why.error), table_section_name(why.section),
		(unsigned long long)why.offset);
	return 0;
}

const uint8_t *compile_table(
	const struct cli *c, struct compilation *x, int *status)
{
	double since = seconds();
	const char *err = NULL;

	if (x->bytes)
		return x->bytes;
	/* A table that decides differently from the policy must not be
	 * written. */
	if (lists_unread(c, x)) {
		*status = cli_usage(c,
			"%s has lists in files, which --no-fs does not read: "
			"use --no-credentials",
			x->path);
		return NULL;
	}
	verify_semantic(x->model);
	lap(c, x, "semantic", &since);
	x->bytes = emit_table(x->model, &x->len, &err);
	lap(c, x, "emit", &since);
	if (!x->bytes) {
		fprintf(stderr, "tlsc: %s: %s\n", shown_text(x->path),
			shown_text(err));
		*status = CLI_FINDINGS;
	} else if (!accepted(x->model, x->bytes, x->len)) {
		free(x->bytes);
		x->bytes = NULL;
		*status = CLI_INTERNAL;
	}
	lap(c, x, "validate", &since);
	return x->bytes;
}

struct diag_report *compile_report(
	const struct cli *c, const struct compilation *x)
{
	/* An allow may be there for what other parameters bring in. */
	return diag_finish(x->diags, c->options.now / 86400,
		x->incomplete || x->resolved.dropped,
		c->options.no_credentials);
}
