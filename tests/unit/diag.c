/* LINK: compiler/diag/diag.c compiler/diag/attach.c compiler/diag/ids.c compiler/diag/finish.c compiler/diag/rules.c compiler/diag/place.c compiler/diag/merge.c compiler/diag/human.c compiler/diag/json.c compiler/diag/sarif.c compiler/diag/ci.c compiler/diag/xml.c compiler/base/terminal.c runtime/table/utf8.c compiler/base/json_out.c compiler/base/xml_out.c compiler/base/arena.c compiler/base/source.c compiler/base/shown.c */
/*
 * The collector and what people see of it: counting, repetition, bounds,
 * order, levels, allows, and carets under the right column.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "compiler/base/arena.h"
#include "compiler/base/terminal.h"
#include "compiler/diag/list.h"

struct bench {
	struct arena *a;
	struct sources *s;
	struct diags *d;
	uint32_t file;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->a = arena_new();
	b->s = source_new(b->a);
	b->d = diag_new(b->a, b->s);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	arena_free(&b->a);
	free(b);
	return 0;
}

static void text(struct bench *b, const char *s)
{
	b->file = source_add(b->s, "a.tls", s, strlen(s));
}

static struct span at(struct bench *b, uint32_t begin, uint32_t end)
{
	return (struct span){b->file, begin, end};
}

__attribute__((noinline)) static char *printed(
	struct diag_report *r, diag_print_fn *print, size_t max)
{
	const struct diag_style style = {0, max};
	char *out = NULL;
	size_t n;
	FILE *f = open_memstream(&out, &n);

	print(f, r, &style);
	fclose(f);
	return out;
}

static void expect(struct bench *b, const char *want)
{
	struct diag_report *r = diag_finish(b->d, 20000, 0, 0);
	char *got = printed(r, diag_human, 0);

	assert_string_equal(got, want);
	free(got);
}

static void one_fault_is_kept_once(void **state)
{
	struct bench *b = *state;

	text(b, "policy 1;\n");
	diag_add(b->d, DIAG_TC0103, at(b, 0, 6), "same");
	diag_add(b->d, DIAG_TC0103, at(b, 0, 6), "same");
	diag_add(b->d, DIAG_TC0103, at(b, 0, 6), "another");
	assert_int_equal(diag_count(b->d, DIAG_ERROR), 2);
	assert_true(diag_has(b->d, DIAG_TC0103));
	assert_false(diag_has(b->d, DIAG_TC0104));
	assert_int_equal(diag_finish(b->d, 0, 0, 0)->n, 2);
}

static void a_million_faults_stay_bounded(void **state)
{
	struct bench *b = *state;
	struct diag_report *r;
	char *got;

	text(b, "policy 1;\n");
	for (int i = 0; i < 1000000; i++)
		diag_note(
			diag_add(b->d, DIAG_TC0103, at(b, 0, 6), "fault %d", i),
			"decorated");
	diag_add(b->d, DIAG_TC0203, at(b, 0, 6), "a warning");
	r = diag_finish(b->d, 0, 0, 0);
	assert_int_equal(r->errors, 1000000);
	assert_int_equal(r->warnings, 1);
	assert_int_equal(r->n, DIAGS_KEPT + 1);
	assert_int_equal(r->left_out, 1000000 - DIAGS_KEPT);
	assert_true(arena_used(b->a) < 128u << 20);
	got = printed(r, diag_human, 100);
	assert_non_null(strstr(got,
		"tlsc: 1000000 errors, 1 warning; 999901 "
		"of them left out here"));
	free(got);
}

static void order_is_by_file_place_and_weight(void **state)
{
	struct bench *b = *state;
	uint32_t other;
	struct diag_report *r;

	text(b, "one two three\n");
	other = source_add(b->s, "b.tls", "four\n", 5);
	diag_add(b->d, DIAG_TC0203, (struct span){0, 0, 0}, "nowhere");
	diag_add(b->d, DIAG_TC0203, (struct span){other, 0, 4}, "b");
	diag_add(b->d, DIAG_TC0203, at(b, 4, 7), "two");
	diag_add(b->d, DIAG_TC0305, at(b, 0, 3), "one, a note");
	diag_add(b->d, DIAG_TC0103, at(b, 0, 3), "one, an error");
	r = diag_finish(b->d, 0, 0, 0);
	assert_int_equal(r->n, 5);
	assert_string_equal(r->v[0]->message, "one, an error");
	assert_string_equal(r->v[1]->message, "one, a note");
	assert_string_equal(r->v[2]->message, "two");
	assert_string_equal(r->v[3]->message, "b");
	assert_string_equal(r->v[4]->message, "nowhere");
}

static void rules(struct bench *b, const char *one, const char *two)
{
	struct diag_rules r;

	diag_rules_init(&r);
	assert_null(diag_rules_set(&r, one));
	if (two)
		assert_null(diag_rules_set(&r, two));
	diag_apply_rules(b->d, &r);
}

static void levels_change(void **state)
{
	struct bench *b = *state;
	struct diag_report *r;

	text(b, "policy 1;\n");
	rules(b, "error=unused-object", "no-TC0305");
	diag_add(b->d, DIAG_TC0203, at(b, 0, 6), "w");
	diag_add(b->d, DIAG_TC0305, at(b, 0, 6), "n");
	diag_add(b->d, DIAG_TC0103, at(b, 0, 6), "e");
	r = diag_finish(b->d, 0, 0, 0);
	assert_int_equal(r->errors, 2);
	assert_int_equal(r->notes, 0);
	assert_int_equal(r->n, 2);
}

static void what_may_not_change(void **state)
{
	struct diag_rules r;

	diag_rules_init(&r);
	assert_non_null(diag_rules_set(&r, "no-TC0101"));
	assert_non_null(diag_rules_set(&r, "TC9999"));
	assert_non_null(diag_rules_set(&r, "no-"));
	assert_null(diag_rules_set(&r, "no-all"));
	/* A deny lint is switched off only by its own name. */
	assert_int_equal(r.level[DIAG_TC0301], DIAG_KEEP);
	assert_int_equal(r.level[DIAG_TC0203], DIAG_IGNORED);
	assert_null(diag_rules_set(&r, "no-TC0301"));
	assert_int_equal(r.level[DIAG_TC0301], DIAG_IGNORED);
}

static void another_level_for_one_finding(void **state)
{
	struct bench *b = *state;
	struct diag_report *r;

	text(b, "policy 1;\n");
	diag_at(diag_add(b->d, DIAG_TC0405, at(b, 0, 1), "root included"),
		DIAG_WARNING);
	diag_add(b->d, DIAG_TC0405, at(b, 1, 2), "wrong order");
	assert_int_equal(diag_count(b->d, DIAG_DENY), 1);
	r = diag_finish(b->d, 0, 0, 0);
	assert_int_equal(r->errors, 1);
	assert_int_equal(r->warnings, 1);
}

static void allow_drops_what_stands_in_its_block(void **state)
{
	struct bench *b = *state;
	struct diag_report *r;

	text(b, "frontend { route { x } route { y } }\n");
	diag_allow(b->d, DIAG_TC0502, at(b, 11, 22), at(b, 19, 20), 0, "why");
	diag_add(b->d, DIAG_TC0502, at(b, 19, 20), "in");
	diag_add(b->d, DIAG_TC0502, at(b, 31, 32), "out");
	diag_add(b->d, DIAG_TC0501, at(b, 19, 20), "another id");
	assert_int_equal(diag_count(b->d, DIAG_DENY), 2);
	r = diag_finish(b->d, 20000, 0, 0);
	assert_int_equal(r->n, 2);
	assert_string_equal(r->v[0]->message, "another id");
	assert_string_equal(r->v[1]->message, "out");
}

static void nested_allows(void **state)
{
	struct bench *b = *state;

	text(b, "frontend { route { x } route { y } z }\n");
	diag_allow(b->d, DIAG_TC0502, at(b, 0, 38), at(b, 0, 8), 0, "all");
	diag_allow(b->d, DIAG_TC0502, at(b, 11, 22), at(b, 11, 16), 0, "x");
	diag_allow(b->d, DIAG_TC0502, at(b, 23, 34), at(b, 23, 28), 0, "y");
	diag_add(b->d, DIAG_TC0502, at(b, 19, 20), "x");
	diag_add(b->d, DIAG_TC0502, at(b, 31, 32), "y");
	diag_add(b->d, DIAG_TC0502, at(b, 35, 36), "z");
	assert_int_equal(diag_finish(b->d, 20000, 0, 0)->n, 0);
}

static void stale_and_expired_allows(void **state)
{
	struct bench *b = *state;
	struct diag_report *r;

	text(b, "frontend { allow A allow B }\n");
	diag_allow(b->d, DIAG_TC0502, at(b, 0, 28), at(b, 11, 18), 0, "why");
	diag_allow(b->d, DIAG_TC0501, at(b, 0, 28), at(b, 19, 26), 19999, "w");
	diag_add(b->d, DIAG_TC0501, at(b, 9, 10), "comes back");
	r = diag_finish(b->d, 20000, 0, 0);
	assert_int_equal(r->n, 3);
	assert_int_equal(r->errors, 2);
	assert_int_equal(r->warnings, 1);
	assert_string_equal(
		r->v[1]->message, "'allow TC0502' suppresses nothing");
	assert_string_equal(r->v[2]->message, "'allow TC0501' has expired");
}

static void the_last_day_counts(void **state)
{
	struct bench *b = *state;

	text(b, "frontend { allow }\n");
	diag_allow(b->d, DIAG_TC0501, at(b, 0, 18), at(b, 11, 16), 20000, "w");
	diag_add(b->d, DIAG_TC0501, at(b, 9, 10), "allowed today");
	assert_int_equal(diag_finish(b->d, 20000, 0, 0)->n, 0);
}

static void not_stale_when_its_lint_did_not_run(void **state)
{
	struct bench *b = *state;

	text(b, "frontend { allow A allow B }\n");
	diag_allow(b->d, DIAG_TC0402, at(b, 0, 28), at(b, 11, 18), 0, "why");
	assert_int_equal(diag_finish(b->d, 0, 0, 1)->n, 0);
	assert_int_equal(diag_finish(b->d, 0, 1, 0)->n, 0);
	assert_int_equal(diag_finish(b->d, 0, 0, 0)->n, 1);
}

static void errors_cannot_be_allowed(void **state)
{
	struct bench *b = *state;

	text(b, "frontend { allow }\n");
	diag_allow(b->d, DIAG_TC0304, at(b, 0, 18), at(b, 11, 16), 0, "why");
	diag_add(b->d, DIAG_TC0304, at(b, 9, 10), "a gap");
	assert_int_equal(diag_finish(b->d, 0, 1, 0)->errors, 1);
}

static void looks(void **state)
{
	struct bench *b = *state;
	const struct witness w = {.sni = "api.example.com",
		.source = "10.20.7.0",
		.tls = "1.3",
		.leads_to = "line 1"};
	struct diag *g;

	text(b, "when a  bridge;\nwhen b  reject;\n");
	g = diag_add(b->d, DIAG_TC0301, at(b, 16, 31), "never reached");
	diag_caret(g, "would reject, is bridged");
	diag_label(g, at(b, 5, 6), "covers all");
	diag_witness(g, &w);
	diag_help(g, "move it above line 1");
	expect(b,
		"a.tls:2:1: error[TC0301]: never reached "
		"(route-unreachable)\n"
		"    1 | when a  bridge;\n"
		"      |      - covers all\n"
		"    2 | when b  reject;\n"
		"      | ^^^^^^^^^^^^^^^ would reject, is bridged\n"
		"   = witness: sni \"api.example.com\" source 10.20.7.0 alpn "
		"(none) tls 1.3 -> line 1\n"
		"   = help: move it above line 1\n"
		"   = explain: tlsc explain TC0301\n"
		"tlsc: 1 error\n");
}

static void tabs_and_wide_letters(void **state)
{
	struct bench *b = *state;

	/* tab, e-acute, a CJK letter (two columns), a combining mark */
	text(b, "\tr\xc3\xa9 \xe6\x97\xa5 a\xcc\x81 wrong\n");
	diag_add(b->d, DIAG_TC0103, at(b, 13, 18), "bad");
	expect(b,
		"a.tls:1:10: error[TC0103]: bad (bad-literal)\n"
		"    1 |     r\xc3\xa9 \xe6\x97\xa5 a\xcc\x81 wrong\n"
		"      |             ^^^^^\n"
		"   = explain: tlsc explain TC0103\n"
		"tlsc: 1 error\n");
}

static void nothing_invisible_reaches_the_terminal(void **state)
{
	struct bench *b = *state;

	text(b,
		"a\x1b[31m\xe2\x80\xae\xff"
		"b\n");
	diag_add(b->d, DIAG_TC0106, at(b, 6, 9), "look: \x1b[2J\xff");
	expect(b,
		"a.tls:1:7: error[TC0106]: look: <U+001B>[2J<FF> "
		"(deceptive-text)\n"
		"    1 | a<U+001B>[31m<U+202E><FF>b\n"
		"      |              ^^^^^^^^\n"
		"   = explain: tlsc explain TC0106\n"
		"tlsc: 1 error\n");
}

static void long_lines_are_clipped(void **state)
{
	struct bench *b = *state;
	char *line = calloc(1, 2000002), *got, *caret;
	struct diag_report *r;

	memset(line, 'x', 2000000);
	memcpy(line + 1000000, "HERE", 4);
	line[2000000] = '\n';
	text(b, line);
	diag_add(b->d, DIAG_TC0103, at(b, 1000000, 1000004), "bad");
	r = diag_finish(b->d, 0, 0, 0);
	got = printed(r, diag_human, 0);
	assert_true(strlen(got) < 1000);
	caret = strstr(got, "^^^^\n");
	assert_non_null(strstr(got, "| ...x"));
	assert_non_null(strstr(got, "x...\n"));
	assert_non_null(caret);
	assert_int_equal(strstr(got, "HERE") - strstr(got, "    1 |"),
		caret - strstr(got, "      |"));
	free(got);
	free(line);
}

static void places_in_other_files(void **state)
{
	struct bench *b = *state;
	uint32_t other = source_add(b->s, "b.tls", "backend a {}\n", 13);

	text(b, "\nbackend a {}\n");
	diag_label(diag_add(b->d, DIAG_TC0202, at(b, 9, 10), "twice"),
		(struct span){other, 8, 9}, "first here");
	expect(b,
		"a.tls:2:9: error[TC0202]: twice (duplicate-definition)\n"
		"    2 | backend a {}\n"
		"      |         ^\n"
		"  --> b.tls:1:9\n"
		"    1 | backend a {}\n"
		"      |         - first here\n"
		"   = explain: tlsc explain TC0202\n"
		"tlsc: 1 error\n");
}

static void an_empty_file_and_its_end(void **state)
{
	struct bench *b = *state;

	text(b, "");
	diag_add(b->d, DIAG_TC0102, at(b, 0, 0), "no policy");
	expect(b,
		"a.tls:1:1: error[TC0102]: no policy (unknown-edition)\n"
		"    1 |\n"
		"      | ^\n"
		"   = explain: tlsc explain TC0102\n"
		"tlsc: 1 error\n");
}

static void machine_formats_survive_any_octets(void **state)
{
	struct bench *b = *state;
	struct diag_report *r;
	char *out;
	json_t *j;

	text(b, "a \"\\\xff\x01\xe2\x80\xae\n");
	diag_fix(diag_add(b->d, DIAG_TC0106, at(b, 2, 5),
			 "quote \" backslash \\ bad \xff control \x01\n"),
		at(b, 2, 4), "\xfe\"");
	r = diag_finish(b->d, 0, 0, 0);
	for (int i = 0; i < 3; i++) {
		diag_print_fn *fn[] = {diag_json, diag_sarif, diag_gitlab};

		out = printed(r, fn[i], 0);
		j = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(j);
		json_decref(j);
		free(out);
	}
	out = printed(r, diag_junit, 0);
	assert_null(strchr(out, '\x01'));
	free(out);
}

static void sarif_has_at_most_5000_results(void **state)
{
	struct bench *b = *state;
	struct diag_report *r;
	json_t *j, *run;
	char *out;

	text(b, "policy 1;\n");
	for (int i = 0; i < 4000; i++) {
		diag_add(b->d, DIAG_TC0203, at(b, 0, 6), "warning %d", i);
		diag_add(b->d, DIAG_TC0103, at(b, 0, 6), "error %d", i);
	}
	r = diag_finish(b->d, 0, 0, 0);
	out = printed(r, diag_sarif, 0);
	j = json_loads(out, 0, NULL);
	run = json_array_get(json_object_get(j, "runs"), 0);
	assert_int_equal(
		json_array_size(json_object_get(run, "results")), 5000);
	assert_non_null(strstr(out, "3000 results are left out"));
	json_decref(j);
	free(out);
}

static uint64_t print_of(const char *source, uint32_t begin)
{
	struct arena *a = arena_new();
	struct sources *s = source_new(a);
	struct diags *d = diag_new(a, s);
	struct diag_report *r;
	uint32_t f = source_add(s, "a.tls", source, strlen(source));
	uint64_t h;

	diag_add(d, DIAG_TC0103, (struct span){f, begin, begin + 1}, "m");
	r = diag_finish(d, 0, 0, 0);
	h = diag_fingerprints(a, r->v, r->n)[0];
	arena_free(&a);
	return h;
}

static void fingerprints_survive_moved_lines(void **state)
{
	uint64_t h = print_of("idle 5;\n", 5);

	assert_true(h == print_of("policy 1;\n\n\t  idle 5;\n", 19));
	assert_true(h != print_of("idle 6;\n", 5));
}

static void several_runs_merge(void **state)
{
	struct bench *b = *state;
	struct diags *d2 = diag_new(b->a, b->s);
	struct diag_report *r[2], *m;

	text(b, "policy 1;\n");
	diag_add(b->d, DIAG_TC0103, at(b, 0, 1), "in both");
	diag_add(d2, DIAG_TC0103, at(b, 0, 1), "in both");
	diag_add(d2, DIAG_TC0203, at(b, 0, 1), "in the second");
	r[0] = diag_finish(b->d, 0, 0, 0);
	r[1] = diag_finish(d2, 0, 0, 0);
	m = diag_report_merge(b->a, r, 2);
	assert_int_equal(m->n, 2);
	assert_int_equal(m->errors, 1);
	assert_int_equal(m->warnings, 1);
}

static void bad_utf8(void **state)
{
	static const char *const bad[] = {"\xc0\xaf", "\xe0\x80\xaf", "\x80",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
		"\xe2\x80", "\xff"};
	uint32_t cp;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(utf8_next(bad[i], strlen(bad[i]), &cp), 1);
		assert_int_equal(cp, UTF8_BAD);
	}
	assert_int_equal(utf8_next("\xf0\x9f\x94\x92", 4, &cp), 4);
	assert_int_equal(cp, 0x1f512);
	assert_int_equal(terminal_width(cp), 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_fault_is_kept_once),
		T(a_million_faults_stay_bounded),
		T(order_is_by_file_place_and_weight),
		T(levels_change),
		T(what_may_not_change),
		T(another_level_for_one_finding),
		T(allow_drops_what_stands_in_its_block),
		T(nested_allows),
		T(stale_and_expired_allows),
		T(the_last_day_counts),
		T(not_stale_when_its_lint_did_not_run),
		T(errors_cannot_be_allowed),
		T(looks),
		T(tabs_and_wide_letters),
		T(nothing_invisible_reaches_the_terminal),
		T(long_lines_are_clipped),
		T(places_in_other_files),
		T(an_empty_file_and_its_end),
		T(machine_formats_survive_any_octets),
		T(sarif_has_at_most_5000_results),
		T(fingerprints_survive_moved_lines),
		T(several_runs_merge),
		T(bad_utf8),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
