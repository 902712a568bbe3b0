/*
 * The model as table bytes (grammar/TABLE.md).  Deterministic: the same model
 * gives the same bytes.
 */
#ifndef COMPILER_EMIT_H
#define COMPILER_EMIT_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/base/model.h"
#include "runtime/table/table.h"

/* malloc'd bytes, hashes sealed, the caller frees; NULL with *err when the
 * model exceeds the format (message says which limit). */
uint8_t *emit_table(const struct model *m, size_t *len, const char **err);

#endif
