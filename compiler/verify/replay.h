/*
 * The compiler checks its own output: before a table is written, every name of
 * the model is looked up in it, and for every clause a client is made, which
 * the table must decide as the model does.
 */
#ifndef COMPILER_REPLAY_H
#define COMPILER_REPLAY_H

#include "compiler/base/model.h"
#include "runtime/table/table.h"

/* 0, or -1: the table does not say what the model says, a defect of ours;
 * *err (in the model's arena) is the query. */
int replay(const struct table *t, const struct model *m, const char **err);

#endif
