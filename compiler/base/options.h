/*
 * What the command line asked for, as the phases need it.
 */
#ifndef COMPILER_OPTIONS_H
#define COMPILER_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

struct define {
	const char *name, *value;
}; /* -D name=value */

struct options {
	struct define *defines;
	size_t define_count;
	const char **include_dirs; /* -I */
	size_t include_count;
	const char **allow_paths; /* --allow-path */
	size_t allow_count;
	int no_fs;          /* do not open certificates, keys and lists */
	int no_credentials; /* do not open certificates and keys; with no_fs too */
	int64_t now; /* seconds since 1970: --now, SOURCE_DATE_EPOCH, clock */
	const char *output; /* where the table goes, or NULL */
	uint64_t serial;    /* --serial, 0 = none */
	int timings;
};

#endif
