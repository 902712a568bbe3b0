/*
 * Makes a bundle.  For the master only: it reads files, and private keys.
 */
#ifndef RUNTIME_BUNDLE_MAKE_H
#define RUNTIME_BUNDLE_MAKE_H

#include <stddef.h>

#include "bundle.h"

struct bundle_file;

/* A file of a certificate that could not be used, and why. */
struct bundle_fault {
	char *path, *text;
};

/* Files that are being collected for a bundle.  Zero is empty. */
struct bundle_files {
	struct bundle_file *file;
	size_t count, space;
	/* With patient, a file that only certificates name may be missing or
	 * damaged: it becomes a fault, in path order.  A file of CAs or CRLs
	 * may never. */
	int patient;
	struct bundle_fault *fault;
	size_t faults;
};

/* The files that a table names, sorted, each once, ended by NULL; for
 * free(). */
const char **bundle_paths(const struct table *t);
/* Reads every file that the table names, relative to base_dir.  0, or -1 with
 * text in err. */
int bundle_collect(struct bundle_files *f, const struct table *t,
	const char *base_dir, char *err, size_t n);
/* Adds one entry (copies the octets); of equal names the last one wins. */
void bundle_add(
	struct bundle_files *f, const char *path, const void *data, size_t len);
void bundle_add_key(
	struct bundle_files *f, const char *path, const void *data, size_t len);
/* Writes them to a new sealed memfd; -1 with text in err. */
int bundle_seal(struct bundle_files *f, char *err, size_t n);
/* The same without private keys, for processes that must not have any; also -1
 * if one is in it all the same. */
int bundle_seal_public(struct bundle_files *f, char *err, size_t n);
/* Wipes and frees: there may be keys. */
void bundle_files_free(struct bundle_files *f);

/* Collects and seals.  The descriptor, or -1 with text in err. */
int bundle_make(
	const struct table *t, const char *base_dir, char *err, size_t n);

#endif
