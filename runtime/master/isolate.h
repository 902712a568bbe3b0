/*
 * One bad certificate does not stop the others.
 */
#ifndef RUNTIME_MASTER_ISOLATE_H
#define RUNTIME_MASTER_ISOLATE_H

struct bundle_files;
struct loaded;
struct options;
struct refusal;

/* Which certificates of l can be used as their files are now.  Of every other
 * one the last good version is added to the files, or that it is not served
 * (bundle.h).  live, what is in use, may be NULL.  0, or -1 with *why: none is
 * good. */
int isolate_bad(struct loaded *l, struct bundle_files *files,
	const struct loaded *live, const struct options *o,
	struct refusal *why);

#endif
