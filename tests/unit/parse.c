/* LINK: tlsc */
/*
 * The parser: shapes of the tree, spans of names, contextual keywords, and how
 * many faults one run tells.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/arena.h"
#include "compiler/diag/list.h"
#include "compiler/syntax/ast.h"
#include "compiler/syntax/fmt.h"
#include "compiler/syntax/text.h"

struct run {
	struct arena *a;
	struct sources *s;
	struct diags *d;
	struct parsed parsed;
	const char *text;
	uint32_t file;
};

static struct run run;

static unsigned parse(const char *text)
{
	arena_free(&run.a);
	run.a = arena_new();
	run.s = source_new(run.a);
	run.d = diag_new(run.a, run.s);
	run.text = text;
	run.file = source_add(run.s, "t.tls", text, strlen(text));
	policy_parse(run.a, run.s, run.file, run.d, &run.parsed);
	return diag_count(run.d, DIAG_NOTE);
}

/* The text under a span. */
static const char *under(struct span at)
{
	return arena_strndup(run.a, run.text + at.begin, at.end - at.begin);
}

static struct ast *first(enum ast_kind kind)
{
	struct ast *n = ast_kid(run.parsed.file, kind);

	assert_non_null(n);
	return n;
}

static void test_spans(void **state)
{
	struct ast *n, *k;

	assert_int_equal(parse("policy 1;\nbackend  pay { server 1.2.3.4:5 "
			       "weight 2; }\nset s = names { \"a\\\"b\", };"),
		0);
	n = first(AST_BACKEND);
	assert_string_equal(under(n->name_span), "pay");
	assert_string_equal(
		under(n->span), "backend  pay { server 1.2.3.4:5 weight 2; }");
	k = ast_kid(n, AST_SERVER);
	assert_string_equal(under(k->name_span), "server");
	assert_string_equal(ast_kid(k, AST_ADDR)->text, "1.2.3.4:5");
	k = ast_setting(k, "weight");
	assert_string_equal(under(k->span), "weight 2");
	n = first(AST_SET);
	assert_int_equal(n->flags, F_NAMES);
	assert_string_equal(n->kids->text, "a\"b");
	assert_string_equal(under(n->kids->span), "\"a\\\"b\"");
}

static void test_guard(void **state)
{
	struct ast *when, *t;

	assert_int_equal(parse("frontend f { when not source in { ::1, s } and"
			       " alpn has \"h2\" and tls <= 1.2 reject close "
			       "with limits l; }"),
		0);
	when = ast_kid(first(AST_FRONTEND), AST_WHEN);
	t = ast_kid(when, AST_GUARD)->kids;
	assert_string_equal(under(t->span), "not source in { ::1, s }");
	assert_int_equal(t->flags, F_NOT);
	assert_int_equal(t->kids->kind, AST_VALUES);
	assert_int_equal(t->kids->kids->kind, AST_ADDR);
	assert_int_equal(t->kids->kids->next->kind, AST_WORD);
	t = t->next;
	assert_int_equal(t->op, OP_HAS);
	t = t->next;
	assert_int_equal(t->op, OP_LE);
	assert_string_equal(t->kids->text, "1.2");
	assert_null(t->next);
	t = ast_kid(when, AST_ACTION);
	assert_string_equal(t->text, "reject");
	assert_string_equal(ast_kid(t, AST_TARGET)->text, "close");
	assert_string_equal(ast_kid(t, AST_LIMITSREF)->text, "l");
}

/* Literals are told apart by shape, whatever stands around them. */
static void test_literals(void **state)
{
	static const struct {
		const char *text;
		enum ast_kind kind;
	} cases[] = {
		{"5", AST_NUMBER},
		{"1.3", AST_NUMBER},
		{"5s", AST_UNIT},
		{"16KiB", AST_UNIT},
		{"20/s", AST_UNIT},
		{"2k/s", AST_UNIT},
		{"1MiB/s", AST_UNIT},
		{"10.0.0.0/8", AST_ADDR},
		{"::", AST_ADDR},
		{"fe80::1%eth0", AST_ADDR},
		{"::ffff:1.2.3.4", AST_ADDR},
		{"dead:beef::/32", AST_ADDR},
		{"1:2:3:4:5:6:7:8", AST_ADDR},
		{"prod", AST_WORD},
		{"a-b.c_d--e", AST_WORD},
		{"when", AST_WORD},
		{"\"x\"", AST_STRING},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[80];

		snprintf(
			text, sizeof(text), "param p : t = %s;", cases[i].text);
		assert_int_equal(parse(text), 0);
		assert_int_equal(
			first(AST_PARAM)->kids->next->kind, cases[i].kind);
	}
}

static void test_addresses(void **state)
{
	static const char *const addresses[] = {"0.0.0.0:443", "[::]:443",
		"[fe80::1%eth0]:443", "host:443", "3com.example:80",
		"xn--a.b-c.d:1", "*:443", "unix:\"/run/x y.sock\"",
		"10.0.0.1:$port", "[::1]:$p", "$whole", "443", "host"};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		char text[80];

		snprintf(text, sizeof(text), "backend b { server %s; }",
			addresses[i]);
		assert_int_equal(parse(text), 0);
		assert_string_equal(
			under(ast_kid(first(AST_BACKEND), AST_SERVER)
					->kids->span),
			addresses[i]);
	}
}

/* No white space is needed where tokens cannot run together. */
static void test_tight(void **state)
{
	assert_int_equal(parse("policy 1;param e:a|b=a;profile p extends q{"
			       "tls 1.2..1.3;ciphers-=A;groups+=B,C;}"
			       "assert every any:mode is reject;"
			       "where e is a|b{}"),
		0);
	assert_int_equal(
		ast_setting(first(AST_PROFILE), "ciphers")->op, OP_REMOVE);
}

/* Every slip of a file is told once, and hides nothing. */
static void test_faults(void **state)
{
	static const struct {
		const char *text;
		unsigned faults;
	} cases[] = {
		{"backend a { sever 1.2.3.4:1; }", 1},
		{"backend a { server 1.2.3.4:1 }", 1},
		{"backend a { server 1.2.3.4:1;", 1},
		{"backend a {\nserver 1.2.3.4:1\nserver 1.2.3.4:2\n}", 2},
		{"fronted f { lsten 1:1; no-snni reject close; }", 3},
		{"set a = { 10.0.0.0/8 10.1.0.0/16 }", 2},
		{"backend a { x { y; z { } } } backend b { x; }", 2},
		{"} } backend a { } }", 3},
		{"where a is b { where a is b { x; } } x;", 2},
		{"include \"a; include \"b\"; x y;\nx;", 2},
		{"set s = { 10.0.0.0/8;\nset t = { 10.0.0.0/8 };", 1},
		{"backend { server 1.1.1.1:1; server; } x;", 2},
		{"route r sni \"a\" { } backend b { }", 1},
		/* A brace or a quote is missing, or one is too many: one fault,
		 * however much stands behind it. */
		{"frontend f {\n  route a sni \"a\" {\n    when alpn has "
		 "\"x\" reject close;\n  route b sni \"b\" {\n    "
		 "reject close;\n  }\n  route c sni \"c\" { reject close; "
		 "}\n}\nbackend b { server 1.1.1.1:1; }",
			1},
		{"backend a {\n  tls {\n    alpn = \"h2\";\n}\nbackend b "
		 "{\n  server 1.1.1.1:1;\n}\nbackend c { }",
			1},
		{"frontend f {\n  route a sni \"a\"\n    reject close;\n  }"
		 "\n  route b sni \"b\" { reject close; }\n}",
			1},
		{"frontend f {\n  route a sni \"a {\n    reject close;\n  }"
		 "\n  route b sni \"b\" { reject close; }\n}",
			1},
		{"frontend f {\n  route a sni a\" { # x\n    reject close;\n "
		 " }\n  route b sni \"b\" { reject close; }\n}",
			1},
		{"frontend f {\n  route a sni \"a\" {\n    reject close;\n  "
		 "} }\n  route b sni \"b\" {\n    reject close;\n  }\n  "
		 "route c sni \"c\" { reject close; }\n}",
			1},
		{"frontend f {\n}\n}\n  route a sni \"a\" { reject close; }\n"
		 "  route b sni \"b\" { reject close; }\n}",
			3},
		{"policy 9; whatever { comes } then", 0},
		{"\xff\xfep", 1},
		{"\xfe\xff p", 1},
		{"\x89TLSP\r\n\x1a ; } {", 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (parse(cases[i].text) != cases[i].faults)
			fail_msg("%s: %u faults", cases[i].text,
				diag_count(run.d, DIAG_NOTE));
}

/* What a repair made of the tree is as if it had been written. */
static void test_repair(void **state)
{
	assert_int_equal(parse("backend a {\n server 1.1.1.1:1\n sever "
			       "1.1.1.1:2;\n}\nbackend b { }"),
		2);
	assert_string_equal(
		ast_next(first(AST_BACKEND)->kids, AST_SERVER)->text, "server");
	assert_null(ast_kid(run.parsed.file, AST_ERROR));
	assert_int_equal(parse("backend a { frob 1; server 1.1.1.1:1; }"), 1);
	assert_non_null(ast_kid(first(AST_BACKEND), AST_ERROR));
	assert_non_null(ast_kid(first(AST_BACKEND), AST_SERVER));
}

static void test_comments(void **state)
{
	const struct comment *c;

	assert_int_equal(parse("# one\npolicy 1; # two\r\n   # three\n"
			       "set s = { # four\n};"),
		0);
	c = run.parsed.comments;
	assert_string_equal(under(c->span), "# one");
	assert_true(c->own_line);
	c = c->next;
	assert_string_equal(under(c->span), "# two");
	assert_false(c->own_line);
	assert_true(c->next->own_line);
	assert_false(c->next->next->own_line);
	assert_null(c->next->next->next);
}

/* A file full of faults is bounded, in words and in time. */
static void test_flood(void **state)
{
	size_t n = 200000;
	char *text;

	arena_free(&run.a);
	run.a = arena_new();
	text = arena_alloc(run.a, n * 4 + 1);
	for (size_t i = 0; i < n; i++)
		memcpy(text + 4 * i, "{x;}", 4);
	run.s = source_new(run.a);
	run.d = diag_new(run.a, run.s);
	run.file = source_add(run.s, "t.tls", text, n * 4);
	policy_parse(run.a, run.s, run.file, run.d, &run.parsed);
	assert_in_range(diag_count(run.d, DIAG_NOTE), 2, 100);
}

/* Deep nesting ends with a fault, not with the stack. */
static void test_depth(void **state)
{
	size_t n = 100000;
	char *text;

	arena_free(&run.a);
	run.a = arena_new();
	text = arena_alloc(run.a, n * 14 + 1);
	for (size_t i = 0; i < n; i++)
		memcpy(text + 14 * i, "where a is b {", 14);
	run.s = source_new(run.a);
	run.d = diag_new(run.a, run.s);
	run.file = source_add(run.s, "t.tls", text, n * 14);
	policy_parse(run.a, run.s, run.file, run.d, &run.parsed);
	assert_in_range(diag_count(run.d, DIAG_NOTE), 1, 100);
}

/* The tree's tests and assertions as text parse to the same text. */
static void test_node_text(void **state)
{
	static const char *const texts[] = {
		"assert every any : mode is passthrough | bridge;",
		"assert never sni \"a\", \"*.b\" and not source in { ::1, s } :"
		" backend is \"odd name\" and tls >= 1.2;",
		"assert some no-sni and source 192.0.2.1 and sni in names : "
		"alpn has \"h\\\"2\" and tls is unknown and route is when;",
		"test \"a \\\"title\\\"\" { no-sni; alpn \"a\", \"b\"; tls "
		"1.3; "
		"} expect reject;",
		"test \"t\" { sni \"x\"; } expect passthrough to b enforcing p "
		"with limits l;",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_int_equal(parse(texts[i]), 0);
		assert_string_equal(
			fmt_node(run.a, run.parsed.file->kids), texts[i]);
	}
}

/* What is invisible is told wherever it stands; look-alikes only in names. */
static void test_deceptive(void **state)
{
	static const struct {
		const char *text;
		unsigned faults;
	} cases[] = {
		{"\xef\xbb\xbf# a byte order mark at the start", 0},
		{"# gr\xc3\xb6\xc3\x9f"
		 "e \xe6\x9d\xb1 5\xc2\xb5s",
			0},
		{"# p\xd0\xb0ypal", 0},
		{"# \xe2\x80\xae", 1},
		{"# \xe2\x81\xa6", 1},
		{"# \xe2\x80\x8b", 1},
		{"# \xc2\xad", 1},
		{"# \xff", 1},
		{"# \xc0\x80", 2},
		{"# \xed\xa0\x80", 3},
		{"# \x1b[31m", 1},
		{"# a\r\n\tb\f", 1},
		{"set s = names { \"p\xd0\xb0ypal.test\" };", 1},
		{"set s = names { \"\xd0\xbf\xd1\x80.test\" };", 0},
		{"set s = names { \"\xd0\xbf.a-\xce\xb1\" };", 0},
		{"set s = names { \"www.xn--pypal-4ve.test\" };", 1},
		{"set s = names { \"xn--mller-kva.test\", \"xn--\" };", 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (parse(cases[i].text) != cases[i].faults)
			fail_msg("%s: %u faults", cases[i].text,
				diag_count(run.d, DIAG_NOTE));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_guard),
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_tight),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_repair),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_node_text),
		cmocka_unit_test(test_deceptive),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&run.a);
	return failed;
}
