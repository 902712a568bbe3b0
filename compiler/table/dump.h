/*
 * A table (or a compiled policy) as policy text that means the same, as JSON,
 * and as an inventory of certificates and keys.
 */
#ifndef COMPILER_DUMP_H
#define COMPILER_DUMP_H

#include <stdio.h>

#include "compiler/base/model.h"
#include "runtime/table/table.h"

/* Policy text whose table has the same semantic id, with the places that each
 * clause came from as comments.  File layout, suppressions and the names of
 * address sets are not in a table and do not come back.  -1 when the table
 * decides as the language cannot express (no table of tlsc does): *err says
 * where. */
int dump_tls(FILE *f, const struct model *m, const char **err);

/* Everything, format version 1. */
void dump_json(FILE *f, const struct table *t, const struct model *m);

struct within_reach;
/* Certificates and keys, where they are and what uses them, as JSON: an
 * inventory as PCI DSS 4.0.1 wants it (4.2.1.1).  Files are read where
 * reach lets them (NULL: none); relative paths are below base ("" or "dir/"). */
void dump_inventory(FILE *f, const struct model *m, const char *base,
	const struct within_reach *reach);

#endif
