/*
 * The model as table bytes (grammar/TABLE.md), and back.  Deterministic: the
 * same model gives the same bytes.
 */
#ifndef COMPILER_EMIT_H
#define COMPILER_EMIT_H

#include <stddef.h>
#include <stdint.h>

#include "../runtime/table.h"
#include "model.h"

/* malloc'd bytes, hashes sealed, the caller frees; NULL with *err when the
 * model exceeds the format (message says which limit). */
uint8_t *emit_table(const struct model *m, size_t *len, const char **err);

/* A model of a checked table: spans are empty, file/line from SRCMAP.  Strings
 * point into the table, which must outlive the model. */
struct model *undump_model(struct arena *a, const struct table *t);

/* Write atomically: temporary file in the same directory, fsync, rename, fsync
 * of the directory; "-" is standard output.  0, or -1 with *err (what and
 * errno text); the old file is untouched on failure. */
int write_atomic(const char *path, const void *data, size_t len,
	const char **err);
/* The same for a source file: a symbolic link stays one, and what it leads to
 * is replaced. */
int write_source(const char *path, const void *data, size_t len,
	const char **err);

#endif
