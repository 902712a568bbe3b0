/*
 * tlsc verify --deep: the runtime's lookup over a table against a plain
 * reading of the same table, which shares no code with it.
 */
#ifndef COMPILER_DEEP_H
#define COMPILER_DEEP_H

#include "compiler/base/model.h"
#include "runtime/table/table.h"

struct deep_report {
	uint64_t names;     /* name patterns */
	uint64_t lookups;   /* names looked up */
	uint64_t decisions; /* queries decided */
	const char *fault;  /* the first disagreement, as a query */
};

/* m is undump_model's of t.  0, or -1 with r->fault. */
int deep_check(const struct table *t, struct model *m, struct deep_report *r);

#endif
