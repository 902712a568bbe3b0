/*
 * Running tests.  From a policy the statements are trees; from a table they
 * are canonical text, parsed again.  The query goes through match.h, so a test
 * and tlsc match cannot disagree, and neither can disagree with tlsd.
 */
#include "testrun_priv.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/syntax/ast.h"
#include "match.h"

#define PUSH(arena, vec)                                                       \
	(*(arena_grow((arena), &(vec)->v, (vec)->n, &(vec)->cap,               \
		   sizeof(*(vec)->v)),                                         \
		&(vec)->v[(vec)->n++]))

static const char *word_of(const struct ast *n, const char *key)
{
	const struct ast *s = ast_setting(n, key);

	return s && s->kids ? s->kids->text : NULL;
}

static void read_query(
	struct arena *a, const struct ast *n, struct match_text *x)
{
	const struct ast *alpn = ast_setting(n, "alpn");
	const char **tokens;
	size_t count = 0;

	*x = (struct match_text){.listener = word_of(n, "listener"),
		.sni = word_of(n, "sni"),
		.source = word_of(n, "source"),
		.tls = word_of(n, "tls")};
	if (!alpn)
		return;
	for (const struct ast *k = alpn->kids; k; k = k->next)
		count++;
	tokens = arena_alloc(a, (count + 1) * sizeof(*tokens));
	for (const struct ast *k = alpn->kids; k; k = k->next)
		tokens[x->alpn_count++] = k->text;
	x->alpn = tokens;
}

/* "bridge to api", "reject", "reject access-denied". */
static const char *expected(struct arena *a, const struct ast *action)
{
	const struct ast *to = ast_kid(action, AST_TARGET);

	if (!to)
		return action->text;
	return arena_printf(a,
		strcmp(action->text, "reject") == 0 ? "%s %s"
			: to->flags & F_SITE        ? "%s to site %s"
						    : "%s to %s",
		action->text, to->text);
}

static int agrees(const struct table *t, const struct match_answer *got,
	const struct ast *action)
{
	const struct ast *enforcing = ast_kid(action, AST_ENFORCING);
	const struct ast *limits = ast_kid(action, AST_LIMITSREF);
	const struct ast *to = ast_kid(action, AST_TARGET);
	const struct tbl_action *act = &t->action[got->decision.action];
	int reject = strcmp(action->text, "reject") == 0;
	int site = to && to->flags & F_SITE;
	const struct match_expect x = {action->text,
		to && reject ? to->text : NULL,
		to && !reject && !site ? to->text : NULL,
		enforcing ? enforcing->text : NULL, site ? to->text : NULL};

	if (!match_agrees(got, &x))
		return 0;
	return !limits ||
		strcmp(table_str(t, t->limit[act->limit].name_str),
			limits->text) == 0;
}

static const char *got_text(struct arena *a, const struct match_answer *m)
{
	if (m->reason)
		return arena_printf(a, "reject %s", m->reason);
	if (m->enforce)
		return arena_printf(a, "%s to %s enforcing %s", m->mode,
			m->backend, m->enforce);
	if (m->site)
		return arena_printf(a, "%s to site %s", m->mode, m->site);
	return arena_printf(a, "%s to %s", m->mode, m->backend);
}

static const char *want_text(struct arena *a, const struct ast *action)
{
	const struct ast *enforcing = ast_kid(action, AST_ENFORCING);
	const struct ast *limits = ast_kid(action, AST_LIMITSREF);
	const char *text = expected(a, action);

	if (enforcing)
		text = arena_printf(
			a, "%s enforcing %s", text, enforcing->text);
	if (limits)
		text = arena_printf(a, "%s with limits %s", text, limits->text);
	return text;
}

static void decide(
	struct testrun *r, struct test_case *c, const struct ast *action)
{
	struct match_answer got;
	char *trace = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&trace, &size);

	match_decide(r->table, &c->query, &got, f);
	if (f && fclose(f) == 0)
		c->trace = arena_strndup(r->arena, trace, size);
	free(trace);
	c->decision = got.decision;
	c->got = got_text(r->arena, &got);
	c->by = got.file
		? arena_printf(r->arena, got.shares_line ? "%s:%u:%u" : "%s:%u",
			  got.file, got.line, got.column)
		: NULL;
	c->result = agrees(r->table, &got, action) ? TEST_PASSED : TEST_FAILED;
}

static void fail(struct test_case *c, const char *why)
{
	c->result = TEST_ERROR;
	c->error = why;
}

/* The connection first, then its request. */
static void decide_request(struct testrun *r, const struct ast *n,
	struct test_case *c, const struct ast *answer)
{
	const char *why;

	route_decide(r->table, &c->query, &c->decision, NULL, NULL);
	why = testrun_request(r, n, c, answer);
	if (why)
		fail(c, why);
}

static void run_one(struct testrun *r, const struct ast *n, struct test_case *c)
{
	const struct ast *expect = ast_kid(n, AST_EXPECT);
	const struct ast *action = expect ? ast_kid(expect, AST_ACTION) : NULL;
	const struct ast *answer = expect ? ast_kid(expect, AST_ANSWER) : NULL;
	struct match_text x;
	char err[256] = "";

	if (!action && !answer) {
		c->result = TEST_ERROR;
		c->error = "the test has no 'expect'";
		return;
	}
	if (action)
		c->want = want_text(r->arena, action);
	read_query(r->arena, n, &x);
	if (match_query(r->table, &x, &c->query, c->name, err, sizeof(err))) {
		c->result = TEST_ERROR;
		c->error = arena_printf(r->arena, "%s", err);
		return;
	}
	if (answer)
		decide_request(r, n, c, answer);
	else if (ast_setting(n, "request"))
		fail(c, "it has a request, and expects no answer to it");
	else
		decide(r, c, action);
}

static void put_lines(struct diag *g, const char *text, struct arena *a)
{
	while (text && *text) {
		const char *end = strchr(text, '\n');
		size_t n = end ? (size_t)(end - text) : strlen(text);

		diag_note(g, "%s", arena_strndup(a, text, n));
		text += n + (end != NULL);
	}
}

static void report(struct testrun *r, struct diags *d, const struct ast *n,
	const struct test_case *c, int in_source)
{
	struct span span = {0};
	struct diag *g;

	if (in_source)
		span = n->name_span.end > n->name_span.begin ? n->name_span
							     : n->span;
	if (c->result == TEST_ERROR)
		g = diag_add(d, DIAG_TC0803, span,
			"test '%s' cannot be run: %s", c->title, c->error);
	else
		g = diag_add(d, DIAG_TC0803, span,
			"test '%s' expects %s but gets %s", c->title, c->want,
			c->got);
	if (!in_source && c->line)
		diag_note(g, "written at %s:%u", c->file, c->line);
	if (c->by)
		diag_note(g, "decided by %s", c->by);
	put_lines(g, c->trace, r->arena);
}

/* A statement that a table carries, as a tree again. */
static const struct ast *parse(struct testrun *r, struct sources *s,
	struct diags *d, const struct m_text *t)
{
	const char *text = arena_printf(r->arena, "policy 1;\n%s", t->text);
	uint32_t file =
		source_add(s, t->file ? t->file : "table", text, strlen(text));
	struct parsed p;

	policy_parse(r->arena, s, file, d, &p);
	return ast_kid(p.file, AST_TEST);
}

struct testrun *testrun_new(struct model *m, const struct table *t,
	struct sources *s, struct diags *d, const char *path,
	const char *expression, const char **err)
{
	struct testrun *r = arena_alloc(m->arena, sizeof(*r));
	regex_t re;

	if (regcomp(&re, expression ? expression : "",
		    REG_EXTENDED | REG_NOSUB)) {
		*err = "not a regular expression";
		return NULL;
	}
	*r = (struct testrun){
		.arena = m->arena, .model = m, .table = t, .path = path};
	for (size_t i = 0; i < m->texts.n; i++) {
		const struct m_text *x = &m->texts.v[i];
		const struct ast *n = x->node;
		struct test_case *c;

		if (x->kind != 1 || (!n && !(n = parse(r, s, d, x))))
			continue;
		if (regexec(&re, n->text, 0, NULL, 0) != 0)
			continue;
		c = &PUSH(r->arena, &r->cases);
		*c = (struct test_case){
			.title = n->text, .file = x->file, .line = x->line};
		run_one(r, n, c);
		r->passed += c->result == TEST_PASSED;
		r->failed += c->result != TEST_PASSED;
		if (c->result != TEST_PASSED)
			report(r, d, n, c, x->node != NULL);
	}
	regfree(&re);
	return r;
}
