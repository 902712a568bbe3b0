/*
 * Compiles them (example_tables.h), their credentials unread.
 */
#include "example_tables.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/check/check.h"
#include "compiler/check/resolve.h"
#include "compiler/table/emit.h"
#include "compiler/verify/verify.h"

#define MOST 32

static struct example_table table[MOST];
static unsigned tables;

static void add(const char *path)
{
	static const struct options o = {
		.no_credentials = 1, .now = 1790000000};
	struct arena *a = arena_new();
	struct sources *s = source_new(a);
	struct diags *d = diag_new(a, s);
	struct resolved resolved;
	struct model *m;
	const char *err;

	if (tables == MOST ||
		resolve_policy(a, s, d, &o, path, &resolved, &err))
		abort();
	m = check_model(a, s, d, &o, &resolved);
	/* Those that another includes say nothing alone. */
	if (!diag_count(d, DIAG_ERROR) && m->frontends.n) {
		verify_semantic(m);
		table[tables].path = strdup(path);
		table[tables].bytes = emit_table(m, &table[tables].len, &err);
		if (!table[tables++].bytes)
			abort();
	}
	arena_free(&a);
}

const struct example_table *example_tables(unsigned *count)
{
	glob_t g;
	size_t i;

	if (!tables) {
		if (glob("examples/*.tls", 0, NULL, &g) ||
			glob("examples/*/*.tls", GLOB_APPEND, NULL, &g))
			abort();
		for (i = 0; i < g.gl_pathc; i++)
			add(g.gl_pathv[i]);
		globfree(&g);
	}
	if (!tables)
		abort();
	*count = tables;
	return table;
}
