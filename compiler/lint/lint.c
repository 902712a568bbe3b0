/*
 * The lints: one table of {id, function, prerequisites}.  A lint whose
 * prerequisite was reported does not run, so that one fault is reported once;
 * levels and names are diag.def's.  One file per family.
 */
#include "lint.h"

#include "priv.h"

static const struct lint lints[] = {
#define LINT(id, function, ...) {DIAG_##id, function, {__VA_ARGS__}},
#include "lint.def"
};

static int may_run(const struct lint *l, const struct diags *d)
{
	for (size_t i = 0; i < LINT_PREREQUISITES && l->needs[i]; i++)
		if (diag_has(d, l->needs[i]))
			return 0;
	return 1;
}

void lint_run(struct model *m, struct sources *s, struct diags *d,
	const struct options *o, const struct resolved *r)
{
	struct lint_run run = {m, m->facts, s, d, o, r, m->arena, 0, NULL};

	for (size_t i = 0; i < sizeof(lints) / sizeof(lints[0]); i++)
		if (may_run(&lints[i], d)) {
			run.id = lints[i].id;
			lints[i].function(&run);
		}
}
