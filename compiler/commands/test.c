/*
 * tlsc test FILE|TABLE...: the tests that policies contain, by the gateway's
 * own lookup.
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "compiler/ask/testrun.h"
#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/run/input.h"
#include "compiler/run/output.h"
#include "compiler/table/emit.h"

struct tests {
	struct input *inputs;
	struct testrun **runs;
	size_t n;
};

static int run_one(const struct cli *c, const char *path, struct tests *t)
{
	struct input *in = &t->inputs[t->n];
	const char *regex = cli_value(c, OPT_RUN), *err;
	int status = input_open(c, path, in);

	if (status)
		return status;
	t->runs[t->n] = testrun_new(in->model, &in->table, in->x.sources,
		in->x.diags, path, regex, &err);
	if (!t->runs[t->n]) {
		input_close(in);
		return cli_usage(c, "--run: %s", err);
	}
	if (cli_has(c, OPT_COVERAGE) || cli_has(c, OPT_FAIL_UNDER))
		testrun_coverage(t->runs[t->n], in->x.diags);
	t->n++;
	return CLI_OK;
}

static void print_junit(FILE *f, const void *arg)
{
	const struct tests *t = arg;

	testrun_junit(f, t->runs, t->n);
}

static int print(const struct cli *c, const struct tests *t)
{
	const char *junit = cli_value(c, OPT_JUNIT);

	if (cli_has(c, OPT_TAP))
		testrun_tap(stdout, t->runs, t->n);
	else if (!output_on_stdout(c) && !(junit && !strcmp(junit, "-")))
		for (size_t i = 0; i < t->n; i++)
			testrun_human(stdout, t->runs[i]);
	return junit ? output_file(junit, print_junit, t) : CLI_OK;
}

/* What a run is worth. */
static int judge(const struct cli *c, const struct tests *t)
{
	long long least = cli_number(c, OPT_FAIL_UNDER, 100, 0);
	int status = CLI_OK;
	unsigned ran = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct testrun *r = t->runs[i];

		ran += r->passed + r->failed;
		if (r->failed)
			status = CLI_FINDINGS;
		if (!r->has_coverage || testrun_percent(r) >= least)
			continue;
		fprintf(stderr,
			"tlsc: %s: coverage is %u percent, below "
			"%lld\n",
			shown_text(r->path), testrun_percent(r), least);
		status = CLI_FINDINGS;
	}
	if (!ran && cli_has(c, OPT_RUN))
		fprintf(stderr, "tlsc: --run: no test matches\n");
	return status;
}

static int worst(int a, int b)
{
	return a > b ? a : b;
}

int cmd_test(struct cli *c)
{
	struct tests t = {
		arena_alloc(c->arena, (c->arg_count + 1) * sizeof(*t.inputs)),
		arena_alloc(c->arena, (c->arg_count + 1) * sizeof(*t.runs)), 0};
	int status = cli_operands(c, 1, SIZE_MAX);

	if (status)
		return status;
	if (output_formats(c) || cli_number(c, OPT_FAIL_UNDER, 100, 0) < 0)
		return CLI_USAGE;
	if (cli_has(c, OPT_TAP) && cli_value(c, OPT_JUNIT) &&
		!strcmp(cli_value(c, OPT_JUNIT), "-"))
		return cli_usage(c,
			"--tap and '--junit -' cannot both go to standard "
			"output");
	for (size_t i = 0; i < c->arg_count && status != CLI_USAGE; i++)
		status = worst(status, run_one(c, c->args[i], &t));
	if (t.n && status != CLI_USAGE) {
		status = worst(status, print(c, &t));
		status = worst(status, judge(c, &t));
		status = worst(status, input_report(c, t.inputs, t.n));
	}
	for (size_t i = 0; i < t.n; i++)
		input_close(&t.inputs[i]);
	return status;
}
