/*
 * CRLs: signed, not older than those before them, and not expired.
 */
#ifndef RUNTIME_MASTER_CRL_FILES_H
#define RUNTIME_MASTER_CRL_FILES_H

#include <stddef.h>
#include <stdint.h>

struct bundle;
struct loaded;
struct master;
struct refusal;
struct table;

/* -1 with a sentence in err that names the file. */
int crl_files_check(
	const struct table *t, const struct bundle *b, char *err, size_t n);
/* May the CRLs of new follow those of old? 0, or -1 with *why. */
int crl_files_follow(const struct loaded *old, const struct loaded *new,
	struct refusal *why);
/* When a file of CRLs ends: the first end of those in it. */
struct crl_end {
	char path[256], issuer[128];
	int64_t from, until; /* seconds since 1970; INT64_MAX: never */
	int logged;          /* 1: its coming end was logged; 2: its end was */
};
/* For a table.  An array for free(); NULL: no memory. */
struct crl_end *crl_files_ends(const struct loaded *l, size_t *n);
/* "2026-11-30T06:00:00Z", "never"; returns out. */
const char *crl_files_date(int64_t when, char out[32]);
/* The live table has changed: watch its CRLs. */
void crl_files_watch(struct master *m);
void crl_files_stop(void);
/* The CRLs being watched. */
const struct crl_end *crl_files_watched(size_t *n);

#endif
