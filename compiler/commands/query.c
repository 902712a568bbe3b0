/*
 * tlsc query ASSERTION FILE|TABLE: one assertion, proved or refuted, with a
 * connection that shows it.
 */
#include <string.h>

#include "commands.h"
#include "compiler/base/arena.h"
#include "compiler/base/json_out.h"
#include "compiler/base/shown.h"
#include "compiler/run/input.h"
#include "compiler/run/output.h"
#include "compiler/verify/verify.h"

static const char *const verdicts[] = {
	[VERDICT_HOLDS] = "holds",
	[VERDICT_FAILS] = "fails",
	[VERDICT_VACUOUS] = "vacuous",
};

/* The assertion as a policy would hold it; a leading "assert" and the final
 * semicolon may be left out. */
static const struct ast *parse(struct compilation *x, const char *text)
{
	const char *end = text + strlen(text), *whole;
	struct parsed p;
	uint32_t file;

	while (end > text && (end[-1] == ' ' || end[-1] == '\n'))
		end--;
	whole = arena_printf(x->arena, "policy 1; %s%s%s",
		strncmp(text, "assert ", 7) == 0 ? "" : "assert ", text,
		end > text && end[-1] == ';' ? "" : ";");
	file = source_add(x->sources, "<query>", whole, strlen(whole));
	policy_parse(x->arena, x->sources, file, x->diags, &p);
	return ast_kid(p.file, AST_ASSERT);
}

static void put_json(const struct answer *a)
{
	const struct witness *w = &a->witness;

	printf("{\"verdict\": \"%s\", \"witness\": ", verdicts[a->verdict]);
	if (a->has_witness) {
		fputs("{\"listener\": ", stdout);
		json_put(stdout, w->listener);
		fputs(", \"sni\": ", stdout);
		json_put(stdout, w->sni);
		fputs(", \"source\": ", stdout);
		json_put(stdout, w->source);
		fputs(", \"alpn\": [", stdout);
		for (unsigned i = 0; i < w->alpn_count; i++) {
			fputs(i ? ", " : "", stdout);
			json_put(stdout, w->alpn[i]);
		}
		fputs("], \"tls\": ", stdout);
		json_put(stdout, w->tls);
		fputc('}', stdout);
	} else {
		fputs("null", stdout);
	}
	fputs(", \"decides\": ", stdout);
	json_put(stdout, a->decides);
	fputs(", \"file\": ", stdout);
	json_put(stdout, a->line ? a->file : NULL);
	printf(", \"line\": %u, \"column\": %u}\n", a->line, a->column);
}

static void put_human(struct arena *arena, const struct answer *a)
{
	puts(verdicts[a->verdict]);
	if (a->has_witness)
		printf("  %s: %s\n",
			a->verdict == VERDICT_HOLDS ? "for example" : "witness",
			shown_text(diag_witness_text(arena, &a->witness)));
	if (a->decides && a->line) {
		printf("  decided by %s:%u", shown_text(a->file), a->line);
		if (a->shares_line)
			printf(":%u", a->column);
		printf(": %s\n", shown_text(a->decides));
	}
	if (a->verdict == VERDICT_VACUOUS)
		puts("  no connection satisfies its premise");
}

static int answer(const struct cli *c, struct input *in, const char *text)
{
	const struct ast *assertion;
	struct answer a;
	int status;

	/* From here on only the question is judged, not the policy again. */
	in->x.diags = diag_new(in->x.arena, in->x.sources);
	diag_apply_rules(in->x.diags, &c->rules);
	assertion = parse(&in->x, text);
	if (!assertion || diag_count(in->x.diags, DIAG_DENY)) {
		status = input_report(c, in, 1);
		return status == CLI_IO ? CLI_IO : CLI_USAGE;
	}
	if (assertion->next)
		return cli_usage(c, "give one assertion at a time");
	a = verify_assertion(in->model, assertion, in->x.diags);
	if (a.verdict == VERDICT_ERROR) {
		if (a.error)
			return cli_usage(c, "%s", a.error);
		input_report(c, in, 1);
		return CLI_USAGE;
	}
	if (output_on_stdout(c))
		put_json(&a);
	else
		put_human(in->x.arena, &a);
	return a.verdict == VERDICT_FAILS ? CLI_FINDINGS : CLI_OK;
}

int cmd_query(struct cli *c)
{
	struct input in;
	int status = cli_operands(c, 2, 2);

	if (status)
		return status;
	if (output_formats(c))
		return CLI_USAGE;
	status = input_open(c, c->args[1], &in);
	if (status)
		return status;
	status = answer(c, &in, c->args[0]);
	input_close(&in);
	return status;
}
