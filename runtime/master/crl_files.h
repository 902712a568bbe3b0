/*
 * CRLs are signed, not older than those before them, and of today.
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
/* Those of new may follow those of old.  0, or -1 with *why. */
int crl_files_follow(const struct loaded *old, const struct loaded *new,
	struct refusal *why);
/* When a file of CRLs ends: the first of those in it. */
struct crl_end {
	char path[256], issuer[128];
	int64_t from, until; /* seconds since 1970; INT64_MAX: never */
	int said;            /* 1: that it ends soon, 2: that it has */
};
/* Of a table, for free(); NULL: no memory. */
struct crl_end *crl_files_ends(const struct loaded *l, size_t *n);
/* "2026-11-30T06:00:00Z", "never"; returns out. */
const char *crl_files_date(int64_t when, char out[32]);
/* Another table is live: its CRLs are the ones to watch. */
void crl_files_watch(struct master *m);
void crl_files_stop(void);
/* Those that are watched. */
const struct crl_end *crl_files_watched(size_t *n);

#endif
