/*
 * The bundle: certificate chains, keys, CA and staple files that a table
 * names, read once by the master into a sealed memfd, so that workers need no
 * file system and a half-written renewal cannot be seen.  Format: records of
 * { u32 path_len, u32 data_len, path, data, zeros to 8 }, in path order.
 */
#ifndef RUNTIME_BUNDLE_H
#define RUNTIME_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "table.h"

struct bundle;

/* Read every file the table names, relative to base_dir, into a new sealed
 * memfd.  Returns the descriptor or -1 with text in err. */
int bundle_make(const struct table *t, const char *base_dir, char *err,
	size_t n);
/* Map a bundle; NULL with text in err. */
struct bundle *bundle_map(int fd, char *err, size_t n);
void bundle_unmap(struct bundle **b);
/* The bytes of a file as the table names it; -1 if it is not there. */
int bundle_get(const struct bundle *b, const char *path, const uint8_t **data,
	size_t *len);

#endif
