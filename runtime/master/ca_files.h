/*
 * Files of CAs hold what the table was compiled with.
 */
#ifndef RUNTIME_MASTER_CA_FILES_H
#define RUNTIME_MASTER_CA_FILES_H

#include <stddef.h>

struct bundle;
struct master;
struct table;

/* -1 with a sentence in err that names the file, what came and what went. */
int ca_files_check(
	const struct table *t, const struct bundle *b, char *err, size_t n);
/* Warns of a signed table that has just gone live and does not say what some
 * file of CAs holds. */
void ca_files_tell(const struct master *m);

#endif
