/*
 * The files that a table names.
 */
#ifndef RUNTIME_MASTER_FILES_H
#define RUNTIME_MASTER_FILES_H

struct hosts;
struct loaded;
struct options;
struct refusal;

/* Loads the files that l names, and adds what is known of its hosts (NULL:
 * nothing).  0, or -1 with *why. */
int files_load(struct loaded *l, const struct options *o,
	const struct hosts *hosts, struct refusal *why);

#endif
