/*
 * The files that a table names.
 */
#ifndef RUNTIME_MASTER_FILES_H
#define RUNTIME_MASTER_FILES_H

struct hosts;
struct loaded;
struct options;
struct refusal;

struct files_from {
	const struct options *options;
	const struct hosts *hosts; /* what is known of hosts; or NULL */
	/* In use: what it has of a bad certificate stays.  Or NULL. */
	const struct loaded *live;
};
/* Loads the files that l names.  0, or -1 with *why. */
int files_load(
	struct loaded *l, const struct files_from *from, struct refusal *why);

#endif
