/*
 * Tests with a request: it is made of what the test says, decided by the
 * gateway's own functions, and its answer held against the expected one.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/literal.h"
#include "match_request.h"
#include "testrun_priv.h"

/* A name in any case. */
static int is_host(const char *name)
{
	return strlen(name) == 4 && (name[0] | 0x20) == 'h' &&
		(name[1] | 0x20) == 'o' && (name[2] | 0x20) == 's' &&
		(name[3] | 0x20) == 't';
}

static const char *headers(struct arena *a, const struct ast *n, int *has_host)
{
	const char *text = "";

	for (const struct ast *k = ast_kid(n, AST_SETTING); k;
		k = ast_next(k, AST_SETTING)) {
		if (strcmp(k->text, "header") != 0 || !k->kids ||
			!k->kids->next)
			continue;
		*has_host |= is_host(k->kids->text);
		text = arena_printf(a, "%s%s: %s\r\n", text, k->kids->text,
			k->kids->next->text);
	}
	return text;
}

/* The request as it would be sent; the host is the name of the hello. */
static const char *request_text(struct arena *a, const struct ast *n)
{
	const struct ast *line = ast_setting(n, "request");
	const struct ast *sni = ast_setting(n, "sni");
	int has_host = 0;
	const char *more = headers(a, n, &has_host);

	return arena_printf(a, "%s HTTP/1.1\r\n%s%s%s%s\r\n", line->kids->text,
		has_host ? "" : "host: ",
		has_host                   ? ""
			: sni && sni->kids ? sni->kids->text
					   : "host.invalid",
		has_host ? "" : "\r\n", more);
}

static uint64_t number(const struct ast *n)
{
	struct literal_why w;
	uint64_t v;

	return n && n->text && !literal_count(n->text, &v, &w) ? v : 0;
}

static const char *answer_text(struct arena *a, const struct ast *n)
{
	const struct ast *first = n->kids;

	if (!strcmp(n->text, "to"))
		return arena_printf(a, "to %s", first->text);
	if (!strcmp(n->text, "answer"))
		return arena_printf(a, "answer %s", first->text);
	return arena_printf(a, "redirect %s%s%s", first->text,
		first->next ? " " : "", first->next ? first->next->text : "");
}

static int goes_to(
	const struct table *t, const struct tbl_caction *a, const struct ast *n)
{
	for (const struct ast *k = ast_kid(n, AST_SPLIT); k;
		k = ast_next(k, AST_SPLIT)) {
		uint32_t i = 0;

		while (i < a->split_count &&
			strcmp(table_str(t,
				       t->backend[t->split[a->split_first + i]
							  .backend]
					       .name_str),
				k->text) != 0)
			i++;
		if (i == a->split_count)
			return 0;
	}
	return a->split_count > 0;
}

/* Does the answer agree?  Of a redirect the status only if it is given. */
static int agrees(const struct table *t, const struct match_request *r,
	const struct ast *n)
{
	const struct tbl_caction *a = &t->caction[r->answer.action];
	const struct ast *first = n->kids;

	if (!strcmp(n->text, "answer"))
		return r->status == number(first) &&
			(r->verdict != MATCH_SERVED ||
				a->kind == TBL_CACTION_ANSWER);
	if (r->verdict != MATCH_SERVED)
		return 0;
	if (!strcmp(n->text, "to"))
		return goes_to(t, a, n);
	return a->kind == TBL_CACTION_REDIRECT &&
		(first->kind == AST_WORD ? !a->text_str
					 : !strcmp(table_str(t, a->text_str),
						   first->text)) &&
		(!first->next || a->status == number(first->next));
}

/* The line that people read, without what is in brackets. */
static void got(
	struct testrun *r, struct test_case *c, const struct match_request *m)
{
	char *text = NULL, place[300];
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	match_request_print(r->table, m, f);
	fclose(f);
	size = strcspn(text, "(\n");
	while (size && text[size - 1] == ' ')
		size--;
	c->got = arena_strndup(r->arena, text, size);
	free(text);
	if (m->verdict != MATCH_SERVED)
		return;
	content_place(r->table, m->answer.clause, place, sizeof(place));
	c->by = arena_printf(r->arena, "%s", place);
}

const char *testrun_request(struct testrun *r, const struct ast *n,
	struct test_case *c, const struct ast *answer)
{
	const struct table *t = r->table;
	uint32_t clear = content_clear_site(t, c->query.frontend);
	uint32_t site =
		clear != TBL_NONE ? clear : content_site(t, c->decision.action);
	const struct ast *line = ast_setting(n, "request");
	struct match_request m;
	char err[256];
	const char *text;

	c->want = answer_text(r->arena, answer);
	if (!line || !line->kids)
		return "it expects an answer, and has no request";
	if (site == TBL_NONE)
		return "its connection meets no site";
	text = request_text(r->arena, n);
	if (match_request(t, site,
		    clear != TBL_NONE ? t->frontend[c->query.frontend].limit
				      : t->action[c->decision.action].limit,
		    &c->query, clear != TBL_NONE ? NULL : &c->decision, text,
		    strlen(text), &m, err, sizeof(err)))
		return "its request is not whole";
	got(r, c, &m);
	c->result = agrees(t, &m, answer) ? TEST_PASSED : TEST_FAILED;
	return NULL;
}
