/*
 * Any octets through the whole compiler: checked, linted, verified; and a
 * policy without errors gives a table that the runtime's validator accepts.
 */
/* LINK: tlsc */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/check/check.h"
#include "compiler/check/resolve.h"
#include "compiler/diag/list.h"
#include "compiler/lint/lint.h"
#include "compiler/table/emit.h"
#include "compiler/verify/site.h"
#include "compiler/verify/verify.h"
#include "runtime/table/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void print(struct diags *d)
{
	static FILE *null;
	const struct diag_style style = {0, 0};

	if (!null)
		null = fopen("/dev/null", "w");
	diag_human(null, diag_finish(d, 20000, 0, 1), &style);
}

static void emit(struct model *m)
{
	const char *err = NULL;
	struct table_fault why;
	struct table t;
	size_t len;

	verify_semantic(m);
	uint8_t *bytes = emit_table(m, &len, &err);
	if (!bytes) {
		must(err != NULL, "no table and no reason");
		return;
	}
	must(table_check(bytes, len, &t, &why) == TABLE_OK, "table_check");
	must(table_check_hashes(&t, &why) == TABLE_OK, "table_check_hashes");
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct options options = {
		.no_fs = 1, .no_credentials = 1, .now = 1790000000};
	/* Includes would read whatever lies about. */
	if (memmem(data, size, "include", 7))
		return 0;
	struct arena *a = arena_new();
	struct sources *s = source_new(a);
	struct diags *d = diag_new(a, s);
	struct resolved resolved;
	uint32_t file = source_add(s, "in.tls", (const char *)data, size);

	resolve_source(a, s, d, &options, file, &resolved);
	struct model *m = check_model(a, s, d, &options, &resolved);
	m->faulty = diag_count(d, DIAG_ERROR) > 0;
	verify_clauses(m, d);
	verify_sites(m, d);
	if (!diag_count(d, DIAG_ERROR))
		verify_assertions(m, d);
	lint_run(m, s, d, &options, &resolved);
	if (!diag_count(d, DIAG_DENY))
		emit(m);
	check_dropped(m);
	print(d);
	arena_free(&a);
	return 0;
}
