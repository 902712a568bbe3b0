/*
 * The policies of examples/, compiled: what tests that want real tables begin
 * with.  The working directory is the repository.
 */
#ifndef TESTS_EXAMPLE_TABLES_H
#define TESTS_EXAMPLE_TABLES_H

#include <stddef.h>
#include <stdint.h>

struct example_table {
	const char *path;
	uint8_t *bytes;
	size_t len;
};

/* Made once; they stay. */
const struct example_table *example_tables(unsigned *count);

#endif
