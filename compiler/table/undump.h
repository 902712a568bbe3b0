/* A model of a table: the reverse of emit.h. */
#ifndef COMPILER_UNDUMP_H
#define COMPILER_UNDUMP_H

#include "compiler/base/model.h"
#include "runtime/table/table.h"

struct arena;

/* t has been checked.  Spans are empty, file and line come from SRCMAP.
 * Strings point into the table, which must outlive the model. */
struct model *undump_model(struct arena *a, const struct table *t);

#endif
