/*
 * Renewal: the files of the live table are read again when they change.
 */
#ifndef RUNTIME_MASTER_RENEW_H
#define RUNTIME_MASTER_RENEW_H

#include <stdint.h>

struct master;
struct options;
struct refusal;
struct table;

uint64_t renew_fingerprint(const struct table *t, const struct options *o);
/* Identifies a file: another value means another file.  0: there is none. */
uint64_t renew_stat(const char *path);
void renew_start(struct master *m);
void renew_stop(void);
/* The live table has changed: watch its files. */
void renew_watch(struct master *m);
/* Files that do not match each other may be half of a change.  1: they are
 * looked at again soon, and nothing is refused yet. */
int renew_waits(struct master *m, const struct refusal *why);
/* They are the files in use again. */
void renew_settled(struct master *m);

#endif
