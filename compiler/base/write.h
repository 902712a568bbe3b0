/*
 * Files, written whole or not at all.
 */
#ifndef COMPILER_WRITE_H
#define COMPILER_WRITE_H

#include <stddef.h>

/* Write atomically: temporary file in the same directory, fsync, rename, fsync
 * of the directory; "-" is standard output.  0, or -1 with *err (what and
 * errno text); the old file is untouched on failure. */
int write_atomic(
	const char *path, const void *data, size_t len, const char **err);
/* The same for a source file: a symbolic link stays one, and what it leads to
 * is replaced. */
int write_source(
	const char *path, const void *data, size_t len, const char **err);

#endif
