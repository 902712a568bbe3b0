/*
 * Results of tests: for people, as TAP 13, as JUnit XML.
 */
#include <string.h>

#include "compiler/base/shown.h"
#include "compiler/base/xml_out.h"
#include "testrun.h"

static void put_place(FILE *f, const struct test_case *c)
{
	if (c->line)
		fprintf(f, "%s:%u: ", shown_text(c->file), c->line);
}

static void put_sum(FILE *f, const struct testrun *r)
{
	fprintf(f, "%zu passed, %zu failed", r->passed, r->failed);
	if (r->has_coverage)
		fprintf(f, "; %zu of %zu clauses by name reached (%u %%)",
			r->covered, r->units, testrun_percent(r));
	fprintf(f, "\n");
}

void testrun_human(FILE *f, const struct testrun *r)
{
	for (size_t i = 0; i < r->cases.n; i++) {
		const struct test_case *c = &r->cases.v[i];

		fprintf(f, "%s  %s", c->result == TEST_PASSED ? "ok  " : "FAIL",
			shown_text(c->title));
		if (c->result == TEST_FAILED)
			fprintf(f, ": expected %s, got %s%s%s",
				shown_text(c->want), shown_text(c->got),
				c->by ? ", by " : "", shown_text(c->by));
		else if (c->result == TEST_ERROR)
			fprintf(f, ": %s", shown_text(c->error));
		fprintf(f, "\n");
	}
	put_sum(f, r);
}

/* "#" and line ends would change a TAP line's meaning. */
static void put_title(FILE *f, const char *title)
{
	title = shown_text(title);
	for (; *title; title++) {
		if (*title == '#' || *title == '\\')
			fputc('\\', f);
		fputc((unsigned char)*title < 0x20 ? ' ' : *title, f);
	}
}

static void tap_detail(FILE *f, const struct test_case *c)
{
	const char *p = c->trace ? shown_lines(c->trace) : NULL;

	fprintf(f, "# ");
	put_place(f, c);
	if (c->result == TEST_ERROR) {
		fprintf(f, "%s\n", shown_text(c->error));
		return;
	}
	fprintf(f, "expected %s, got %s%s%s\n", shown_text(c->want),
		shown_text(c->got), c->by ? ", by " : "", shown_text(c->by));
	while (p && *p) {
		size_t n = strcspn(p, "\n");

		fprintf(f, "# %.*s\n", (int)n, p);
		p += n + (p[n] == '\n');
	}
}

void testrun_tap(FILE *f, struct testrun *const *r, size_t n)
{
	size_t total = 0, number = 0;

	for (size_t i = 0; i < n; i++)
		total += r[i]->cases.n;
	fprintf(f, "TAP version 13\n1..%zu\n", total);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < r[i]->cases.n; k++) {
			const struct test_case *c = &r[i]->cases.v[k];

			fprintf(f, "%sok %zu - ",
				c->result == TEST_PASSED ? "" : "not ",
				++number);
			put_title(f, c->title);
			fprintf(f, "\n");
			if (c->result != TEST_PASSED)
				tap_detail(f, c);
		}
		if (r[i]->has_coverage)
			fprintf(f, "# coverage of %s: %zu of %zu (%u %%)\n",
				r[i]->path, r[i]->covered, r[i]->units,
				testrun_percent(r[i]));
	}
}

/* Lines stay lines: xml_put would show their ends. */
static void xml_lines(FILE *f, const char *text)
{
	char line[512];

	while (text && *text) {
		size_t n = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)n, text);
		xml_put(f, line);
		fputc('\n', f);
		text += n + (text[n] == '\n');
	}
}

static void junit_case(
	FILE *f, const struct testrun *r, const struct test_case *c)
{
	fprintf(f, "    <testcase classname=\"");
	xml_put(f, r->path);
	fprintf(f, "\" name=\"");
	xml_put(f, c->title);
	fprintf(f, "\" file=\"");
	xml_put(f, c->file ? c->file : "");
	fprintf(f, "\" line=\"%u\"", c->line);
	if (c->result == TEST_PASSED) {
		fprintf(f, "/>\n");
		return;
	}
	fprintf(f, ">\n      <%s message=\"",
		c->result == TEST_FAILED ? "failure" : "error");
	if (c->result == TEST_ERROR) {
		xml_put(f, c->error);
	} else {
		fprintf(f, "expected ");
		xml_put(f, c->want);
		fprintf(f, ", got ");
		xml_put(f, c->got);
	}
	fprintf(f, "\">");
	xml_lines(f, c->trace);
	fprintf(f, "</%s>\n    </testcase>\n",
		c->result == TEST_FAILED ? "failure" : "error");
}

static size_t errors(const struct testrun *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->cases.n; i++)
		n += r->cases.v[i].result == TEST_ERROR;
	return n;
}

void testrun_junit(FILE *f, struct testrun *const *r, size_t n)
{
	fprintf(f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites>\n");
	for (size_t i = 0; i < n; i++) {
		size_t bad = errors(r[i]);

		fprintf(f, "  <testsuite name=\"");
		xml_put(f, r[i]->path);
		fprintf(f,
			"\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">"
			"\n",
			r[i]->cases.n, r[i]->failed - bad, bad);
		for (size_t k = 0; k < r[i]->cases.n; k++)
			junit_case(f, r[i], &r[i]->cases.v[k]);
		fprintf(f, "  </testsuite>\n");
	}
	fprintf(f, "</testsuites>\n");
}
